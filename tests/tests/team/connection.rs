//! Lost connections: never a wrong presence, no lost choice, nothing twice.

use std::thread;
use std::time::Duration;

use e2e::{Desktop, Front, Halo, PASSWORD, SOON, TeamService, wait_until};

use jiff::Timestamp;

use crate::support::{desk, heard_again, patient, person, resident, seen, statuses};

/// Short spans, so that a test need not wait for a minute.
const QUICK: &str = "connection.grace_seconds = 6
    connection.ping_seconds = 1
    connection.lost_seconds = 3
    connection.suspect_seconds = 1";

#[test]
fn g12_a_service_that_comes_back_within_the_grace_changes_nothing() {
    let mut service = TeamService::start_with(&["ada"], QUICK);
    let (_desktop, halo) = desk(&service, "ada");
    halo.set("meeting");
    // The service's word on when that was may come a moment later.
    thread::sleep(Duration::from_millis(500));
    let before = halo.status();
    service.kill();
    halo.until("reconnecting", |presence| presence["connection"] == "reconnecting");
    service.start_again();
    let after = halo.until_connected();
    assert_eq!((&after["status"], &after["since"]), (&before["status"], &before["since"]));
    assert_eq!(statuses(&halo), ["available", "meeting"]);
}

#[test]
fn c12_after_a_restart_of_the_service_nobody_is_told_of_anything() {
    let mut service = TeamService::start_with(&["ada", "grace"], QUICK);
    let (_desktop, ada) = desk(&service, "ada");
    let (_other_desktop, grace) = desk(&service, "grace");
    ada.set("busy");
    for _ in 0..3 {
        service.stop();
        service.start_again();
        ada.until_connected();
        grace.until_connected();
    }
    assert_eq!(seen(&grace, "ada"), "busy");
    assert_eq!(statuses(&ada), ["available", "busy"]);
}

#[test]
fn g12_a_device_that_is_lost_for_longer_than_the_grace_comes_back_available() {
    let service = TeamService::start_with(&["ada", "grace"], QUICK);
    let (_desktop, mut ada) = desk(&service, "ada");
    let (_other_desktop, grace) = desk(&service, "grace");
    ada.set("meeting");
    heard_again();
    ada.kill();
    assert!(wait_until(SOON, || seen(&grace, "ada") == "offline"), "{}", seen(&grace, "ada"));
    thread::sleep(Duration::from_secs(7));
    ada.start_again();
    ada.until_connected();
    assert_eq!(ada.status()["status"], "available");
    assert_eq!(seen(&grace, "ada"), "available");
    assert_eq!(statuses(&ada), ["available", "meeting", "offline", "available"]);
}

#[test]
fn out_of_reach_it_is_said_what_others_see_and_since_when() {
    let service = TeamService::start_with(&["ada", "grace"], QUICK);
    let front = Front::of(&service);
    let desktop = Desktop::builder().keyring(true).start().unwrap();
    let ada = Halo::start(&desktop);
    ada.expect(&["config", "language", "en"]);
    let said = ada.run_with(&["sign-in", &front.url(), "--name", "ada"], PASSWORD);
    assert_eq!(said.code, 0, "{said:?}");
    let (_other_desktop, grace) = desk(&service, "grace");
    ada.until_connected();
    ada.set("meeting");
    assert!(wait_until(SOON, || seen(&grace, "ada") == "meeting"));
    assert_eq!(ada.status().get("others_see"), None, "while connected there is nothing to say");
    front.cut();
    ada.until("reconnecting", |presence| presence["connection"] == "reconnecting");
    ada.set("busy");
    let meanwhile = ada.status()["others_see"].clone();
    assert!(meanwhile["status"] == "meeting" || meanwhile["status"] == "offline", "{meanwhile}");
    let lost = ada.until("offline for others", |presence| presence["others_see"]["status"] == "offline");
    assert_eq!(lost["others_see"]["label"], "Offline");
    assert!(wait_until(SOON, || seen(&grace, "ada") == "offline"));
    // Each counts from when it last heard the other, which a ping's time may lie between.
    let [here, there] = [&lost["others_see"], &person(&grace, "ada")]
        .map(|shown| -> Timestamp { shown["since"].as_str().unwrap().parse().unwrap() });
    let apart = here.duration_since(there).abs().as_millis();
    assert!(apart <= 2000, "{apart} ms between {here} and {there}");
    let line = ada.line();
    assert!(line.contains("Others see you Offline since "), "{line}");
    assert_eq!(line.matches(&front.url()).count(), 1, "{line}");
    front.let_through();
    let back = ada.until_connected();
    assert_eq!(back.get("others_see"), None);
}

#[test]
fn a_choice_that_was_made_out_of_reach_is_said_as_such_and_sent_once_the_service_is_back() {
    let mut service = TeamService::start_with(&["ada"], QUICK);
    let (_desktop, mut halo) = desk(&service, "ada");
    service.kill();
    halo.until("reconnecting", |presence| presence["connection"] == "reconnecting");
    let said = halo.expect(&["message", "Room 4"]);
    assert!(said.contains(" isn't reached: this will be sent once you're connected"), "{said}");
    assert!(halo.line().contains("Your message will be sent once you’re connected"), "{}", halo.line());
    halo.set("meeting");
    assert_eq!(halo.status()["asked"], "meeting");
    let both = "Meeting and your message will be sent once you’re connected";
    assert!(halo.line().contains(both), "{}", halo.line());
    // Not even a crash loses it.
    halo.kill();
    halo.start_again();
    assert_eq!(halo.status()["asked"], "meeting");
    service.start_again();
    let meeting = halo.until_connected();
    assert_eq!((&meeting["status"], &meeting["message"]), (&"meeting".into(), &"Room 4".into()));
    assert_eq!(meeting.get("asked"), None);
    assert_eq!(statuses(&halo), ["available", "meeting"]);
}

#[test]
fn a_message_and_what_is_held_outlive_a_sign_in_that_ended_and_are_never_sent_as_another_s() {
    for name in ["ada", "grace"] {
        let mut service = TeamService::start_with(&["ada", "grace"], QUICK);
        let (_desktop, halo) = desk(&service, "ada");
        service.kill();
        halo.until("reconnecting", |presence| presence["connection"] == "reconnecting");
        halo.expect(&["set", "meeting", "--message", "Room 4"]);
        halo.expect(&["notify", "--kind", "chat", "--from", "Mara", "The Lund case"]);
        assert_eq!(service.run_with(&["user", "password", "ada"], "another password").code, 0);
        service.start_again();
        let ended = halo.until("signed out", |presence| presence["connection"] == "signed_out");
        // The next sign-in begins with the default (G01), so a status is promised no longer.
        assert_eq!(ended.get("asked"), None);
        assert!(!halo.line().contains("will be sent"), "{}", halo.line());
        let password = if name == "ada" { "another password" } else { PASSWORD };
        let said = halo.run_with(&["sign-in", &service.url(), "--name", name], password);
        assert_eq!(said.code, 0, "{said:?}");
        let back = halo.until_connected();
        let held = halo.json(&["held", "--json"]).as_array().unwrap().len();
        let (message, count) = if name == "ada" { ("Room 4".into(), 1) } else { (serde_json::Value::Null, 0) };
        assert_eq!((&back["message"], held), (&message, count), "as {name}");
    }
}

#[test]
fn a_service_that_is_there_and_says_nothing_is_noticed() {
    let mut service = TeamService::start_with(&["ada"], QUICK);
    let (_desktop, halo) = desk(&service, "ada");
    service.freeze(true);
    let lost = halo.until("reconnecting", |presence| presence["connection"] == "reconnecting");
    assert_ne!(lost["status"], "busy");
    halo.set("busy");
    service.freeze(false);
    halo.until_connected();
    halo.until_status("busy");
}

#[test]
fn whoever_was_signed_out_is_offline_here_as_for_others_at_once() {
    let service = TeamService::start_with(&["ada", "grace"], QUICK);
    let (_desktop, ada) = desk(&service, "ada");
    let (_other_desktop, grace) = desk(&service, "grace");
    ada.set("training");
    assert_eq!(service.run_with(&["user", "password", "ada"], "another password").code, 0);
    let ended = ada.until("signed out", |presence| presence["connection"] == "signed_out");
    assert_eq!((&ended["status"], &ended["reason"]["source"]), (&"offline".into(), &"signed_out".into()), "{ended}");
    assert!(!ada.line().contains("connection is lost"), "{}", ada.line());
    assert!(wait_until(SOON, || seen(&grace, "ada") == "offline"));
}

#[test]
fn a_device_that_is_revoked_is_signed_out_and_says_what_to_do() {
    let service = TeamService::start_with(&["ada"], QUICK);
    let (_desktop, left) = desk(&service, "ada");
    let (_other_desktop, right) = desk(&service, "ada");
    let devices = left.json(&["devices", "--json"]);
    let other = devices.as_array().unwrap().iter().find(|device| device["this"] == false).unwrap();
    left.expect(&["devices", "--end", other["id"].as_str().unwrap()]);
    right.until("signed out", |presence| presence["connection"] == "signed_out");
    assert!(right.line().contains("Sign in again"), "{}", right.line());
    assert!(right.refused(&["set", "busy"]).contains("nothing was changed"));
    // A notification that has to wait is not lost for that.
    assert_eq!(right.expect(&["notify", "--kind", "chat", "--from", "Mara", "The Lund case"]).trim(), "held");
    right.sign_in(&service, "ada");
    let held = right.expect(&["held"]);
    assert!(held.contains("The Lund case"), "{held}");
    assert_eq!(left.status()["status"], "available");
}

#[test]
fn what_stands_in_front_of_the_service_ends_no_sign_in() {
    let service = TeamService::start_with(&["ada"], QUICK);
    let front = Front::of(&service);
    let desktop = Desktop::builder().keyring(true).start().unwrap();
    let halo = Halo::start(&desktop);
    let said = halo.run_with(&["sign-in", &front.url(), "--name", "ada"], PASSWORD);
    assert_eq!(said.code, 0, "{said:?}");
    let problem = r#"{"type":"about:blank","title":"Unauthorized","status":401,"detail":"no"}"#;
    let answers = [
        ("401 Unauthorized", "content-type: application/json\n", problem),
        ("401 Unauthorized", "content-type: application/problem+json\nwww-authenticate: Bearer\n", problem),
        ("511 Network Authentication Required", "content-type: text/html\n", "<html>"),
        ("307 Temporary Redirect", "location: http://127.0.0.1:9/\n", ""),
        ("200 OK", "content-type: text/html\n", "<html>Log in to the network</html>"),
    ];
    for (status, headers, body) in answers {
        halo.until_connected();
        front.answer(status, headers, body);
        halo.until("reconnecting", |presence| presence["connection"] == "reconnecting");
        halo.set("busy");
        // Long enough for several tries.
        thread::sleep(Duration::from_millis(1500));
        assert_eq!(halo.status()["connection"], "reconnecting", "{status}: {}", halo.line());
        front.let_through();
        halo.until_connected();
        halo.until_status("busy");
        halo.expect(&["back"]);
    }
    // Nor is something else's answer to a sign-in the service's.
    front.answer(answers[0].0, answers[0].1, answers[0].2);
    halo.expect(&["sign-out"]);
    let said = halo.run_with(&["sign-in", &front.url(), "--name", "ada"], PASSWORD);
    assert!(said.code == 1 && said.err.contains("wants a log-in of its own"), "{said:?}");
}

#[test]
fn a_choice_is_kept_once_whichever_side_dies_in_the_middle_of_it() {
    let mut service = TeamService::start_with(&["ada"], &patient());
    let (desktop, mut ada) = desk(&service, "ada");
    let mut expected = vec!["available".to_owned()];
    for round in 0..12_u64 {
        let status = ["meeting", "busy"][usize::from(round % 2 == 1)];
        let victim = (round % 4 >= 2).then(|| resident(&desktop));
        // Before, while and after it is written down, sent, recorded and confirmed.
        let moment = Duration::from_millis(1 + round / 2);
        let said = thread::scope(|scope| {
            let asking = scope.spawn(|| ada.run(&["set", status]));
            thread::sleep(moment);
            match victim {
                Some(id) => rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap(),
                None => service.kill(),
            }
            asking.join().unwrap()
        });
        if victim.is_some() {
            ada.kill();
            ada.start_again();
        } else {
            service.start_again();
        }
        ada.until_connected();
        if said.code == 0 {
            expected.push(status.to_owned());
        } else {
            // Nobody said that it was done: it is, or it is not, and one may ask again.
            assert!(victim.is_some(), "a service that is gone is no reason to refuse: {said:?}");
            ada.set(status);
            expected.push(status.to_owned());
        }
        let kept = wait_until(SOON, || statuses(&ada) == expected);
        assert!(kept, "round {round}, {said:?}: {:?}, not {expected:?}", statuses(&ada));
    }
}
