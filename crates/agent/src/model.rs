//! What tray and window are made from.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use presence::{Effective, Policy, StatusId};
use protocol::HeldItem;
use protocol::service::PersonView;
use words::Language;

use crate::hub::{Account, Asked};
use crate::speech::Speech;

/// Everything that the tray's picture, words and menu are made from.
#[derive(Debug, Clone, PartialEq)]
pub struct TrayModel {
    /// The status.
    pub effective: Effective,
    /// What a "back" would show, if anything else than now.
    pub back: Option<StatusId>,
    /// When the countdown ends in Away.
    pub countdown: Option<Timestamp>,
    /// What is held.
    pub held: Vec<HeldItem>,
    /// Messages of late, the newest first.
    pub recent_messages: Vec<String>,
    /// Whether there is a window to open.
    pub has_window: bool,
    /// The person's language.
    pub language: Language,
    /// What a link asks for, as a question.
    pub proposal: Option<String>,
    /// Where what is asked would lead, if it is to open an address.
    pub proposal_opens: Option<String>,
    /// The sign-in to a team's service.
    pub account: Option<Account>,
    /// What was asked for while that service is out of reach.
    pub asked: Asked,
    /// What others see while it is out of reach, and since when they do.
    pub others_see: Option<(StatusId, Timestamp)>,
    /// The favourites and those whose being free the person awaits.
    pub people: Vec<PersonView>,
    /// The organisation's policy.
    pub policy: Arc<Policy>,
}

impl TrayModel {
    pub(crate) fn speech<'a>(&'a self, now: Timestamp, zone: &'a TimeZone) -> Speech<'a> {
        Speech { language: self.language, policy: &self.policy, now, zone }
    }
}
