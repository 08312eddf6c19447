//! What an effective status lets through (G04, G05, G07, G18, D09).

use crate::effective::Effective;
use crate::interruption::{InteractionKind, Treatment, row_name};
use crate::policy::Policy;

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
