//! Interruptions: what a status lets through (the table in the rule book).

use e2e::{Desktop, Halo, SOON, wait_until};

use crate::support::Notifications;

const KINDS: [&str; 4] = ["call", "video", "chat", "reminder"];

/// What the gate answers to one of each kind.
fn outcomes(halo: &Halo) -> [String; 4] {
    KINDS.map(|kind| halo.expect(&["notify", "--kind", kind, "--from", "Mara", "A", "word"]))
}

#[test]
fn g04_interruptions_follow_the_status() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let _notifications = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);
    for (status, expected) in [
        ("available", ["shown", "shown", "shown", "shown"]),
        ("busy", ["held", "blocked", "held", "held"]),
        ("meeting", ["held", "blocked", "held", "held"]),
        ("break", ["held", "held", "held", "held"]),
        ("meal", ["held", "held", "held", "held"]),
        ("training", ["held", "held", "held", "held"]),
        ("do_not_disturb", ["held", "blocked", "held", "held"]),
        ("out_of_office", ["held", "held", "held", "held"]),
        ("away", ["shown", "shown", "shown", "shown"]),
    ] {
        halo.set(status);
        assert_eq!(outcomes(&halo), expected, "in {status}");
    }
}

#[test]
fn g05_busy_and_meeting_refuse_a_video_chat_and_note_it() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let notifications = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);
    for status in ["busy", "meeting"] {
        halo.set(status);
        let asked = halo.expect(&["notify", "--kind", "video", "--from", "Ana Lima", "Got a minute?"]);
        assert_eq!(asked, "blocked");
        // A person who insists is refused as well.
        assert_eq!(halo.expect(&["notify", "--kind", "video", "--urgent", "Please"]), "blocked");
    }
    assert_eq!(notifications.others(), [""; 0], "nothing alerts");
    let held = halo.held();
    assert_eq!(held.len(), 4);
    assert!(held.iter().all(|item| item["held_as"] == "blocked" && item["kind"] == "video"), "{held:?}");
    assert!(halo.expect(&["held"]).contains("Video chat refused from Ana Lima: Got a minute?"));
}

#[test]
fn g07_away_by_hand_alerts_a_call_and_an_unanswered_one_is_missed() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let notifications = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);
    halo.set("away");
    let call = |from: &str| {
        assert_eq!(halo.expect(&["notify", "--kind", "call", "--from", from, "Line 2"]), "shown");
        notifications.next("Call from")
    };

    let answered = call("Mara");
    assert_eq!((answered.summary.as_str(), answered.body.as_str()), ("Call from Mara", "Line 2"));
    notifications.dismiss(&answered);
    notifications.expire(&call("Ana Lima"));
    assert!(wait_until(SOON, || !halo.held().is_empty()), "the call that nobody answered is not among the held");
    let held = halo.held();
    assert_eq!(held.len(), 1, "the one that was dealt with is not missed: {held:?}");
    assert_eq!((&held[0]["held_as"], &held[0]["from"]), (&"missed_call".into(), &"Ana Lima".into()));
    // Away by hand alerts, so the missed call is told at once.
    assert!(notifications.next("Held for you").body.contains("Missed call from Ana Lima: Line 2"));
}

#[test]
fn d09_what_is_urgent_passes_except_in_do_not_disturb() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let notifications = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);
    let urgent =
        |kind: &str| halo.expect(&["notify", "--kind", kind, "--from", "Mara", "--urgent", "The server is down"]);
    for status in ["busy", "meeting", "meal"] {
        halo.set(status);
        assert_eq!([urgent("chat"), urgent("reminder"), urgent("call")], ["shown", "shown", "held"], "in {status}");
    }
    let shown = notifications.next("Mara");
    assert_eq!((shown.body.as_str(), shown.urgency), ("The server is down", 2));
    halo.set("do_not_disturb");
    assert_eq!([urgent("chat"), urgent("reminder")], ["held", "held"]);
}
