//! Facts: what happened. The log keeps nothing else; all the rest is computed from them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::beside::Activity;
use crate::choice::By;
use crate::claim::Source;
use crate::desk::DeskSignal;
use crate::end::End;
use crate::status::StatusId;

/// Names one signed-in device of a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceId(Box<str>);

impl DeviceId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for DeviceId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

/// One thing that happened to one person's presence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Its place in the person's log, from 1.
    pub seq: u64,
    /// When it happened (of an idle signal: the last input).
    pub at: Timestamp,
    /// When it became known; never before `at`.
    pub recorded: Timestamp,
    /// The device that it happened on.
    pub device: DeviceId,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// The kinds of facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// A session began on the device.
    SignedIn,
    /// The person ended the session.
    SignedOut,
    /// The session is known to have ended without a word; `at` is the last moment that can be proven (C10).
    Vanished,
    /// The service lost the device's connection.
    ConnectionLost,
    /// The connection came back.
    ConnectionRestored,
    /// The person's default status was set (F09).
    DefaultSet {
        /// The status; `None` returns to the policy's.
        status: Option<StatusId>,
    },
    /// The person narrowed what leaving the desk may cover (C02).
    CoversSet {
        /// What it may still cover, of what the policy lists; `None` returns to all of that.
        statuses: Option<Vec<StatusId>>,
    },
    /// A status was chosen.
    Chose {
        /// Which.
        status: StatusId,
        /// Until when; `None` makes it the standing choice.
        until: Option<End>,
        /// By whom.
        by: By,
    },
    /// The choice that holds got another end, or none; it goes on as what it was.
    EndSet {
        /// The end; `None` makes it the standing choice.
        until: Option<End>,
    },
    /// The person ended their choice.
    WentBack,
    /// The person took back the last automatic change (C13).
    Undid,
    /// The device learned something of its user.
    Desk {
        /// What kind of thing.
        signal: DeskSignal,
        /// Whether it began or ended.
        on: bool,
        /// The last input known at that moment.
        last_input: Option<Timestamp>,
    },
    /// A call began or ended on the device. Which program it runs in is nobody's business (D13).
    Call {
        /// Which of the two.
        on: bool,
    },
    /// What the device can know changed. A device that knows nothing neither holds nor breaks Away (D04).
    Knows {
        /// Whether it can tell how long there was no input.
        idle: bool,
        /// Whether it can tell that the screen is locked.
        lock: bool,
        /// The idle time there, in seconds; `None` is the policy's (C16, C17).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        idle_after: Option<u32>,
    },
    /// The person stopped all sensing on the device (D13), until a moment or for good.
    Paused {
        /// The end.
        until: Option<End>,
    },
    /// Sensing goes on.
    Resumed,
    /// What the person is doing changed, by the word of this device. It goes when the device does.
    Activity(Activity),
    /// Work in hand was counted anew.
    Capacity {
        /// Units in use.
        used: u32,
        /// Units there are.
        total: u32,
        /// Open sessions.
        sessions: u32,
        /// Whether another item came in that waits to be taken (O03).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        waiting: bool,
    },
    /// An offer of work was missed.
    OfferMissed,
    /// An offer of work was rejected.
    OfferRejected,
    /// The person reset what a missed or rejected offer had set (O12).
    WorkReset,
    /// A plan, call or external system asks for a status.
    ClaimBegan {
        /// Who asks.
        source: Source,
        /// For which status.
        status: StatusId,
        /// Until when.
        until: Option<Timestamp>,
        /// Why, in a few words.
        detail: Option<String>,
    },
    /// It asks no longer.
    ClaimEnded {
        /// The number of the fact that began it.
        id: u64,
    },
    /// The message beside the status changed (C14).
    MessageSet {
        /// The text; `None` clears it.
        text: Option<String>,
        /// Its own end.
        until: Option<End>,
    },
    /// Notifications other than urgent ones wait.
    Snoozed {
        /// The end; `None` ends the snooze now.
        until: Option<End>,
    },
    /// The wall clock was set; everything that still runs keeps its elapsed and remaining time (D07).
    ClockStepped {
        /// By how many milliseconds it went forward.
        by_ms: i64,
    },
    /// The person said afterwards what a stretch of the past really was (R07). The present is left alone.
    Corrected {
        /// Its start.
        from: Timestamp,
        /// Its end; never after the moment of saying so.
        to: Timestamp,
        /// What it was.
        status: StatusId,
        /// Why the record is wrong.
        reason: String,
    },
    /// The person erased all facts up to here; what they had come to holds on.
    Erased,
    /// From here on this policy is in force (C22).
    PolicyTaken {
        /// Names it among the policies that are kept beside the log.
        digest: String,
    },
    /// Something that a newer version records. It is kept and passed on as it came, and changes nothing here.
    #[serde(untagged)]
    Unknown(UnknownFact),
}

/// What a fact says that this version can't read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct UnknownFact(Map<String, Value>);

impl UnknownFact {
    /// The kind's name.
    pub fn kind(&self) -> &str {
        self.0.get(KIND).and_then(Value::as_str).unwrap_or_default()
    }
}

/// The key under which a fact says its kind.
const KIND: &str = "what";

impl TryFrom<Map<String, Value>> for UnknownFact {
    type Error = &'static str;

    fn try_from(said: Map<String, Value>) -> Result<Self, Self::Error> {
        if said.get(KIND).is_some_and(Value::is_string) { Ok(Self(said)) } else { Err("a fact names its kind") }
    }
}

impl What {
    /// Whether a person did it here and now, which proves that they are at the device.
    pub fn is_act(&self) -> bool {
        matches!(self, Self::Chose { by: By::Person, .. } | Self::EndSet { .. } | Self::WentBack | Self::Undid)
    }
}
