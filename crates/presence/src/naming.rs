//! What a policy means by a name: a primary status stands for all secondary ones under it, unless it names one of them
//! itself (C18). And what others see of a status (G14).

use crate::claim::Source;
use crate::desk::DeskSignal;
use crate::policy::{Covers, Desk, Policy};
use crate::status::{Color, Primary, Status, StatusId};

impl Covers {
    fn status(&self) -> &StatusId {
        match self {
            Self::Any(status) | Self::From { status, .. } => status,
        }
    }

    fn source(&self) -> Option<Source> {
        match self {
            Self::Any(_) => None,
            Self::From { from, .. } => Some(*from),
        }
    }
}

impl Policy {
    /// The name under which a list means a status: its own if the list has that, else its primary one's.
    pub(crate) fn name_in<'n>(&self, list: impl IntoIterator<Item = &'n StatusId>, status: &'n StatusId) -> &'n str {
        if list.into_iter().any(|id| id == status) { status.as_str() } else { self.primary_of(status).as_str() }
    }

    /// Whether a list of this policy, or one that narrows it, means a status.
    pub fn lists(&self, list: &[StatusId], status: &StatusId) -> bool {
        let name = self.name_in(list, status);
        list.iter().any(|id| id.as_str() == name)
    }

    pub(crate) fn covers(&self, replaces: &[Covers], status: &StatusId, source: Source) -> bool {
        let name = self.name_in(replaces.iter().map(Covers::status), status);
        let mut meant = replaces.iter().filter(|covers| covers.status().as_str() == name);
        meant.any(|covers| covers.source().is_none_or(|from| from == source))
    }

    /// Whether the policy lets a desk signal cover a status that comes from `source` (C02). What the person lets it
    /// cover is [`State::desk_covers`](crate::State::desk_covers).
    pub(crate) fn desk_covers(&self, signal: DeskSignal, status: &StatusId, source: Source) -> bool {
        let covering = match signal {
            DeskSignal::Idle => &self.desk.idle,
            DeskSignal::Lock => &self.desk.lock,
            DeskSignal::Sleep => &self.desk.sleep,
        };
        self.covers(&covering.replaces, status, source)
    }

    /// The statuses that leaving the desk may cover in some way or other (C02), in the catalogue's order.
    pub fn desk_coverable(&self) -> impl Iterator<Item = &Status> {
        let Desk { idle, lock, sleep, .. } = &self.desk;
        let listed = move |status: &Status| {
            [idle, lock, sleep].into_iter().any(|covering| {
                let name = self.name_in(covering.replaces.iter().map(Covers::status), &status.id);
                covering.replaces.iter().any(|covers| covers.status().as_str() == name)
            })
        };
        self.statuses.iter().filter(move |status| listed(status))
    }

    /// What somebody who chose `status` is shown as without a session, if that outlasts it (G11).
    pub(crate) fn signed_out_as(&self, status: &StatusId) -> Option<&StatusId> {
        let shown_as = &self.signed_out.shown_as;
        shown_as.get(status.as_str()).or_else(|| shown_as.get(self.primary_of(status).as_str()))
    }

    /// Whether the catalogue has a status of this id, or one under it.
    pub(crate) fn has(&self, id: &StatusId) -> bool {
        self.statuses.iter().any(|status| status.id == *id || status.primary.as_str() == id.as_str())
    }

    /// The class of a status; of one that the catalogue doesn't have: Offline.
    pub fn primary_of(&self, id: &StatusId) -> Primary {
        self.status(id).map_or(Primary::Offline, |status| status.primary)
    }

    /// The id under which others see a status: never a secondary one's, unless the policy says so (G14).
    ///
    /// What it shows of somebody who is not there is nobody's detail: Out of Office and Offline (G11).
    pub fn seen_as<'p>(&'p self, status: &'p StatusId) -> &'p str {
        let entry = self.status(status);
        if let Some(shown_as) = entry.and_then(|entry| entry.shown_as.as_ref()) {
            return shown_as.as_str();
        }
        let absent = [&self.signed_out.status, &self.connection.lost_status];
        let of_absent = absent.into_iter().chain(self.signed_out.shown_as.values()).any(|id| id == status);
        let by_system = entry.is_some_and(|entry| !entry.selectable);
        if of_absent && by_system { status.as_str() } else { self.primary_of(status).as_str() }
    }

    /// Whether somebody whom others see as this can be spoken to now (G16), unless they are on a call.
    pub fn is_free(&self, seen_as: &str) -> bool {
        match self.status(&seen_as.into()) {
            Some(entry) => entry.is_free(),
            // A class may have no entry of its own.
            None => Primary::ALL.into_iter().any(|class| class.as_str() == seen_as && class.color() == Color::Green),
        }
    }
}
