//! Opens the log: the service's own way, and that of a command beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use presence::Policy;
use rusqlite::{Connection, OpenFlags};

use super::{Engine, PersonId};
use crate::EngineError;
use crate::files::{make_private, set_aside, tempfile_can_be_made};
use crate::policies::Named;
use crate::schema::{self, Migrated, Sharing};
use crate::whereabouts::{FileId, beside, file_id, is_open_elsewhere};

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
/// [`EngineError::Missing`] if that stays so: somebody removed it.
fn shared_with_others(path: &Path) -> Result<Option<[Option<FileId>; 2]>, EngineError> {
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
    Err(EngineError::Missing(path.to_owned()))
}

impl Engine {
    /// Opens the log in `folder`, or begins one. The folder is made with mode 0700, the file with 0600.
    ///
    /// A damaged file of a person's own is set aside for a fresh one. A team's is refused: its log has a backup, and
    /// a service that forgets everybody is worse than none.
    pub fn open(folder: &Path, policy: Policy, sharing: Sharing) -> Result<(Self, Opened), EngineError> {
        let path = folder.join("halo.db");
        if sharing == Sharing::Beside {
            return Ok((Self::open_beside(&path, policy)?, Opened::Whole));
        }
        make_private(folder)?;
        match Self::try_open(&path, policy.clone(), sharing) {
            Err(EngineError::Damaged(_)) if sharing == Sharing::Alone => {
                let aside = set_aside(&path)?;
                Ok((Self::try_open(&path, policy, sharing)?, Opened::SetAside(aside)))
            }
            opened => Ok((opened?, Opened::Whole)),
        }
    }

    /// For a command beside a service that may run: while it is in there, no other file takes the place of this one.
    fn open_beside(path: &Path, policy: Policy) -> Result<Self, EngineError> {
        let missing = || EngineError::Missing(path.to_owned());
        let file = file_id(path).ok_or_else(missing)?;
        let whole = shared_with_others(path)?;
        // Only some systems can open a folder, and some network's can't lock it. Not while waiting: it keeps the service
        // from writing the log anew.
        let folder = path.parent().and_then(|folder| fs::File::open(folder).ok());
        let in_it = folder.filter(|folder| folder.lock_shared().is_ok());
        let opened = Self::try_open(path, policy, Sharing::Beside);
        // Somebody removed or replaced it meanwhile: then that is what is wrong, whatever the database says.
        if file_id(path) != Some(file) || whole.is_some_and(|whole| whole != beside(path)) {
            return Err(missing());
        }
        Ok(Self { in_it, ..opened? })
    }

    fn try_open(path: &Path, policy: Policy, sharing: Sharing) -> Result<Self, EngineError> {
        let folder = path.parent().unwrap_or(path);
        let not_writable =
            |cause: std::io::Error| EngineError::NotWritable { path: folder.to_owned(), cause: cause.to_string() };
        // Cut off, it would be taken for a new one, and what lies beside it with it.
        let length = |path: &Path| path.metadata().map_or(0, |found| found.len());
        let cut_off = path.exists() && length(path) == 0;
        if cut_off && (sharing != Sharing::Alone || length(&path.with_extension("db-wal")) > 0) {
            return Err(EngineError::Damaged(path.to_owned()));
        }
        // SQLite would open a file that it can't write, and fail later.
        let mut options = fs::OpenOptions::new();
        let file = private_files::private(options.create(sharing != Sharing::Beside).append(true)).open(path);
        let file = file.map_err(|cause| match cause.kind() {
            std::io::ErrorKind::NotFound if sharing == Sharing::Beside => EngineError::Missing(path.to_owned()),
            _ => not_writable(cause),
        })?;
        tempfile_can_be_made(folder).map_err(not_writable)?;
        drop(file);
        let of = |error: rusqlite::Error| EngineError::of(&error, path);
        // Nothing is made here: whoever removes it just now must not find an empty one in its place.
        let flags = OpenFlags::default().difference(OpenFlags::SQLITE_OPEN_CREATE);
        let mut db = Connection::open_with_flags(path, flags).map_err(of)?;
        if let Migrated::Newer(found) = schema::migrate(&mut db, sharing).map_err(of)? {
            return Err(EngineError::Newer { path: path.to_owned(), found, known: schema::VERSION });
        }
        let mut service = Self {
            db,
            path: path.to_owned(),
            named: Named::new(policy),
            sharing,
            persons: BTreeMap::new(),
            in_it: None,
        };
        if sharing == Sharing::Alone {
            // The name is nobody's business but the person's own; a team's persons are added by an administrator.
            service.db.execute("INSERT OR IGNORE INTO persons (id, name) VALUES (1, 'me')", []).map_err(of)?;
        }
        for person in service.all_persons().map_err(of)? {
            service.load(person).map_err(of)?;
        }
        // Reading every page takes a while where years are kept; after a clean end it can wait.
        let ended_badly = service.persons.values().any(|kept| kept.state.sessions().next().is_some());
        let small = path.metadata().is_ok_and(|found| found.len() <= SMALL);
        if (ended_badly || small) && !schema::is_sound(&service.db).map_err(of)? {
            return Err(EngineError::Damaged(path.to_owned()));
        }
        Ok(service)
    }

    /// Takes up the file anew that lies at the path.
    pub(crate) fn open_again(&mut self) -> Result<(), EngineError> {
        *self = Self::try_open(&self.path.clone(), self.named.policy.clone(), self.sharing)?;
        Ok(())
    }

    fn all_persons(&self) -> rusqlite::Result<Vec<PersonId>> {
        let mut persons = self.db.prepare("SELECT id FROM persons")?;
        let ids = persons.query_map([], |row| row.get(0).map(PersonId))?;
        ids.collect()
    }
}
