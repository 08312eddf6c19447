//! Links ask first, one question at a time.

use agent::{NotificationAction, Row, Tag, Tick};
use protocol::{Intent, Lasts, Reply, Request};

use crate::support::*;

impl Device {
    /// A link asks; gives the answer to whoever followed it.
    fn proposes(&mut self, seconds: u64, intent: Intent) -> Reply {
        self.does(seconds, Intent::Propose(Box::new(intent)))
    }

    /// What the window asks the person.
    fn question(&mut self, seconds: u64) -> Option<String> {
        match self.asks(seconds, Request::Window) {
            Some(Reply::Window(view)) => view.proposal,
            other => panic!("no view: {other:?}"),
        }
    }
}

#[test]
fn d11_a_link_changes_nothing_until_the_person_agrees() {
    let mut device = Device::new();
    let Reply::Done(Some(said)) = device.proposes(10, busy_for(30)) else { panic!("not proposed") };
    assert!(said.line.starts_with("A link asks: Show Busy for 30 min? Answer in"), "{}", said.line);
    assert_eq!((device.shows().as_str(), device.question(10).as_deref()), ("available", Some("Show Busy for 30 min?")));
    let notification = device.notification();
    assert_eq!(
        (notification.tag, notification.summary.as_str()),
        (Tag::Proposal, "A link wants to change your status")
    );
    assert_eq!(notification.body, "Show Busy for 30 min?");
    assert_eq!(notification.actions, [NotificationAction::Accept, NotificationAction::Decline]);
    let rows = device.rows(10);
    assert_eq!(rows[1], Row::Text("A link asks: Show Busy for 30 min?".to_owned()));
    assert_eq!(rows[2], Row::Action("Change".to_owned(), Intent::Decide { accept: true }));

    let _ = device.controller.handle(Tick::Pressed(Tag::Proposal, NotificationAction::Accept), at(60));
    assert_eq!((device.shows().as_str(), device.question(60)), ("busy", None));
    let until = device.seen.0.borrow().reports.last().unwrap().until;
    assert_eq!(until, Some(at(60 + 1800).wall), "the half hour begins when the person agrees");
    assert_eq!(device.seen.0.borrow().withdrawn, [Tag::Proposal]);
}

#[test]
fn d11_a_link_that_is_left_changes_nothing() {
    let mut device = Device::new();
    device.proposes(10, busy_for(30));
    assert_eq!(device.does(20, Intent::Decide { accept: false }), Reply::Done(None));
    assert_eq!((device.shows().as_str(), device.question(20)), ("available", None));
    let again = refused(device.does(21, Intent::Decide { accept: true }));
    assert!(again.contains("that question has expired"), "{again}");
    assert_eq!(device.shows(), "available");
}

#[test]
fn d11_a_question_that_nobody_answers_is_forgotten_after_two_minutes() {
    let mut device = Device::new();
    device.proposes(10, busy_for(30));
    assert_eq!(device.controller.next_look(at(10)), Some(at(130).boot));
    device.controller.refresh(at(129));
    assert!(device.question(129).is_some());
    device.controller.refresh(at(130));
    assert_eq!((device.question(130), device.controller.next_look(at(130))), (None, None));
    assert_eq!(device.seen.0.borrow().withdrawn, [Tag::Proposal]);
    refused(device.does(131, Intent::Decide { accept: true }));
    assert_eq!(device.shows(), "available");
}

#[test]
fn d11_the_window_asks_where_there_is_one() {
    let mut device = Device::new();
    device.seen.0.borrow_mut().has_window = true;
    let before = device.count();
    device.proposes(10, Intent::Message { text: Some("In the lab".into()), lasts: Some(Lasts::For(3600)) });
    assert_eq!((device.seen.0.borrow().opened, device.count()), (1, before));
    assert_eq!(device.question(10).as_deref(), Some("Set the message “In the lab” for 1 h?"));
}

#[test]
fn d11_what_could_not_be_done_is_refused_without_a_question() {
    let mut device = Device::new();
    let set = |status: &str, lasts, message| Intent::Set { status: status.into(), lasts, message };
    let over = Some(Lasts::Until(at(5).wall));
    for (intent, words) in [
        (set("lunch", None, None), "no status “lunch”"),
        (set("offline", None, None), "set by the system only"),
        (set("busy", over, None), "has passed already"),
        (set("busy", None, Some(" ".into())), "the message is empty"),
        (Intent::Message { text: Some("x".repeat(501)), lasts: None }, "at most 500 characters"),
        (Intent::Back, "there is nothing to go back from"),
        (Intent::Undo, "there is nothing to undo"),
    ] {
        let why = refused(device.proposes(10, intent.clone()));
        assert!(why.contains(words), "{intent:?}: {why}");
    }
    assert_eq!((device.question(10), device.count()), (None, 0));
}

#[test]
fn d11_a_link_never_quits_deletes_configures_pauses_or_reads_what_is_held() {
    let mut device = Device::new();
    let configure = Intent::Configure { key: "idle.auto".into(), value: "false".into() };
    for intent in [
        Intent::Quit,
        Intent::DeleteHistory,
        configure,
        Intent::Pause { lasts: None },
        Intent::Resume,
        Intent::ShowHeld,
        Intent::ClearHeld,
        Intent::SetEnd { lasts: None },
        Intent::Stay,
        Intent::Snooze { lasts: None },
        Intent::Message { text: None, lasts: None },
        Intent::Decide { accept: true },
        Intent::Propose(Box::new(busy_for(30))),
    ] {
        let why = refused(device.proposes(10, intent.clone()));
        assert!(why.contains("a link can’t ask for that"), "{intent:?}: {why}");
    }
    assert_eq!((device.question(10), device.count()), (None, 0));
}

#[test]
fn d11_a_page_that_asks_again_and_again_is_one_question() {
    let mut device = Device::new();
    for seconds in 10..100 {
        device.proposes(seconds, busy_for(30));
    }
    assert_eq!(device.count(), 1);
    device.controller.refresh(at(130));
    assert_eq!(device.question(130), None, "asking again makes it no younger");
}

#[test]
fn d11_closing_the_question_leaves_it_and_the_same_link_may_ask_again() {
    let mut device = Device::new();
    let gone = |device: &mut Device, seconds, expired| {
        let _ = device.controller.handle(Tick::Gone { tag: Tag::Proposal, expired }, at(seconds));
    };
    device.proposes(10, busy_for(30));
    gone(&mut device, 15, true);
    assert!(device.question(15).is_some(), "a daemon may take it off the screen early; window and tray still ask");
    device.proposes(20, busy_for(30));
    assert_eq!(device.count(), 2);
    gone(&mut device, 25, false);
    assert_eq!(device.question(25), None);
    device.proposes(30, busy_for(30));
    assert_eq!((device.count(), device.question(30).is_some()), (3, true));
}

#[test]
fn d11_the_newest_link_takes_the_others_place_and_cannot_steal_its_answer() {
    let mut device = Device::new();
    device.proposes(10, busy_for(30));
    device.proposes(50, Intent::Snooze { lasts: Some(Lasts::For(3600)) });
    assert_eq!(device.question(50).as_deref(), Some("Snooze notifications for 1 h?"));
    let meant_for_the_other = refused(device.does(50, Intent::Decide { accept: true }));
    assert!(meant_for_the_other.contains("read the question again"), "{meant_for_the_other}");
    assert!(matches!(device.does(52, Intent::Decide { accept: true }), Reply::Done(Some(_))));
    assert_eq!(device.shows(), "available");
    assert!(device.seen.0.borrow().reports.last().unwrap().snoozed_until.is_some());
}

#[test]
fn d11_nothing_is_asked_on_a_locked_screen() {
    let mut device = Device::new();
    device.locks(5, true);
    let why = refused(device.proposes(10, Intent::Back));
    assert!(why.contains("the screen is locked"), "{why}");
    assert_eq!((device.question(10), device.shows().as_str()), (None, "away"));
}

#[test]
fn d11_a_question_speaks_the_persons_language_and_the_command_line_english() {
    let mut device = Device::new();
    device.does(5, Intent::Configure { key: "language".into(), value: "de".into() });
    let Reply::Done(Some(said)) = device.proposes(10, busy_for(30)) else { panic!("not proposed") };
    assert!(said.line.starts_with("A link asks: Show Busy for 30 min? Answer in"), "{}", said.line);
    let notification = device.notification();
    assert_eq!(notification.summary, "Ein Link möchte Ihren Status ändern");
    assert!(notification.body.ends_with("für 30 Min. anzeigen?"), "{}", notification.body);
    assert_eq!(NotificationAction::Accept.label(notification.language), "Ändern");
}
