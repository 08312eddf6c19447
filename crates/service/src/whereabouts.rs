//! Whether the log's file is still the one that was opened: it may be removed, cut off or replaced under a program that
//! goes on writing into what nobody will find again.

use std::path::Path;

use crate::{Service, ServiceError, Sharing};

/// A file whatever its name: two under one name, one after the other, differ in it.
type FileId = (u64, u64);

#[cfg(unix)]
fn file_id(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// Windows removes no file that is open.
#[cfg(not(unix))]
fn file_id(path: &Path) -> Option<FileId> {
    path.exists().then_some((0, 0))
}

/// Which file it was.
#[derive(Debug)]
pub struct Whereabouts {
    file: Option<FileId>,
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
    Gone(ServiceError),
    /// Somebody put another one in its place, which is theirs. Where ours is kept, or why it can't be.
    Replaced(String),
}

impl Whereabouts {
    /// Those of a log that was just opened.
    pub fn of(service: &Service) -> Self {
        Self { file: file_id(service.path()), ahead: 0 }
    }

    /// Looks. Of a file that is gone nothing is lost, for what is open still holds everything.
    pub fn look(&mut self, service: &mut Service) -> Found {
        let path = service.path();
        let length = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
        // Beside administrators' commands it may shrink at any time.
        let alone = service.sharing == Sharing::Alone;
        let ahead = if alone { length(&path.with_extension("db-wal")) } else { 0 };
        let there = file_id(path);
        // Cut off in its place, it is as good as gone.
        let whole = there.is_some() && length(path) > 0 && ahead >= self.ahead;
        if there == self.file && whole {
            self.ahead = ahead;
            return Found::InPlace;
        }
        if there.is_none() || there == self.file {
            self.ahead = 0;
            let written = service.write_anew();
            self.file = file_id(service.path());
            return written.map_or_else(Found::Gone, |()| Found::WrittenAnew);
        }
        let kept = service.keep_aside();
        Found::Replaced(kept.map_or_else(|error| error.to_string(), |aside| aside.display().to_string()))
    }

    /// History was deleted: what was not yet taken into the file may be shorter.
    pub fn may_be_shorter(&mut self) {
        self.ahead = 0;
    }
}
