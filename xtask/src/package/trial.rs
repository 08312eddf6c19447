//! `cargo xtask try-packages`: the packages in an empty Debian, from install to purge, Debian's own and then those for
//! other systems, by Debian's rpm. As root, with what apt can reach.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::flatpak;
use crate::metadata::Metadata;
use crate::options::Options;
use crate::workspace::{output, source};
use crate::{needs, packages, workspace};

/// The release that the packages are made for, and the next one.
const RELEASES: [&str; 2] = ["bookworm", "trixie"];

pub(crate) fn trial(options: &Options) -> Result<bool> {
    ensure!(rustix::process::geteuid().is_root(), "an empty system can be made and entered by root only: use sudo");
    packages::ensure(needs::TRIAL, "try the packages", options.yes)?;
    let metadata = Metadata::of_workspace()?;
    let target = metadata.target_folder();
    let version = metadata.version("halo").context("no package halo")?;
    for release in RELEASES {
        println!("Debian {release}:");
        if !try_debian(&target, release, &version)? {
            return Ok(false);
        }
    }
    flatpak::check(&target.join("package"))?;
    println!("By rpm:");
    let work = tempfile::tempdir()?;
    let root = unpacked(&empty(&target, RELEASES[0])?, work.path().join("rpm"))?;
    try_rpm(&packages_in(&target.join("package"), "rpm")?, &root, &version)
}

/// An empty Debian, packed; made once.
fn empty(target: &Path, release: &str) -> Result<PathBuf> {
    let empty = target.join(format!("package-trial-{release}.tar"));
    if !empty.exists() {
        println!("Making an empty Debian ({release})…");
        let mut make = Command::new("mmdebstrap");
        make.args(["--quiet", "--variant=minbase", "--include=ca-certificates", release]).arg(&empty);
        ensure!(workspace::succeeds(&mut make)?, "mmdebstrap failed: see the messages above");
    }
    Ok(empty)
}

fn try_debian(target: &Path, release: &str, version: &str) -> Result<bool> {
    let work = tempfile::tempdir()?;
    let root = unpacked(&empty(target, release)?, work.path().join("debian"))?;
    let next = format!("{version}+trial");
    let (now, later) = (root.join("packages/now"), root.join("packages/next"));
    fs::create_dir_all(&now)?;
    fs::create_dir_all(&later)?;
    for package in packages_in(&target.join("package"), "deb")? {
        let name = package.file_name().context("a package has no name")?;
        fs::copy(&package, now.join(name))?;
        as_version(&package, &next, &later)?;
    }
    let script = root.join("packages/trial.sh");
    fs::copy(source("packaging/debian/trial.sh"), &script)?;

    // Processes and mounts of its own, which go with it.
    let mut enter = Command::new("unshare");
    enter.args(["--mount", "--pid", "--fork", "--kill-child", "sh", "-c"]);
    enter.arg(
        "mount -t proc proc \"$0/proc\" && mount --bind /dev \"$0/dev\" && exec chroot \"$0\" sh /packages/trial.sh",
    );
    enter.arg(&root).env("VERSION", version).env("NEXT", version);
    workspace::succeeds(&mut enter)
}

/// Installs, verifies and removes them; what they depend on is here by other names.
fn try_rpm(packages: &[PathBuf], root: &Path, version: &str) -> Result<bool> {
    let rpm = |arguments: &[&str]| {
        let mut rpm = Command::new("rpm");
        rpm.arg("--root").arg(root).args(["--nodeps", "--force-debian"]).args(arguments);
        rpm
    };
    output(rpm(&["--install"]).args(packages))?;
    let said = output(Command::new("chroot").arg(root).args(["halo", "--version"]))?;
    ensure!(said.trim() == format!("halo {version}"), "installed from an .rpm, it says: {said}");
    output(&mut rpm(&["--verify", "halo", "halo-service"]))?;
    output(&mut rpm(&["--erase", "halo", "halo-service"]))?;
    let left = output(Command::new("find").arg(root).args(["-name", "*halo*", "-not", "-path", "*/.rpmdb/*"]))?;
    ensure!(left.is_empty(), "the .rpm packages left these files:\n{left}");
    println!("ok    installed from .rpm, verified and removed");
    Ok(true)
}

fn unpacked(archive: &Path, root: PathBuf) -> Result<PathBuf> {
    fs::create_dir(&root)?;
    output(Command::new("tar").arg("--extract").arg("--file").arg(archive).arg("--directory").arg(&root))?;
    Ok(root)
}

fn packages_in(folder: &Path, form: &str) -> Result<Vec<PathBuf>> {
    let all = fs::read_dir(folder).context("there are no packages yet: cargo xtask package")?;
    let mut packages: Vec<PathBuf> = all.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    packages.retain(|path| path.extension().is_some_and(|kind| kind == form));
    packages.sort();
    ensure!(!packages.is_empty(), "there are no packages yet: cargo xtask package");
    Ok(packages)
}

/// The same package under a later version, to update to.
fn as_version(package: &Path, version: &str, folder: &Path) -> Result<()> {
    let work = tempfile::tempdir()?;
    let tree = work.path().join("tree");
    output(Command::new("dpkg-deb").arg("--raw-extract").arg(package).arg(&tree))?;
    let control = tree.join("DEBIAN/control");
    let text = fs::read_to_string(&control)?;
    let line = |line: &str| if line.starts_with("Version: ") { format!("Version: {version}") } else { line.to_owned() };
    fs::write(&control, text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n")?;
    output(Command::new("dpkg-deb").args(["--root-owner-group", "-Zxz", "--build"]).arg(&tree).arg(folder))?;
    Ok(())
}
