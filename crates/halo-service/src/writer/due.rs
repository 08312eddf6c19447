//! When whose presence changes by itself, in the order of time.

use std::collections::{BTreeMap, BTreeSet};

use engine::PersonId;
use presence::Timestamp;

#[derive(Debug, Default)]
pub(super) struct Due {
    by_person: BTreeMap<PersonId, Timestamp>,
    by_time: BTreeSet<(Timestamp, PersonId)>,
}

impl Due {
    /// A person's presence changes then, or not by itself.
    pub fn set(&mut self, person: PersonId, due: Option<Timestamp>) {
        let before = match due {
            Some(due) => self.by_person.insert(person, due),
            None => self.by_person.remove(&person),
        };
        if let Some(before) = before {
            self.by_time.remove(&(before, person));
        }
        self.by_time.extend(due.map(|due| (due, person)));
    }

    /// When the next of all changes.
    pub fn next(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(due, _)| *due)
    }

    /// Whose presence has changed by now. Each is to be set anew.
    pub fn by(&self, now: Timestamp) -> Vec<PersonId> {
        self.by_time.iter().take_while(|(due, _)| *due <= now).map(|(_, person)| *person).collect()
    }
}
