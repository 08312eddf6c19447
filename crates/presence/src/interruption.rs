//! Interruptions: what an effective status lets through (G04, G05, G07, G18, D09).

use serde::{Deserialize, Serialize};

use crate::{Effective, Policy, Primary, Status};

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
    call: Treatment,
    video: Treatment,
    chat: Treatment,
    reminder: Treatment,
    /// Whether urgent chats and reminders alert nevertheless.
    #[serde(default = "yes")]
    urgent_alerts: bool,
}

fn yes() -> bool {
    true
}

/// Away as set by the system, the one primary status whose treatment depends on who set it (G07).
const AWAY_BY_SYSTEM: &str = "away_by_system";

impl Policy {
    /// What becomes of an interaction at the instant for which `effective` was computed.
    ///
    /// `locked` is the device's own: what is urgent is not shown on a locked screen either.
    pub fn treatment(&self, effective: &Effective, kind: InteractionKind, urgent: bool, locked: bool) -> Treatment {
        let Some(row) = self.status(&effective.status).and_then(|status| {
            let by_hand = effective.reason.source.is_by_hand();
            self.interruptions.get(row_name(status, by_hand))
        }) else {
            return Treatment::Hold;
        };
        let may_jump = matches!(kind, InteractionKind::Chat | InteractionKind::Reminder);
        if urgent && may_jump && row.urgent_alerts && !locked {
            return Treatment::Alert;
        }
        match kind {
            InteractionKind::Call => row.call,
            InteractionKind::Video => row.video,
            InteractionKind::Chat => row.chat,
            InteractionKind::Reminder => row.reminder,
        }
    }
}

/// The rows that a status can need, for the check of a policy file.
pub(crate) fn rows_for(status: &Status) -> impl Iterator<Item = &str> {
    let by_system = (status.primary == Primary::Away).then(|| row_name(status, false));
    std::iter::once(row_name(status, true)).chain(by_system)
}

fn row_name(status: &Status, by_hand: bool) -> &str {
    match &status.interruptions {
        Some(row) => row,
        None if status.primary == Primary::Away && !by_hand => AWAY_BY_SYSTEM,
        None => status.primary.as_str(),
    }
}
