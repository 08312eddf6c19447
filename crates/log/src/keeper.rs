//! What every keeper of a log can do.

use crate::{Entry, Key, LogError, Recorded, Subject};

/// The place of an entry among all of a keeper's, whatever their subjects. Later entries have greater ones, with gaps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

/// What became of an entry that was to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is kept: it outlives this program and, as far as the disk keeps its word, a power cut.
    Kept(Position),
    /// The same was kept before under its key, up to this place of the subject.
    Before(u64),
    /// Something else was kept under its key.
    OtherThing,
    /// Another write came first: this is the subject's last place. Fold what is new, and try again.
    Conflict(u64),
}

/// An entry and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its place among all.
    pub position: Position,
    /// The entry.
    pub entry: Entry,
}

/// The end of a subject's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    /// The place of its last fact.
    pub seq: u64,
    /// When that was recorded.
    pub recorded: Recorded,
}

/// What the removed beginning of a subject's log had come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The place of the last fact in it.
    pub seq: u64,
    /// What it came to, as text.
    pub body: Box<str>,
}

/// What is to be removed from the beginning of a subject's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// What it comes to, up to where: entries whose last fact is there or before go.
    pub base: Base,
    /// Entries that stay all the same, by their places.
    pub but: Vec<u64>,
}

/// A keeper of a log. One program writes to a subject at a time; where several try, all but one meet a conflict.
///
/// No call waits for ever: a keeper that gets no answer says [`LogError::Unreachable`].
pub trait Log {
    /// Appends entries: each is kept whole or not at all, and all of them are durable when this returns. An entry belongs
    /// right after the last of its subject; one that doesn't is a conflict, and the others go on.
    ///
    /// # Errors
    ///
    /// If the keeper can't tell that all of them are durable. Some may be: with their keys they can be tried again.
    fn append(&mut self, entries: &[Entry]) -> Result<Vec<Outcome>, LogError>;

    /// Up to `most` entries of a subject whose last fact stands after a place, in order.
    fn read(&self, subject: &Subject, after: u64, most: usize) -> Result<Vec<Stored>, LogError>;

    /// Up to `most` entries of all subjects after a position, in the order of positions. Whoever reads slowly holds up
    /// nobody: nothing waits for them.
    fn follow(&self, after: Position, most: usize) -> Result<Vec<Stored>, LogError>;

    /// The end of a subject's log; `None` if it has none.
    fn last(&self, subject: &Subject) -> Result<Option<Last>, LogError>;

    /// What was kept under a key of a subject's: for two weeks at least, however long that is after the write.
    fn find(&self, subject: &Subject, key: &Key) -> Result<Option<Outcome>, LogError>;

    /// What the removed beginning of a subject's log had come to.
    fn base(&self, subject: &Subject) -> Result<Option<Base>, LogError>;

    /// Removes the beginning of a subject's log, its very last entry never; how many entries that were. Where more was
    /// removed before, nothing changes: what that came to stands for this, too.
    fn cut(&mut self, subject: &Subject, cut: &Cut) -> Result<usize, LogError>;

    /// Removes all of a subject's log: its base and its keys, too. It can begin anew.
    fn remove(&mut self, subject: &Subject) -> Result<(), LogError>;
}
