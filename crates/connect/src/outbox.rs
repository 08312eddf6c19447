//! What must not be forgotten while the service is out of reach: writes that it has not answered, and its last word.
//!
//! `outbox.db`, the person's own (0600), without secrets. Its writes survive a crash of the program, but not surely a
//! power cut: the service is where things are kept, and this file need only bridge the way there.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use presence::Moment;
use protocol::service::{Hold, Snapshot, Write, Writing};
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

/// The version of the file; `PRAGMA user_version`.
const VERSION: i64 = 1;

/// Why the file can't be used, in words that say what to do.
#[derive(Debug, thiserror::Error)]
#[error("Halo can't use {}: {cause}. Make it and its folder writable for you, and see that the disk has room", .path.display())]
pub struct OutboxError {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub cause: String,
}

/// What an earlier run of the program left behind.
#[derive(Debug)]
pub struct Left {
    /// The service's last word.
    pub snapshot: Snapshot,
    /// The boot that it was heard in.
    pub boot: String,
}

/// The clock that stamped what waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptClock {
    /// The boot in which it counts.
    pub boot: String,
    /// What it showed then.
    pub shown: Moment,
    /// Whether it is the service's, or one of this device's own.
    pub is_services: bool,
}

/// The file.
#[derive(Debug)]
pub struct Outbox {
    db: Connection,
    path: PathBuf,
}

impl Outbox {
    /// Opens `outbox.db` in a folder, or begins one. A damaged file is set aside for a fresh one.
    pub fn open(folder: &Path) -> Result<Self, OutboxError> {
        let path = folder.join("outbox.db");
        private_files::make_folder(folder).map_err(|cause| failed(&path, &cause))?;
        match Self::try_open(&path) {
            Ok(db) => Ok(Self { db, path }),
            Err(error) if is_damaged(&error) => {
                let aside = private_files::set_aside(&path, "damaged").map_err(|cause| failed(&path, &cause))?;
                tracing::error!(
                    "{} was damaged and is now {}; what waited in it to be sent is lost",
                    path.display(),
                    aside.display()
                );
                let db = Self::try_open(&path).map_err(|cause| failed(&path, &cause))?;
                Ok(Self { db, path })
            }
            Err(cause) => Err(failed(&path, &cause)),
        }
    }

    fn try_open(path: &Path) -> rusqlite::Result<Connection> {
        let file = private_files::private(fs::OpenOptions::new().create(true).append(true)).open(path);
        drop(file.map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?);
        let db = Connection::open(path)?;
        // One program owns the file: no shared memory, which a network home can't give.
        db.query_row("PRAGMA locking_mode = EXCLUSIVE", [], |_| Ok(()))?;
        let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        // NORMAL: no sync for each write. Told to the person is "waits for the service", not "is kept".
        db.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; PRAGMA cache_size = -64;")?;
        if found != VERSION {
            // Another version's file: what waits in it can't be read by this one.
            db.execute_batch("DROP TABLE IF EXISTS writes; DROP TABLE IF EXISTS replica;")?;
            db.execute_batch(
                "CREATE TABLE writes (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, json TEXT NOT NULL);
                CREATE TABLE replica (id INTEGER PRIMARY KEY CHECK (id = 1), boot TEXT NOT NULL, json TEXT NOT NULL);",
            )?;
            db.pragma_update(None, "user_version", VERSION)?;
        }
        db.execute_batch(
            "CREATE TABLE IF NOT EXISTS clock
                (id INTEGER PRIMARY KEY CHECK (id = 1), boot TEXT NOT NULL, at_boot INTEGER NOT NULL,
                shown INTEGER NOT NULL, services INTEGER NOT NULL);
            CREATE TABLE IF NOT EXISTS owner (id INTEGER PRIMARY KEY CHECK (id = 1), account TEXT NOT NULL);
            CREATE TABLE IF NOT EXISTS left_behind (key TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;",
        )?;
        let sound: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if sound != "ok" {
            let damaged = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            return Err(rusqlite::Error::SqliteFailure(damaged, Some(sound)));
        }
        Ok(db)
    }

    /// Deletes the file in a folder: the person has signed out.
    pub fn delete(folder: &Path) {
        for name in ["outbox.db", "outbox.db-wal", "outbox.db-shm", "outbox.db-journal"] {
            match fs::remove_file(folder.join(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::error!("{name} can't be deleted: {error}");
                }
                _ => {}
            }
        }
    }

    /// The notifications that wait in a folder whose sign-in is over, with their keys: they came to this desk, whoever it
    /// is signed in as.
    pub fn left_held(folder: &Path) -> Vec<(String, Hold)> {
        let path = folder.join("outbox.db");
        if !path.exists() {
            return Vec::new();
        }
        let left = |outbox: Self| Ok([outbox.left_behind()?, outbox.all()?].concat());
        let writes = Self::open(folder).and_then(left).unwrap_or_else(|error| {
            tracing::error!("{error}");
            Vec::new()
        });
        let held = |write: Write| if let Writing::Hold(hold) = write.what { Some((write.key, hold)) } else { None };
        writes.into_iter().filter_map(held).collect()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps a write until it is answered.
    pub fn push(&self, write: &Write) -> Result<(), OutboxError> {
        let json = serde_json::to_string(write).expect("a write is plain data");
        let push = || {
            self.db
                .prepare_cached("INSERT OR IGNORE INTO writes (key, json) VALUES (?1, ?2)")?
                .execute(params![write.key, json])
        };
        push().map(|_| ()).map_err(|cause| failed(&self.path, &cause))
    }

    /// Forgets a write that was answered.
    pub fn remove(&self, key: &str) -> Result<(), OutboxError> {
        let remove = || self.db.prepare_cached("DELETE FROM writes WHERE key = ?1")?.execute([key]);
        remove().map(|_| ()).map_err(|cause| failed(&self.path, &cause))
    }

    /// Forgets all writes but these.
    pub fn keep_only(&mut self, writes: &[Write]) -> Result<(), OutboxError> {
        let keep = |db: &mut Connection| {
            let transaction = db.transaction()?;
            transaction.execute("DELETE FROM writes", [])?;
            for write in writes {
                let json = serde_json::to_string(write).expect("a write is plain data");
                let insert = "INSERT OR IGNORE INTO writes (key, json) VALUES (?1, ?2)";
                transaction.execute(insert, params![write.key, json])?;
            }
            transaction.commit()
        };
        keep(&mut self.db).map_err(|cause| failed(&self.path, &cause))
    }

    /// Puts the notifications among writes apart: of an account that is no longer signed in here, they are never sent,
    /// and wait until nobody is signed in.
    pub fn leave_behind(&self, writes: &[Write]) -> Result<(), OutboxError> {
        for write in writes.iter().filter(|write| matches!(write.what, Writing::Hold(_))) {
            let json = serde_json::to_string(write).expect("a write is plain data");
            let leave = "INSERT OR IGNORE INTO left_behind (key, json) VALUES (?1, ?2)";
            self.db.execute(leave, params![write.key, json]).map_err(|cause| failed(&self.path, &cause))?;
        }
        Ok(())
    }

    /// What was put apart.
    fn left_behind(&self) -> Result<Vec<Write>, OutboxError> {
        self.read("SELECT json FROM left_behind")
    }

    /// The writes that wait, in order.
    pub fn all(&self) -> Result<Vec<Write>, OutboxError> {
        self.read("SELECT json FROM writes ORDER BY id")
    }

    fn read(&self, select: &str) -> Result<Vec<Write>, OutboxError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let mut all = self.db.prepare(select)?;
            let rows = all.query_map([], |row| row.get(0))?;
            rows.collect()
        };
        let read = read().map_err(|cause| failed(&self.path, &cause))?;
        Ok(read.iter().filter_map(|json| serde_json::from_str(json).ok()).collect())
    }

    /// Whose writes wait here, if that is known: what another person left behind is never sent as this one's.
    pub fn owner(&self) -> Result<Option<String>, OutboxError> {
        let read = self.db.query_row("SELECT account FROM owner", [], |row| row.get(0)).optional();
        read.map_err(|cause| failed(&self.path, &cause))
    }

    /// Says whose writes wait here from now on.
    pub fn belongs_to(&self, account: &str) -> Result<(), OutboxError> {
        let said = self.db.execute("INSERT OR REPLACE INTO owner (id, account) VALUES (1, ?1)", [account]);
        said.map(|_| ()).map_err(|cause| failed(&self.path, &cause))
    }

    /// Keeps the service's last word, and the boot that it was heard in.
    pub fn save(&self, snapshot: &Snapshot, boot: &str) -> Result<(), OutboxError> {
        let json = serde_json::to_string(snapshot).expect("a snapshot is plain data");
        let save = || {
            self.db
                .prepare_cached("INSERT OR REPLACE INTO replica (id, boot, json) VALUES (1, ?1, ?2)")?
                .execute(params![boot, json])
        };
        save().map(|_| ()).map_err(|cause| failed(&self.path, &cause))
    }

    /// Keeps what a clock shows.
    pub fn save_clock(&self, clock: &KeptClock) -> Result<(), OutboxError> {
        let KeptClock { boot, shown, is_services } = clock;
        let at_boot = i64::try_from(shown.boot.as_millis()).unwrap_or(i64::MAX);
        let save = || {
            self.db
                .prepare_cached(
                    "INSERT OR REPLACE INTO clock (id, boot, at_boot, shown, services) VALUES (1, ?1, ?2, ?3, ?4)",
                )?
                .execute(params![boot, at_boot, shown.wall.as_millisecond(), is_services])
        };
        save().map(|_| ()).map_err(|cause| failed(&self.path, &cause))
    }

    /// What a clock was kept to show; `None` if none was.
    pub fn clock(&self) -> Result<Option<KeptClock>, OutboxError> {
        let row = |row: &rusqlite::Row<'_>| {
            let boot = Duration::from_millis(row.get::<_, i64>(1)?.unsigned_abs());
            let wall = Timestamp::from_millisecond(row.get(2)?).unwrap_or_default();
            Ok(KeptClock { boot: row.get(0)?, shown: Moment { wall, boot }, is_services: row.get(3)? })
        };
        let read = self.db.query_row("SELECT boot, at_boot, shown, services FROM clock", [], row).optional();
        read.map_err(|cause| failed(&self.path, &cause))
    }

    /// The service's last word; `None` if there is none that this version can read.
    pub fn load(&self) -> Result<Option<Left>, OutboxError> {
        let read = || {
            let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
            self.db.query_row("SELECT boot, json FROM replica", [], row).optional()
        };
        let read = read().map_err(|cause| failed(&self.path, &cause))?;
        Ok(read.and_then(|(boot, json)| Some(Left { snapshot: serde_json::from_str(&json).ok()?, boot })))
    }
}

fn failed(path: &Path, cause: &dyn std::error::Error) -> OutboxError {
    OutboxError { path: path.to_owned(), cause: cause.to_string() }
}

fn is_damaged(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::service::Writing;

    fn write(key: &str) -> Write {
        Write { key: key.to_owned(), what: Writing::Told(7) }
    }

    #[test]
    fn writes_wait_in_order_and_through_another_start() {
        let folder = tempfile::tempdir().unwrap();
        {
            let outbox = Outbox::open(folder.path()).unwrap();
            for key in ["b", "a", "c", "a"] {
                outbox.push(&write(key)).unwrap();
            }
            outbox.remove("b").unwrap();
        }
        let mut outbox = Outbox::open(folder.path()).unwrap();
        assert_eq!(outbox.all().unwrap(), [write("a"), write("c")]);
        outbox.keep_only(&[write("c")]).unwrap();
        assert_eq!(outbox.all().unwrap(), [write("c")]);
        assert!(outbox.load().unwrap().is_none());
    }

    #[test]
    fn c21_the_clock_that_stamped_what_waits_is_kept_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let shown = Moment { wall: "2026-01-05T10:00:00.25Z".parse().unwrap(), boot: Duration::from_millis(100_500) };
        let clock = KeptClock { boot: "this boot".to_owned(), shown, is_services: false };
        {
            let outbox = Outbox::open(folder.path()).unwrap();
            assert_eq!(outbox.clock().unwrap(), None);
            outbox.save_clock(&clock).unwrap();
        }
        let outbox = Outbox::open(folder.path()).unwrap();
        assert_eq!(outbox.clock().unwrap(), Some(clock.clone()));
        let later = KeptClock { is_services: true, ..clock };
        outbox.save_clock(&later).unwrap();
        assert_eq!(outbox.clock().unwrap(), Some(later));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(&folder.path().join("new")).unwrap();
        outbox.push(&write("a")).unwrap();
        for file in fs::read_dir(outbox.path().parent().unwrap()).unwrap() {
            assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o077, 0);
        }
    }

    #[test]
    fn a_damaged_file_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        for n in 1..3 {
            fs::write(folder.path().join("outbox.db"), "no database, but long enough to be taken for one".repeat(99))
                .unwrap();
            let outbox = Outbox::open(folder.path()).unwrap();
            outbox.push(&write("a")).unwrap();
            assert!(folder.path().join(format!("outbox.db.damaged-{n}")).exists());
            drop(outbox);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_said_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Outbox::open(&file).unwrap_err().to_string();
        assert!(error.contains("outbox.db") && error.contains("Make it and its folder writable"), "{error}");
    }
}
