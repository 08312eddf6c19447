//! The desktop as a whole.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::builder::Builder;
use crate::bus::{self, Bus};
use crate::display::Display;
use crate::process::{Service, run_to_end};
use crate::stage::Stage;
use crate::tray_host::TrayHost;
use crate::{keyring, notifications};

/// A private virtual desktop. Dropping it ends every process that was started in it and removes its files.
#[derive(Debug)]
pub struct Desktop {
    // They end in this order: whoever uses a bus or the screen before the bus and the screen, the stage last.
    tray_host: Option<TrayHost>,
    notifications: Option<Service>,
    pub(crate) keyring: Option<Service>,
    display: Option<Display>,
    session_bus: Option<Service>,
    system_bus: Option<Service>,
    pub(crate) stage: Stage,
}

impl Desktop {
    /// Chooses the parts.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn start(parts: Builder) -> Result<Self> {
        let mut desktop = Self {
            tray_host: None,
            notifications: None,
            keyring: None,
            display: None,
            session_bus: None,
            system_bus: None,
            stage: Stage::create()?,
        };
        if parts.system_bus {
            desktop.system_bus = Some(bus::start_system_bus(&desktop.stage)?);
        }
        if parts.session_bus {
            desktop.session_bus = Some(bus::start_session_bus(&desktop.stage)?);
        }
        if parts.display {
            desktop.display = Some(Display::start(&mut desktop.stage)?);
        }
        if parts.keyring {
            desktop.start_keyring()?;
        }
        if parts.notifications {
            desktop.start_notifications()?;
        }
        if parts.tray_host {
            desktop.start_tray_host()?;
        }
        Ok(desktop)
    }

    /// The complete environment of a program in this desktop. Nothing is inherited from the caller.
    pub fn env(&self) -> Vec<(String, String)> {
        self.stage.environment()
    }

    /// A program with exactly [`Desktop::env`], in the desktop's home and process group: it ends with the desktop.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        self.stage.command(program)
    }

    /// Runs `program` to its end and gives what it printed; an error carries what it said.
    pub fn run(&self, program: impl AsRef<OsStr>, arguments: &[&str]) -> Result<String> {
        run_to_end(self.command(program).args(arguments))
    }

    /// Moves the mouse, clicks, types: see xdotool(1).
    pub fn xdotool(&self, arguments: &[&str]) -> Result<String> {
        self.run("xdotool", arguments)
    }

    /// Writes what is on the screen to a PNG file, folders included.
    pub fn screenshot(&self, path: &Path) -> Result<()> {
        ensure!(self.display.is_some(), "this desktop was started without a display");
        let path = std::path::absolute(path)?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        run_to_end(self.command("import").args(["-window", "root", "-strip"]).arg(format!("png:{}", path.display())))?;
        Ok(())
    }

    /// The private session bus.
    pub fn session_bus(&self) -> Bus {
        self.stage.session_bus.clone()
    }

    /// The private bus that stands for the system bus.
    pub fn system_bus(&self) -> Bus {
        self.stage.system_bus.clone()
    }

    /// Stops the session bus, and before it our own programs that live on it: keyring, notifications, tray host.
    /// Everyone else on it sees it go.
    pub fn stop_session_bus(&mut self) {
        self.tray_host = None;
        self.notifications = None;
        self.keyring = None;
        self.session_bus = None;
    }

    /// Starts the session bus again at the same address, empty: start the keyring, the notifications and the tray
    /// host anew where the test needs them.
    pub fn start_session_bus(&mut self) -> Result<()> {
        self.stop_session_bus();
        self.session_bus = Some(bus::start_session_bus(&self.stage)?);
        Ok(())
    }

    /// Stops the bus that stands for the system bus; everyone on it sees it go.
    pub fn stop_system_bus(&mut self) {
        self.system_bus = None;
    }

    /// Starts it again at the same address, empty.
    pub fn start_system_bus(&mut self) -> Result<()> {
        self.stop_system_bus();
        self.system_bus = Some(bus::start_system_bus(&self.stage)?);
        Ok(())
    }

    /// Stops the panel, and with it the tray host's name on the bus.
    pub fn stop_tray_host(&mut self) {
        self.tray_host = None;
    }

    /// Starts the panel, or starts it anew.
    pub fn start_tray_host(&mut self) -> Result<()> {
        self.tray_host = None;
        self.tray_host = Some(TrayHost::start(&self.stage)?);
        Ok(())
    }

    /// Stops the notification daemon.
    pub fn stop_notifications(&mut self) {
        self.notifications = None;
    }

    /// Starts the notification daemon, or starts it anew with an empty history.
    pub fn start_notifications(&mut self) -> Result<()> {
        self.notifications = None;
        self.notifications = Some(notifications::start(&self.stage)?);
        Ok(())
    }

    /// Stops the keyring; what it holds stays on disk.
    pub fn stop_keyring(&mut self) {
        self.keyring = None;
    }

    /// Starts the keyring, or starts it anew, unlocked.
    pub fn start_keyring(&mut self) -> Result<()> {
        self.keyring = None;
        self.keyring = Some(keyring::start(&self.stage)?);
        Ok(())
    }

    /// `HOME`.
    pub fn home(&self) -> PathBuf {
        self.stage.folders.home()
    }

    /// `XDG_RUNTIME_DIR`, which only its owner may enter.
    pub fn runtime_dir(&self) -> PathBuf {
        self.stage.folders.runtime()
    }

    /// `XDG_DATA_HOME`.
    pub fn data_dir(&self) -> PathBuf {
        self.stage.folders.data()
    }

    /// `XDG_CONFIG_HOME`.
    pub fn config_dir(&self) -> PathBuf {
        self.stage.folders.config()
    }

    /// `XDG_STATE_HOME`.
    pub fn state_dir(&self) -> PathBuf {
        self.stage.folders.state()
    }

    /// `XDG_CACHE_HOME`.
    pub fn cache_dir(&self) -> PathBuf {
        self.stage.folders.cache()
    }

    /// A folder for logs; each program of the desktop writes `NAME.log` there.
    pub fn log_dir(&self) -> PathBuf {
        self.stage.folders.logs()
    }
}
