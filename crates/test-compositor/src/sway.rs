//! A real compositor of wlroots: Sway without a screen, and a keyboard that types for the person.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// As whom it runs where root runs the tests: it refuses to be root.
const NOBODY: u32 = 65_534;
const DISPLAY: &str = "wayland-1";
const PATIENCE: Duration = Duration::from_secs(15);

/// It ends with its owner.
pub struct Sway {
    home: TempDir,
    running: Option<Child>,
}

impl Sway {
    /// What it takes to have one, by the names of the programs.
    pub const NEEDS: [&str; 3] = ["sway", "wtype", "setpriv"];

    /// Starts one; returns when it hears the keyboard.
    pub fn start() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        fs::set_permissions(home.path(), Permissions::from_mode(0o700)).expect("it is ours");
        fs::write(home.path().join("config"), "xwayland disable\n").expect("it is ours");
        if rustix::process::geteuid().is_root() {
            chown(home.path(), Some(NOBODY), Some(NOBODY)).expect("root may");
        }
        let mut sway = Self { home, running: None };
        sway.restart();
        sway
    }

    /// Starts it anew at the same place.
    pub fn restart(&mut self) {
        self.kill();
        let mut command = Command::new("setpriv");
        if rustix::process::geteuid().is_root() {
            command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".to_owned()]);
        }
        command.arg("sway").arg("-c").arg(self.home.path().join("config"));
        command.env("HOME", self.home.path()).env("XDG_RUNTIME_DIR", self.home.path());
        command.env("WLR_BACKENDS", "headless").env("WLR_RENDERER", "pixman").env("WLR_LIBINPUT_NO_DEVICES", "1");
        for other in ["DISPLAY", "WAYLAND_DISPLAY", "SWAYSOCK", "DBUS_SESSION_BUS_ADDRESS"] {
            command.env_remove(other);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.running = Some(command.spawn().expect("Sway starts"));
        let began = Instant::now();
        while !self.types() {
            assert!(began.elapsed() < PATIENCE, "Sway starts in time");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends it without a word; its clients see it go.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            let _ = running.kill();
            let _ = running.wait();
        }
        // It had no time to tidy up.
        let _ = fs::remove_file(self.socket());
        let _ = fs::remove_file(self.socket().with_extension("lock"));
    }

    /// The person presses a key that writes nothing; false where nobody hears it.
    pub fn types(&self) -> bool {
        let mut command = Command::new("wtype");
        command.env("XDG_RUNTIME_DIR", self.home.path()).env("WAYLAND_DISPLAY", DISPLAY).args(["-k", "Shift_L"]);
        command.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    /// What `WAYLAND_DISPLAY` may name.
    pub fn socket(&self) -> PathBuf {
        self.home.path().join(DISPLAY)
    }
}

impl Drop for Sway {
    fn drop(&mut self) {
        self.kill();
    }
}
