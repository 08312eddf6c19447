//! What the window shows, as one value: sent at once and at each change to whoever asks for [`Request::Window`].
//!
//! [`Request::Window`]: crate::Request::Window

use jiff::Timestamp;
use presence::{Color, Glyph, Source};
use serde::{Deserialize, Serialize};

use crate::report::{Activity, Connection, Countdown, HeldItem, OthersSee, Paused};

/// The window's view of one's own presence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct WindowView {
    /// The language of everything that the person reads, as a tag: `en`, `de`…
    pub language: String,
    /// What the person is called.
    pub person: String,
    /// Their initials, for the middle of the ring.
    pub initials: String,
    /// The status that others see.
    pub presence: PresenceView,
    /// Why it is so and what comes next, in words; the strong ones are statuses.
    pub line: Vec<Words>,
    /// What the undo button says, if there is something to undo.
    pub undo: Option<String>,
    /// What the back button says, if there is a choice to end.
    pub back: Option<String>,
    /// What the person is doing, beside the status (G09).
    pub activity: Activity,
    /// What a link asks for, waiting for the person's word, as a question.
    pub proposal: Option<String>,
    /// Present where what waits is to open an address: the whole of it. It came from a notification, not from a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal_opens: Option<String>,
    /// The message beside the status.
    pub message: Option<MessageView>,
    /// Messages of late, the newest first.
    pub recent_messages: Vec<String>,
    /// The statuses to choose from.
    pub choices: Vec<ChoiceView>,
    /// Today's stretches, the oldest first; the last one lasts.
    pub today: Vec<Stretch>,
    /// What is held, the oldest first.
    pub held: Vec<HeldView>,
    /// The countdown to Away, while it runs.
    pub countdown: Option<Countdown>,
    /// The pause of sensing, while it lasts.
    pub paused: Option<Paused>,
    /// Until when notifications wait.
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub snoozed_until: Option<Timestamp>,
    /// How the program reaches its service.
    pub connection: Connection,
    /// The team's service, if the person is signed in to one.
    pub account: Option<AccountView>,
    /// What was asked for while the service is out of reach, in words.
    pub asked: Option<String>,
    /// What others see while the service is out of reach, for “Others see you Offline since 22:35” (the words
    /// `team.others_see`). The account's `fault` does not say it.
    #[serde(default)]
    pub others_see: Option<OthersSee>,
    /// The favourites and those whose being free the person awaits.
    pub people: Vec<PersonRow>,
}

/// A sign-in to a team's service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct AccountView {
    /// Its address.
    pub service: String,
    /// The name there.
    pub name: String,
    /// Whether it ends with the program, because the token is kept nowhere.
    pub this_run_only: bool,
    /// What keeps it from being connected and what to do, in a short sentence or two.
    pub fault: Option<String>,
    /// More on that for whoever wants to mend it, as the system or the service says it: in English.
    #[serde(default)]
    pub details: Option<String>,
    /// Whether the person must sign in again.
    pub signed_out: bool,
}

/// Another person of the team's service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct PersonRow {
    /// The name that they sign in by.
    pub name: String,
    /// What people call them.
    pub label: String,
    /// Their initials.
    pub initials: String,
    /// Their team.
    pub group: Option<String>,
    /// The primary status' id.
    pub status: String,
    /// What people read of it.
    pub status_label: String,
    /// Its shape.
    pub glyph: Glyph,
    /// Its colour.
    pub color: Color,
    /// Since when; `null` for whoever never signed in.
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub since: Option<Timestamp>,
    /// When it ends by itself.
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub until: Option<Timestamp>,
    /// The message beside it.
    pub message: Option<String>,
    /// What they are doing (G09).
    pub activity: Activity,
    /// Whether they can be spoken to now (G16).
    pub free: bool,
    /// Whether they are among the favourites.
    pub favourite: bool,
    /// Whether the person is to be told once they are free.
    pub tell_when_free: bool,
}

/// A status as shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct PresenceView {
    /// Its id.
    pub status: String,
    /// What people read.
    pub label: String,
    /// The ring's shape.
    pub glyph: Glyph,
    /// The ring's colour.
    pub color: Color,
    /// Since when it has been shown.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub since: Timestamp,
    /// When it ends by itself.
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub until: Option<Timestamp>,
    /// Who or what says so.
    pub source: Source,
    /// Whether a person meant it, so that it may be given an end.
    pub by_hand: bool,
}

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Words {
    /// The words, with their blanks.
    pub text: String,
    /// Whether they carry the weight.
    pub strong: bool,
}

/// The message beside the status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct MessageView {
    /// The words.
    pub text: String,
    /// When they go.
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub until: Option<Timestamp>,
}

/// A status to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ChoiceView {
    /// Its id.
    pub id: String,
    /// What people read.
    pub label: String,
    /// Its shape.
    pub glyph: Glyph,
    /// Its colour.
    pub color: Color,
    /// Whether it shows now.
    pub chosen: bool,
    /// How many minutes a choice of it lasts unless the person says otherwise.
    pub minutes: Option<u32>,
    /// The statuses under it.
    pub secondary: Vec<ChoiceView>,
}

/// A stretch of time in one status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Stretch {
    /// The status' id; `unknown` where nothing can be proven.
    pub status: String,
    /// What people read.
    pub label: String,
    /// Its shape.
    pub glyph: Glyph,
    /// Its colour.
    pub color: Color,
    /// Why.
    pub source: Source,
    /// Whether the person corrected it afterwards.
    pub corrected: bool,
    /// Its start.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub start: Timestamp,
    /// Its end; `null` while it lasts.
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub end: Option<Timestamp>,
}

/// Something held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct HeldView {
    /// What was held.
    pub item: HeldItem,
    /// The same as one line for people.
    pub line: String,
}
