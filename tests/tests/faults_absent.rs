//! Parts of a desktop that are not there: Halo runs without them, says so, and loses nothing.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod faults_support;

use std::path::Path;

use e2e::{Desktop, halo_program, wait_until};
use faults_support::{Halo, SOON, notifications, text};

const SAVER: &str = "org.freedesktop.ScreenSaver";

/// Every line of a part is out of use, and one says what to do.
#[track_caller]
fn is_absent_with_advice(halo: &Halo, part: &str) {
    let checks = halo.doctor(part);
    assert!(!checks.is_empty(), "the doctor does not speak of {part}");
    assert!(checks.iter().all(|check| check["state"] != "working"), "{checks:#?}");
    assert!(checks.iter().any(|check| !text(&check["advice"]).is_empty()), "no advice: {checks:#?}");
}

#[test]
fn d03_without_a_display_a_lock_sets_away_and_unlocking_alone_brings_back() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let mut saver = desktop.start_screensaver(SAVER).unwrap();
    let halo = Halo::start(&desktop);
    assert_eq!(halo.status(), "available");
    halo.doctor_comes_to("lock", "working");
    is_absent_with_advice(&halo, "idle");

    saver.set_active(true).unwrap();
    halo.comes_to("away");
    saver.set_active(false).unwrap();
    halo.comes_to("available");
    assert_eq!(halo.history(), ["available", "away", "available"]);
}

fn runs_and_keeps_what_it_would_show(halo: &Halo) {
    assert!(halo.does(&["status"]).starts_with("Available since"));
    halo.does(&["set", "busy"]);
    halo.does(&["back"]);
    for part in ["tray", "notifications"] {
        is_absent_with_advice(halo, part);
        assert!(text(&halo.doctor(part)[0]["why"]).contains("no session bus"), "{:?}", halo.doctor(part));
    }
    is_absent_with_advice(halo, "lock");
    assert_eq!(halo.does(&["notify", "--kind", "chat", "--from", "Mara", "The Lund case"]), "held");
    assert!(halo.does(&["held"]).contains("Mara: The Lund case"));
}

#[test]
fn d09_without_a_session_bus_it_runs_and_a_chat_is_held() {
    let desktop = Desktop::builder().start().unwrap();
    assert!(!Path::new(desktop.session_bus().address().trim_start_matches("unix:path=")).exists());
    runs_and_keeps_what_it_would_show(&Halo::start(&desktop));
}

#[test]
fn d09_with_no_word_of_a_session_bus_it_runs_and_a_chat_is_held() {
    let desktop = Desktop::builder().start().unwrap();
    let mut command = desktop.command(halo_program());
    let halo = Halo::start_by(&desktop, command.arg("run").env_remove("DBUS_SESSION_BUS_ADDRESS"));
    runs_and_keeps_what_it_would_show(&halo);
}

#[test]
fn d09_without_a_notification_daemon_all_is_held_and_comes_as_one_digest_when_there_is_one() {
    let mut desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let halo = Halo::start(&desktop);
    wait_until(SOON, || text(&halo.doctor("notifications")[0]["why"]).contains("no daemon"));
    is_absent_with_advice(&halo, "notifications");
    for words in ["The first", "The second"] {
        assert_eq!(halo.does(&["notify", "--kind", "chat", "--from", "Mara", words]), "held");
    }
    assert_eq!(halo.held().len(), 2);

    desktop.start_notifications().unwrap();
    halo.doctor_comes_to("notifications", "working");
    let told = || halo.held().iter().all(|item| item["told"] == true);
    assert!(wait_until(SOON, told), "{}", halo.does(&["held", "--json"]));
    let shown: Vec<_> = notifications(&desktop).into_iter().filter(|one| one.contains("held for you")).collect();
    assert_eq!(shown.len(), 1, "{shown:#?}");
    assert!(shown[0].contains("The first") && shown[0].contains("The second"), "{shown:#?}");
    // Told is not forgotten: the person can still read them.
    assert_eq!(halo.held().len(), 2);
}
