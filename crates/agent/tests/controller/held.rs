//! What is held back, and when it is told.

use agent::{Tag, Tick};
use protocol::{HeldAs, Intent, Notice, NoticeKind, Outcome, Reply, Request};
use tokio::sync::oneshot;

use crate::support::*;

#[test]
fn d09_what_a_meeting_held_comes_as_one_digest_once() {
    let mut device = Device::new();
    device.sets(1, "meeting");
    for _ in 0..3 {
        assert_eq!(device.asks(2, chat()), Some(Reply::Notified(Outcome::Held)));
    }
    assert_eq!(device.count(), 0);
    device.sets(60, "available");
    assert_eq!((device.count(), device.notification().tag), (1, Tag::Digest));
    assert_eq!(device.notification().summary, "3 held for you");
    let _ = device.controller.handle(Tick::Shown(Tag::Digest, Ok(())), at(60));
    device.controller.refresh(at(61));
    assert_eq!(device.count(), 1);
}

#[test]
fn d09_a_notification_that_no_daemon_shows_is_held_and_told_when_there_is_one() {
    let mut device = Device::new();
    let (reply, mut answer) = oneshot::channel();
    let _ = device.controller.handle(Tick::Asked(chat(), reply), at(1));
    let tag = device.notification().tag;
    let _ = device.controller.handle(Tick::Shown(tag, Err("nobody there".to_owned())), at(1));
    assert_eq!(answer.try_recv().unwrap(), Reply::Notified(Outcome::Held));
    let shown = device.count();
    device.controller.refresh(at(2));
    assert_eq!(device.count(), shown, "no hammering on a daemon that is not there");
    let _ = device.controller.handle(Tick::MayShowAgain, at(3));
    assert_eq!(device.notification().tag, Tag::Digest);
}

#[test]
fn g07_a_call_that_rings_out_while_away_by_hand_is_a_missed_call() {
    let mut device = Device::new();
    device.sets(1, "away");
    let call =
        Notice { kind: NoticeKind::Call, from: Some("Joon".into()), urgent: false, text: String::new(), open: None };
    let _ = device.asks(2, Request::Do(Intent::Notify(call)));
    let tag = device.notification().tag;
    let _ = device.controller.handle(Tick::Shown(tag, Ok(())), at(2));
    let _ = device.controller.handle(Tick::Gone { tag, expired: true }, at(32));
    let Some(Reply::Held(held)) = device.asks(33, Request::Held) else { panic!("no answer") };
    assert_eq!((held.len(), held[0].held_as), (1, HeldAs::MissedCall));
}

#[test]
fn d09_nothing_is_shown_on_a_locked_screen_and_it_is_told_after() {
    let mut device = Device::new();
    device.sets(1, "away");
    device.locks(2, true);
    assert_eq!(device.asks(3, chat()), Some(Reply::Notified(Outcome::Held)));
    device.locks(4, false);
    assert_eq!(device.notification().tag, Tag::Digest);
}
