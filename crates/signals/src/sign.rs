//! Signs: what the words of all back-ends come to.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use presence::DeskSignal;
use serde::{Deserialize, Serialize};

use crate::clock::Moment;

/// What the tracker came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// The person left in this way.
    Began {
        /// In which way.
        signal: DeskSignal,
        /// When: of idleness the last input, else the lock or sleep itself.
        at: Timestamp,
        /// The last input before it, where known.
        last_input: Option<Timestamp>,
    },
    /// They are back from it.
    Ended(DeskSignal),
    /// What the device can tell changed.
    Knows {
        /// The time since the last input.
        idle: bool,
        /// A lock.
        lock: bool,
    },
    /// The last part of the idle time began; without input, Away follows at this instant.
    CountdownBegan(Timestamp),
    /// It is over: the person is here, or gone.
    CountdownEnded,
    /// A call began or ended on this device.
    Call {
        /// Which of the two.
        on: bool,
        /// When the microphone came into use, or was free again.
        at: Timestamp,
    },
}

/// An instant since boot, on today's wall clock.
pub(crate) fn wall(now: Moment, boot: Duration) -> Timestamp {
    let apart =
        |one: Duration, other: Duration| SignedDuration::try_from(one.saturating_sub(other)).unwrap_or_default();
    let shifted =
        now.wall.saturating_sub(apart(now.boot, boot)).and_then(|at| at.saturating_add(apart(boot, now.boot)));
    shifted.unwrap_or(now.wall)
}
