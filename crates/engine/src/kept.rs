//! One person's presence, as far as it is folded.

use log::Entry;
use presence::{Correction, Fact, Interval, Policy, State, Timestamp};

use crate::Moment;

#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    pub state: State,
    /// The policy by which it is folded, where the log doesn't say yet that the service's own holds (C22).
    pub policy: Option<Box<Policy>>,
    /// When the last fact was recorded.
    pub last: Option<Moment>,
    /// Entries that count but could not be written.
    pub waiting: Vec<Entry>,
    /// Intervals that closed since the projection was written.
    pub closed: Vec<Interval>,
    /// Corrections since then, with the places of their facts.
    pub corrections: Vec<(u64, Correction)>,
    /// The place that the projection was written at.
    pub projected: u64,
}

impl Kept {
    /// Runs timers by the policy of that time.
    pub fn advance(&mut self, policy: &Policy, now: Timestamp) {
        let closed = self.state.advance(self.policy.as_deref().unwrap_or(policy), now);
        self.closed.extend(closed);
    }

    /// Lets a fact count.
    pub fn apply(&mut self, fact: &Fact, policy: &Policy) {
        let closed = self.state.apply(fact, self.policy.as_deref().unwrap_or(policy));
        self.closed.extend(closed);
        self.corrections.extend(Correction::of(fact).map(|correction| (fact.seq, correction)));
    }

    /// How it stands, to come back to.
    pub fn mark(&self) -> Mark {
        Mark {
            state: self.state.clone(),
            policy: self.policy.clone(),
            last: self.last.clone(),
            waiting: self.waiting.len(),
            closed: self.closed.len(),
            corrections: self.corrections.len(),
        }
    }

    /// Takes back what was counted since then.
    pub fn back_to(&mut self, mark: Mark) {
        self.state = mark.state;
        self.policy = mark.policy;
        self.last = mark.last;
        self.waiting.truncate(mark.waiting);
        self.closed.truncate(mark.closed);
        self.corrections.truncate(mark.corrections);
    }
}

/// How a person's presence stood.
#[derive(Debug)]
pub(crate) struct Mark {
    state: State,
    policy: Option<Box<Policy>>,
    last: Option<Moment>,
    waiting: usize,
    closed: usize,
    corrections: usize,
}
