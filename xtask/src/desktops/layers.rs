//! The file systems that desktops are booted from: one base, and over it a layer for each desktop with its packages.
//! Each is made once, and anew when what it is made from has changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::workspace::run;

/// What every desktop needs: systemd, logind and PAM, X without a screen, what the trial looks and acts with, and the
/// libraries that Halo's package recommends.
const BASE: &str = "systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,policykit-1,pkexec,login,sudo,udev,kbd,\
    procps,psmisc,iproute2,ca-certificates,locales,less,\
    xserver-xorg-core,xserver-xorg-video-dummy,xserver-xorg-legacy,xinit,xvfb,xwayland,xauth,x11-xserver-utils,x11-utils,dbus-x11,\
    xdotool,imagemagick,xdg-utils,xdg-user-dirs,desktop-file-utils,libnotify-bin,libsecret-tools,libglib2.0-bin,python3-dbus,python3-gi,\
    fonts-dejavu-core,hicolor-icon-theme,adwaita-icon-theme,libgl1-mesa-dri,libegl1,\
    libwebkit2gtk-4.1-0,libgtk-3-0,libxss1,libx11-6,\
    pipewire,pipewire-pulse,wireplumber,pulseaudio-utils";

/// Lays a layer over the base, writable, and runs its script there; all mounts go with the shell.
const INSTALL: &str = "set -eu
root=$1 base=$2 layer=$3 work=$4 script=$5
shift 5
mount --make-rprivate /
mount -t overlay -o \"lowerdir=$base,upperdir=$layer,workdir=$work\" overlay \"$root\"
mount -t proc proc \"$root/proc\"
mount --rbind /dev \"$root/dev\"
: >>\"$root/etc/resolv.conf\"
mount --bind /etc/resolv.conf \"$root/etc/resolv.conf\"
exec chroot \"$root\" sh -c \"$(cat \"$script\")\" install \"$@\" </dev/null";

pub(super) struct Layers {
    folder: PathBuf,
    base: PathBuf,
    install: PathBuf,
}

impl Layers {
    /// Makes the base, if it isn't there.
    pub(super) fn new(folder: &Path, scripts: &Path) -> Result<Self> {
        let folder = folder.join("systems");
        fs::create_dir_all(&folder)?;
        let (base, script) = (folder.join("base"), scripts.join("base.sh"));
        let made_from = format!("{BASE}\n{}", fs::read_to_string(&script)?);
        if !is_made(&base, &made_from) {
            println!("Making a Debian for desktops, once (minutes, 1 GB)…");
            discard(&base)?;
            let mut make = Command::new("mmdebstrap");
            make.args(["--quiet", "--variant=minbase", &format!("--include={BASE}")]);
            make.arg(format!("--customize-hook=chroot \"$1\" sh -c \"$(cat '{}')\" base </dev/null", script.display()))
                .arg("bookworm")
                .arg(&base);
            run(&mut make, "mmdebstrap")?;
            fs::write(note(&base), made_from)?;
        }
        Ok(Self { folder, base, install: scripts.join("install.sh") })
    }

    pub(super) fn base(&self) -> &Path {
        &self.base
    }

    /// The layer with these packages, made if it isn't there.
    pub(super) fn with(&self, name: &str, packages: &[String]) -> Result<PathBuf> {
        let layer = self.folder.join(name);
        let made_from = format!(
            "{}\n{}\n{}",
            packages.join(" "),
            fs::read_to_string(&self.install)?,
            fs::read_to_string(note(&self.base))?
        );
        if !is_made(&layer, &made_from) {
            println!("Installing {name} into a layer of its own, once (minutes)…");
            discard(&layer)?;
            fs::create_dir(&layer)?;
            // The work folder of an overlay must be on the file system of the layer.
            let work = tempfile::tempdir_in(&self.folder)?;
            let (root, inner) = (work.path().join("root"), work.path().join("work"));
            fs::create_dir(&root)?;
            fs::create_dir(&inner)?;
            let mut install = Command::new("unshare");
            install.args(["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", INSTALL, "sh"]);
            install.arg(&root).arg(&self.base).arg(&layer).arg(&inner).arg(&self.install).args(packages);
            run(&mut install, "the installation")?;
            fs::write(note(&layer), made_from)?;
        }
        Ok(layer)
    }
}

/// Beside each folder lies what it was made from, written when it was whole.
fn note(folder: &Path) -> PathBuf {
    folder.with_extension("made-from")
}

fn is_made(folder: &Path, from: &str) -> bool {
    folder.is_dir() && fs::read_to_string(note(folder)).is_ok_and(|text| text == from)
}

fn discard(folder: &Path) -> Result<()> {
    if note(folder).exists() {
        fs::remove_file(note(folder))?;
    }
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(())
}
