//! Real screen lockers on the private screen: MATE's, and `XScreenSaver`.
//!
//! They refuse to run as root; then they run as `nobody`, whom the private bus and screen admit. MATE's `--lock` and
//! `--unlock` are requests over the bus; no password is involved, and PAM is never asked.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::bus::Bus;
use crate::desktop::Desktop;
use crate::process::{Service, wait_until};

const NAME: &str = "org.mate.ScreenSaver";
const OBJECT: &str = "/org/mate/ScreenSaver";
const LIMIT: Duration = Duration::from_secs(10);

/// The running locker. Dropping it ends it.
#[derive(Debug)]
pub struct MateScreensaver {
    _locker: Service,
    bus: Bus,
}

impl Desktop {
    /// Starts the locker, unlocked. Needs the display, the session bus and the package `mate-screensaver`: ask
    /// [`MateScreensaver::is_installed`] first, and skip the test otherwise.
    pub fn start_mate_screensaver(&self) -> Result<MateScreensaver> {
        let bus = self.session_bus();
        let mut command = self.command("mate-screensaver");
        // Without the memory backend it would look for a settings service that our bus does not start.
        command.arg("--no-daemon").env("GSETTINGS_BACKEND", "memory").env("NO_AT_BRIDGE", "1");
        if rustix::process::getuid().is_root() {
            self.as_nobody(&mut command)?;
        }
        let mut locker = Service::start_quiet("mate-screensaver", &mut command, &self.log_dir())?;
        locker.wait_until_ready(|| bus.has_owner(NAME))?;
        Ok(MateScreensaver { _locker: locker, bus })
    }

    /// Makes `command` run as the user `nobody`, in a home of its own.
    fn as_nobody(&self, command: &mut Command) -> Result<()> {
        let (user, group) = nobody()?;
        let home = self.stage.folders.root().join("nobody");
        fs::create_dir_all(&home)?;
        fs::set_permissions(&home, Permissions::from_mode(0o700))?;
        chown(&home, Some(user), Some(group))?;
        command.uid(user).gid(group).current_dir(&home);
        for folder in
            ["HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"]
        {
            command.env(folder, &home);
        }
        Ok(())
    }
}

impl MateScreensaver {
    /// True if the locker is on this machine. It is installed in CI only: on a person's desktop it would start itself.
    pub fn is_installed() -> bool {
        Path::new("/usr/bin/mate-screensaver").exists()
    }

    /// Locks, as `mate-screensaver-command --lock` does; returns when it has told everyone.
    pub fn lock(&self) -> Result<()> {
        self.change("Lock", true)
    }

    /// Unlocks without a password, as `mate-screensaver-command --unlock` does; returns when it has told everyone.
    pub fn unlock(&self) -> Result<()> {
        self.change("Unlock", false)
    }

    /// True while locked.
    pub fn is_active(&self) -> Result<bool> {
        Ok(self.bus.call(NAME, OBJECT, "org.mate.ScreenSaver.GetActive", &[])? == "(true,)")
    }

    fn change(&self, method: &str, active: bool) -> Result<()> {
        // It never answers these two calls.
        self.bus.send(NAME, OBJECT, &format!("org.mate.ScreenSaver.{method}"))?;
        let done = wait_until(LIMIT, || self.is_active().is_ok_and(|now| now == active));
        ensure!(done, "mate-screensaver did not follow {method} within {} s", LIMIT.as_secs());
        Ok(())
    }
}

/// A running `XScreenSaver`. Dropping it ends it.
#[derive(Debug)]
pub struct XScreenSaver(#[expect(dead_code, reason = "held for its life")] Service);

impl Desktop {
    /// Starts it, unlocked. Needs the display and the package `xscreensaver`: ask [`XScreenSaver::is_installed`] first, and
    /// skip the test otherwise.
    pub fn start_xscreensaver(&self) -> Result<XScreenSaver> {
        let mut command = self.command("xscreensaver");
        command.arg("--no-splash");
        if rustix::process::getuid().is_root() {
            self.as_nobody(&mut command)?;
        }
        let mut saver = Service::start_quiet("xscreensaver", &mut command, &self.log_dir())?;
        saver.wait_until_ready(|| self.run("xscreensaver-command", &["-time"]).is_ok())?;
        Ok(XScreenSaver(saver))
    }

    /// Has it lock the screen, as its menu entry does.
    pub fn lock_by_xscreensaver(&self) -> Result<()> {
        self.run("xscreensaver-command", &["-lock"]).map(|_| ())
    }
}

impl XScreenSaver {
    /// True if it is on this machine. It is installed in CI only: on a person's desktop it would start itself.
    pub fn is_installed() -> bool {
        Path::new("/usr/bin/xscreensaver").exists()
    }
}

fn nobody() -> Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd")?;
    let fields = users.lines().find(|line| line.starts_with("nobody:")).map(|line| line.split(':').collect::<Vec<_>>());
    let fields = fields.context("there is no user `nobody` to run the screen locker as")?;
    let id = |at: usize| fields.get(at).and_then(|text| text.parse().ok()).context("`nobody` has no number");
    Ok((id(2)?, id(3)?))
}
