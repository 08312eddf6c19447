//! The interruption table: what becomes of what wants the person's attention (G04, G05, G07, G18, D09).

use serde::{Deserialize, Serialize};

use crate::status::{Primary, Status};

/// What wants the person's attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the vocabulary")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum InteractionKind {
    Call,
    Video,
    Chat,
    Reminder,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// It is shown.
    Alert,
    /// It is shown, and is a missed call if unanswered.
    AlertThenVoicemail,
    /// It is a missed call among the held.
    Voicemail,
    /// It goes to the person's default phone, or else to voicemail.
    DefaultPhone,
    /// It is refused to the one who asks, and noted.
    Block,
    /// It waits for the digest.
    Hold,
}

/// One row of the interruption table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub(crate) call: Treatment,
    pub(crate) video: Treatment,
    pub(crate) chat: Treatment,
    pub(crate) reminder: Treatment,
    /// Whether urgent chats and reminders alert nevertheless.
    #[serde(default = "yes")]
    pub(crate) urgent_alerts: bool,
}

fn yes() -> bool {
    true
}

/// Away as set by the system, the one primary status whose treatment depends on who set it (G07).
const AWAY_BY_SYSTEM: &str = "away_by_system";

/// The rows that a status can need, for the check of a policy file.
pub(crate) fn rows_for(status: &Status) -> impl Iterator<Item = &str> {
    let by_system = (status.primary == Primary::Away).then(|| row_name(status, false));
    std::iter::once(row_name(status, true)).chain(by_system)
}

pub(crate) fn row_name(status: &Status, by_hand: bool) -> &str {
    match &status.interruptions {
        Some(row) => row,
        None if status.primary == Primary::Away && !by_hand => AWAY_BY_SYSTEM,
        None => status.primary.as_str(),
    }
}
