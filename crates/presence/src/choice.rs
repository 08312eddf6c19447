//! Choices: what the person, or a supervisor with a reason, set by hand (C03).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::claim::Source;
use crate::end::End;
use crate::status::StatusId;

/// Who chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The person.
    Person,
    /// A supervisor, who must say why.
    Supervisor {
        /// The supervisor's name.
        name: String,
        /// Why, in their words.
        reason: String,
    },
}

/// A status chosen by hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// What was chosen.
    pub status: StatusId,
    /// When.
    pub since: Timestamp,
    /// The end; `None` makes it the standing choice.
    pub until: Option<End>,
    /// By whom.
    pub by: By,
}

impl By {
    /// Whether the person did it.
    pub fn is_person(&self) -> bool {
        matches!(self, Self::Person)
    }
}

impl Choice {
    pub(crate) fn source(&self) -> Source {
        match self.by {
            By::Person => Source::Manual,
            By::Supervisor { .. } => Source::Supervisor,
        }
    }

    pub(crate) fn detail(&self) -> Option<String> {
        match &self.by {
            By::Person => None,
            By::Supervisor { name, reason } => Some(format!("{name}: {reason}")),
        }
    }

    pub(crate) fn has_ended(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|end| end.at <= now)
    }
}
