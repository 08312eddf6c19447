//! Tray hosts come and go.

use e2e::{Desktop, Halo, SOON, wait_until};
use serde_json::Value;

use crate::shortcut::beside_a_stand_in;
use crate::support::{Notifications, TrayHost};

fn tray_check(halo: &Halo) -> Value {
    let checks = halo.json(&["doctor", "--json"]);
    let checks = checks.as_array().expect("checks");
    checks.iter().find(|check| check["part"] == "tray").expect("a check of the tray").clone()
}

fn until_tray_is(halo: &Halo, state: &str) -> Value {
    let came = wait_until(SOON, || tray_check(halo)["state"] == state);
    assert!(came, "the tray is not {state}: {}", tray_check(halo));
    tray_check(halo)
}

#[test]
fn d10_a_missing_tray_host_is_said_and_the_item_comes_when_one_does() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let notifications = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);
    let missing = until_tray_is(&halo, "absent");
    assert!(missing["why"].as_str().unwrap().contains("no tray host"), "{missing}");
    assert!(missing["advice"].as_str().unwrap().contains("add a tray to your panel"), "{missing}");
    // Told once, when a panel that starts late would have been there.
    let told = notifications.next_within(3 * SOON, "Halo");
    assert!(told.body.contains("no tray") && told.body.contains("halo status"), "{told:?}");

    for _ in 0..2 {
        let mut tray = TrayHost::start(&desktop);
        tray.wait_for_item();
        assert_eq!(tray.title(), "Halo: Available");
        until_tray_is(&halo, "working");
        drop(tray);
        until_tray_is(&halo, "absent");
    }
    assert_eq!(notifications.others(), [""; 0], "and not again");
}

#[test]
fn d10_the_item_comes_back_to_a_real_panel_that_was_restarted() {
    let mut desktop = Desktop::builder().tray_host(true).start().unwrap();
    let halo = Halo::start(&desktop);
    until_tray_is(&halo, "working");
    desktop.stop_tray_host();
    until_tray_is(&halo, "absent");
    desktop.start_tray_host().unwrap();
    until_tray_is(&halo, "working");
    let items = |desktop: &Desktop| {
        let get = ["org.kde.StatusNotifierWatcher", "RegisteredStatusNotifierItems"];
        let get = get.map(|word| format!("'{word}'"));
        let method = "org.freedesktop.DBus.Properties.Get";
        let bus = desktop.session_bus();
        bus.call("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher", method, &[&get[0], &get[1]]).unwrap()
    };
    assert!(wait_until(SOON, || items(&desktop).contains("StatusNotifierItem")), "{}", items(&desktop));
}

#[test]
fn d10_a_click_brings_the_desktops_leave_to_come_to_the_front() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let mut tray = TrayHost::start(&desktop);
    let (halo, openings) = beside_a_stand_in(&desktop);
    let mut halo = halo.with_variable("DISPLAY", ":none-here");
    halo.start_again();
    tray.wait_for_item();
    tray.activate("a-token-of-the-desktop");
    let opened = || std::fs::read_to_string(&openings).unwrap_or_default();
    assert!(wait_until(SOON, || opened() == "opened a-token-of-the-desktop\n"), "{:?}", opened());
    // It is for that click alone.
    halo.expect(&["halo://open"]);
    assert!(wait_until(SOON, || opened().lines().count() == 2), "{:?}", opened());
    assert_eq!(opened().lines().last().map(str::trim_end), Some("opened"));
}
