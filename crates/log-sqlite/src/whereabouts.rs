//! Whether the log's file is still the one that was opened: it may be removed, cut off or replaced under a program that
//! goes on writing into what nobody will find again.

use std::path::{Path, PathBuf};

use log::LogError;

use crate::Sqlite;

/// A file whatever its name: two under one name, one after the other, differ in it.
pub(crate) type FileId = (u64, u64);

#[cfg(unix)]
pub(crate) fn file_id(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// Windows removes no file that is open.
#[cfg(not(unix))]
pub(crate) fn file_id(path: &Path) -> Option<FileId> {
    path.exists().then_some((0, 0))
}

/// The bytes of a database's file on one of which whoever has it open keeps a lock for reading: its file format says so.
#[cfg(unix)]
const SHARED: std::ops::Range<u64> = 0x4000_0002..0x4000_0200;

/// Whether another program has the database open.
#[cfg(unix)]
pub(crate) fn is_open_elsewhere(path: &Path) -> bool {
    use rustix::process::{Flock, FlockOffsetType, FlockType, fcntl_getlk};
    let Ok(file) = std::fs::File::open(path) else { return false };
    let shared = Flock {
        start: SHARED.start,
        length: SHARED.end - SHARED.start,
        pid: None,
        typ: FlockType::WriteLock,
        offset_type: FlockOffsetType::Set,
    };
    fcntl_getlk(&file, &shared).is_ok_and(|lock| lock.is_some())
}

/// Windows removes no file that is open.
#[cfg(not(unix))]
pub(crate) fn is_open_elsewhere(_: &Path) -> bool {
    false
}

/// What belongs to the log's file, beside it.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// Which files they were.
#[derive(Debug)]
pub struct Whereabouts {
    file: Option<FileId>,
    beside: [Option<FileId>; 2],
    /// How long what was not yet taken into the file was at least: it never shrinks, unless history is deleted.
    ahead: u64,
}

/// What became of it.
#[derive(Debug)]
pub enum Found {
    /// Nothing: it is where it was.
    InPlace,
    /// It was gone, and all of it is written anew.
    WrittenAnew,
    /// It is gone, and can't be written anew.
    Gone(LogError),
    /// Somebody put another one in its place, which is theirs. Where ours is kept, or why it can't be.
    Replaced(String),
}

impl Whereabouts {
    /// Those of a log that was just opened.
    pub fn of(keeper: &Sqlite) -> Self {
        Self { file: file_id(keeper.path()), beside: beside(keeper.path()), ahead: 0 }
    }

    /// Looks. Of a file that is removed nothing is lost, for what is open still holds everything.
    pub fn look(&mut self, keeper: &mut Sqlite) -> Found {
        let path = keeper.path().to_owned();
        let length = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
        let (there, beside, ahead) = (file_id(&path), beside(&path), length(&path.with_extension("db-wal")));
        let same = |(before, now): (&Option<FileId>, &Option<FileId>)| before.is_none() || before == now;
        // Cut off in its place, or without what belongs to it, it is as good as gone.
        let whole = length(&path) > 0 && ahead >= self.ahead && self.beside.iter().zip(&beside).all(same);
        if there == self.file && whole {
            (self.beside, self.ahead) = (beside, ahead);
            return Found::InPlace;
        }
        if there.is_none() || there == self.file {
            let written = keeper.write_anew();
            if written.is_ok() {
                *self = Self::of(keeper);
            }
            return written.map_or_else(Found::Gone, |()| Found::WrittenAnew);
        }
        let kept = keeper.keep_aside();
        // What is left of ours would be taken for the other file's, and damage it.
        for (suffix, id) in BESIDE.iter().zip(self.beside) {
            let left = beside_of(&path, suffix);
            if id.is_some() && file_id(&left) == id && kept.is_ok() {
                std::fs::remove_file(left).ok();
            }
        }
        Found::Replaced(kept.map_or_else(|error| error.to_string(), |aside| aside.display().to_string()))
    }

    /// History was deleted: what was not yet taken into the file may be shorter.
    pub fn may_be_shorter(&mut self) {
        self.ahead = 0;
    }
}

pub(crate) fn beside(path: &Path) -> [Option<FileId>; 2] {
    BESIDE.map(|suffix| file_id(&beside_of(path, suffix)))
}

fn beside_of(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}
