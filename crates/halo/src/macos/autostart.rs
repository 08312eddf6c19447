//! Starting with the session: a property list among those that launchd reads at each log-in.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::other_systems::launch_agent::{LABEL, property_list};

/// The person's property list.
#[derive(Debug)]
pub struct Autostart(PathBuf);

impl Autostart {
    /// Beside the folder that the settings lie in: `Application Support` is a neighbour of `LaunchAgents`.
    pub fn new(settings: &Path) -> Self {
        let library = settings.ancestors().nth(2).unwrap_or(settings);
        Self(library.join("LaunchAgents").join(format!("{LABEL}.plist")))
    }

    /// Whether a log-in starts Halo.
    pub fn is_on(&self) -> bool {
        self.0.exists()
    }

    /// Makes a log-in start Halo, or not; in words why that can't be.
    pub fn switch(&self, on: bool) -> Result<(), String> {
        if on {
            let program =
                std::env::current_exe().map_err(|error| format!("Halo can't find its own program: {error}"))?;
            let program = program.to_str().ok_or("Halo lies in a folder whose name is no text")?;
            return self.write(&property_list(program)).map_err(|error| self.cant(&error));
        }
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.cant(&error)),
            _ => Ok(()),
        }
    }

    /// Writes it beside its place, then puts it there: a log-in finds the old one or the new one, whole.
    fn write(&self, list: &str) -> std::io::Result<()> {
        let beside = self.0.with_extension("plist.new");
        fs::create_dir_all(self.0.parent().unwrap_or(&self.0))?;
        let mut file = fs::File::create(&beside)?;
        file.write_all(list.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &self.0)
    }

    fn cant(&self, error: &std::io::Error) -> String {
        format!("{} can't be written ({error}). Make the file and its folder writable for you", self.0.display())
    }
}
