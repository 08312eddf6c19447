//! Presence from work in hand: capacity, missed and rejected offers, and what yields to them (C09, C19, C20, O02–O12).

use jiff::Timestamp;

use crate::choice::Choice;
use crate::claim::{Claim, Source};
use crate::fact::{Fact, What};
use crate::policy::Policy;
use crate::state::State;
use crate::status::StatusId;

impl State {
    /// Takes what happened to the person's work.
    pub(crate) fn work(&mut self, fact: &Fact, policy: &Policy, now: Timestamp) {
        let Some(work) = &policy.work else { return };
        let claim = |source, status: &StatusId| Claim {
            id: fact.seq,
            source,
            status: status.clone(),
            since: now,
            until: None,
            detail: None,
        };
        match &fact.what {
            What::Capacity { used, total, sessions, waiting } => {
                // Until one of the sessions is closed, there is no room for what came in (O03).
                self.turned_away = *sessions >= work.sessions && (*waiting || self.turned_away);
                self.in_hand = *used;
                let status = match () {
                    () if self.turned_away || (*total > 0 && used >= total) => &work.full,
                    () if *used > 0 => &work.partly,
                    () => &work.unused,
                };
                let detail = Some(format!("{used} of {total} in use"));
                self.capacity = Some(Claim { detail, ..claim(Source::Capacity, status) });
                self.incident = None;
            }
            What::OfferMissed => {
                let Some(status) = &work.missed else { return };
                self.incident = Some(claim(Source::Missed, status));
            }
            What::OfferRejected => {
                let Some(status) = &work.rejected else { return };
                self.incident = Some(claim(Source::Rejected, status));
            }
            _ => return,
        }
        self.yield_to_work(policy, now);
    }

    /// The choice that holds gives way if the policy says so. What was chosen under it shows then (C20).
    fn yield_to_work(&mut self, policy: &Policy, now: Timestamp) {
        let slot = if self.timed.is_some() { &mut self.timed } else { &mut self.standing };
        let yields = |choice: &mut Choice| policy.lists(&policy.choices.yields_to_work, &choice.status);
        if let Some(choice) = slot.take_if(yields) {
            self.ended = Some((choice, now));
        }
    }

    /// At a sign-in without work the default holds, not what work said before (O09).
    pub(crate) fn forget_past_work(&mut self) {
        self.incident = None;
        if self.in_hand == 0 {
            self.capacity = None;
        }
    }
}
