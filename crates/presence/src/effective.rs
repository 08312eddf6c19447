//! What others see, why, since when, and what it will return to.

use jiff::Timestamp;

use crate::beside::{Activity, Message};
use crate::claim::Source;
use crate::desk::Pause;
use crate::status::{Primary, StatusId};
use crate::undo::Undo;

/// Why a status holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Who or what says so.
    pub source: Source,
    /// Since when that has been said (a lock: since it locked).
    pub since: Timestamp,
    /// More, in a few words.
    pub detail: Option<String>,
    /// Of a default: the chosen status whose end uncovered it, if the person came back from one.
    pub after: Option<StatusId>,
}

/// The effective status of a person at an instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Effective {
    /// The status.
    pub status: StatusId,
    /// What others see of it.
    pub primary: Primary,
    /// Since when it has been shown without a break.
    pub since: Timestamp,
    /// Since when others have seen what they see of it: that a secondary status changed is not theirs to know (G14).
    pub seen_since: Timestamp,
    /// When it ends by itself, if that is known.
    pub until: Option<Timestamp>,
    /// What shows when it ends by itself or the person returns.
    pub returns_to: Option<StatusId>,
    /// Why.
    pub reason: Reason,
    /// The message beside it.
    pub message: Option<Message>,
    /// What the person is doing.
    pub activity: Activity,
    /// The pause of sensing, if there is one on some device.
    pub paused: Option<Pause>,
    /// Until when notifications wait.
    pub snoozed_until: Option<Timestamp>,
    /// What one "undo" would take back, if the system did the last change (C13).
    pub undo: Option<Undo>,
}
