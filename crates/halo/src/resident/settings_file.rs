//! The settings file: read once, written whole.

use std::fs;
use std::io::Write;
use std::path::Path;

use agent::Settings;
use presence::Policy;

/// The settings of the file. One that is not in order gives the defaults, and the words for the person.
pub fn load(path: &Path, policy: &Policy) -> (Settings, Option<String>) {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return (Settings::default(), None),
        Err(error) => return (Settings::default(), Some(format!("{} can't be read: {error}", path.display()))),
    };
    match Settings::from_toml(&text, policy) {
        Ok(settings) => (settings, None),
        Err(error) => (Settings::default(), Some(format!("{}: {error}", path.display()))),
    }
}

/// Writes them beside the old ones, then puts them in their place: a crash leaves one or the other, whole.
pub fn save(path: &Path, settings: &Settings) -> Result<(), String> {
    let cant = |error: std::io::Error| format!("the settings can't be written to {}: {error}", path.display());
    if let Some(folder) = path.parent() {
        crate::place::private_folder(folder).map_err(|error| format!("{error:#}"))?;
    }
    let beside = path.with_extension("toml.new");
    let written = fs::File::create(&beside).and_then(|mut file| {
        file.write_all(settings.to_toml().as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    });
    written.map_err(cant)
}
