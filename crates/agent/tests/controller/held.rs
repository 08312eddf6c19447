//! What is held back, and when it is told.

use agent::{Tag, Tick};
use protocol::{HeldAs, Intent, Notice, NoticeKind, Outcome, Reply, Request};
use tokio::sync::oneshot;

use crate::support::*;

#[test]
fn d09_what_a_meeting_held_comes_as_one_digest_once() {
    let mut desk = Desk::new();
    desk.sets(1, "meeting");
    for _ in 0..3 {
        assert_eq!(desk.asks(2, chat()), Some(Reply::Notified(Outcome::Held)));
    }
    assert_eq!(desk.count(), 0);
    desk.sets(60, "available");
    assert_eq!((desk.count(), desk.notification().tag), (1, Tag::Digest));
    assert_eq!(desk.notification().summary, "3 held for you");
    let _ = desk.controller.handle(Tick::Shown(Tag::Digest, Ok(())), at(60));
    desk.controller.refresh(at(61));
    assert_eq!(desk.count(), 1);
}

#[test]
fn d09_a_notification_that_no_daemon_shows_is_held_and_told_when_there_is_one() {
    let mut desk = Desk::new();
    let (reply, mut answer) = oneshot::channel();
    let _ = desk.controller.handle(Tick::Asked(chat(), reply), at(1));
    let tag = desk.notification().tag;
    let _ = desk.controller.handle(Tick::Shown(tag, Err("nobody there".to_owned())), at(1));
    assert_eq!(answer.try_recv().unwrap(), Reply::Notified(Outcome::Held));
    let shown = desk.count();
    desk.controller.refresh(at(2));
    assert_eq!(desk.count(), shown, "no hammering on a daemon that is not there");
    let _ = desk.controller.handle(Tick::NotificationsBack, at(3));
    assert_eq!(desk.notification().tag, Tag::Digest);
}

#[test]
fn g07_a_call_that_rings_out_while_away_by_hand_is_a_missed_call() {
    let mut desk = Desk::new();
    desk.sets(1, "away");
    let call =
        Notice { kind: NoticeKind::Call, from: Some("Joon".into()), urgent: false, text: String::new(), open: None };
    let _ = desk.asks(2, Request::Do(Intent::Notify(call)));
    let tag = desk.notification().tag;
    let _ = desk.controller.handle(Tick::Shown(tag, Ok(())), at(2));
    let _ = desk.controller.handle(Tick::Gone { tag, expired: true }, at(32));
    let Some(Reply::Held(held)) = desk.asks(33, Request::Held) else { panic!("no answer") };
    assert_eq!((held.len(), held[0].held_as), (1, HeldAs::MissedCall));
}

#[test]
fn d09_nothing_is_shown_on_a_locked_screen_and_it_is_told_after() {
    let mut desk = Desk::new();
    desk.sets(1, "away");
    desk.locks(2, true);
    assert_eq!(desk.asks(3, chat()), Some(Reply::Notified(Outcome::Held)));
    desk.locks(4, false);
    assert_eq!(desk.notification().tag, Tag::Digest);
}
