//! Links ask first, one question at a time.

use agent::{NotificationAction, Row, Tag, Tick};
use protocol::{Intent, Lasts, Reply, Request};

use crate::support::*;

impl Desk {
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
    let mut desk = Desk::new();
    let Reply::Done(Some(said)) = desk.proposes(10, busy_for(30)) else { panic!("not proposed") };
    assert!(said.line.starts_with("A link asks: Show Busy for 30 min? Answer in"), "{}", said.line);
    assert_eq!((desk.shows().as_str(), desk.question(10).as_deref()), ("available", Some("Show Busy for 30 min?")));
    let notification = desk.notification();
    assert_eq!(
        (notification.tag, notification.summary.as_str()),
        (Tag::Proposal, "A link wants to change your status")
    );
    assert_eq!(notification.body, "Show Busy for 30 min?");
    assert_eq!(notification.actions, [NotificationAction::Accept, NotificationAction::Decline]);
    let rows = desk.rows(10);
    assert_eq!(rows[1], Row::Text("A link asks: Show Busy for 30 min?".to_owned()));
    assert_eq!(rows[2], Row::Action("Change".to_owned(), Intent::Decide { accept: true }));

    let _ = desk.controller.handle(Tick::Pressed(Tag::Proposal, NotificationAction::Accept), at(60));
    assert_eq!((desk.shows().as_str(), desk.question(60)), ("busy", None));
    let until = desk.seen.0.borrow().reports.last().unwrap().until;
    assert_eq!(until, Some(at(60 + 1800).wall), "the half hour begins when the person agrees");
    assert_eq!(desk.seen.0.borrow().withdrawn, [Tag::Proposal]);
}

#[test]
fn d11_a_link_that_is_left_changes_nothing() {
    let mut desk = Desk::new();
    desk.proposes(10, busy_for(30));
    assert_eq!(desk.does(20, Intent::Decide { accept: false }), Reply::Done(None));
    assert_eq!((desk.shows().as_str(), desk.question(20)), ("available", None));
    let again = refused(desk.does(21, Intent::Decide { accept: true }));
    assert!(again.contains("that question has expired"), "{again}");
    assert_eq!(desk.shows(), "available");
}

#[test]
fn d11_a_question_that_nobody_answers_is_forgotten_after_two_minutes() {
    let mut desk = Desk::new();
    desk.proposes(10, busy_for(30));
    assert_eq!(desk.controller.next_look(at(10)), Some(at(130).boot));
    desk.controller.refresh(at(129));
    assert!(desk.question(129).is_some());
    desk.controller.refresh(at(130));
    assert_eq!((desk.question(130), desk.controller.next_look(at(130))), (None, None));
    assert_eq!(desk.seen.0.borrow().withdrawn, [Tag::Proposal]);
    refused(desk.does(131, Intent::Decide { accept: true }));
    assert_eq!(desk.shows(), "available");
}

#[test]
fn d11_the_window_asks_where_there_is_one() {
    let mut desk = Desk::new();
    desk.seen.0.borrow_mut().has_window = true;
    let before = desk.count();
    desk.proposes(10, Intent::Message { text: Some("In the lab".into()), lasts: Some(Lasts::For(3600)) });
    assert_eq!((desk.seen.0.borrow().opened, desk.count()), (1, before));
    assert_eq!(desk.question(10).as_deref(), Some("Set the message “In the lab” for 1 h?"));
}

#[test]
fn d11_what_could_not_be_done_is_refused_without_a_question() {
    let mut desk = Desk::new();
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
        let why = refused(desk.proposes(10, intent.clone()));
        assert!(why.contains(words), "{intent:?}: {why}");
    }
    assert_eq!((desk.question(10), desk.count()), (None, 0));
}

#[test]
fn d11_a_link_never_quits_deletes_configures_pauses_or_reads_what_is_held() {
    let mut desk = Desk::new();
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
        let why = refused(desk.proposes(10, intent.clone()));
        assert!(why.contains("a link can’t ask for that"), "{intent:?}: {why}");
    }
    assert_eq!((desk.question(10), desk.count()), (None, 0));
}

#[test]
fn d11_a_page_that_asks_again_and_again_is_one_question() {
    let mut desk = Desk::new();
    for seconds in 10..100 {
        desk.proposes(seconds, busy_for(30));
    }
    assert_eq!(desk.count(), 1);
    desk.controller.refresh(at(130));
    assert_eq!(desk.question(130), None, "asking again makes it no younger");
}

#[test]
fn d11_closing_the_question_leaves_it_and_the_same_link_may_ask_again() {
    let mut desk = Desk::new();
    let gone = |desk: &mut Desk, seconds, expired| {
        let _ = desk.controller.handle(Tick::Gone { tag: Tag::Proposal, expired }, at(seconds));
    };
    desk.proposes(10, busy_for(30));
    gone(&mut desk, 15, true);
    assert!(desk.question(15).is_some(), "a daemon may take it off the screen early; window and tray still ask");
    desk.proposes(20, busy_for(30));
    assert_eq!(desk.count(), 2);
    gone(&mut desk, 25, false);
    assert_eq!(desk.question(25), None);
    desk.proposes(30, busy_for(30));
    assert_eq!((desk.count(), desk.question(30).is_some()), (3, true));
}

#[test]
fn d11_the_newest_link_takes_the_others_place_and_cannot_steal_its_answer() {
    let mut desk = Desk::new();
    desk.proposes(10, busy_for(30));
    desk.proposes(50, Intent::Snooze { lasts: Some(Lasts::For(3600)) });
    assert_eq!(desk.question(50).as_deref(), Some("Snooze notifications for 1 h?"));
    let meant_for_the_other = refused(desk.does(50, Intent::Decide { accept: true }));
    assert!(meant_for_the_other.contains("read the question again"), "{meant_for_the_other}");
    assert!(matches!(desk.does(52, Intent::Decide { accept: true }), Reply::Done(Some(_))));
    assert_eq!(desk.shows(), "available");
    assert!(desk.seen.0.borrow().reports.last().unwrap().snoozed_until.is_some());
}

#[test]
fn d11_nothing_is_asked_on_a_locked_screen() {
    let mut desk = Desk::new();
    desk.locks(5, true);
    let why = refused(desk.proposes(10, Intent::Back));
    assert!(why.contains("the screen is locked"), "{why}");
    assert_eq!((desk.question(10), desk.shows().as_str()), (None, "away"));
}

#[test]
fn d11_a_question_speaks_the_persons_language_and_the_command_line_english() {
    let mut desk = Desk::new();
    desk.does(5, Intent::Configure { key: "language".into(), value: "de".into() });
    let Reply::Done(Some(said)) = desk.proposes(10, busy_for(30)) else { panic!("not proposed") };
    assert!(said.line.starts_with("A link asks: Show Busy for 30 min? Answer in"), "{}", said.line);
    let notification = desk.notification();
    assert_eq!(notification.summary, "Ein Link möchte Ihren Status ändern");
    assert!(notification.body.ends_with("für 30 Min. anzeigen?"), "{}", notification.body);
    assert_eq!(NotificationAction::Accept.label(notification.language), "Ändern");
}
