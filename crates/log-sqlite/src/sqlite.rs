//! The file, while it is open.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use log::LogError;
use rusqlite::{Connection, Transaction};

use crate::ends::Ends;
use crate::error::of;
use crate::file_id::{FileId, file_id};
use crate::schema::Sharing;

/// A log in one SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    pub(crate) db: Connection,
    pub(crate) path: PathBuf,
    /// Which file it is.
    pub(crate) file: Option<FileId>,
    pub(crate) sharing: Sharing,
    /// How many persons there were when they were last counted: a file that knows of fewer was cut off.
    pub(crate) persons: Cell<usize>,
    /// Where the logs of subjects end, as long as nobody else writes.
    pub(crate) ends: Ends,
    /// The folder, locked while a command is in it.
    #[expect(dead_code, reason = "the lock lasts as long as it is open")]
    pub(crate) in_it: Option<fs::File>,
}

impl Sqlite {
    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file that lies at the path is the one that was opened.
    pub fn is_in_place(&self) -> bool {
        self.file == file_id(&self.path)
    }

    /// What SQLite says, as a fault of this log.
    pub(crate) fn said<T>(&self, result: rusqlite::Result<T>) -> Result<T, LogError> {
        result.map_err(|error| of(&error, &self.path))
    }

    /// Does several things in one: all of them are synced when this returns, or none is done.
    pub(crate) fn in_one<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, LogError> {
        let done = (|| {
            let transaction = self.db.transaction()?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })();
        self.said(done)
    }

    /// Does several things in one that may be lost with the power: it is written, but not synced.
    pub(crate) fn unsynced<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, LogError> {
        let lenient = self.db.execute_batch("PRAGMA synchronous = NORMAL");
        self.said(lenient)?;
        let done = self.in_one(work);
        let strict = self.db.execute_batch("PRAGMA synchronous = FULL");
        self.said(strict)?;
        done
    }

    /// Lets the file grow no further, or again: what a full disk looks like from here.
    #[doc(hidden)]
    pub fn fill_disk_for_tests(&mut self, full: bool) {
        let pages = if full { 1 } else { 1_000_000 };
        // SQLite raises a limit below the present size to that size.
        self.db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).ok();
    }
}
