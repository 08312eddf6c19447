//! A log in memory: for tests, and for what need not outlive the program.

use std::collections::BTreeMap;

use crate::{Base, Cut, Entry, Key, Last, Log, LogError, Outcome, Position, Stored, Subject};

/// A log in memory.
#[derive(Debug, Default)]
pub struct Memory {
    subjects: BTreeMap<Subject, Kept>,
    last: u64,
}

#[derive(Debug, Default)]
struct Kept {
    entries: Vec<Stored>,
    keys: Vec<(Key, u64)>,
    base: Option<Base>,
}

impl Kept {
    fn last(&self) -> u64 {
        self.entries.last().map_or(0, |last| last.entry.seq)
    }

    fn find(&self, key: &Key) -> Option<Outcome> {
        let (kept, seq) = self.keys.iter().find(|(kept, _)| kept.id == key.id)?;
        Some(if kept.digest == key.digest { Outcome::Before(*seq) } else { Outcome::OtherThing })
    }
}

impl Memory {
    fn append_one(&mut self, entry: &Entry) -> Outcome {
        let kept = self.subjects.entry(entry.subject.clone()).or_default();
        if let Some(before) = entry.key.as_ref().and_then(|key| kept.find(key)) {
            return before;
        }
        if entry.after() != kept.last() {
            return Outcome::Conflict(kept.last());
        }
        self.last += 1;
        let position = Position(self.last);
        kept.entries.push(Stored { position, entry: entry.clone() });
        kept.keys.extend(entry.key.clone().map(|key| (key, entry.seq)));
        Outcome::Kept(position)
    }
}

impl Log for Memory {
    fn append(&mut self, entries: &[Entry]) -> Result<Vec<Outcome>, LogError> {
        if let Some(entry) = entries.iter().find(|entry| !entry.is_whole()) {
            return Err(LogError::NotWhole(entry.subject.to_string()));
        }
        Ok(entries.iter().map(|entry| self.append_one(entry)).collect())
    }

    fn read(&self, subject: &Subject, after: u64, most: usize) -> Result<Vec<Stored>, LogError> {
        let entries = self.subjects.get(subject).map_or(&[][..], |kept| &kept.entries);
        Ok(entries.iter().filter(|stored| stored.entry.seq > after).take(most).cloned().collect())
    }

    fn follow(&self, after: Position, most: usize) -> Result<Vec<Stored>, LogError> {
        let all = self.subjects.values().flat_map(|kept| &kept.entries);
        let mut later: Vec<_> = all.filter(|stored| stored.position > after).cloned().collect();
        later.sort_by_key(|stored| stored.position);
        later.truncate(most);
        Ok(later)
    }

    fn last(&self, subject: &Subject) -> Result<Option<Last>, LogError> {
        let last = self.subjects.get(subject).and_then(|kept| kept.entries.last());
        Ok(last.map(|last| Last { seq: last.entry.seq, recorded: last.entry.recorded.clone() }))
    }

    fn find(&self, subject: &Subject, key: &Key) -> Result<Option<Outcome>, LogError> {
        Ok(self.subjects.get(subject).and_then(|kept| kept.find(key)))
    }

    fn base(&self, subject: &Subject) -> Result<Option<Base>, LogError> {
        Ok(self.subjects.get(subject).and_then(|kept| kept.base.clone()))
    }

    fn cut(&mut self, subject: &Subject, cut: &Cut) -> Result<usize, LogError> {
        let kept = self.subjects.entry(subject.clone()).or_default();
        if kept.base.as_ref().is_some_and(|base| base.seq > cut.base.seq) {
            return Ok(0);
        }
        let (before, last) = (kept.entries.len(), kept.last());
        let stays = |seq| seq > cut.base.seq || seq == last || cut.but.contains(&seq);
        kept.entries.retain(|stored| stays(stored.entry.seq));
        kept.base = Some(cut.base.clone());
        Ok(before - kept.entries.len())
    }

    fn remove(&mut self, subject: &Subject) -> Result<(), LogError> {
        self.subjects.remove(subject);
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may stop at once")]
mod tests {
    use super::*;

    #[test]
    fn a_log_in_memory_is_a_log() {
        crate::suite::whole(&mut Memory::default());
    }
}
