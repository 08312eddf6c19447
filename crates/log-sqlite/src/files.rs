//! The file of the log: for its owner only, and set aside rather than lost.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use log::LogError;

use crate::error::named;

/// Makes a folder that only its owner can enter.
pub fn make_private(folder: &Path) -> Result<(), LogError> {
    private_files::make_folder(folder)
        .map_err(|cause| LogError::NotWritable { place: named(folder), cause: cause.to_string() })
}

/// The database needs to make its write-ahead log beside the file.
pub(crate) fn tempfile_can_be_made(folder: &Path) -> std::io::Result<()> {
    // A name of its own: others may be trying at the same time.
    static PROBES: AtomicU32 = AtomicU32::new(0);
    let number = PROBES.fetch_add(1, Ordering::Relaxed);
    let probe = folder.join(format!(".writable-{}-{number}", std::process::id()));
    fs::write(&probe, b"")?;
    fs::remove_file(&probe)
}

/// Moves a damaged file and its write-ahead log to a name that nothing else has.
pub(crate) fn set_aside(path: &Path) -> Result<PathBuf, LogError> {
    private_files::set_aside(path, "damaged")
        .map_err(|error| LogError::Other { place: named(path), cause: error.to_string() })
}
