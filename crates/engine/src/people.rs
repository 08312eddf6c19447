//! People: what a person sees of the others, by right (F07, G14, G16).

use log::LogError;
use presence::{Effective, Policy, StatusId, Timestamp};
use protocol::Activity;
use protocol::service::{Person, PersonView, PublicPresence, Role};
use roster::{Following, Keeper, PersonId};

use crate::directory::{Directory, Listed};
use crate::engine::Engine;

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
