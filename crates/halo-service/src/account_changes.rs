//! What an administrator changes in the accounts beside the service that runs.
//!
//! The commands work on the file; here is noticed that they did. Nothing is read as long as nobody else has written.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use engine::{LogError, PersonId};
use protocol::service::Person;

use crate::Engine;

/// The accounts as they were when they were last looked at.
#[derive(Debug, Default)]
pub struct Accounts {
    has_looked: bool,
    /// A digest of each.
    seen: BTreeMap<PersonId, u64>,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// A person is gone.
    Removed(PersonId),
    /// A person's role, group or label.
    Account(PersonId),
}

impl Accounts {
    /// What changed since the last look, if anybody else wrote at all. Sign-ins may have ended, too.
    pub fn look(&mut self, engine: &mut Engine) -> Result<Option<Vec<Changed>>, LogError> {
        if !engine.refresh()? && self.has_looked {
            return Ok(None);
        }
        let everybody = engine.everybody();
        let now: BTreeMap<_, _> = everybody.iter().map(|(id, person)| (*id, digest(person))).collect();
        let removed = self.seen.keys().filter(|id| !now.contains_key(id)).map(|id| Changed::Removed(*id));
        let other = now.iter().filter(|(id, digest)| self.seen.get(id).is_some_and(|seen| seen != *digest));
        let changed = removed.chain(other.map(|(id, _)| Changed::Account(*id))).collect();
        self.seen = now;
        self.has_looked = true;
        Ok(Some(changed))
    }
}

fn digest(person: &Person) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&person.name, &person.label, person.role as u8, &person.group).hash(&mut hasher);
    hasher.finish()
}
