//! Entries: one write each.

use crate::{Origin, Subject};

/// One write: its facts are kept together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// How it is written: [`Entry::VERSION`], or another program's.
    pub version: u32,
    /// Whose log it is in.
    pub subject: Subject,
    /// The place of its last fact in the subject, from 1. The first one's is [`first`](Entry::first).
    pub seq: u64,
    /// By which a second copy of the write is known.
    pub key: Option<Key>,
    /// Who or what caused it.
    pub origin: Origin,
    /// When it happened, in milliseconds since 1970.
    pub at: i64,
    /// When it became known.
    pub recorded: Recorded,
    /// What happened, in order, at least one: each a line of text without a line break.
    pub facts: Vec<Box<str>>,
}

/// The key of a write, unlike any other of its subject, and what was asked for under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key.
    pub id: Box<str>,
    /// What distinguishes one thing that was asked for from another.
    pub digest: Box<[u8]>,
}

/// When an entry was recorded, by the wall clock and by one that nobody sets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The wall clock, in milliseconds since 1970.
    pub wall: i64,
    /// The time since boot in milliseconds, suspend included.
    pub boot: u64,
    /// Which boot that was.
    pub boot_id: Box<str>,
}

impl Entry {
    /// How this program writes entries.
    pub const VERSION: u32 = 1;

    /// The place of its first fact.
    pub fn first(&self) -> u64 {
        self.after() + 1
    }

    /// The last place of the subject before it.
    pub fn after(&self) -> u64 {
        self.seq.saturating_sub(self.facts.len() as u64)
    }

    /// Whether it can be kept: it has facts, each one line, and a place for each of them.
    pub fn is_whole(&self) -> bool {
        !self.facts.is_empty()
            && self.seq >= self.facts.len() as u64
            && self.facts.iter().all(|fact| !fact.contains(['\n', '\0']))
    }
}
