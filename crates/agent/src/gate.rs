//! The gate: which notifications are shown, and which wait (D09).

use std::collections::HashMap;
use std::time::Duration;

use presence::{Effective, Policy, Treatment, one_line};
use protocol::{HeldAs, HeldItem, Intent, Notice, NoticeKind, Reply};
use tokio::sync::oneshot;
use words::{Language, key};

use crate::speech::Speech;

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
    /// What a link asks for.
    Proposal,
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
    /// Do what a link asks for.
    Accept,
    /// Leave it.
    Decline,
    /// Ask whether to open where this came from.
    Open,
    /// Open it.
    AcceptOpening,
    /// Don't.
    DeclineOpening,
}

impl NotificationAction {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Stay,
        Self::Back,
        Self::Undo,
        Self::ShowHeld,
        Self::ClearHeld,
        Self::Accept,
        Self::Decline,
        Self::Open,
        Self::AcceptOpening,
        Self::DeclineOpening,
    ];

    /// Its name for the notification daemon.
    pub fn key(self) -> &'static str {
        match self {
            Self::Stay => "stay",
            Self::Back => "back",
            Self::Undo => "undo",
            Self::ShowHeld => "show-held",
            Self::ClearHeld => "clear-held",
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Open => "open",
            Self::AcceptOpening => "accept-opening",
            Self::DeclineOpening => "decline-opening",
        }
    }

    /// What the button says.
    pub fn label(self, language: Language) -> String {
        let key = match self {
            Self::Stay => key::NOTICE_STAY,
            Self::Back => key::NOTICE_BACK,
            Self::Undo => key::NOTICE_UNDO,
            Self::ShowHeld => key::NOTICE_SHOW_HELD,
            Self::ClearHeld => key::NOTICE_CLEAR,
            Self::Accept => key::PROPOSAL_YES,
            Self::Decline => key::PROPOSAL_NO,
            Self::Open => key::NOTICE_OPEN,
            Self::AcceptOpening => key::PROPOSAL_OPEN_YES,
            Self::DeclineOpening => key::PROPOSAL_OPEN_NO,
        };
        language.say(key, &[])
    }

    /// What the person means by it; `None` where that depends on the notification.
    pub fn intent(self) -> Option<Intent> {
        Some(match self {
            Self::Stay => Intent::Stay,
            Self::Back => Intent::Back,
            Self::Undo => Intent::Undo,
            Self::ShowHeld => Intent::ShowHeld,
            Self::ClearHeld => Intent::ClearHeld,
            Self::Accept | Self::AcceptOpening => Intent::Decide { accept: true },
            Self::Decline | Self::DeclineOpening => Intent::Decide { accept: false },
            Self::Open => return None,
        })
    }

    /// Whether it agrees to something: that takes its button, and no click beside it.
    pub fn agrees(self) -> bool {
        self.intent() == Some(Intent::Decide { accept: true })
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
    /// Its buttons; the first one is also what a click on it does, except that nobody agrees by a click beside them.
    pub actions: Vec<NotificationAction>,
    /// How long it stays, in milliseconds; `None` is for the daemon to say.
    pub expires_ms: Option<u32>,
    /// The language of its words, which the buttons speak as well.
    pub language: Language,
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
    /// When a call counts as unanswered, in time since boot.
    pub rings_until: Option<Duration>,
    pub reply: Option<oneshot::Sender<Reply>>,
}

impl Gate {
    /// Puts a notice on its way to the screen.
    pub(crate) fn show(
        &mut self,
        notice: Notice,
        rings_until: Option<Duration>,
        reply: Option<oneshot::Sender<Reply>>,
        language: Language,
    ) -> Notification {
        self.next += 1;
        let notification = notification(Tag::Notice(self.next), &notice, language);
        self.showing.insert(self.next, Showing { notice, rings_until, reply });
        notification
    }

    /// When the next call counts as unanswered, in time since boot.
    pub(crate) fn next_unanswered(&self) -> Option<Duration> {
        self.showing.values().filter_map(|showing| showing.rings_until).min()
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
pub(crate) const RING: Duration = Duration::from_millis(RING_MS as u64);

fn notification(tag: Tag, notice: &Notice, language: Language) -> Notification {
    let from = |key, from: &String| language.say(key, &[("from", from)]);
    let summary = match (notice.kind, &notice.from) {
        (NoticeKind::Call, Some(who)) => from(key::NOTICE_CALL_FROM, who),
        (NoticeKind::Call, None) => language.say(key::NOTICE_CALL, &[]),
        (NoticeKind::Video, Some(who)) => from(key::NOTICE_VIDEO_FROM, who),
        (NoticeKind::Video, None) => language.say(key::NOTICE_VIDEO, &[]),
        (NoticeKind::Chat, Some(who)) => who.clone(),
        (NoticeKind::Chat, None) => language.say(key::NOTICE_CHAT, &[]),
        (NoticeKind::Reminder, Some(who)) => from(key::NOTICE_REMINDER_FROM, who),
        (NoticeKind::Reminder, None) => language.say(key::NOTICE_REMINDER, &[]),
    };
    let urgency = if notice.urgent { Urgency::Critical } else { Urgency::Normal };
    let actions = notice.open.iter().map(|_| NotificationAction::Open).collect();
    let expires_ms = (notice.kind == NoticeKind::Call).then_some(RING_MS);
    Notification { tag, summary, body: notice.text.clone(), urgency, actions, expires_ms, language }
}

/// A held item in a line: `Mara: The Lund case`, `Missed call from +46 40 123 45`.
pub fn held_line(item: &HeldItem, language: Language) -> String {
    let text = ("text", item.text.as_str());
    let with = |what| {
        let what = language.say(what, &[]);
        match (&item.from, item.text.is_empty()) {
            (Some(from), true) => language.say(key::NOTICE_WHAT_FROM, &[("what", &what), ("from", from)]),
            (Some(from), false) => language.say(key::NOTICE_WHAT_FROM_TEXT, &[("what", &what), ("from", from), text]),
            (None, true) => what,
            (None, false) => language.say(key::NOTICE_WHAT_TEXT, &[("what", &what), text]),
        }
    };
    let line = match (item.held_as, item.kind) {
        (HeldAs::MissedCall, _) => with(key::NOTICE_MISSED_CALL),
        (HeldAs::Blocked, NoticeKind::Video) => with(key::NOTICE_VIDEO_REFUSED),
        (HeldAs::Blocked, _) => with(key::NOTICE_REFUSED),
        (HeldAs::Held, NoticeKind::Chat) => match &item.from {
            Some(from) => language.say(key::NOTICE_FROM_TEXT, &[("from", from), text]),
            None => item.text.clone(),
        },
        (HeldAs::Held, NoticeKind::Reminder) => with(key::NOTICE_REMINDER),
        (HeldAs::Held, NoticeKind::Video) => with(key::NOTICE_VIDEO),
        (HeldAs::Held, NoticeKind::Call) => with(key::NOTICE_CALL),
    };
    one_line(&line)
}

/// How many lines of held items a notification shows.
const LINES: usize = 6;

/// What waited, in one notification.
pub(crate) fn digest(tag: Tag, held: &[&HeldItem], speech: &Speech<'_>) -> Notification {
    let line = |item: &&HeldItem| {
        let what = held_line(item, speech.language);
        speech.say(key::TRAY_HELD_ROW, &[("time", &speech.time(item.at)), ("what", &what)])
    };
    let mut lines: Vec<String> = held.iter().take(LINES).map(line).collect();
    if let Some(more @ 1..) = held.len().checked_sub(LINES) {
        lines.push(speech.count(key::NOTICE_MORE, more as u64));
    }
    let actions = match tag {
        _ if held.is_empty() => Vec::new(),
        Tag::Digest => vec![NotificationAction::ShowHeld, NotificationAction::ClearHeld],
        _ => vec![NotificationAction::ClearHeld],
    };
    let summary = match held.len() {
        0 => speech.say(key::NOTICE_DIGEST_NONE, &[]),
        count => speech.count(key::NOTICE_DIGEST, count as u64),
    };
    let (body, language) = (lines.join("\n"), speech.language);
    Notification { tag, summary, body, urgency: Urgency::Normal, actions, expires_ms: None, language }
}
