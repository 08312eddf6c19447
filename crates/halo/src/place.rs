//! Where things lie: the platform's folders for data, settings, logs and sockets.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Halo's folders for this person.
#[derive(Debug, Clone)]
pub struct Place {
    /// The log of facts.
    pub data: PathBuf,
    /// Settings and policy.
    pub config: PathBuf,
    /// The program's own log file.
    pub state: PathBuf,
    /// The socket of the resident program.
    pub socket: PathBuf,
}

impl Place {
    /// The settings file.
    pub fn settings(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The organisation's changes to the shipped policy.
    pub fn policy(&self) -> PathBuf {
        self.config.join("policy.toml")
    }

    /// The program's own log file.
    pub fn log_file(&self) -> PathBuf {
        self.state.join("halo.log")
    }
}

/// Which variables choose another place for the folders.
#[cfg(unix)]
const PLACE_VARIABLES: &str = "the XDG variable that leads there (XDG_DATA_HOME, XDG_CONFIG_HOME, XDG_RUNTIME_DIR)";
#[cfg(windows)]
const PLACE_VARIABLES: &str = "the variable that leads there (LOCALAPPDATA, APPDATA)";

/// Makes a folder that only the person can enter.
pub fn private_folder(folder: &Path) -> anyhow::Result<()> {
    private_files::make_folder(folder).with_context(|| {
        format!(
            "Halo can't make the folder {}: make the one above it writable for you, or choose another place with {}",
            folder.display(),
            PLACE_VARIABLES
        )
    })
}

/// In bytes; what somebody writes by hand has a hundredth of it.
const LARGEST: u64 = 1024 * 1024;

/// The text of a file; `None` if there is none.
pub fn read_text(path: &Path) -> io::Result<Option<String>> {
    if !is_there(path)? {
        return Ok(None);
    }
    if fs::metadata(path)?.len() > LARGEST {
        let words =
            format!("{} is larger than a megabyte, and no file of Halo's is: correct it or remove it", path.display());
        return Err(io::Error::new(ErrorKind::InvalidData, words));
    }
    let text = fs::read_to_string(path);
    text.map(Some).map_err(|error| io::Error::new(error.kind(), format!("{} can't be read: {error}", path.display())))
}

/// The same of what an administrator wrote: a link that leads nowhere is a file that is missing, and not that there is
/// none.
pub fn read_administrators(path: &Path) -> io::Result<Option<String>> {
    let text = read_text(path)?;
    if text.is_none() && path.is_symlink() {
        let words = format!("{} is a link to a file that isn't there", path.display());
        return Err(io::Error::new(ErrorKind::NotFound, words));
    }
    Ok(text)
}

/// Whether a file is there. What lies there and is no file is refused in words: to open a pipe would be to wait for ever.
pub fn is_there(path: &Path) -> io::Result<bool> {
    let words = |what: &str| format!("{} {what}", path.display());
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(true),
        Ok(found) => {
            let kind = if found.is_dir() { "a folder" } else { "a pipe, a socket or a device" };
            let what = format!("is {kind}, where Halo needs a file: move it away");
            Err(io::Error::new(ErrorKind::InvalidInput, words(&what)))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(io::Error::new(error.kind(), words(&format!("can't be read: {error}")))),
    }
}

/// Writes a file beside the old one, for the person only, then puts it in its place: a crash leaves one or the other,
/// whole. Where the path is a symbolic link, what it leads to is replaced, and the link stays.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = match fs::read_link(path) {
        // One that leads nowhere yet is to lead to the new file.
        Ok(next) => fs::canonicalize(path).unwrap_or_else(|_| path.parent().unwrap_or(path).join(next)),
        Err(_) => path.to_owned(),
    };
    let mut beside = target.clone().into_os_string();
    beside.push(".new");
    let mut file = private_files::private(File::options().create(true).truncate(true).write(true)).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, &target)
}

/// Keeps a copy of what was read and is sound, for the day on which it is not; unless it is there.
pub fn keep_copy(copy: &Path, text: &str) {
    if fs::read_to_string(copy).is_ok_and(|kept| kept == text) {
        return;
    }
    if let Err(error) = write_whole(copy, text.as_bytes()) {
        tracing::warn!("{} can't be written, so nothing is in force once its original breaks: {error}", copy.display());
    }
}
