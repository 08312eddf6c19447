//! A log whose file was taken away or replaced while it was in use: what is open still holds everything.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::files::make_private;
use log::LogError;

use crate::error::{named, of};
use crate::schema;
use crate::sqlite::Sqlite;

impl Sqlite {
    /// Writes the log anew where it belongs, after its file or what belongs to it was removed, and goes on with that.
    pub fn write_anew(&mut self) -> Result<(), LogError> {
        let path = self.path().to_owned();
        let folder = path.parent().unwrap_or(&path);
        make_private(folder)?;
        // A command that is in there goes on with the file that it has opened, and with what belongs to it by name.
        let locked = fs::File::open(folder).ok();
        if locked.as_ref().is_some_and(|folder| matches!(folder.try_lock(), Err(fs::TryLockError::WouldBlock))) {
            let cause = "a command of an administrator is using it".to_owned();
            return Err(LogError::Other { place: named(&path), cause });
        }
        let beside = path.with_extension("db.anew");
        self.copy_to(&beside)?;
        let of = |error: rusqlite::Error| of(&error, &path);
        let not_movable = |error: std::io::Error| LogError::Other { place: named(&path), cause: error.to_string() };
        // Whoever ends this program before the new file has its name leaves a whole log there, where one was left.
        self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).ok();
        // Closed in the usual way, the old one would remove a write-ahead log by its name: by then the new file's.
        self.db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(of)?;
        // Gone before the new file has its name: a command that opens it at once would take them for the new file's.
        for suffix in ["-wal", "-shm"] {
            fs::remove_file(format!("{}{suffix}", path.display())).ok();
        }
        fs::rename(&beside, &path).map_err(not_movable)?;
        self.open_again()
    }

    /// Keeps a copy of the log beside its place, which another file has taken, and goes on with that; where it is.
    pub fn keep_aside(&mut self) -> Result<PathBuf, LogError> {
        let free = |n| self.path().with_extension(format!("db.kept-{n}"));
        let aside = (1..u32::MAX).map(free).find(|aside| !aside.exists()).expect("one of all numbers is free");
        self.copy_to(&aside)?;
        let of = |error: rusqlite::Error| of(&error, &aside);
        let mut kept = Connection::open(&aside).map_err(of)?;
        schema::migrate(&mut kept, self.sharing).map_err(of)?.ok();
        // One file without others beside it: somebody may put it back at any time.
        kept.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).map_err(of)?;
        self.db = kept;
        Ok(aside)
    }

    fn copy_to(&mut self, copy: &Path) -> Result<(), LogError> {
        make_private(copy.parent().unwrap_or(copy))?;
        let not_writable =
            |error: std::io::Error| LogError::NotWritable { place: named(copy), cause: error.to_string() };
        // Made first, so that nobody else can read it: the database fills an empty file.
        let file = private_files::private(fs::OpenOptions::new().create(true).truncate(true).write(true)).open(copy);
        let file = file.map_err(not_writable)?;
        let name = copy.to_string_lossy();
        self.db.execute("VACUUM INTO ?1", [&*name]).map_err(|error| of(&error, copy))?;
        file.sync_all().map_err(not_writable)?;
        self.is_all_in(copy)
    }

    /// Refuses a copy of what was cut off: nothing may be put in its place that knows of less.
    fn is_all_in(&self, copy: &Path) -> Result<(), LogError> {
        let damaged = || LogError::Damaged(named(self.path()));
        let copied = || -> rusqlite::Result<bool> {
            let copied = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            let persons: i64 = copied.query_row("SELECT count(*) FROM persons", [], |row| row.get(0))?;
            let knows_all = usize::try_from(persons).is_ok_and(|persons| persons >= self.persons.get());
            Ok(knows_all && schema::is_sound(&copied)?)
        };
        if copied().unwrap_or(false) {
            return Ok(());
        }
        fs::remove_file(copy).ok();
        Err(damaged())
    }
}
