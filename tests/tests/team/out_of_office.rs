//! Out of Office outlasts a sign-out, and a presence outlasts a connection and a program (G11, C11, O08, F06).

use e2e::{SOON, TeamService, wait_until};

use crate::support::{desk, patient, person, seen, statuses, until_seen};

#[test]
fn g11_c11_out_of_office_stays_after_quitting_and_at_the_next_sign_in() {
    let service = TeamService::start(&["ada", "grace"]);
    let (_desktop, mut ada) = desk(&service, "ada");
    let (_other_desktop, grace) = desk(&service, "grace");
    ada.expect(&["set", "out_of_office", "--for", "24h", "--message", "In Lund"]);
    until_seen(&grace, "ada", "out_of_office", SOON);
    let before = ada.status();
    assert_eq!(person(&grace, "ada")["until"], before["until"]);

    ada.quit();
    is_out_of_office(&grace);
    let gone = person(&grace, "ada");
    assert_eq!(gone["message"], "In Lund");
    assert_ne!(gone["color"], "green");

    ada.start_again();
    let back = ada.until_connected();
    assert_eq!((&back["status"], &back["until"]), (&"out_of_office".into(), &before["until"]));
    until_seen(&grace, "ada", "out_of_office", SOON);

    // Signing out is the same for the others.
    ada.expect(&["sign-out"]);
    is_out_of_office(&grace);
    ada.sign_in(&service, "ada");
    assert_eq!(ada.status()["status"], "out_of_office");
    let shown = ["available", "out_of_office", "out_of_office_offline", "out_of_office", "out_of_office_offline"];
    assert_eq!(statuses(&ada)[..5], shown);
}

/// Who is gone and Out of Office is shown as both (G11).
#[track_caller]
fn is_out_of_office(grace: &e2e::Halo) {
    until_seen(grace, "ada", "out_of_office_offline", SOON);
}

#[test]
fn g11_any_other_status_is_offline_after_quitting_and_available_at_the_next_sign_in() {
    let service = TeamService::start(&["ada", "grace"]);
    let (_desktop, mut ada) = desk(&service, "ada");
    let (_other_desktop, grace) = desk(&service, "grace");
    ada.expect(&["set", "do_not_disturb", "--for", "24h"]);
    until_seen(&grace, "ada", "do_not_disturb", SOON);
    ada.quit();
    until_seen(&grace, "ada", "offline", SOON);
    ada.start_again();
    assert_eq!(ada.until_connected()["status"], "available");
    until_seen(&grace, "ada", "available", SOON);
}

#[test]
fn c11_an_out_of_office_whose_end_has_passed_is_not_kept() {
    let service = TeamService::start(&["ada", "grace"]);
    let (_desktop, mut ada) = desk(&service, "ada");
    let (_other_desktop, grace) = desk(&service, "grace");
    ada.expect(&["set", "out_of_office", "--for", "3s"]);
    ada.quit();
    is_out_of_office(&grace);
    until_seen(&grace, "ada", "offline", SOON);
    ada.start_again();
    assert_eq!(ada.until_connected()["status"], "available");
}

#[test]
fn f06_o08_a_crash_a_restart_and_a_reconnection_change_nothing() {
    let mut service = TeamService::start_with(&["ada", "grace"], &patient());
    let (_desktop, mut ada) = desk(&service, "ada");
    let (_other_desktop, grace) = desk(&service, "grace");
    ada.expect(&["set", "training", "--for", "1h", "--message", "Room 4"]);
    let what = |presence: &serde_json::Value| ["status", "since", "until", "message"].map(|key| presence[key].clone());
    // What this device shows first is its own time for it, a few milliseconds before the service's.
    let confirmed = || ada.history().last().is_some_and(|latest| latest["start"] == ada.status()["since"]);
    assert!(wait_until(SOON, confirmed), "{:?}", ada.history());
    let before = what(&ada.status());
    let same = |ada: &e2e::Halo, after: &str| assert_eq!(what(&ada.until_connected()), before, "after {after}");
    ada.expect(&["restart"]);
    same(&ada, "a restart");
    ada.kill();
    ada.start_again();
    same(&ada, "a crash");
    service.kill();
    service.start_again();
    ada.until("reconnected", |presence| presence["connection"] == "online");
    same(&ada, "a crash of the service");
    grace.until_connected();
    assert_eq!(seen(&grace, "ada"), "training");
    assert_eq!(statuses(&ada), ["available", "training"]);
}
