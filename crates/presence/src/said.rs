//! When the last word was said on each thing (C21).
//!
//! A device without a network tells late of what was chosen on it. Each thing that can be said keeps the time of its
//! last word: what was said before that counts as said before it, whatever arrives first.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fact::Fact;

/// When the last word was said on each thing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) standing: Option<Timestamp>,
    pub(crate) timed: Option<Timestamp>,
    /// From when to when the choice held that the last "back" ended: a standing one made in between ended with it.
    pub(crate) ended: Option<[Timestamp; 2]>,
    pub(crate) message: Option<Timestamp>,
    pub(crate) snooze: Option<Timestamp>,
    pub(crate) default: Option<Timestamp>,
    pub(crate) covers: Option<Timestamp>,
}

impl Said {
    pub(crate) fn marks(&mut self) -> impl Iterator<Item = &mut Timestamp> {
        let Self { standing, timed, ended, message, snooze, default, covers } = self;
        [standing, timed, message, snooze, default, covers].into_iter().flatten().chain(ended.iter_mut().flatten())
    }
}

/// Whether what is said at `at` is the last word, and takes note of it if so.
pub(crate) fn is_last(word: &mut Option<Timestamp>, at: Timestamp) -> bool {
    let last = word.is_none_or(|last| last <= at);
    if last {
        *word = Some(at);
    }
    last
}

/// When something was said, on a clock that never goes back.
pub(crate) fn said_at(fact: &Fact, now: Timestamp) -> Timestamp {
    let late = fact.recorded.duration_since(fact.at).max(jiff::SignedDuration::ZERO);
    now.saturating_sub(late).unwrap_or(now)
}
