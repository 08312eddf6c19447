//! Claims: reasons for a status, other than a person's own choice.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::status::StatusId;

/// Who or what says that a status holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the vocabulary")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Source {
    Default,
    Manual,
    Supervisor,
    Idle,
    Lock,
    Sleep,
    Capacity,
    Missed,
    Rejected,
    Call,
    Calendar,
    Schedule,
    External,
    SignedOut,
    Connection,
}

impl Source {
    /// The id on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Manual => "manual",
            Self::Supervisor => "supervisor",
            Self::Idle => "idle",
            Self::Lock => "lock",
            Self::Sleep => "sleep",
            Self::Capacity => "capacity",
            Self::Missed => "missed",
            Self::Rejected => "rejected",
            Self::Call => "call",
            Self::Calendar => "calendar",
            Self::Schedule => "schedule",
            Self::External => "external",
            Self::SignedOut => "signed_out",
            Self::Connection => "connection",
        }
    }

    /// Whether a person meant it; everything else the system did (G07 tells the two apart).
    pub fn is_by_hand(self) -> bool {
        matches!(self, Self::Default | Self::Manual | Self::Supervisor)
    }

    /// Whether it says that the person left the desk.
    pub fn is_desk(self) -> bool {
        matches!(self, Self::Idle | Self::Lock | Self::Sleep)
    }
}

/// A reason for a status that came from work, a plan, a call or another system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// The number of the fact that began it.
    pub id: u64,
    /// Who says so.
    pub source: Source,
    /// The status that it asks for.
    pub status: StatusId,
    /// When it began.
    pub since: Timestamp,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
    /// Why, in a few words.
    pub detail: Option<String>,
}
