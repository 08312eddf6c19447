//! What can go wrong with the log, in words that say what to do.

use std::path::PathBuf;

use rusqlite::ErrorCode;

/// Why the service can't do something.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The file was written by a newer Halo.
    #[error(
        "the log {path} was written by a newer Halo (its schema is version {found}, this program knows {known}): install that version again, or move the file away to begin a new log"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The file's schema version.
        found: i64,
        /// The newest one known.
        known: i64,
    },
    /// There is no file.
    #[error(
        "there is no log at {0}: if a service runs, it writes it anew in a moment; if not, restore a backup, or name its folder (`data` in the configuration)"
    )]
    Missing(PathBuf),
    /// The folder can't be made or written.
    #[error(
        "Halo can't write its log in {path}: {cause}. Make the folder writable, or name another one (a desk's by XDG_DATA_HOME, a service's by `data` in its configuration)"
    )]
    NotWritable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        cause: String,
    },
    /// No room is left.
    #[error(
        "the disk that holds {0} is full: free some space. Until then, what you ask for is refused; what is sensed is kept in memory"
    )]
    Full(PathBuf),
    /// The file is damaged.
    #[error("the log {0} is damaged: restore a backup of it")]
    Damaged(PathBuf),
    /// Anything else that the database says.
    #[error("the log {path} can't be used: {cause}")]
    Other {
        /// The file.
        path: PathBuf,
        /// What the database says.
        cause: String,
    },
}

impl EngineError {
    pub(crate) fn of(error: &rusqlite::Error, path: &std::path::Path) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full(path),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(path),
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                let folder = path.parent().unwrap_or(&path).to_owned();
                Self::NotWritable { path: folder, cause: error.to_string() }
            }
            // What was written as text is no text any more.
            None if matches!(error, rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::Utf8Error(..)) => {
                Self::Damaged(path)
            }
            _ => Self::Other { path, cause: error.to_string() },
        }
    }
}
