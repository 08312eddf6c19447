//! The gate: which notifications are shown, and which wait (D09).

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use presence::{Effective, Policy, Treatment};
use protocol::{HeldAs, HeldItem, Intent, Notice, NoticeKind, Reply};
use tokio::sync::oneshot;

use crate::words;

/// Which notification one means: a new one of the same tag replaces the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tag {
    /// The countdown before Away.
    Countdown,
    /// A change of one's own presence.
    Own,
    /// What was held, told at once.
    Digest,
    /// The held ones, read.
    Held,
    /// Something that a person should know of the program.
    Program,
    /// A notification that came through the gate.
    Notice(u64),
}

/// How much a notification may disturb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// For one's information.
    Low,
    /// As usual.
    Normal,
    /// It stays until it is dealt with.
    Critical,
}

/// What a notification's buttons do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotificationAction {
    /// Cancel the countdown.
    Stay,
    /// End what holds.
    Back,
    /// Take back the last automatic change.
    Undo,
    /// Show what was held.
    ShowHeld,
    /// Forget what was held.
    ClearHeld,
}

impl NotificationAction {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Stay, Self::Back, Self::Undo, Self::ShowHeld, Self::ClearHeld];

    /// Its name for the notification daemon.
    pub fn key(self) -> &'static str {
        match self {
            Self::Stay => "stay",
            Self::Back => "back",
            Self::Undo => "undo",
            Self::ShowHeld => "show-held",
            Self::ClearHeld => "clear-held",
        }
    }

    /// What the button says.
    pub fn label(self) -> &'static str {
        match self {
            Self::Stay => "Stay",
            Self::Back => "I'm back",
            Self::Undo => "Undo",
            Self::ShowHeld => "Show held",
            Self::ClearHeld => "Clear",
        }
    }

    /// What the person means by it.
    pub fn intent(self) -> Intent {
        match self {
            Self::Stay => Intent::Stay,
            Self::Back => Intent::Back,
            Self::Undo => Intent::Undo,
            Self::ShowHeld => Intent::ShowHeld,
            Self::ClearHeld => Intent::ClearHeld,
        }
    }
}

/// A desktop notification, as a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Which one it is.
    pub tag: Tag,
    /// Its title.
    pub summary: String,
    /// Its text; plain, no markup.
    pub body: String,
    /// How much it may disturb.
    pub urgency: Urgency,
    /// Its buttons; the first one is also what a click on it does.
    pub actions: Vec<NotificationAction>,
    /// How long it stays, in milliseconds; `None` is for the daemon to say.
    pub expires_ms: Option<u32>,
}

/// What the gate decided on a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Show { missed_if_unanswered: bool },
    Keep(HeldAs),
}

/// What is under way: shown, or waiting to be.
#[derive(Debug, Default)]
pub struct Gate {
    next: u64,
    /// Notices on the screen or on their way to it, and who waits to hear that they got there.
    pub(crate) showing: HashMap<u64, Showing>,
    /// A digest is on its way to the screen, with what is held up to this number.
    pub(crate) digest_under_way: Option<u64>,
    /// A digest has told of what is held up to this number, even if a full disk keeps the log from noting it.
    pub(crate) told_up_to: u64,
    /// The daemon refused the last one: the digest waits until there is one again.
    pub(crate) daemon_fails: bool,
}

#[derive(Debug)]
pub(crate) struct Showing {
    pub notice: Notice,
    pub missed_if_unanswered: bool,
    pub reply: Option<oneshot::Sender<Reply>>,
}

impl Gate {
    /// Puts a notice on its way to the screen.
    pub(crate) fn show(
        &mut self,
        notice: Notice,
        missed_if_unanswered: bool,
        reply: Option<oneshot::Sender<Reply>>,
    ) -> Notification {
        self.next += 1;
        let notification = notification(Tag::Notice(self.next), &notice);
        self.showing.insert(self.next, Showing { notice, missed_if_unanswered, reply });
        notification
    }
}

/// What becomes of a notice at this instant.
pub(crate) fn judge(notice: &Notice, effective: &Effective, policy: &Policy, locked: bool) -> Verdict {
    let waits = match notice.kind {
        NoticeKind::Call => HeldAs::MissedCall,
        _ => HeldAs::Held,
    };
    let is_call = notice.kind == NoticeKind::Call;
    let snoozed = effective.snoozed_until.is_some() && (!notice.urgent || is_call);
    match policy.treatment(effective, notice.kind, notice.urgent, locked) {
        Treatment::Block => Verdict::Keep(HeldAs::Blocked),
        Treatment::Voicemail | Treatment::DefaultPhone => Verdict::Keep(HeldAs::MissedCall),
        Treatment::Hold => Verdict::Keep(HeldAs::Held),
        Treatment::Alert | Treatment::AlertThenVoicemail if snoozed => Verdict::Keep(waits),
        // Nobody would read it on a locked screen, and then it would be gone.
        Treatment::Alert if locked && !is_call => Verdict::Keep(HeldAs::Held),
        Treatment::Alert => Verdict::Show { missed_if_unanswered: is_call },
        Treatment::AlertThenVoicemail => Verdict::Show { missed_if_unanswered: true },
    }
}

/// Whether what waited may be told now.
pub(crate) fn may_digest(effective: &Effective, policy: &Policy, locked: bool) -> bool {
    let chat = policy.treatment(effective, NoticeKind::Chat, false, locked);
    chat == Treatment::Alert && effective.snoozed_until.is_none() && !locked
}

/// Whether a notice about one's own presence is shown; if not, it is dropped, never held.
pub(crate) fn may_tell_own(effective: &Effective, policy: &Policy, locked: bool) -> bool {
    let reminder = policy.treatment(effective, NoticeKind::Reminder, false, locked);
    let chosen_quiet = reminder != Treatment::Alert && effective.reason.source.is_by_hand();
    !chosen_quiet && effective.snoozed_until.is_none() && !locked
}

/// How long a call rings before it counts as unanswered.
const RING_MS: u32 = 30_000;

fn notification(tag: Tag, notice: &Notice) -> Notification {
    let from = notice.from.as_deref();
    let summary = match (notice.kind, from) {
        (NoticeKind::Call, Some(from)) => format!("Call from {from}"),
        (NoticeKind::Call, None) => "Call".to_owned(),
        (NoticeKind::Video, Some(from)) => format!("Video chat from {from}"),
        (NoticeKind::Video, None) => "Video chat".to_owned(),
        (NoticeKind::Chat, Some(from)) => from.to_owned(),
        (NoticeKind::Chat, None) => "Chat".to_owned(),
        (NoticeKind::Reminder, Some(from)) => format!("Reminder: {from}"),
        (NoticeKind::Reminder, None) => "Reminder".to_owned(),
    };
    let urgency = if notice.urgent { Urgency::Critical } else { Urgency::Normal };
    let expires_ms = (notice.kind == NoticeKind::Call).then_some(RING_MS);
    Notification { tag, summary, body: notice.text.clone(), urgency, actions: Vec::new(), expires_ms }
}

/// A held item in a line: `Mara: The Lund case`, `Missed call from +46 40 123 45`.
pub fn held_line(item: &HeldItem) -> String {
    let from = item.from.as_deref();
    let with = |what: &str| match (from, item.text.is_empty()) {
        (Some(from), true) => format!("{what} from {from}"),
        (Some(from), false) => format!("{what} from {from}: {}", item.text),
        (None, true) => what.to_owned(),
        (None, false) => format!("{what}: {}", item.text),
    };
    let line = match (item.held_as, item.kind) {
        (HeldAs::MissedCall, _) => with("Missed call"),
        (HeldAs::Blocked, NoticeKind::Video) => with("Video chat refused"),
        (HeldAs::Blocked, _) => with("Refused"),
        (HeldAs::Held, NoticeKind::Chat) => match from {
            Some(from) => format!("{from}: {}", item.text),
            None => item.text.clone(),
        },
        (HeldAs::Held, NoticeKind::Reminder) => with("Reminder"),
        (HeldAs::Held, NoticeKind::Video) => with("Video chat"),
        (HeldAs::Held, NoticeKind::Call) => with("Call"),
    };
    words::one_line(&line)
}

/// How many lines of held items a notification shows.
const LINES: usize = 6;

/// What waited, in one notification.
pub(crate) fn digest(tag: Tag, held: &[&HeldItem], now: Timestamp, zone: &TimeZone) -> Notification {
    let mut lines: Vec<String> = held
        .iter()
        .take(LINES)
        .map(|item| format!("{}  {}", words::clock_time(item.at, now, zone), held_line(item)))
        .collect();
    if held.len() > LINES {
        lines.push(format!("and {} more", held.len() - LINES));
    }
    let actions = match tag {
        Tag::Digest => vec![NotificationAction::ShowHeld, NotificationAction::ClearHeld],
        _ => vec![NotificationAction::ClearHeld],
    };
    let summary = match held.len() {
        0 => "Nothing was held for you".to_owned(),
        1 => "Held for you".to_owned(),
        count => format!("{count} held for you"),
    };
    let actions = if held.is_empty() { Vec::new() } else { actions };
    Notification { tag, summary, body: lines.join("\n"), urgency: Urgency::Normal, actions, expires_ms: None }
}
