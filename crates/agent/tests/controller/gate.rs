//! The gate: what is shown at an instant, what waits, and in which words (D09).

use std::collections::HashSet;

use agent::{NotificationAction, Tag, Tick, Urgency, held_line};
use protocol::{HeldAs, HeldItem, Intent, Lasts, Notice, NoticeKind, Outcome, Reply, Request};
use signals::Raw;
use tokio::sync::oneshot;
use words::Language;

use crate::support::*;

fn notice(kind: NoticeKind, urgent: bool) -> Notice {
    Notice { kind, from: Some("Joon".into()), urgent, text: "Line 2".into(), open: None }
}

impl Device {
    /// A notice comes in; what was held of it, or `None` if it is on its way to the screen.
    fn gets(&mut self, seconds: u64, kind: NoticeKind, urgent: bool) -> Option<HeldAs> {
        let before = self.held(seconds).len();
        let answer = self.asks(seconds, Request::Do(Intent::Notify(notice(kind, urgent))));
        let held = self.held(seconds);
        match answer {
            None => {
                assert_eq!(held.len(), before, "shown and held");
                None
            }
            Some(Reply::Notified(Outcome::Held | Outcome::Blocked)) => held.last().map(|item| item.held_as),
            other => panic!("another answer: {other:?}"),
        }
    }

    fn held(&mut self, seconds: u64) -> Vec<HeldItem> {
        match self.asks(seconds, Request::Held) {
            Some(Reply::Held(held)) => held,
            other => panic!("no answer: {other:?}"),
        }
    }

    /// The screen is locked while Available shows: the person has switched off that a lock covers it.
    fn stays_available_behind_a_lock(&mut self) {
        self.does(1, Intent::Configure { key: "away.covers".into(), value: "none".into() });
        self.locks(2, true);
        assert_eq!(self.shows(), "available");
    }

    fn snoozes(&mut self, seconds: u64) {
        self.does(seconds, Intent::Snooze { lasts: Some(Lasts::For(3600)) });
    }
}

#[test]
fn d09_available_shows_each_kind_and_the_screen_hears_of_each_on_its_own() {
    let mut device = Device::new();
    let mut tags = HashSet::new();
    for kind in [NoticeKind::Chat, NoticeKind::Call, NoticeKind::Video, NoticeKind::Reminder] {
        assert_eq!(device.gets(1, kind, false), None, "{kind:?}");
        assert!(tags.insert(device.notification().tag), "two notices are one on the screen");
    }
    assert_eq!(device.count(), 4);
}

#[test]
fn d09_a_snooze_holds_all_but_what_is_urgent_and_no_call_is_urgent() {
    use presence::InteractionKind::{Call, Chat, Reminder, Video};
    let mut device = Device::new();
    device.snoozes(1);
    for (kind, urgent, held_as) in [
        (Chat, false, Some(HeldAs::Held)),
        (Reminder, false, Some(HeldAs::Held)),
        (Video, false, Some(HeldAs::Held)),
        (Call, false, Some(HeldAs::MissedCall)),
        (Call, true, Some(HeldAs::MissedCall)),
        (Chat, true, None),
        (Reminder, true, None),
    ] {
        assert_eq!(device.gets(2, kind, urgent), held_as, "{kind:?}, urgent: {urgent}");
    }
    device.does(3, Intent::Snooze { lasts: None });
    assert_eq!(device.gets(4, Call, false), None, "it is over");
}

#[test]
fn d09_a_call_alone_is_shown_on_a_locked_screen() {
    use presence::InteractionKind::{Call, Chat, Reminder};
    let mut device = Device::new();
    device.stays_available_behind_a_lock();
    for (kind, urgent, held_as) in [
        (Chat, false, Some(HeldAs::Held)),
        (Chat, true, Some(HeldAs::Held)),
        (Reminder, true, Some(HeldAs::Held)),
        (Call, false, None),
        (Call, true, None),
    ] {
        assert_eq!(device.gets(3, kind, urgent), held_as, "{kind:?}, urgent: {urgent}");
    }
    // Snoozed and locked: the snooze holds the call.
    device.snoozes(4);
    assert_eq!(device.gets(5, Call, false), Some(HeldAs::MissedCall));
}

#[test]
fn g07_only_a_call_that_runs_out_is_kept_as_missed() {
    let mut device = Device::new();
    for (seconds, kind, held) in [(10, NoticeKind::Chat, 0), (20, NoticeKind::Video, 0), (30, NoticeKind::Call, 1)] {
        assert_eq!(device.gets(seconds, kind, false), None);
        let tag = device.notification().tag;
        let _ = device.controller.handle(Tick::Shown(tag, Ok(())), at(seconds));
        let _ = device.controller.handle(Tick::Gone { tag, expired: true }, at(seconds + 5));
        assert_eq!(device.held(seconds + 5).len(), held, "{kind:?}");
    }
    // One that the person closed was answered.
    assert_eq!(device.gets(40, NoticeKind::Call, false), None);
    let tag = device.notification().tag;
    let _ = device.controller.handle(Tick::Shown(tag, Ok(())), at(40));
    let _ = device.controller.handle(Tick::Gone { tag, expired: false }, at(45));
    device.controller.refresh(at(100));
    assert_eq!(device.held(100).len(), 1);
}

#[test]
fn g07_a_call_rings_out_by_our_own_clock() {
    let mut device = Device::new();
    assert_eq!(device.gets(10, NoticeKind::Chat, false), None);
    assert_eq!(device.controller.next_look(at(10)), None, "a chat has no time");
    let (reply, mut answer) = oneshot::channel();
    let call = Request::Do(Intent::Notify(notice(NoticeKind::Call, false)));
    let _ = device.controller.handle(Tick::Asked(call, reply), at(10));
    let tag = device.notification().tag;
    let _ = device.controller.handle(Tick::Shown(tag, Ok(())), at(11));
    assert_eq!(answer.try_recv().unwrap(), Reply::Notified(Outcome::Shown));
    assert_eq!(device.controller.next_look(at(11)), Some(at(40).boot));
    device.controller.refresh(at(39));
    assert_eq!((device.held(39).len(), device.seen.0.borrow().withdrawn.len()), (0, 0));
    device.controller.refresh(at(40));
    let held = device.held(40);
    assert_eq!((held.len(), held[0].held_as, held[0].text.as_str()), (1, HeldAs::MissedCall, "Line 2"));
    assert_eq!(device.seen.0.borrow().withdrawn, [tag]);
    assert_eq!(device.controller.next_look(at(40)), None);
    // What the daemon says of it later is late.
    let _ = device.controller.handle(Tick::Gone { tag, expired: true }, at(41));
    assert_eq!(device.held(41).len(), 1);
}

#[test]
fn d09_a_notice_has_the_title_of_its_kind_and_only_a_call_has_a_time() {
    let mut device = Device::new();
    let mut screen = |kind, from: Option<&str>, urgent| {
        let text = "Line 2".to_owned();
        let notice = Notice { kind, from: from.map(str::to_owned), urgent, text, open: None };
        assert_eq!(device.asks(1, Request::Do(Intent::Notify(notice))), None);
        device.notification()
    };
    for (kind, from, title) in [
        (NoticeKind::Chat, Some("Joon"), "Joon"),
        (NoticeKind::Chat, None, "Chat"),
        (NoticeKind::Call, Some("Joon"), "Call from Joon"),
        (NoticeKind::Call, None, "Call"),
        (NoticeKind::Video, Some("Joon"), "Video chat from Joon"),
        (NoticeKind::Video, None, "Video chat"),
        (NoticeKind::Reminder, Some("Joon"), "Reminder: Joon"),
        (NoticeKind::Reminder, None, "Reminder"),
    ] {
        let shown = screen(kind, from, false);
        assert_eq!((shown.summary.as_str(), shown.body.as_str()), (title, "Line 2"));
        assert_eq!(shown.expires_ms, (kind == NoticeKind::Call).then_some(30_000), "{kind:?}");
        assert_eq!((shown.urgency, shown.actions), (Urgency::Normal, Vec::new()));
    }
    assert_eq!(screen(NoticeKind::Chat, None, true).urgency, Urgency::Critical);
}

#[test]
fn d09_an_own_notice_is_shown_or_dropped_but_never_held() {
    /// Whether the end of a timed Meal is told over what lies beneath.
    fn is_told(prepare: impl Fn(&mut Device)) -> bool {
        let mut device = Device::new();
        prepare(&mut device);
        let set = Intent::Set { status: "meal".into(), lasts: Some(Lasts::For(60)), message: None };
        assert_eq!(device.does(20, set), Reply::Done(None));
        let before = device.count();
        device.controller.refresh(at(80));
        assert_ne!(device.shows(), "meal");
        assert_eq!(device.held(81).len(), 0);
        device.count() > before && device.notification().tag == Tag::Own
    }
    assert!(is_told(|_| {}));
    assert!(!is_told(|device| device.sets(1, "busy")), "a chosen Busy keeps reminders away, and so this");
    assert!(!is_told(|device| device.snoozes(1)));
    assert!(!is_told(Device::stays_available_behind_a_lock));
    // Away by the system keeps reminders away as well, but nobody chose that quiet: what it tells is why.
    let mut device = Device::new();
    device.senses(300, &Raw::IdleFor(std::time::Duration::from_secs(300)));
    assert_eq!((device.shows().as_str(), device.notification().tag), ("away", Tag::Own));
}

#[test]
fn each_button_has_a_name_of_its_own_for_the_daemon() {
    let keys: Vec<_> = NotificationAction::ALL.iter().map(|action| action.key()).collect();
    assert_eq!(
        keys,
        [
            "stay",
            "back",
            "undo",
            "show-held",
            "clear-held",
            "accept",
            "decline",
            "open",
            "accept-opening",
            "decline-opening"
        ]
    );
    let agree: Vec<_> = NotificationAction::ALL.iter().filter(|action| action.agrees()).map(|one| one.key()).collect();
    assert_eq!(agree, ["accept", "accept-opening"]);
}

fn item(kind: NoticeKind, held_as: HeldAs, from: Option<&str>, text: &str) -> HeldItem {
    let (from, text) = (from.map(str::to_owned), text.to_owned());
    HeldItem { id: 1, at: at(0).wall, kind, from, text, urgent: false, held_as, told: false, open: None }
}

#[test]
fn d09_a_held_one_is_one_line_that_says_what_from_whom_and_which_words() {
    use presence::InteractionKind::{Call, Chat, Reminder, Video};
    let joon = Some("Joon");
    for (kind, held_as, from, text, line) in [
        (Chat, HeldAs::Held, joon, "Hello", "Joon: Hello"),
        (Chat, HeldAs::Held, None, "Hello", "Hello"),
        (Call, HeldAs::MissedCall, joon, "", "Missed call from Joon"),
        (Call, HeldAs::MissedCall, joon, "Line 2", "Missed call from Joon: Line 2"),
        (Call, HeldAs::MissedCall, None, "Line 2", "Missed call: Line 2"),
        (Call, HeldAs::MissedCall, None, "", "Missed call"),
        (Call, HeldAs::Held, joon, "", "Call from Joon"),
        (Call, HeldAs::Blocked, joon, "", "Refused from Joon"),
        (Video, HeldAs::Blocked, joon, "", "Video chat refused from Joon"),
        (Video, HeldAs::Held, joon, "Now?", "Video chat from Joon: Now?"),
        (Reminder, HeldAs::Held, None, "Fire drill", "Reminder: Fire drill"),
        // What an older version kept may have been more than a line.
        (Chat, HeldAs::Held, joon, "two\nlines", "Joon: two lines"),
    ] {
        assert_eq!(held_line(&item(kind, held_as, from, text), Language::English), line);
    }
}

#[test]
fn d09_a_digest_has_a_line_for_each_of_the_first_six_and_says_how_many_more_there_are() {
    for (count, lines, last) in [
        (1, 1, "09:00  Mara: The Lund case"),
        (6, 6, "09:00  Mara: The Lund case"),
        (7, 7, "and 1 more"),
        (9, 7, "and 3 more"),
    ] {
        let mut device = Device::new();
        device.sets(1, "meeting");
        for _ in 0..count {
            assert_eq!(device.asks(2, chat()), Some(Reply::Notified(Outcome::Held)));
        }
        device.sets(60, "available");
        let digest = device.notification();
        assert_eq!(digest.body.lines().count(), lines, "{count}: {digest:?}");
        assert_eq!(digest.body.lines().last(), Some(last), "{count}");
        assert_eq!(digest.actions, [NotificationAction::ShowHeld, NotificationAction::ClearHeld]);
        let title = if count == 1 { "Held for you".to_owned() } else { format!("{count} held for you") };
        assert_eq!((digest.tag, digest.summary), (Tag::Digest, title));
    }
}

#[test]
fn d09_the_held_ones_can_be_read_at_any_time_and_then_only_forgotten() {
    let mut device = Device::new();
    device.does(1, Intent::ShowHeld);
    let none = device.notification();
    assert_eq!((none.tag, none.summary.as_str(), none.body.as_str()), (Tag::Held, "Nothing was held for you", ""));
    assert_eq!(none.actions, []);
    device.sets(2, "meeting");
    device.asks(3, chat());
    device.does(4, Intent::ShowHeld);
    let one = device.notification();
    assert_eq!((one.tag, one.body.as_str()), (Tag::Held, "09:00  Mara: The Lund case"));
    assert_eq!(one.actions, [NotificationAction::ClearHeld]);
}

#[test]
fn d09_a_held_one_is_forgotten_by_its_number_and_the_others_stay() {
    let mut device = Device::new();
    device.sets(1, "meeting");
    device.asks(2, chat());
    device.asks(3, chat());
    let first = device.held(4)[0].id;
    assert_eq!(device.does(4, Intent::ForgetHeld { id: first }), Reply::Done(None));
    assert_eq!(device.held(5).len(), 1);
    assert_eq!(device.seen.0.borrow().withdrawn, [Tag::Digest, Tag::Held]);
    let why = refused(device.does(5, Intent::ForgetHeld { id: first }));
    assert!(why.contains("nothing that is held has the number 1") && why.contains("halo held"), "{why}");
    assert_eq!(device.held(6).len(), 1);
}

#[test]
fn d09_where_it_came_from_is_opened_on_the_persons_word_alone() {
    let target = "https://crm.example/4711";
    let mut device = Device::new();
    let with = |open: &str| Notice { open: Some(open.to_owned()), ..notice(NoticeKind::Chat, false) };
    let opened = |device: &Device| device.seen.0.borrow().targets.clone();
    assert_eq!(device.asks(1, Request::Do(Intent::Notify(with(target)))), None);
    let shown = device.notification();
    assert_eq!(shown.actions, [NotificationAction::Open]);
    let _ = device.controller.handle(Tick::Pressed(shown.tag, NotificationAction::Open), at(2));
    let asked = device.notification();
    assert_eq!((asked.tag, asked.body.as_str()), (Tag::Proposal, "Open https://crm.example/4711?"));
    assert_eq!(asked.actions, [NotificationAction::AcceptOpening, NotificationAction::DeclineOpening]);
    assert_eq!(opened(&device), [""; 0]);
    let _ = device.controller.handle(Tick::Pressed(Tag::Proposal, NotificationAction::DeclineOpening), at(3));
    assert_eq!(opened(&device), [""; 0]);

    // From what is held; the window is told the whole address.
    device.sets(4, "meeting");
    device.asks(5, Request::Do(Intent::Notify(with(target))));
    let id = device.held(6)[0].id;
    let Reply::Done(Some(said)) = device.does(6, Intent::OpenHeld { id }) else { panic!("nobody is asked") };
    assert!(said.line.starts_with("Open https://crm.example/4711? Answer in"), "{}", said.line);
    let Some(Reply::Window(view)) = device.asks(6, Request::Window) else { panic!("no view") };
    assert_eq!(
        (view.proposal.as_deref(), view.proposal_opens.as_deref()),
        (Some("Open https://crm.example/4711?"), Some(target))
    );
    assert_eq!(device.does(7, Intent::Decide { accept: true }), Reply::Done(None));
    assert_eq!(opened(&device), [target]);
    assert_eq!(device.held(8).len(), 1, "it stays until it is forgotten");

    // Not on a locked screen, and not where there is nothing to open.
    device.asks(8, chat());
    let without = device.held(9)[1].id;
    assert!(refused(device.does(9, Intent::OpenHeld { id: without })).contains("doesn’t say what to open"));
    assert!(refused(device.does(9, Intent::OpenHeld { id: 77 })).contains("nothing that is held has the number 77"));
    device.locks(10, true);
    assert!(refused(device.does(11, Intent::OpenHeld { id })).contains("the screen is locked"));
    assert_eq!(opened(&device), [target]);
}
