//! What Halo needs from a machine, in words, with what proves that it is there and the packages that bring it.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::distribution::Family;
use crate::python;

/// What is really needed, which is not a package's name: a compiler may come from anywhere.
#[derive(Debug, Clone, Copy)]
enum Proof {
    /// A program on the path (or in a system folder that a person's path leaves out).
    Program(&'static str),
    /// One that bears another name on some systems.
    ProgramOf(&'static [&'static str]),
    /// A library for building, known to pkg-config.
    Library(&'static str),
    /// A module of the system's own Python; another Python has other modules.
    Python(&'static str),
    /// A Python, of whomever, that can make environments of its own.
    PythonEnvironments,
    /// One of these files.
    File(&'static [&'static str]),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Need {
    pub(crate) what: &'static str,
    proof: Proof,
    /// Debian and its derivatives, Fedora, Arch, openSUSE; one that has none by a name that lasts is empty there.
    packages: [&'static str; 4],
    /// Homebrew's formula; what has none is a part of macOS, or of no use there.
    formula: Option<&'static str>,
}

const fn need(what: &'static str, proof: Proof, packages: [&'static str; 4]) -> Need {
    Need { what, proof, packages, formula: None }
}

impl Need {
    /// It is needed on macOS, too.
    const fn brewed(self, formula: &'static str) -> Self {
        Self { formula: Some(formula), ..self }
    }
}

use Proof::{File, Library, Program, ProgramOf, Python, PythonEnvironments};

/// To build.
pub(crate) const BUILD: &[Need] = &[
    need("a C compiler", Program("cc"), ["build-essential", "gcc", "base-devel", "gcc"]),
    need("pkg-config", Program("pkg-config"), ["pkg-config", "pkgconf-pkg-config", "pkgconf", "pkgconf-pkg-config"])
        .brewed("pkgconf"),
    need(
        "the headers of the X screen saver library",
        Library("xscrnsaver"),
        ["libxss-dev", "libXScrnSaver-devel", "libxss", "libXss-devel"],
    ),
];

/// To build the window, beside what everything else needs.
pub(crate) const WINDOW: &[Need] = &[need(
    "the headers of WebKitGTK",
    Library("webkit2gtk-4.1"),
    ["libwebkit2gtk-4.1-dev", "webkit2gtk4.1-devel", "webkit2gtk-4.1", "pkgconfig(webkit2gtk-4.1)"],
)];

/// To test the window: its page in a browser, and itself through its driver.
pub(crate) const WINDOW_TESTS: &[Need] = &[
    need("the browser Chromium", ProgramOf(&["chromium", "chromium-browser"]), ["chromium"; 4]).brewed("chromium"),
    need(
        "the driver of WebKitGTK",
        Program("WebKitWebDriver"),
        ["webkit2gtk-driver", "webkitgtk6.0", "webkitgtk-6.0", "/usr/bin/WebKitWebDriver"],
    ),
];

/// To run where there is no display: the parts of the virtual desktop.
pub(crate) const VIRTUAL_DESKTOP: &[Need] = &[
    need(
        "the virtual X server",
        Program("Xvfb"),
        ["xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb", "xorg-x11-server-Xvfb"],
    ),
    need("xprop", Program("xprop"), ["x11-utils", "xprop", "xorg-xprop", "xprop"]),
    need("xdotool", Program("xdotool"), ["xdotool"; 4]),
    need("the window manager openbox", Program("openbox"), ["openbox"; 4]),
    need("ImageMagick's screenshots", Program("import"), ["imagemagick", "ImageMagick", "imagemagick", "ImageMagick"]),
    need("a message bus", Program("dbus-daemon"), ["dbus", "dbus-daemon", "dbus", "dbus-1-daemon"]),
    need("gdbus", Program("gdbus"), ["libglib2.0-bin", "glib2", "glib2", "glib2-tools"]),
    need("GNOME's keyring", Program("gnome-keyring-daemon"), ["gnome-keyring"; 4]),
    need("the notification daemon dunst", Program("dunst"), ["dunst"; 4]),
    need("the Xfce panel", Program("xfce4-panel"), ["xfce4-panel"; 4]),
    need(
        "the DejaVu fonts",
        File(&[
            "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
            "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
            "/usr/share/fonts/TTF/DejaVuSans.ttf",
            "/usr/share/fonts/truetype/DejaVuSans.ttf",
        ]),
        ["fonts-dejavu-core", "dejavu-sans-fonts", "ttf-dejavu", "dejavu-fonts"],
    ),
];

/// To test, beside the virtual desktop.
pub(crate) const TESTS: &[Need] = &[
    need("dbus-launch", Program("dbus-launch"), ["dbus-x11", "dbus-x11", "dbus", "dbus-launch"]),
    need("dbus-send", Program("dbus-send"), ["dbus", "dbus-tools", "dbus", "dbus-1-tools"]),
    need("secret-tool", Program("secret-tool"), ["libsecret-tools", "libsecret", "libsecret", "secret-tool"]),
    need("notify-send", Program("notify-send"), ["libnotify-bin", "libnotify", "libnotify", "libnotify-tools"]),
    need(
        "D-Bus mock services for Python",
        Python("dbusmock"),
        ["python3-dbusmock", "python3-dbusmock", "python-dbusmock", "python3-python-dbusmock"],
    ),
    need("D-Bus for Python", Python("dbus"), ["python3-dbus", "python3-dbus", "python-dbus", "python3-dbus-python"]),
    need("GLib for Python", Python("gi"), ["python3-gi", "python3-gobject", "python-gobject", "python3-gobject"]),
    need("environments for Python", PythonEnvironments, ["python3-venv", "python3", "python", "python3"]),
    need(
        "the accessibility bus",
        File(&[
            "/usr/libexec/at-spi-bus-launcher",
            "/usr/lib/at-spi-bus-launcher",
            "/usr/libexec/at-spi2/at-spi-bus-launcher",
        ]),
        ["at-spi2-core"; 4],
    ),
    need("GNOME's compositor", Program("mutter"), ["mutter"; 4]),
    need("a compositor of wlroots", Program("sway"), ["sway"; 4]),
    need("a keyboard for it", Program("wtype"), ["wtype"; 4]),
    need("the check of menu entries", Program("desktop-file-validate"), ["desktop-file-utils"; 4]),
    need("faketime", Program("faketime"), ["faketime", "libfaketime", "libfaketime", "libfaketime"]),
    need(
        "TigerVNC",
        Program("Xtigervnc"),
        ["tigervnc-standalone-server", "tigervnc-server-minimal", "tigervnc", "xorg-x11-Xvnc"],
    ),
];

/// To measure other servers beside the service: each as a program of its own, never the one that the system runs.
pub(crate) const PEERS: &[Need] = &[
    need("the broker Mosquitto", Program("mosquitto"), ["mosquitto"; 4]).brewed("mosquitto"),
    need("the server of NATS", Program("nats-server"), ["nats-server", "", "nats-server", "nats-server"])
        .brewed("nats-server"),
];

/// To test against real screen lockers. Not to be installed: they would start themselves on a person's desktop.
pub(crate) const LOCKER: &[Need] = &[
    need("the screen locker of MATE", Program("mate-screensaver"), ["mate-screensaver"; 4]),
    need("XScreenSaver", Program("xscreensaver"), ["xscreensaver"; 4]),
];

/// To build for other systems, and to test in Wine. The compiler is the system's own, for its source comes with it.
pub(crate) const CROSS: &[Need] = &[
    need("the system's Rust compiler", File(&["/usr/bin/rustc"]), ["rustc-web", "rust", "rust", "rust"]),
    need("its cargo", File(&["/usr/bin/cargo"]), ["cargo-web", "cargo", "rust", "cargo"]),
    need("its clippy", File(&["/usr/bin/cargo-clippy"]), ["rust-web-clippy", "clippy", "rust", "rust"]),
    need(
        "the source of its standard library",
        File(&["/usr/lib/rustlib/src/rust/library/std/Cargo.toml"]),
        ["rust-web-src", "rust-src", "rust-src", ""],
    ),
    need(
        "a C compiler for Windows",
        Program("x86_64-w64-mingw32-gcc"),
        ["gcc-mingw-w64-x86-64-win32", "mingw64-gcc", "mingw-w64-gcc", "mingw64-cross-gcc"],
    ),
    need("Wine", Program("wine"), ["wine"; 4]),
    need(
        "the virtual X server",
        Program("Xvfb"),
        ["xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb", "xorg-x11-server-Xvfb"],
    ),
    need("xvfb-run", Program("xvfb-run"), ["xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb", "xvfb-run"]),
    need("xauth", Program("xauth"), ["xauth", "xorg-x11-xauth", "xorg-xauth", "xauth"]),
];

/// To test calls against real sound servers. Not to be installed: either may take the place of the one that a person has,
/// and on Fedora, Arch and openSUSE only one of the two can be there.
pub(crate) const SOUND: &[Need] = &[
    need("the sound server PulseAudio", Program("pulseaudio"), ["pulseaudio", "", "", ""]),
    need(
        "the tools of PulseAudio",
        Program("parec"),
        ["pulseaudio-utils", "pulseaudio-utils", "libpulse", "pulseaudio-utils"],
    ),
    need("PipeWire", Program("pipewire"), ["pipewire"; 4]),
    need(
        "the sound server of PipeWire",
        Program("pipewire-pulse"),
        ["pipewire-pulse", "pipewire-pulseaudio", "pipewire-pulse", "pipewire-pulseaudio"],
    ),
    need("the session manager of PipeWire", Program("wireplumber"), ["wireplumber"; 4]),
];

/// To test the log's keeper for several nodes. Not to be installed: its package begins a server that all machines around can
/// reach.
pub(crate) const BROKER: &[Need] = &[need("the broker NATS", Program("nats-server"), ["nats-server", "", "", ""])];

/// To try the packages in an empty system.
pub(crate) const TRIAL: &[Need] = &[
    need("mmdebstrap", Program("mmdebstrap"), ["mmdebstrap"; 4]),
    need("the builder of Flatpaks", Program("flatpak-builder"), ["flatpak-builder"; 4]),
];

/// To try them on real desktops.
pub(crate) const DESKTOPS: &[Need] = &[
    need("mmdebstrap", Program("mmdebstrap"), ["mmdebstrap"; 4]),
    need("nsenter", Program("nsenter"), ["util-linux"; 4]),
];

/// To sign the packages.
pub(crate) const SIGN: &[Need] = &[need("minisign", Program("minisign"), ["minisign"; 4])];

/// To make the installer for Windows.
pub(crate) const WINDOWS_PACKAGE: &[Need] =
    &[need("NSIS", Program("makensis"), ["nsis", "mingw32-nsis", "nsis", "mingw32-cross-nsis"])];

/// To try it: somebody has to press its buttons.
pub(crate) const TRY_INSTALLER: &[Need] = &[need("xdotool", Program("xdotool"), ["xdotool"; 4])];

/// To make the packages: Debian's own tools for its form and for the others.
pub(crate) const PACKAGE: &[Need] = &[
    need("dpkg-shlibdeps", Program("dpkg-shlibdeps"), ["dpkg-dev", "dpkg-dev", "dpkg", "dpkg-devel"]),
    need("rpmbuild", Program("rpmbuild"), ["rpm", "rpm-build", "rpm-tools", "rpm-build"]),
];

impl Need {
    pub(crate) fn is_there(&self) -> bool {
        match self.proof {
            Program(name) => program_exists(name),
            ProgramOf(names) => names.iter().any(|name| program_exists(name)),
            Library(name) => runs(Command::new("pkg-config").args(["--exists", name])),
            Python(module) => runs(Command::new("/usr/bin/python3").args(["-c", &format!("import {module}")])),
            PythonEnvironments => python::with_environments().is_some(),
            File(paths) => paths.iter().any(|path| Path::new(path).exists()),
        }
    }

    /// Whether it is of any use on a system of this family.
    pub(crate) fn matters_on(&self, family: Family) -> bool {
        family != Family::Homebrew || self.formula.is_some()
    }

    /// The package that brings it, if we know.
    pub(crate) fn package(&self, family: Family) -> Option<&'static str> {
        let [debian, fedora, arch, suse] = self.packages;
        let named = |package: &'static str| Some(package).filter(|package| !package.is_empty());
        match family {
            Family::Debian => named(debian),
            Family::Fedora => named(fedora),
            Family::Arch => named(arch),
            Family::Suse => named(suse),
            Family::Homebrew => self.formula,
            Family::Unknown => None,
        }
    }
}

fn program_exists(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"].map(Into::into);
    std::env::split_paths(&path).chain(system).any(|folder| folder.join(name).is_file())
}

fn runs(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}
