//! What every program of a desktop shares: its folders, its environment, its process group.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::Result;

use crate::bus::Bus;
use crate::folders::Folders;
use crate::warden::{MARK, Warden};

/// Where programs are looked for; the caller's own `PATH` may lead to other versions of them.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games";

#[derive(Debug)]
pub(crate) struct Stage {
    // The warden first: it ends the processes, then the folders go.
    warden: Warden,
    pub(crate) folders: Folders,
    pub(crate) session_bus: Bus,
    pub(crate) system_bus: Bus,
    pub(crate) display: Option<String>,
    pub(crate) logind_session: Option<String>,
}

impl Stage {
    pub(crate) fn create() -> Result<Self> {
        let folders = Folders::create()?;
        Ok(Self {
            warden: Warden::start(folders.root())?,
            session_bus: Bus::at(folders.root().join("session-bus")),
            system_bus: Bus::at(folders.root().join("system-bus")),
            folders,
            display: None,
            logind_session: None,
        })
    }

    /// The complete environment of a program. Both buses are always named, so that without one of our own a program
    /// finds nothing instead of the machine's.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let folder = |path: std::path::PathBuf| path.to_string_lossy().into_owned();
        let mut variables = vec![
            ("HOME", folder(self.folders.home())),
            ("XDG_RUNTIME_DIR", folder(self.folders.runtime())),
            ("XDG_CONFIG_HOME", folder(self.folders.config())),
            ("XDG_DATA_HOME", folder(self.folders.data())),
            ("XDG_STATE_HOME", folder(self.folders.state())),
            ("XDG_CACHE_HOME", folder(self.folders.cache())),
            ("DBUS_SESSION_BUS_ADDRESS", self.session_bus.address()),
            ("DBUS_SYSTEM_BUS_ADDRESS", self.system_bus.address()),
            ("PATH", PATH.to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TZ", "UTC".to_owned()),
            (MARK, folder(self.folders.root().to_owned())),
        ];
        variables.extend(self.display.clone().map(|name| ("DISPLAY", name)));
        variables.extend(self.logind_session.clone().map(|id| ("XDG_SESSION_ID", id)));
        variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// A program with that environment and nothing else, in the desktop's process group.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment()).current_dir(self.folders.home()).process_group(self.group());
        command
    }

    /// The process group that every program of the desktop joins.
    pub(crate) fn group(&self) -> i32 {
        self.warden.group()
    }
}
