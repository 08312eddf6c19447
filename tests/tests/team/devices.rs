//! Several devices of one person: one presence.

use e2e::{Desktop, FakeScreensaver, Halo, SOON, TeamService};
use serde_json::Value;

/// A person at two desks.
struct Desks {
    service: TeamService,
    left: (Desktop, Halo),
    right: (Desktop, Halo),
}

fn desks() -> Desks {
    let service = TeamService::start(&["ada"]);
    let desk = || {
        let desktop = Desktop::builder().keyring(true).display(true).start().unwrap();
        let halo = Halo::start(&desktop);
        halo.sign_in(&service, "ada");
        (desktop, halo)
    };
    let (left, right) = (desk(), desk());
    Desks { service, left, right }
}

#[test]
fn f03_a_choice_on_one_device_shows_on_the_other_at_once() {
    let Desks { service: _service, left, right } = desks();
    let mut watch = right.1.watch();
    left.1.expect(&["set", "meeting", "--for", "1h", "--message", "Room 4"]);
    let meeting = watch.until("meeting", SOON, |presence| presence["status"] == "meeting");
    assert_eq!((&meeting["message"], &meeting["reason"]["source"]), (&"Room 4".into(), &"manual".into()));
    right.1.expect(&["back"]);
    left.1.until_status("available");
}

#[test]
fn f03_a_status_and_its_message_are_never_seen_one_without_the_other() {
    let Desks { service: _service, left, right } = desks();
    let (mut there, mut here) = (right.1.watch(), left.1.watch());
    let belongs = |presence: &Value| {
        let message = presence["message"].as_str().unwrap_or("none");
        message.starts_with(match presence["status"].as_str().unwrap() {
            "meeting" => "Room",
            "busy" => "Desk",
            _ => "none",
        })
    };
    let mut last = String::new();
    for round in 0..100 {
        let (status, place) = if round % 2 == 0 { ("meeting", "Room") } else { ("busy", "Desk") };
        last = format!("{place} {round}");
        left.1.expect(&["set", status, "--message", &last]);
    }
    for watch in [&mut there, &mut here] {
        watch.until("the last one", SOON, |presence| {
            assert!(belongs(presence), "half of a choice is shown: {presence}");
            presence["message"] == *last
        });
    }
}

#[test]
fn c10_a_second_device_changes_nothing_and_the_last_one_to_quit_makes_offline() {
    let service = TeamService::start(&["ada", "grace"]);
    let desk = |name| {
        let desktop = Desktop::builder().keyring(true).start().unwrap();
        let halo = Halo::start(&desktop);
        halo.sign_in(&service, name);
        (desktop, halo)
    };
    let (_left_desktop, mut left) = desk("ada");
    let (_other_desktop, other) = desk("grace");
    left.set("busy");
    let (_right_desktop, mut right) = desk("ada");
    assert_eq!(right.status()["status"], "busy");
    left.quit();
    assert_eq!(right.status()["status"], "busy");
    assert_eq!(seen(&other, "ada"), "busy");
    right.quit();
    assert!(e2e::wait_until(SOON, || seen(&other, "ada") == "offline"), "{}", seen(&other, "ada"));
}

#[test]
fn c08_away_only_when_every_device_is_left() {
    let Desks { service: _service, left, right } = desks();
    let (mut locks, mut other_locks) = (saver(&left.0), saver(&right.0));
    std::thread::sleep(std::time::Duration::from_millis(500));
    locks.set_active(true).unwrap();
    // One locked and one in use.
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(left.1.status()["status"], "available");
    other_locks.set_active(true).unwrap();
    let away = left.1.until_status("away");
    assert_eq!(away["reason"]["source"], "lock");
    right.1.until_status("away");
    locks.set_active(false).unwrap();
    left.1.until_unlocked();
    // Back is the first input after that (D03).
    left.0.xdotool(&["mousemove", "10", "10"]).unwrap();
    left.1.until_status("available");
    right.1.until_status("available");
}

fn saver(desktop: &Desktop) -> FakeScreensaver {
    desktop.start_screensaver("org.gnome.ScreenSaver").unwrap()
}

/// What one person sees of another.
fn seen(halo: &Halo, name: &str) -> String {
    let people = halo.json(&["people", name, "--json"]);
    people[0]["status"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn d09_what_was_held_at_a_desk_whose_sign_in_was_ended_elsewhere_is_never_lost() {
    let Desks { service: _service, left, mut right } = desks();
    let devices = left.1.json(&["devices", "--json"]);
    let other = devices.as_array().unwrap().iter().find(|device| device["this"] != true).expect("another device");
    left.1.expect(&["devices", "--end", other["id"].as_str().unwrap()]);
    right.1.until("signed out", |presence| presence["connection"] == "signed_out");

    let came = jiff::Timestamp::now();
    right.1.expect(&["notify", "--kind", "chat", "--from", "Mara", "The Lund case"]);
    let texts = |halo: &Halo| -> Vec<String> {
        let held = halo.json(&["held", "--json"]);
        held.as_array().unwrap().iter().map(|item| item["text"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(texts(&right.1), ["The Lund case"]);
    right.1.quit();
    right.1.start_again();
    assert_eq!(texts(&right.1), ["The Lund case"], "a quit loses nothing");
    right.1.expect(&["sign-out"]);
    assert_eq!(texts(&right.1), ["The Lund case"], "nor does signing out");
    let at: jiff::Timestamp = right.1.json(&["held", "--json"])[0]["at"].as_str().unwrap().parse().unwrap();
    assert!((at - came).get_seconds().abs() < 5, "it came at {came}, not at {at}");
}

#[test]
fn d09_what_one_account_left_waiting_is_not_lost_when_another_signs_in_and_is_never_sent_as_theirs() {
    let Desks { service, left, mut right } = desks();
    service.add("grace", &[]);
    let devices = left.1.json(&["devices", "--json"]);
    let other = devices.as_array().unwrap().iter().find(|device| device["this"] != true).expect("another device");
    left.1.expect(&["devices", "--end", other["id"].as_str().unwrap()]);
    right.1.until("signed out", |presence| presence["connection"] == "signed_out");
    right.1.expect(&["notify", "--kind", "chat", "--from", "Mara", "For ada alone"]);

    right.1.sign_in(&service, "grace");
    assert_eq!(right.1.json(&["held", "--json"]), serde_json::json!([]), "grace has nothing that waits");
    right.1.quit();
    right.1.start_again();
    right.1.until_connected();
    assert_eq!(right.1.json(&["held", "--json"]), serde_json::json!([]));
    right.1.expect(&["sign-out"]);
    let held = right.1.json(&["held", "--json"]);
    assert_eq!(held[0]["text"], "For ada alone", "{held}");
}
