//! The directory: who there is and whom they follow, in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use log::LogError;
use protocol::service::Person;
use roster::{Following, Keeper, PersonId};

/// Everybody, and who follows whom.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    pub people: BTreeMap<PersonId, Listed>,
    by_name: HashMap<String, PersonId>,
    /// By whoever follows, and whom.
    following: BTreeMap<(PersonId, PersonId), Following>,
    /// By whoever is followed.
    pub followers: BTreeMap<PersonId, BTreeSet<PersonId>>,
    /// The keeper's number for what others write.
    pub version: i64,
}

/// A person, with what a search looks at.
#[derive(Debug)]
pub(crate) struct Listed {
    pub person: Person,
    pub searched: String,
}

impl Directory {
    pub fn read(keeper: &impl Keeper) -> Result<Self, LogError> {
        let mut directory = Self { version: keeper.changed_by_others()?, ..Self::default() };
        for (id, person) in keeper.everybody()? {
            directory.put(id, person);
        }
        for following in keeper.follows()? {
            directory.follow(following);
        }
        Ok(directory)
    }

    pub fn ids(&self) -> impl Iterator<Item = PersonId> {
        self.people.keys().copied()
    }

    pub fn everybody(&self) -> impl Iterator<Item = (PersonId, &Person)> {
        self.people.iter().map(|(id, listed)| (*id, &listed.person))
    }

    pub fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.get(&id).map(|listed| &listed.person)
    }

    pub fn id(&self, name: &str) -> Option<PersonId> {
        self.by_name.get(name).copied()
    }

    pub fn put(&mut self, id: PersonId, person: Person) {
        self.by_name.insert(person.name.clone(), id);
        // A line break stands in no name: nothing is found across it.
        let searched = format!("{}\n{}", person.name, person.label).to_lowercase();
        self.people.insert(id, Listed { person, searched });
    }

    pub fn remove(&mut self, id: PersonId) {
        if let Some(gone) = self.people.remove(&id) {
            self.by_name.remove(&gone.person.name);
        }
        self.following.retain(|(viewer, other), _| *viewer != id && *other != id);
        self.followers.remove(&id);
        for followers in self.followers.values_mut() {
            followers.remove(&id);
        }
    }

    pub fn follow(&mut self, following: Following) {
        let Following { viewer, other, favourite, tell_when_free } = following;
        if favourite || tell_when_free {
            self.following.insert((viewer, other), following);
            self.followers.entry(other).or_default().insert(viewer);
        } else {
            self.following.remove(&(viewer, other));
            if let Some(followers) = self.followers.get_mut(&other) {
                followers.remove(&viewer);
            }
        }
    }

    pub fn following(&self, viewer: PersonId, other: PersonId) -> Following {
        let none = Following { viewer, other, favourite: false, tell_when_free: false };
        self.following.get(&(viewer, other)).copied().unwrap_or(none)
    }

    pub fn followed_by(&self, viewer: PersonId) -> impl Iterator<Item = PersonId> {
        let first = (viewer, PersonId::from_bytes([0; 16]));
        self.following.range(first..).map(|(pair, _)| *pair).take_while(move |pair| pair.0 == viewer).map(|pair| pair.1)
    }
}
