//! The directory: who there is and whom they follow, in memory, and what a person sees of the others, by right (F07, G14,
//! G16).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use log::LogError;
use presence::{Effective, Policy, StatusId, Timestamp};
use protocol::Activity;
use protocol::service::{Person, PersonView, PublicPresence, Role};
use roster::{Following, Keeper, PersonId};

use crate::Engine;

/// How somebody is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// Among the favourites.
    Favourite,
    /// To be told of once, when they are free.
    TellWhenFree,
}

/// Whether a person may see another's presence: supervisors and administrators everybody's, an agent their own team's.
pub fn may_see(viewer: &Person, other: &Person) -> bool {
    viewer.role != Role::Agent || viewer.group == other.group
}

/// What others see of an effective status: never a secondary one, nor that it changed (G14).
pub fn public(effective: &Effective, policy: &Policy) -> PublicPresence {
    let seen = policy.seen_as(&effective.status);
    let status = policy.status(&StatusId::from(seen));
    PublicPresence {
        status: seen.to_owned(),
        // A class may have no entry of its own in the catalogue.
        color: status.map_or(effective.primary.color(), |status| status.color),
        glyph: status.map_or(effective.primary.glyph(), |status| status.glyph),
        since: effective.seen_since,
        until: effective.until,
        message: effective.message.as_ref().map(|message| message.text.clone()),
        activity: Activity { on_call: effective.activity.on_call, interactions: effective.activity.interactions },
    }
}

/// Everybody, and who follows whom.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    people: BTreeMap<PersonId, Listed>,
    by_name: HashMap<String, PersonId>,
    /// By whoever follows, and whom.
    following: BTreeMap<(PersonId, PersonId), Following>,
    /// By whoever is followed.
    followers: BTreeMap<PersonId, BTreeSet<PersonId>>,
    /// The keeper's number for what others write.
    version: i64,
}

/// A person, with what a search looks at.
#[derive(Debug)]
struct Listed {
    person: Person,
    searched: String,
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

    fn following(&self, viewer: PersonId, other: PersonId) -> Following {
        let none = Following { viewer, other, favourite: false, tell_when_free: false };
        self.following.get(&(viewer, other)).copied().unwrap_or(none)
    }

    fn followed_by(&self, viewer: PersonId) -> impl Iterator<Item = PersonId> {
        let first = (viewer, PersonId::from_bytes([0; 16]));
        self.following.range(first..).map(|(pair, _)| *pair).take_while(move |pair| pair.0 == viewer).map(|pair| pair.1)
    }
}

impl<K: Keeper> Engine<K> {
    /// Reads who there is anew, if another program wrote to the log; whether that is so.
    pub fn refresh(&mut self) -> Result<bool, LogError> {
        if self.keeper.changed_by_others()? == self.directory.version {
            return Ok(false);
        }
        self.directory = Directory::read(&self.keeper)?;
        for person in self.directory.ids().collect::<Vec<_>>() {
            self.load_if_new(person)?;
        }
        Ok(true)
    }

    /// The people whom a person may see, themselves left out; of a search, those with that in their names.
    pub fn people(&self, viewer: PersonId, search: &str, now: Timestamp) -> Vec<PersonView> {
        let Some(me) = self.directory.person(viewer) else { return Vec::new() };
        let wanted = search.trim().to_lowercase();
        let fits = |(id, listed): &(&PersonId, &Listed)| {
            **id != viewer && listed.searched.contains(&wanted) && may_see(me, &listed.person)
        };
        let found = self.directory.people.iter().filter(fits);
        let mut found: Vec<_> = found.map(|(id, listed)| self.view(viewer, *id, &listed.person, now)).collect();
        found.sort_by_cached_key(|person| (!person.favourite, person.label.to_lowercase(), person.name.clone()));
        found
    }

    /// Another person, if this one may see them.
    pub fn person_seen_by(&self, viewer: PersonId, name: &str, now: Timestamp) -> Option<(PersonId, PersonView)> {
        let id = self.directory.id(name)?;
        Some((id, self.seen_by(viewer, id, now)?))
    }

    /// A person as another sees them, if they may.
    pub fn seen_by(&self, viewer: PersonId, other: PersonId, now: Timestamp) -> Option<PersonView> {
        let (me, person) = (self.directory.person(viewer)?, self.directory.person(other)?);
        let sees = viewer != other && may_see(me, person);
        sees.then(|| self.view(viewer, other, person, now))
    }

    /// Those whom a person follows and may still see.
    pub fn followed(&self, viewer: PersonId, now: Timestamp) -> Vec<PersonView> {
        let followed = self.directory.followed_by(viewer);
        let mut views: Vec<_> = followed.filter_map(|other| self.seen_by(viewer, other, now)).collect();
        views.sort_by_cached_key(|person| (!person.favourite, person.label.to_lowercase(), person.name.clone()));
        views
    }

    /// Who follows a person.
    pub fn followers(&self, person: PersonId) -> impl Iterator<Item = PersonId> {
        self.directory.followers.get(&person).into_iter().flatten().copied()
    }

    /// Follows somebody, or no longer. Says whether there is such a person to see.
    pub fn follow(
        &mut self,
        viewer: PersonId,
        name: &str,
        how: Follow,
        on: bool,
        now: Timestamp,
    ) -> Result<bool, LogError> {
        let Some((other, _)) = self.person_seen_by(viewer, name, now) else { return Ok(false) };
        let mut following = self.directory.following(viewer, other);
        match how {
            Follow::Favourite => following.favourite = on,
            Follow::TellWhenFree => following.tell_when_free = on,
        }
        if following != self.directory.following(viewer, other) {
            self.keeper.set_following(following)?;
            self.directory.follow(following);
        }
        Ok(true)
    }

    fn view(&self, viewer: PersonId, id: PersonId, person: &Person, now: Timestamp) -> PersonView {
        let Following { favourite, tell_when_free, .. } = self.directory.following(viewer, id);
        let Person { name, label, group, .. } = person.clone();
        let presence = public(&self.effective(id, now), self.policy());
        PersonView { name, label, group, presence, favourite, tell_when_free }
    }
}
