//! What a keeper remembers of the subjects that it writes to.

use std::collections::HashMap;

use log::{Entry, Key, Outcome, Subject};

/// A subject's end and its keys, as they were when they were read or written last.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The sequence number of its last message in the stream; 0 if it has none.
    pub(crate) message: u64,
    /// The place of its last fact; 0 if it has none.
    pub(crate) place: u64,
    keys: HashMap<Box<str>, (Box<[u8]>, u64)>,
}

impl Known {
    /// A subject that ends with this message, before its keys are read.
    pub(crate) fn ending(message: u64, place: u64) -> Self {
        Self { message, place, keys: HashMap::new() }
    }

    /// What was kept under a key.
    pub(crate) fn find(&self, key: &Key) -> Option<Outcome> {
        let (digest, place) = self.keys.get(&key.id)?;
        Some(if *digest == key.digest { Outcome::Before(*place) } else { Outcome::OtherThing })
    }

    /// What there is to say of an entry without keeping it; `None` if it comes next.
    pub(crate) fn verdict(&self, entry: &Entry) -> Option<Outcome> {
        let before = entry.key.as_ref().and_then(|key| self.find(key));
        before.or_else(|| (entry.after() != self.place).then_some(Outcome::Conflict(self.place)))
    }

    fn add(&mut self, entry: &Entry, message: u64) {
        (self.message, self.place) = (message, entry.seq);
        if let Some(key) = &entry.key {
            self.add_key(key.clone(), entry.seq);
        }
    }

    fn weight(&self) -> usize {
        1 + self.keys.len()
    }

    pub(crate) fn add_key(&mut self, key: Key, place: u64) {
        self.keys.insert(key.id, (key.digest, place));
    }
}

/// The subjects that were used last. What is forgotten is read again when it is needed.
pub(crate) struct Memory {
    young: HashMap<Subject, Known>,
    /// Those that were used before the last time that there were too many.
    old: HashMap<Subject, Known>,
    /// Subjects and keys among the young ones, and how many there may be.
    weight: usize,
    most: usize,
}

impl Default for Memory {
    /// For half a million keys at most, twice 250,000: about 100 bytes each.
    fn default() -> Self {
        Self::up_to(250_000)
    }
}

impl Memory {
    fn up_to(most: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), weight: 0, most }
    }

    pub(crate) fn take(&mut self, subject: &Subject) -> Option<Known> {
        let young = self.young.remove(subject);
        self.weight -= young.as_ref().map_or(0, Known::weight);
        young.or_else(|| self.old.remove(subject))
    }

    pub(crate) fn put(&mut self, subject: &Subject, known: Known) -> &Known {
        self.forget(subject);
        if self.weight >= self.most {
            (self.old, self.weight) = (std::mem::take(&mut self.young), 0);
        }
        self.weight += known.weight();
        self.young.entry(subject.clone()).insert_entry(known).into_mut()
    }

    /// The entry was kept.
    pub(crate) fn add(&mut self, entry: &Entry, message: u64) {
        if let Some(mut known) = self.take(&entry.subject) {
            known.add(entry, message);
            self.put(&entry.subject, known);
        }
    }

    pub(crate) fn forget(&mut self, subject: &Subject) {
        drop(self.take(subject));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_is_remembered_and_the_rest_is_forgotten_in_time() {
        let mut memory = Memory::up_to(10);
        let subject = |n: usize| Subject::new("person", &n.to_string()).unwrap();
        for n in 0..100 {
            memory.put(&subject(n), Known::ending(1, 1));
            let used = memory.take(&subject(0)).unwrap_or_else(|| panic!("forgotten after {n}"));
            memory.put(&subject(0), used);
        }
        assert!(memory.young.len() + memory.old.len() <= 20);
        assert_eq!(memory.weight, memory.young.len());
        assert!(memory.take(&subject(50)).is_none());
        memory.forget(&subject(0));
        assert!(memory.take(&subject(0)).is_none());
    }
}
