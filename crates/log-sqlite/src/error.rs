//! What SQLite says, as a fault of the log.

use std::path::Path;

use log::LogError;
use rusqlite::ErrorCode;

pub(crate) fn named(path: &Path) -> String {
    path.display().to_string()
}

pub(crate) fn of(error: &rusqlite::Error, path: &Path) -> LogError {
    let place = named(path);
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => LogError::Full(place),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => LogError::Damaged(place),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            LogError::NotWritable { place: named(path.parent().unwrap_or(path)), cause: error.to_string() }
        }
        // What was written as text is no text any more.
        None if matches!(error, rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::Utf8Error(..)) => {
            LogError::Damaged(place)
        }
        _ => LogError::Other { place, cause: error.to_string() },
    }
}
