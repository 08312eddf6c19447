//! Intervals: from when to when a status was shown, why, and what was corrected of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::claim::Source;
use crate::status::{Primary, StatusId};

/// What is shown now, and since when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shown {
    /// `None`: unknown.
    pub status: Option<StatusId>,
    #[serde(default)]
    pub primary: Option<Primary>,
    pub source: Source,
    pub detail: Option<String>,
    pub message: Option<String>,
    /// The start of this interval: this status for this reason.
    pub start: Timestamp,
    /// The start of this status, for whatever reasons.
    pub since: Timestamp,
    /// What others see of it, and since when (G14).
    #[serde(default)]
    pub seen: Option<(StatusId, Timestamp)>,
    /// Of a default: what the person came back from.
    #[serde(default)]
    pub after: Option<StatusId>,
}

/// A stretch of time in one status for one reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The status; `None` where nothing can be proven.
    pub status: Option<StatusId>,
    /// The class of that status, by the policy of its time (C22); `None` in what was kept before classes were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<Primary>,
    /// Why.
    pub source: Source,
    /// More on why.
    pub detail: Option<String>,
    /// The message that stood beside it last.
    pub message: Option<String>,
    /// Its start.
    pub start: Timestamp,
    /// Its end; `None` while it lasts.
    pub end: Option<Timestamp>,
    /// What the person corrected of it afterwards (R07).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<Corrected>,
}

/// Which part of the history is wanted; all of it by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// Intervals that ended after this.
    pub since: Option<Timestamp>,
    /// Intervals that began before this.
    pub until: Option<Timestamp>,
    /// About so many, those that ended first: those that ended together are not torn apart, what a correction splits
    /// counts as one, and the latest ones of all come together. What comes next is `since` the latest end among them.
    pub limit: Option<usize>,
}

impl Span {
    /// All that ended after an instant.
    pub fn since(since: Timestamp) -> Self {
        Self { since: Some(since), ..Self::default() }
    }

    /// Whether an interval has something in it, the limit aside.
    pub fn covers(&self, interval: &Interval) -> bool {
        interval.end.is_none_or(|end| self.since < Some(end)) && self.until.is_none_or(|until| interval.start < until)
    }
}

/// What a correction changed of an interval, so that it never passes for an uncorrected one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    /// The status that was recorded; `None` where nothing could be proven.
    pub was: Option<StatusId>,
    /// Why the record is wrong.
    pub reason: String,
    /// When it was corrected.
    pub at: Timestamp,
}

impl Shown {
    pub(crate) fn interval(&self, end: Option<Timestamp>) -> Interval {
        Interval {
            status: self.status.clone(),
            primary: self.primary,
            source: self.source,
            detail: self.detail.clone(),
            message: self.message.clone(),
            start: self.start,
            end,
            correction: None,
        }
    }
}
