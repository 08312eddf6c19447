//! The desk: what a device tells of the person at it (D01, D13).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::claim::Source;
use crate::end::End;

/// A kind of sign that the person left the desk, the weakest first (D01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum DeskSignal {
    /// No input for the idle time.
    Idle,
    /// The screen is locked, or its saver runs.
    Lock,
    /// The device sleeps.
    Sleep,
}

impl DeskSignal {
    /// The source that a status set by it names.
    pub fn source(self) -> Source {
        match self {
            Self::Idle => Source::Idle,
            Self::Lock => Source::Lock,
            Self::Sleep => Source::Sleep,
        }
    }
}

/// The beginning of a desk signal that still holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// The fact that told of it: what comes later is newer, whatever the clocks say.
    pub seq: u64,
    /// When it began (of idle: the last input).
    pub at: Timestamp,
    /// The last input before it, where known.
    pub last_input: Option<Timestamp>,
}

/// A pause of all sensing on a device (D13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Its end; `None` lasts until the person resumes.
    pub until: Option<End>,
}
