//! Opens the file: the service's own way, and that of a command beside it.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use log::LogError;
use rusqlite::{Connection, OpenFlags};

use crate::ends::Ends;
use crate::error::{named, of};
use crate::file_id::{FileId, file_id};
use crate::files::{make_private, set_aside, tempfile_can_be_made};
use crate::schema::{self, Other, Sharing};
use crate::sqlite::Sqlite;
use crate::whereabouts::{beside, is_open_elsewhere};

/// A log of up to this many bytes is read through at each start: a few milliseconds.
const SMALL: u64 = 2 * 1024 * 1024;

/// How long another program may take from opening the database to having all that belongs to it, and how often to look.
const OPENING: Duration = Duration::from_millis(500);
const LOOK: Duration = Duration::from_millis(10);

/// What was found on opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// A log, or none yet.
    Whole,
    /// A damaged file, now under another name; a fresh log was begun.
    SetAside(PathBuf),
}

/// What lies beside a file that others have open, or none if nobody has. Without all of it, there is no common log:
/// The database would make the rest anew, and each would write what the other one doesn't see.
///
/// [`LogError::Missing`] if that stays so: somebody removed it.
fn shared_with_others(path: &Path) -> Result<Option<[Option<FileId>; 2]>, LogError> {
    for _ in 0..OPENING.as_millis() / LOOK.as_millis() {
        if !is_open_elsewhere(path) {
            return Ok(None);
        }
        let found = beside(path);
        if found.iter().all(Option::is_some) {
            return Ok(Some(found));
        }
        // Whoever is just opening it makes them.
        std::thread::sleep(LOOK);
    }
    Err(LogError::Missing(named(path)))
}

impl Sqlite {
    /// Opens the log in `folder`, or begins one. The folder is made with mode 0700, the file with 0600.
    ///
    /// A damaged file of a person's own is set aside for a fresh one. A team's is refused: its log has a backup, and
    /// a service that forgets everybody is worse than none.
    ///
    /// # Errors
    ///
    /// If it can't be read or written, is damaged, or a newer program wrote it.
    pub fn open(folder: &Path, sharing: Sharing) -> Result<(Self, Opened), LogError> {
        let path = folder.join("halo.db");
        if sharing == Sharing::Beside {
            return Ok((Self::open_beside(&path)?, Opened::Whole));
        }
        make_private(folder)?;
        match Self::try_open(&path, sharing) {
            Err(LogError::Damaged(_)) if sharing == Sharing::Alone => Self::begin_anew(folder),
            opened => Ok((opened?, Opened::Whole)),
        }
    }

    /// Sets a damaged file of a person's own aside, and begins a fresh one.
    ///
    /// # Errors
    ///
    /// If it can't be moved, or no other one can be made.
    pub fn begin_anew(folder: &Path) -> Result<(Self, Opened), LogError> {
        let path = folder.join("halo.db");
        let aside = set_aside(&path)?;
        Ok((Self::try_open(&path, Sharing::Alone)?, Opened::SetAside(aside)))
    }

    /// For a command beside a service that may run: while it is in there, no other file takes the place of this one.
    fn open_beside(path: &Path) -> Result<Self, LogError> {
        let missing = || LogError::Missing(named(path));
        let file = file_id(path).ok_or_else(missing)?;
        let whole = shared_with_others(path)?;
        // Only some systems can open a folder, and some network's can't lock it. Not while waiting: it keeps the service
        // from writing the log anew.
        let folder = path.parent().and_then(|folder| fs::File::open(folder).ok());
        let in_it = folder.filter(|folder| folder.lock_shared().is_ok());
        let opened = Self::try_open(path, Sharing::Beside);
        // Somebody removed or replaced it meanwhile: then that is what is wrong, whatever the database says.
        if file_id(path) != Some(file) || whole.is_some_and(|whole| whole != beside(path)) {
            return Err(missing());
        }
        Ok(Self { in_it, ..opened? })
    }

    fn try_open(path: &Path, sharing: Sharing) -> Result<Self, LogError> {
        let folder = path.parent().unwrap_or(path);
        let not_writable =
            |cause: std::io::Error| LogError::NotWritable { place: named(folder), cause: cause.to_string() };
        // Cut off, it would be taken for a new one, and what lies beside it with it.
        let length = |path: &Path| path.metadata().map_or(0, |found| found.len());
        let cut_off = path.exists() && length(path) == 0;
        let ahead = length(&path.with_extension("db-wal"));
        if cut_off && (sharing != Sharing::Alone || ahead > 0) {
            return Err(LogError::Damaged(named(path)));
        }
        // SQLite would open a file that it can't write, and fail later.
        let mut options = fs::OpenOptions::new();
        let file = private_files::private(options.create(sharing != Sharing::Beside).append(true)).open(path);
        let file = file.map_err(|cause| match cause.kind() {
            std::io::ErrorKind::NotFound if sharing == Sharing::Beside => LogError::Missing(named(path)),
            _ => not_writable(cause),
        })?;
        tempfile_can_be_made(folder).map_err(not_writable)?;
        drop(file);
        let of = |error: rusqlite::Error| of(&error, path);
        // Nothing is made here: whoever removes it just now must not find an empty one in its place.
        let flags = OpenFlags::default().difference(OpenFlags::SQLITE_OPEN_CREATE);
        let mut db = Connection::open_with_flags(path, flags).map_err(of)?;
        let (place, known) = (named(path), schema::VERSION);
        match schema::migrate(&mut db, sharing).map_err(of)? {
            Err(Other::Newer(found)) => return Err(LogError::Newer { place, found, known }),
            Err(Other::Older(found)) => return Err(LogError::Older { place, found, known }),
            Ok(()) => {}
        }
        // Reading every page takes a while where years are kept; after a clean end, which leaves nothing beside the
        // file, it can wait. A command that comes by leaves it to the service.
        let ended_badly = ahead > 0 && sharing != Sharing::Beside;
        if (ended_badly || length(path) <= SMALL) && !schema::is_sound(&db).map_err(of)? {
            return Err(LogError::Damaged(named(path)));
        }
        let keeper = Self {
            db,
            path: path.to_owned(),
            file: file_id(path),
            sharing,
            persons: Cell::default(),
            ends: Ends::default(),
            in_it: None,
        };
        if sharing == Sharing::Alone {
            keeper.add_the_only_person().map_err(of)?;
        }
        Ok(keeper)
    }

    /// Another way into a log that is open, for reading beside whoever writes to it.
    ///
    /// # Errors
    ///
    /// If it can't be read.
    pub fn reader(path: &Path) -> Result<Self, LogError> {
        let file = file_id(path);
        let open = || {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let db = Connection::open_with_flags(path, flags)?;
            db.busy_timeout(Duration::from_secs(5))?;
            db.execute_batch("PRAGMA cache_size = -256")?;
            Ok(db)
        };
        let db = open().map_err(|error| of(&error, path))?;
        Ok(Self {
            db,
            path: path.to_owned(),
            file,
            sharing: Sharing::Beside,
            persons: Cell::default(),
            ends: Ends::default(),
            in_it: None,
        })
    }

    /// Takes up the file anew that lies at the path.
    pub(crate) fn open_again(&mut self) -> Result<(), LogError> {
        let persons = self.persons.clone();
        *self = Self { persons, ..Self::try_open(&self.path.clone(), self.sharing)? };
        Ok(())
    }
}
