//! How claims combine (C01, C02): the highest layer that holds and may cover what lies under it.

use jiff::Timestamp;

use crate::choice::Choice;
use crate::claim::{Claim, Source};
use crate::effective::{Effective, Reason};
use crate::policy::Policy;
use crate::session::desk_claim;
use crate::state::State;
use crate::status::StatusId;

/// The claim that wins, before the timeline says since when it has been shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Resolved {
    pub status: StatusId,
    pub source: Source,
    /// Since when that has been said.
    pub since: Timestamp,
    pub until: Option<Timestamp>,
    pub detail: Option<String>,
    /// Of a desk claim, and of a lost connection: since when the person is gone.
    pub left: Option<Timestamp>,
    /// Of a covering claim: what shows once it is gone, as far as that can be told now.
    pub covers: Option<StatusId>,
}

impl Resolved {
    fn new(status: StatusId, source: Source, since: Timestamp) -> Self {
        Self { status, source, since, until: None, detail: None, left: None, covers: None }
    }

    fn of_choice(choice: &Choice) -> Self {
        let until = choice.until.map(|end| end.at);
        Self { until, detail: choice.detail(), ..Self::new(choice.status.clone(), choice.source(), choice.since) }
    }

    fn of_claim(claim: &Claim) -> Self {
        Self {
            until: claim.until,
            detail: claim.detail.clone(),
            ..Self::new(claim.status.clone(), claim.source, claim.since)
        }
    }

    /// What makes it another one for history.
    pub(crate) fn key(&self) -> (StatusId, Source) {
        (self.status.clone(), self.source)
    }
}

impl State {
    /// The effective status at `now`, timers included.
    pub fn effective(&self, policy: &Policy, now: Timestamp) -> Effective {
        if self.next_change().is_some_and(|due| due <= now) {
            let mut later = self.clone();
            later.advance(policy, now);
            return later.effective(policy, now);
        }
        let resolved = self.resolve(policy);
        let shown_since = self.shown.as_ref().map_or(resolved.since, |shown| shown.since);
        let seen = self.shown.as_ref().and_then(|shown| shown.seen.as_ref());
        let after = self.shown.as_ref().and_then(|shown| shown.after.clone());
        Effective {
            primary: policy.primary_of(&resolved.status),
            since: shown_since,
            seen_since: seen.map_or(shown_since, |(_, since)| *since),
            until: resolved.until,
            returns_to: resolved.until.map(|until| self.after(until, policy)).or(resolved.covers),
            message: self.message.clone(),
            activity: self.doing(),
            paused: self.sessions.values().find_map(|session| session.paused),
            snoozed_until: self.snooze.map(|end| end.at),
            undo: self.undo_target(policy).ok(),
            reason: Reason { source: resolved.source, since: resolved.since, detail: resolved.detail, after },
            status: resolved.status,
        }
    }

    /// What will show once the timer that ends at `until` has run.
    fn after(&self, until: Timestamp, policy: &Policy) -> StatusId {
        let mut later = self.clone();
        later.advance(policy, until);
        later.resolve(policy).status
    }

    pub(crate) fn resolve(&self, policy: &Policy) -> Resolved {
        let Some(beneath) = self.beneath(policy) else {
            return self.without_session(policy);
        };
        if let Some(lost) = self.all_lost_since() {
            return Resolved {
                // Since they were last heard, not since that was noticed.
                left: Some(lost),
                covers: Some(beneath.status),
                ..Resolved::new(policy.connection.lost_status.clone(), Source::Connection, lost)
            };
        }
        let Some(desk) = desk_claim(self.sessions.values(), self.circumstances()) else { return beneath };
        let covers = |beneath: &Resolved| self.desk_covers(policy, desk.signal, &beneath.status, beneath.source);
        if covers(&beneath) {
            return Resolved {
                left: Some(desk.left.max(self.here_until.unwrap_or(desk.left))),
                covers: Some(beneath.status),
                ..Resolved::new(policy.desk.status.clone(), desk.signal.source(), desk.since)
            };
        }
        // What a plan or a call covers may be covered by the desk in turn, once that is over.
        match &beneath.covers {
            Some(_) if self.base(policy).is_some_and(|base| covers(&base)) => {
                Resolved { covers: Some(policy.desk.status.clone()), ..beneath }
            }
            _ => beneath,
        }
    }

    /// What plan and call cover: default, work and choice. `None` without a session.
    fn base(&self, policy: &Policy) -> Option<Resolved> {
        let since = self.signed_in.filter(|_| !self.is_signed_out())?;
        let chosen = self.choice().map(Resolved::of_choice);
        Some(chosen.unwrap_or_else(|| self.unchosen(policy, since)))
    }

    /// What the desk and a lost connection cover: default, work, choice, plan and call. `None` without a session.
    pub(crate) fn beneath(&self, policy: &Policy) -> Option<Resolved> {
        let base = self.base(policy)?;
        let call = self.device_call(policy);
        let covers = |claim: &&Claim| {
            let list = match claim.source {
                Source::Call => &policy.call.replaces,
                Source::Calendar | Source::Schedule => &policy.plan.replaces,
                _ => return false,
            };
            !self.is_dismissed(claim.id, claim.since) && policy.covers(list, &base.status, base.source)
        };
        let covering = self.claims.iter().chain(&call).filter(covers).max_by_key(|claim| claim.id);
        Some(match covering {
            Some(claim) => Resolved { covers: Some(base.status), ..Resolved::of_claim(claim) },
            None => base,
        })
    }

    /// What a live device's call claims, if it has not been dismissed; of several calls the first (C08).
    fn device_call(&self, policy: &Policy) -> Option<Claim> {
        let status = policy.call.status.clone()?;
        let call = self.calls().filter(|call| !self.is_dismissed(call.seq, call.at)).min_by_key(|call| call.seq)?;
        Some(Claim { id: call.seq, source: Source::Call, status, since: call.at, until: None, detail: None })
    }

    /// Work over the default, where the default is one that work may change (O06, O09).
    fn unchosen(&self, policy: &Policy, signed_in: Timestamp) -> Resolved {
        let default = self.own_default.as_ref().unwrap_or(&policy.sign_in.status);
        let left_alone = policy.work.as_ref().is_some_and(|work| policy.lists(&work.leaves, default));
        match self.incident.as_ref().or(self.capacity.as_ref()) {
            Some(work) if !left_alone => Resolved::of_claim(work),
            _ => Resolved::new(default.clone(), Source::Default, signed_in),
        }
    }

    fn without_session(&self, policy: &Policy) -> Resolved {
        if let Some(external) = self.claims.iter().rev().find(|claim| claim.source == Source::External) {
            return Resolved::of_claim(external);
        }
        let kept = self.choice().and_then(|choice| policy.signed_out_as(&choice.status));
        let status = kept.unwrap_or(&policy.signed_out.status).clone();
        // Of whoever never had a session, since that was first shown.
        let shown = self.shown.as_ref().filter(|shown| shown.source == Source::SignedOut).map(|shown| shown.start);
        let since = self.signed_out.or(shown).or(self.as_of).unwrap_or(Timestamp::UNIX_EPOCH);
        // Beside devices that died it may be noticed late that it was the last one.
        let left = self.signed_out.filter(|_| !self.sessions.is_empty());
        Resolved { left, ..Resolved::new(status, Source::SignedOut, since) }
    }

    /// Since when no session has a connection.
    pub(crate) fn all_lost_since(&self) -> Option<Timestamp> {
        let all_lost = self.sessions.values().all(|session| session.lost.is_some());
        let lost = self.sessions.values().filter_map(|session| session.lost).max().filter(|_| all_lost);
        lost.max(self.connected_until.filter(|_| lost.is_some()))
    }
}
