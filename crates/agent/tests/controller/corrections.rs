//! What is said afterwards of a stretch.

use jiff::SignedDuration;
use protocol::{Intent, Reply, Request};

use crate::support::*;

fn correct(from: u64, to: u64, status: &str, reason: &str) -> Intent {
    Intent::Correct { from: at(from).wall, to: at(to).wall, status: status.into(), reason: reason.into() }
}

#[test]
fn r07_a_correction_shows_in_history_and_window_and_leaves_the_present_alone() {
    let mut device = Device::new();
    device.sets(600, "busy");
    device.sets(1200, "meeting");
    let before = device.seen.0.borrow().reports.len();
    assert_eq!(device.does(1300, correct(600, 1200, "offline", " on a\ntrain ")), Reply::Done(None));
    assert_eq!((device.shows(), device.seen.0.borrow().reports.len()), ("meeting".to_owned(), before));
    let all = Request::History { since: None, until: None, limit: None };
    let Some(Reply::History(history)) = device.asks(1300, all) else { panic!("no history") };
    let corrected = history[1].clone();
    assert_eq!((corrected.status.as_str(), corrected.primary.as_str()), ("offline", "offline"));
    let correction = corrected.correction.unwrap();
    assert_eq!((correction.was.as_str(), correction.reason.as_str()), ("busy", "on a train"));
    assert_eq!(correction.at, at(1300).wall);
    let Some(Reply::Window(window)) = device.asks(1300, Request::Window) else { panic!("no window") };
    let marks: Vec<_> = window.today.iter().map(|stretch| stretch.corrected).collect();
    assert_eq!(marks, [false, true, false]);
}

#[test]
fn r07_whoever_shows_the_day_is_told_of_a_correction() {
    let mut device = Device::new();
    device.sets(600, "busy");
    device.seen.0.borrow_mut().tray = None;
    device.does(1300, correct(0, 600, "break", "coffee"));
    assert!(device.seen.0.borrow().tray.is_some(), "the shell was told to show what there is");
}

#[test]
fn r07_a_correction_that_cannot_be_is_refused_with_what_to_do() {
    let mut device = Device::new();
    device.sets(600, "busy");
    let long = "x".repeat(201);
    for (intent, words) in [
        (correct(600, 600, "meal", "why"), "give a start that comes before the end"),
        (correct(600, 500, "meal", "why"), "give a start that comes before the end"),
        (correct(600, 1001, "meal", "why"), "at the latest now"),
        (correct(600, 900, "lunching", "why"), "no status “lunching”. You can choose: available"),
        (correct(600, 900, "unknown", "why"), "no status “unknown”"),
        (correct(600, 900, "meal", " \u{7} "), "needs a reason"),
        (correct(600, 900, "meal", &long), "at most 200 characters, this one has 201"),
    ] {
        let Reply::Refused(why) = device.does(1000, intent.clone()) else { panic!("not refused: {intent:?}") };
        assert!(why.line.contains(words), "{why:?}");
    }
    let before = Intent::Correct {
        from: at(0).wall - SignedDuration::from_mins(5),
        to: at(300).wall,
        status: "meal".into(),
        reason: "why".into(),
    };
    let Reply::Refused(why) = device.does(1000, before) else { panic!("not refused") };
    assert!(why.line.contains("your history begins 09:00"), "{why:?}");
    let from_a_finer_clock = Intent::Correct {
        from: at(600).wall,
        to: at(1000).wall + SignedDuration::from_micros(999),
        status: "meal".into(),
        reason: "ü".repeat(200),
    };
    assert_eq!(device.does(1000, from_a_finer_clock), Reply::Done(None));
}
