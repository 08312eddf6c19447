//! Starting with the session, as the XDG autostart specification has it: a menu entry in a folder.
//!
//! The file is the truth, not a setting beside it: desktops let a person switch it off in a list of their own.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// What the entry is called, here and in the folders of the machine.
const NAME: &str = "halo.desktop";

/// The person's own entry, and those of the machine that it overrides.
#[derive(Debug)]
pub struct Autostart {
    own: PathBuf,
    machine: Vec<PathBuf>,
}

impl Autostart {
    /// Beside the person's folder of Halo's settings: in the one of all settings (`~/.config`).
    pub fn new(settings: &Path) -> Self {
        let config = settings.parent().unwrap_or(settings);
        let folders = std::env::var_os("XDG_CONFIG_DIRS").filter(|folders| !folders.is_empty());
        let folders = folders.unwrap_or_else(|| "/etc/xdg".into());
        let entry = |folder: &Path| folder.join("autostart").join(NAME);
        Self { own: entry(config), machine: std::env::split_paths(&folders).map(|folder| entry(&folder)).collect() }
    }

    /// Whether a log-in starts Halo: the first entry that is there says so.
    pub fn is_on(&self) -> bool {
        let mut entries = [&self.own].into_iter().chain(&self.machine);
        entries.find_map(|path| fs::read_to_string(path).ok()).is_some_and(|entry| is_enabled(&entry))
    }

    /// Makes a log-in start Halo, or not; in words why that can't be.
    pub fn switch(&self, on: bool) -> Result<(), String> {
        if on {
            return self.write(&entry(&program()?)?);
        }
        if self.machine.iter().any(|path| path.exists()) {
            // Taking one's own away would let the machine's hold.
            return self.write("[Desktop Entry]\nType=Application\nName=Halo\nHidden=true\n");
        }
        match fs::remove_file(&self.own) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.cant(&error)),
            _ => Ok(()),
        }
    }

    /// Writes it beside its place, then puts it there: a log-in finds the old one or the new one, whole.
    fn write(&self, entry: &str) -> Result<(), String> {
        let beside = self.own.with_extension("desktop.new");
        let written = fs::create_dir_all(self.own.parent().unwrap_or(&self.own))
            .and_then(|()| fs::File::create(&beside))
            .and_then(|mut file| {
                file.write_all(entry.as_bytes())?;
                file.sync_all()?;
                fs::rename(&beside, &self.own)
            });
        written.map_err(|error| self.cant(&error))
    }

    fn cant(&self, error: &std::io::Error) -> String {
        format!("{} can't be written ({error}). Make the file and its folder writable for you", self.own.display())
    }
}

/// This program, also after an update has put another file in its place.
fn program() -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|error| format!("Halo can't find its own program: {error}"))?;
    let name = program.to_string_lossy();
    Ok(name.strip_suffix(" (deleted)").filter(|_| !program.exists()).map_or_else(|| program.clone(), PathBuf::from))
}

/// The entry. `run` and not the bare command, which would open the window at each log-in.
fn entry(program: &Path) -> Result<String, String> {
    let path = program.to_str().filter(|path| !path.chars().any(char::is_control)).ok_or_else(|| {
        format!("{} has a name that no menu entry can hold: install Halo in another folder", program.display())
    })?;
    Ok(format!(
        "[Desktop Entry]
Type=Application
Version=1.0
Name=Halo
Comment=Shows and sets your status
Exec={} run
TryExec={}
Icon=halo
Terminal=false
StartupNotify=false
X-GNOME-Autostart-enabled=true
",
        word(path),
        path.replace('\\', r"\\"),
    ))
}

/// A word of `Exec`, quoted as the Desktop Entry Specification says: once for the word, once for the line.
fn word(text: &str) -> String {
    let mut word = String::new();
    for c in text.chars() {
        match c {
            '\\' => word.push_str(r"\\\\"),
            '"' | '`' | '$' => word.extend(['\\', '\\', c]),
            '%' => word.push_str("%%"),
            _ => word.push(c),
        }
    }
    format!("\"{word}\"")
}

/// Whether an entry starts anything: desktops switch one off by a key rather than take it away.
fn is_enabled(entry: &str) -> bool {
    let lines = entry.lines().map(str::trim).skip_while(|line| *line != "[Desktop Entry]").skip(1);
    let mut keys = lines.take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once('='));
    !keys.any(|(key, value)| {
        matches!((key.trim_end(), value.trim_start()), ("Hidden", "true") | ("X-GNOME-Autostart-enabled", "false"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_folder(folder: &Path) -> Autostart {
        let machine = vec![folder.join("machine").join(NAME)];
        Autostart { own: folder.join("autostart").join(NAME), machine }
    }

    #[test]
    fn the_entry_appears_and_goes_and_a_person_who_takes_it_away_is_believed() {
        let folder = tempfile::tempdir().unwrap();
        let autostart = in_folder(folder.path());
        assert!(!autostart.is_on());
        autostart.switch(false).unwrap();
        autostart.switch(true).unwrap();
        autostart.switch(true).unwrap();
        assert!(autostart.is_on());
        let files: Vec<_> = fs::read_dir(folder.path().join("autostart")).unwrap().collect();
        assert_eq!(files.len(), 1, "{files:?}");
        fs::remove_file(&autostart.own).unwrap();
        assert!(!autostart.is_on());
        autostart.switch(true).unwrap();
        autostart.switch(false).unwrap();
        assert!(!autostart.own.exists());
    }

    #[test]
    fn an_entry_that_a_desktop_switched_off_is_off() {
        assert!(is_enabled("[Desktop Entry]\nExec=halo run\nX-GNOME-Autostart-enabled=true\n"));
        assert!(is_enabled("# Hidden=true\n[Desktop Entry]\nHidden=false\n\n[Desktop Action x]\nHidden=true\n"));
        assert!(!is_enabled("[Desktop Entry]\nExec=halo run\nHidden=true\n"));
        assert!(!is_enabled("\n[Desktop Entry]\nExec=halo run\nX-GNOME-Autostart-enabled = false\n"));
    }

    #[test]
    fn an_entry_of_the_machine_is_overridden_rather_than_removed() {
        let folder = tempfile::tempdir().unwrap();
        let autostart = in_folder(folder.path());
        fs::create_dir(folder.path().join("machine")).unwrap();
        fs::write(&autostart.machine[0], "[Desktop Entry]\nExec=halo run\n").unwrap();
        assert!(autostart.is_on());
        autostart.switch(false).unwrap();
        assert!(!autostart.is_on() && autostart.machine[0].exists());
        autostart.switch(true).unwrap();
        assert!(autostart.is_on());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("autostart"), "a file where the folder would be").unwrap();
        let refused = in_folder(folder.path()).switch(true).unwrap_err();
        assert!(refused.contains("can't be written") && refused.contains("writable for you"), "{refused}");
    }

    #[test]
    fn a_path_is_one_word_whatever_is_in_it() {
        assert_eq!(word(r#"/a b/c"d`e$f%g\h"#), r#""/a b/c\\"d\\`e\\$f%%g\\\\h""#);
        assert!(entry(Path::new("/a\nb/halo")).unwrap_err().contains("another folder"));
        let entry = entry(Path::new(r"/a b\c/halo")).unwrap();
        assert!(entry.contains("\nTryExec=/a b\\\\c/halo\n"), "{entry}");
    }
}
