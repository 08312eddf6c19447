//! The directory: what a person sees of the others, by right (F07, G14, G16).

use presence::{Effective, Policy, StatusId, Timestamp};
use protocol::Activity;
use protocol::service::{Person, PersonView, PublicPresence, Role};
use rusqlite::{OptionalExtension, params};

use crate::{Engine, EngineError, PersonId};

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

impl Engine {
    /// The people whom a person may see, themselves left out; of a search, those with that in their names.
    pub fn people(&mut self, viewer: PersonId, search: &str, now: Timestamp) -> Result<Vec<PersonView>, EngineError> {
        let Some(me) = self.person(viewer)? else { return Ok(Vec::new()) };
        let wanted = search.trim().to_lowercase();
        let mut found = Vec::new();
        for (id, person) in self.everybody()? {
            let fits = [&person.name, &person.label].iter().any(|name| name.to_lowercase().contains(&wanted));
            if id != viewer && fits && may_see(&me, &person) {
                found.push(self.view(viewer, id, person, now)?);
            }
        }
        found.sort_by_key(|person| (!person.favourite, person.label.to_lowercase()));
        Ok(found)
    }

    /// Another person, if this one may see them.
    pub fn person_seen_by(
        &mut self,
        viewer: PersonId,
        name: &str,
        now: Timestamp,
    ) -> Result<Option<(PersonId, PersonView)>, EngineError> {
        let (Some(me), Some((id, person))) = (self.person(viewer)?, self.find(name)?) else { return Ok(None) };
        if id == viewer || !may_see(&me, &person) {
            return Ok(None);
        }
        Ok(Some((id, self.view(viewer, id, person, now)?)))
    }

    /// Those whom a person follows and may still see.
    pub fn followed(&mut self, viewer: PersonId, now: Timestamp) -> Result<Vec<PersonView>, EngineError> {
        let mut people = self.people(viewer, "", now)?;
        people.retain(|person| person.favourite || person.tell_when_free);
        Ok(people)
    }

    /// Who follows a person.
    pub fn followers(&self, person: PersonId) -> Result<Vec<PersonId>, EngineError> {
        let read = || {
            let followers = "SELECT person FROM follows WHERE other = ?1 AND (favourite = 1 OR tell_when_free = 1)";
            self.db
                .prepare_cached(followers)?
                .query_map([person.0], |row| row.get(0).map(PersonId))?
                .collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| EngineError::of(&error, self.path()))
    }

    /// Follows somebody, or no longer. Says whether there is such a person to see.
    pub fn follow(
        &mut self,
        viewer: PersonId,
        name: &str,
        how: Follow,
        on: bool,
        now: Timestamp,
    ) -> Result<bool, EngineError> {
        let Some((other, _)) = self.person_seen_by(viewer, name, now)? else { return Ok(false) };
        let column = match how {
            Follow::Favourite => "favourite",
            Follow::TellWhenFree => "tell_when_free",
        };
        let follow = format!(
            "INSERT INTO follows (person, other, {column}) VALUES (?1, ?2, ?3)
                ON CONFLICT (person, other) DO UPDATE SET {column} = ?3"
        );
        let followed = self.db.execute(&follow, params![viewer.0, other.0, on]);
        followed.map(|_| true).map_err(|error| EngineError::of(&error, self.path()))
    }

    fn view(
        &mut self,
        viewer: PersonId,
        id: PersonId,
        person: Person,
        now: Timestamp,
    ) -> Result<PersonView, EngineError> {
        self.load_person(id)?;
        let follows = "SELECT favourite, tell_when_free FROM follows WHERE person = ?1 AND other = ?2";
        let read = || {
            let mut follows = self.db.prepare_cached(follows)?;
            follows.query_row([viewer.0, id.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        };
        let follows = read().map_err(|error| EngineError::of(&error, self.path()))?;
        let (favourite, tell_when_free) = follows.unwrap_or((false, false));
        let presence = public(&self.effective(id, now), self.policy());
        Ok(PersonView {
            name: person.name,
            label: person.label,
            group: person.group,
            presence,
            favourite,
            tell_when_free,
        })
    }
}
