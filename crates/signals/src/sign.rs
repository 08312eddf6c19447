//! Signs: what the words of all back-ends come to.

use jiff::Timestamp;
use presence::DeskSignal;
use serde::{Deserialize, Serialize};

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
