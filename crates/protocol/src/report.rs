//! Reports: what is told of a presence.

use jiff::Timestamp;
use presence::{Color, InteractionKind, Policy, Primary, Source};
use serde::{Deserialize, Serialize};

/// A presence at an instant: the object of `halo status --json` and one line of `halo watch --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Report {
    /// The status' id.
    pub status: String,
    /// Its primary status.
    pub primary: String,
    /// What people read.
    pub label: String,
    /// The ring's colour.
    pub color: Color,
    /// Since when it has been shown.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub since: Timestamp,
    /// When it ends by itself.
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub until: Option<Timestamp>,
    /// The message beside it.
    pub message: Option<String>,
    /// Why.
    pub reason: Reason,
    /// The id of what shows next, if that is known.
    pub returns_to: Option<String>,
    /// What the person is doing.
    pub activity: Activity,
    /// How the program reaches its service.
    pub connection: Connection,
    /// Present while the service is out of reach: the id of the status that was asked for and is not confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// Present while the service is out of reach: what others see meanwhile, which this device can't change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others_see: Option<OthersSee>,
    /// Present while nothing is sensed: until when, `null` until resumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
    /// Present while notifications are snoozed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub snoozed_until: Option<Timestamp>,
    /// Present while the countdown to Away runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub countdown: Option<Countdown>,
}

/// Why a status holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Reason {
    /// Who or what says so.
    pub source: Source,
    /// Since when.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub since: Timestamp,
    /// More, in a few words.
    pub detail: Option<String>,
}

/// What the person is doing, beside the status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Activity {
    /// Whether they are on a call.
    pub on_call: bool,
    /// How many interactions they handle.
    pub interactions: u32,
}

impl From<presence::Activity> for Activity {
    fn from(presence::Activity { on_call, interactions }: presence::Activity) -> Self {
        Self { on_call, interactions }
    }
}

/// How the program reaches its service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub enum Connection {
    /// The service is inside the program.
    Embedded,
    /// Connected to a team's service.
    Online,
    /// The connection was lost and is being made again.
    Reconnecting,
    /// Signed out.
    SignedOut,
}

/// What others see of the person while the service is out of reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct OthersSee {
    /// The status' id, as others know it: no secondary one.
    pub status: String,
    /// What people read of it.
    pub label: String,
    /// Since when they see it. Offline for want of a connection begins when the service gives the device up, some
    /// seconds after it was last heard.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub since: Timestamp,
}

/// The pause of sensing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Paused {
    /// Its end.
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub until: Option<Timestamp>,
}

/// The countdown before an idle Away (D06).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Countdown {
    /// When Away would begin to show.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub away_at: Timestamp,
}

/// A stretch of time in one status for one reason: the object of `halo history --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Interval {
    /// The status' id; `unknown` where nothing can be proven.
    pub status: String,
    /// Its primary status.
    pub primary: String,
    /// Why.
    pub source: Source,
    /// More on why.
    pub detail: Option<String>,
    /// Its start.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub start: Timestamp,
    /// Its end; `null` while it lasts.
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub end: Option<Timestamp>,
    /// The message that stood beside it last.
    pub message: Option<String>,
    /// Present where the person corrected it afterwards (R07).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<Correction>,
}

impl Interval {
    /// What is told of an interval.
    pub fn of(interval: presence::Interval, policy: &Policy) -> Self {
        let of_policy = || interval.status.as_ref().and_then(|id| policy.status(id)).map(|status| status.primary);
        let primary = interval.primary.or_else(of_policy);
        Self {
            primary: primary.map_or("unknown", Primary::as_str).to_owned(),
            status: interval.status.map_or("unknown".to_owned(), |id| id.to_string()),
            source: interval.source,
            detail: interval.detail,
            start: interval.start,
            end: interval.end,
            message: interval.message,
            correction: interval.correction.map(|corrected| Correction {
                was: corrected.was.map_or("unknown".to_owned(), |id| id.to_string()),
                reason: corrected.reason,
                at: corrected.at,
            }),
        }
    }

    /// What to ask the next page of a history `since`; `None` after the last page.
    pub fn next_page(page: &[Self]) -> Option<Timestamp> {
        let ends: Option<Vec<Timestamp>> = page.iter().map(|interval| interval.end).collect();
        ends?.into_iter().max()
    }
}

/// What a correction changed, and why: a corrected stretch of history never passes for an uncorrected one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Correction {
    /// The id of the status that was recorded; `unknown` where nothing could be proven.
    pub was: String,
    /// Why, in the person's words.
    pub reason: String,
    /// When it was made.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
}

/// Why something is among the held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum HeldAs {
    /// It waits for the digest.
    Held,
    /// A call that went to voicemail.
    MissedCall,
    /// It was refused to the one who asked.
    Blocked,
}

/// A notification that was not shown: the object of `halo held --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HeldItem {
    /// Its number.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub id: u64,
    /// When it came.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// Of what kind.
    pub kind: InteractionKind,
    /// Who it is from.
    pub from: Option<String>,
    /// What it says.
    pub text: String,
    /// Whether it is urgent.
    pub urgent: bool,
    /// What became of it.
    pub held_as: HeldAs,
    /// Whether a digest has told of it.
    pub told: bool,
    /// Present where it says where it came from: an address to open (`Intent::OpenHeld`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
}

/// What the gate did with a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub enum Outcome {
    /// It was shown.
    Shown,
    /// It waits among the held.
    Held,
    /// It was refused.
    Blocked,
}

/// A setting, its value and what it may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Setting {
    /// Its key.
    pub key: String,
    /// Its value, as text.
    pub value: String,
    /// What it may be and what it does.
    pub about: String,
    /// What its value is one of, or what it lists with commas; empty where the value is free text.
    #[serde(default)]
    pub allowed: Vec<String>,
    /// Whether the organisation says what it is, so that nobody at the desk can change it.
    #[serde(default)]
    pub fixed: bool,
}

/// How a part is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub enum CheckState {
    /// It works.
    Working,
    /// It isn't there, which may be in order.
    Absent,
    /// It is there and fails.
    Failing,
}

/// One line of `halo doctor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Check {
    /// What it is for: `idle`, `lock`, `sleep`, `tray`, `notifications`, `log`…
    pub part: String,
    /// The interface.
    pub name: String,
    /// How it is doing.
    pub state: CheckState,
    /// Whether it is the one in use.
    pub chosen: bool,
    /// Why.
    pub why: String,
    /// What the person can do.
    pub advice: Option<String>,
    /// What it last said, and when.
    pub last: Option<String>,
}
