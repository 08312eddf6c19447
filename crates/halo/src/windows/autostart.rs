//! Starting with the session: the person's own key of what a log-in runs.
//!
//! The registry is the truth, not a setting beside it: Windows lets a person switch it off in a list of its own.

use std::path::{Path, PathBuf};

use windows_registry::{CURRENT_USER, Key};

use crate::other_systems::run_key::{command, is_switched_off};

/// What a log-in runs.
const RUN: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";

/// What the person thinks of it, as the Task Manager and the settings write it.
const APPROVED: &str = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run";

/// What the entry is called in both.
const NAME: &str = "Halo";

/// The program that starts this one without a console.
const QUIET: &str = "halow.exe";

/// The entry of the person who runs this.
#[derive(Debug)]
pub struct Autostart {
    person: &'static Key,
}

impl Autostart {
    /// The same wherever the settings lie.
    pub fn new(_settings: &Path) -> Self {
        Self { person: CURRENT_USER }
    }

    /// Whether a log-in starts Halo.
    pub fn is_on(&self) -> bool {
        let named = self.person.open(RUN).is_ok_and(|run| run.get_string(NAME).is_ok());
        let approval = self.person.open(APPROVED).and_then(|approved| approved.get_value(NAME));
        named && !approval.is_ok_and(|approval| is_switched_off(&approval))
    }

    /// Makes a log-in start Halo, or not; in words why that can't be.
    pub fn switch(&self, on: bool) -> Result<(), String> {
        let cant = |error: windows::core::Error| format!(r"HKEY_CURRENT_USER\{RUN} can't be written ({error})");
        let run = self.person.create(RUN).map_err(cant)?;
        // What the person switched off in that list is on again only without it.
        let forget = |approved: Key| approved.remove_value(NAME);
        let _ = self.person.options().read().write().open(APPROVED).and_then(forget);
        if on {
            run.set_string(NAME, command(&program()?)).map_err(cant)
        } else if run.get_type(NAME).is_ok() {
            run.remove_value(NAME).map_err(cant)
        } else {
            Ok(())
        }
    }
}

/// The program that a log-in, or a link, is to start.
pub fn program() -> Result<String, String> {
    let this = std::env::current_exe().map_err(|error| format!("Halo can't find its own program: {error}"))?;
    let program: PathBuf = Some(this.with_file_name(QUIET)).filter(|quiet| quiet.exists()).unwrap_or(this);
    program.into_os_string().into_string().map_err(|_| "Halo lies in a folder whose name is no text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_appears_and_goes_and_a_person_who_switches_it_off_is_believed() {
        let autostart = Autostart::new(Path::new(""));
        autostart.switch(false).unwrap();
        assert!(!autostart.is_on());
        autostart.switch(true).unwrap();
        assert!(autostart.is_on());
        let approved = CURRENT_USER.create(APPROVED).unwrap();
        approved.set_bytes(NAME, windows_registry::Type::Bytes, &[3, 0, 0, 0]).unwrap();
        assert!(!autostart.is_on());
        autostart.switch(true).unwrap();
        assert!(autostart.is_on());
        autostart.switch(false).unwrap();
        autostart.switch(false).unwrap();
        assert!(!autostart.is_on());
    }
}
