//! Programs and buses that die under the running program, and come back.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod faults_support;

use e2e::{Desktop, wait_until};
use faults_support::{Halo, SOON, notifications, text, tray_item};

const SAVER: &str = "org.freedesktop.ScreenSaver";
const LOGIND: &str = "logind";

/// The state of one line of the doctor.
fn state(halo: &Halo, part: &str, name: &str) -> String {
    halo.doctor(part).iter().find(|check| check["name"] == name).map_or_else(String::new, |check| text(&check["state"]))
}

#[track_caller]
fn comes_to(halo: &Halo, part: &str, name: &str, wanted: &str) {
    let came = wait_until(SOON, || state(halo, part, name) == wanted);
    assert!(came, "{part} by {name} is not {wanted}: {:#?}", halo.doctor(part));
}

#[test]
fn c08_a_screen_saver_that_dies_while_locked_leaves_all_unknown_and_the_next_one_counts() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let mut saver = desktop.start_screensaver(SAVER).unwrap();
    let halo = Halo::start(&desktop);
    comes_to(&halo, "lock", SAVER, "working");
    saver.set_active(true).unwrap();
    halo.comes_to("away");

    drop(saver);
    comes_to(&halo, "lock", SAVER, "absent");
    // Neither the lock nor input is known now: a device that knows nothing claims nothing.
    halo.comes_to("available");
    let mut saver = desktop.start_screensaver(SAVER).unwrap();
    comes_to(&halo, "lock", SAVER, "working");
    saver.set_active(true).unwrap();
    halo.comes_to("away");
    saver.set_active(false).unwrap();
    halo.comes_to("available");
    assert_eq!(halo.history(), ["available", "away", "available", "away", "available"]);
}

#[test]
fn d03_a_screen_saver_that_dies_while_locked_proves_nobody_back_where_input_is_known() {
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let mut saver = desktop.start_screensaver(SAVER).unwrap();
    let halo = Halo::start(&desktop);
    comes_to(&halo, "lock", SAVER, "working");
    halo.doctor_comes_to("idle", "working");
    saver.set_active(true).unwrap();
    halo.comes_to("away");

    drop(saver);
    comes_to(&halo, "lock", SAVER, "absent");
    assert_eq!(halo.status(), "away", "a locker that died proves nobody back");
    let _saver = desktop.start_screensaver(SAVER).unwrap();
    comes_to(&halo, "lock", SAVER, "working");
    assert_eq!(halo.status(), "away", "neither does one that begins unlocked");
    desktop.xdotool(&["mousemove_relative", "--", "7", "5"]).unwrap();
    halo.comes_to("available");
}

#[test]
fn a_session_bus_that_dies_and_comes_back_has_tray_lock_and_notifications_again() {
    let mut desktop = Desktop::builder().notifications(true).tray_host(true).start().unwrap();
    let saver = desktop.start_screensaver(SAVER).unwrap();
    let mut halo = Halo::start(&desktop);
    comes_to(&halo, "lock", SAVER, "working");
    halo.doctor_comes_to("tray", "working");
    assert!(wait_until(SOON, || tray_item(&desktop, &halo).is_some()));
    assert_eq!(halo.does(&["notify", "--kind", "chat", "Before"]), "shown");

    drop(saver);
    desktop.stop_session_bus();
    for part in ["tray", "notifications"] {
        halo.doctor_comes_to(part, "absent");
        let check = halo.doctor(part).remove(0);
        assert!(text(&check["why"]).contains("no session bus"), "{check}");
        assert!(text(&check["advice"]).contains("DBUS_SESSION_BUS_ADDRESS"), "{check}");
    }
    comes_to(&halo, "lock", "screen savers", "failing");
    assert!(halo.is_alive());
    halo.does(&["set", "meeting"]);
    halo.does(&["set", "available"]);
    assert_eq!(halo.does(&["notify", "--kind", "chat", "--from", "Mara", "Meanwhile"]), "held");

    desktop.start_session_bus().unwrap();
    desktop.start_tray_host().unwrap();
    desktop.start_notifications().unwrap();
    let mut saver = desktop.start_screensaver(SAVER).unwrap();
    halo.doctor_comes_to("tray", "working");
    let shown = wait_until(SOON, || tray_item(&desktop, &halo).is_some_and(|title| title.contains("Available")));
    assert!(shown, "no ring again: {:?}", tray_item(&desktop, &halo));
    halo.doctor_comes_to("notifications", "working");
    assert!(wait_until(SOON, || halo.held().iter().all(|item| item["told"] == true)), "{:#?}", halo.held());
    assert!(notifications(&desktop).iter().any(|one| one.contains("Mara: Meanwhile")));
    assert_eq!(halo.does(&["notify", "--kind", "chat", "After"]), "shown");
    comes_to(&halo, "lock", SAVER, "working");
    saver.set_active(true).unwrap();
    halo.comes_to("away");
    assert!(wait_until(SOON, || tray_item(&desktop, &halo).is_some_and(|title| title.contains("Away"))));
}

#[test]
fn a_system_bus_that_dies_and_comes_back_has_locks_and_sleep_again() {
    let mut desktop = Desktop::builder().session_bus(true).system_bus(true).start().unwrap();
    let logind = desktop.start_logind_mock().unwrap();
    let mut halo = Halo::start(&desktop);
    comes_to(&halo, "lock", LOGIND, "working");
    logind.set_locked_hint(true).unwrap();
    halo.comes_to("away");
    logind.set_locked_hint(false).unwrap();
    halo.comes_to("available");

    drop(logind);
    comes_to(&halo, "lock", LOGIND, "absent");
    desktop.stop_system_bus();
    comes_to(&halo, "lock", LOGIND, "failing");
    assert!(halo.is_alive());
    halo.does(&["set", "busy"]);
    halo.does(&["set", "available"]);

    desktop.start_system_bus().unwrap();
    let logind = desktop.start_logind_mock().unwrap();
    comes_to(&halo, "lock", LOGIND, "working");
    logind.set_locked_hint(true).unwrap();
    halo.comes_to("away");
    logind.set_locked_hint(false).unwrap();
    halo.comes_to("available");
    let doctor = halo.doctor("sleep");
    assert!(doctor.iter().any(|check| check["state"] == "working"), "{doctor:#?}");
    logind.emit_prepare_for_sleep(true).unwrap();
    halo.comes_to("away");
}
