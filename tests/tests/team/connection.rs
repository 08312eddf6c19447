//! Lost connections: never a wrong presence, no lost choice, nothing twice.

use std::thread;
use std::time::Duration;

use e2e::{SOON, TeamService, wait_until};

use crate::support::{desk, patient, resident, seen, statuses};

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
fn a_choice_that_was_made_out_of_reach_is_said_as_such_and_sent_once_the_service_is_back() {
    let mut service = TeamService::start_with(&["ada"], QUICK);
    let (_desktop, mut halo) = desk(&service, "ada");
    service.kill();
    halo.until("reconnecting", |presence| presence["connection"] == "reconnecting");
    halo.expect(&["set", "meeting", "--message", "Room 4"]);
    assert_eq!(halo.status()["asked"], "meeting");
    assert!(halo.line().contains("as soon as the service answers"), "{}", halo.line());
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
    right.sign_in(&service, "ada");
    assert_eq!(left.status()["status"], "available");
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
