//! Statuses that a person chooses: what they are, how long they last, what is told of them.

use std::time::Duration;

use e2e::{Desktop, Halo, SOON};

use crate::support::seconds_between;

#[test]
fn g01_signing_in_sets_available_or_the_persons_own_default() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    let status = halo.status();
    assert_eq!((&status["status"], &status["reason"]["source"]), (&"available".into(), &"default".into()));
    assert_eq!((&status["until"], &status["message"]), (&().into(), &().into()));

    halo.expect(&["config", "sign_in.status", "busy"]);
    halo.quit();
    halo.start_again();
    let status = halo.status();
    assert_eq!((&status["status"], &status["reason"]["source"]), (&"busy".into(), &"default".into()));
}

#[test]
fn g02_a_change_is_told_at_once() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    let mut watch = halo.watch();
    for status in ["busy", "meal", "available"] {
        halo.set(status);
        // The command has ended, so the line is already on its way: the next one is it, with nothing in between.
        let told = watch.next(SOON).expect("a line").clone();
        assert_eq!(told["status"], status);
        assert_eq!(told["reason"]["source"], "manual");
        assert_eq!(told, halo.status(), "what is told is what is asked");
    }
}

#[test]
fn g03_the_primary_statuses_are_there_in_their_colours() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    for (status, label, color) in [
        ("available", "Available", "green"),
        ("busy", "Busy", "red"),
        ("meeting", "Meeting", "red"),
        ("do_not_disturb", "Do not disturb", "red"),
        ("away", "Away", "yellow"),
        ("break", "Break", "yellow"),
        ("meal", "Meal", "yellow"),
        ("training", "Training", "yellow"),
        ("out_of_office", "Out of Office", "pink"),
    ] {
        halo.set(status);
        let told = halo.status();
        assert_eq!(
            (&told["status"], &told["primary"], &told["label"], &told["color"]),
            (&status.into(), &status.into(), &label.into(), &color.into())
        );
        assert!(halo.line().starts_with(&format!("{label} since ")), "{}", halo.line());
    }

    // Signing out of Out of Office stays that, and turns gray; every other status turns into Offline.
    halo.quit();
    halo.start_again();
    halo.set("meal");
    halo.quit();
    halo.start_again();
    let statuses: Vec<_> = halo.history().into_iter().map(|interval| interval["status"].clone()).collect();
    assert_eq!(statuses[statuses.len() - 5..], ["out_of_office_offline", "available", "meal", "offline", "available"]);
}

#[test]
fn g08_a_message_has_an_end_of_its_own() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    halo.set("busy");
    halo.expect(&["message", "In the lab, back soon", "--for", "1s"]);
    assert_eq!(halo.status()["message"], "In the lab, back soon");
    assert!(halo.line().contains("Message: “In the lab, back soon” until "), "{}", halo.line());
    let after = halo.until("no message", |told| told["message"].is_null());
    assert_eq!(after["status"], "busy", "the message goes, the status stays");

    // One that comes with a timed status goes with it; one without an end stays until it is cleared.
    halo.expect(&["set", "meal", "--for", "1s", "--message", "Soup"]);
    assert_eq!(halo.status()["message"], "Soup");
    let after = halo.until_status("busy");
    assert!(after["message"].is_null(), "{after}");
    halo.expect(&["message", "Ask Mara"]);
    halo.set("available");
    assert_eq!(halo.status()["message"], "Ask Mara");
    halo.expect(&["message"]);
    assert!(halo.status()["message"].is_null());
}

#[test]
fn c15_the_status_that_stands_is_given_an_end() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    halo.set("busy");
    halo.expect(&["set", "busy", "--for", "1h"]);
    assert!(halo.line().ends_with(", then Available."), "{}", halo.line());
    halo.expect(&["back"]);
    assert_eq!(halo.status()["status"], "available");
}

#[test]
fn p06_a_timed_status_ends_by_itself_and_what_lies_under_it_shows() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    halo.set("busy");
    let mut watch = halo.watch();
    halo.set("meal --for 2s");
    let meal = watch.until("a meal", SOON, |told| told["status"] == "meal");
    assert_eq!(meal["returns_to"], "busy");
    let lasts = seconds_between(&meal["since"], &meal["until"]);
    assert!((lasts - 2.0).abs() < 0.01, "it lasts {lasts} s");
    assert!(halo.line().contains(", then Busy."), "{}", halo.line());

    let after = watch.until("busy again", SOON, |told| told["status"] == "busy");
    assert_eq!(after["since"], meal["until"], "to the instant, however late the timer");
    assert_eq!((&after["until"], &after["reason"]["source"]), (&().into(), &"manual".into()));

    // C13: what ended by itself comes back by an undo, without end.
    halo.expect(&["undo"]);
    let again = halo.status();
    assert_eq!((&again["status"], &again["until"]), (&"meal".into(), &().into()));
    halo.expect(&["back"]);
    assert!(watch.next(Duration::from_secs(5)).is_some());
}

#[test]
fn p06_an_end_can_be_given_as_a_time_and_must_lie_ahead() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    halo.set("meeting --until 2999-01-01T12:00");
    assert_eq!(halo.status()["until"], "2999-01-01T12:00:00Z");
    let refused = halo.refused(&["set", "meal", "--until", "2001-01-01T12:00"]);
    assert!(refused.contains("has passed"), "{refused}");
    assert_eq!(halo.status()["status"], "meeting", "a refusal changes nothing");
}
