//! The hub: the one presence service that an agent speaks to.

use jiff::{SignedDuration, Timestamp};
use presence::{DeviceId, Effective, Interval, Policy, Span, State, What};
use protocol::{Check, Connection, HeldAs, HeldItem, Notice, Said};
use signals::clock::Moment;

/// Why a hub did not do as asked, in words that say what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.line)]
pub struct Refusal(pub Said);

impl<Words: Into<Said>> From<Words> for Refusal {
    fn from(words: Words) -> Self {
        Self(words.into())
    }
}

impl Refusal {
    /// Adds what only somebody at a command line can make use of.
    #[must_use]
    pub(crate) fn hint(mut self, command: &str) -> Self {
        self.0.line.push_str(command);
        self
    }
}

/// A presence service, embedded or a team's.
pub trait Hub {
    /// Records what somebody asked for in one; refused unless all of it is kept.
    fn ask_all(&mut self, whats: Vec<What>, now: Moment) -> Result<(), Refusal>;
    /// Records what somebody asked for; refused unless it is kept.
    fn ask(&mut self, what: What, now: Moment) -> Result<(), Refusal> {
        self.ask_all(vec![what], now)
    }
    /// Records what the device sensed. It counts in any case.
    fn sense(&mut self, at: Timestamp, what: What, now: Moment);
    /// Runs timers up to now, and tries again what could not be kept.
    fn advance(&mut self, now: Moment);
    /// The effective status.
    fn effective(&self, now: Timestamp) -> Effective;
    /// The folded facts.
    fn state(&self) -> &State;
    /// The organisation's policy.
    fn policy(&self) -> &Policy;
    /// What the person is called there.
    fn person(&self) -> String;
    /// This device's name there.
    fn device(&self) -> &DeviceId;
    /// Whether something sensed could not be kept yet, and should be tried again.
    fn is_behind(&self) -> bool;
    /// How it is reached.
    fn connection(&self) -> Connection;
    /// The intervals of a span, as corrected.
    fn history(&self, span: &Span) -> Result<Vec<Interval>, Refusal>;
    /// Where what is kept begins; `None` where nothing is.
    fn kept_since(&self) -> Result<Option<Timestamp>, Refusal>;
    /// Erases all intervals that have ended.
    fn delete_history(&mut self) -> Result<(), Refusal>;
    /// How long history is kept from now on; `None`: for ever.
    fn keep_history(&mut self, keep: Option<SignedDuration>, now: Moment);
    /// Keeps a notification.
    fn hold(&mut self, notice: &Notice, held_as: HeldAs, now: Moment) -> Result<(), Refusal>;
    /// What is held.
    fn held(&self) -> Result<Vec<HeldItem>, Refusal>;
    /// A digest has told of what is held up to this number; what came after it was not in it.
    fn mark_told(&mut self, up_to: u64) -> Result<(), Refusal>;
    /// Forgets what is held; how many that were.
    fn clear_held(&mut self) -> Result<usize, Refusal>;
    /// How its parts are doing.
    fn checks(&self) -> Vec<Check>;
}
