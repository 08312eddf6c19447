//! Links: `halo://…` from a page, a mail or a calendar asks first, and does nothing else.

use e2e::{Desktop, Halo};

use crate::support::{Notifications, TrayHost, seconds_between};

const BUSY: &str = "halo://set/busy?for=30m&message=In%20the%20lab";

#[test]
fn d11_a_link_changes_nothing_until_the_person_agrees_on_the_notification() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let notifications = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);
    let before = halo.status();
    let said = halo.expect(&[BUSY]);
    assert!(said.starts_with("A link asks: Show Busy for 30 min? With the message “In the lab”."), "{said}");
    let asked = notifications.next("A link wants to change your status");
    assert_eq!(asked.body, "Show Busy for 30 min? With the message “In the lab”.");
    assert_eq!(asked.buttons(), ["Change", "Don’t change"]);
    assert_eq!(halo.status(), before, "nothing happens yet");
    halo.expect(&[BUSY]);
    assert_eq!(notifications.others(), [""; 0], "the same question is asked once");

    notifications.press(&asked, "Change");
    let busy = halo.until_status("busy");
    assert_eq!((&busy["message"], &busy["reason"]["source"]), (&"In the lab".into(), &"manual".into()));
    assert!((seconds_between(&busy["since"], &busy["until"]) - 1800.0).abs() < 2.0, "{busy}");
}

#[test]
fn d11_a_link_that_is_left_or_closed_changes_nothing() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let notifications = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);
    halo.expect(&["halo://set/meal"]);
    notifications.press(&notifications.next("A link wants to change your status"), "Don’t change");
    halo.expect(&["halo://set/meal"]);
    notifications.dismiss(&notifications.next("A link wants to change your status"));
    halo.expect(&["halo://set/meal"]);
    notifications.next("A link wants to change your status");
    assert_eq!(halo.status()["status"], "available");
    assert_eq!(halo.history().len(), 1);
}

#[test]
fn d11_a_link_is_answered_in_the_tray_where_nothing_shows_notifications() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let mut tray = TrayHost::start(&desktop);
    let halo = Halo::start(&desktop);
    tray.wait_for_item();
    halo.expect(&["halo://set/meeting"]);
    tray.until("one that asks", |menu| menu.find("A link asks: Show Meeting?").is_some());
    tray.click(&["Change"]);
    halo.until_status("meeting");
    tray.until("one that asks no more", |menu| menu.find("A link asks").is_none());
}

#[test]
fn d11_a_link_starts_the_program_and_then_asks() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let notifications = Notifications::start(&desktop);
    let halo = Halo::not_started(&desktop);
    let said = halo.expect(&["halo://set/busy"]);
    assert!(said.starts_with("A link asks: Show Busy?"), "{said}");
    assert_eq!(halo.status()["status"], "available");
    notifications.press(&notifications.next("A link wants to change your status"), "Change");
    halo.until_status("busy");
    halo.expect(&["quit"]);
}

#[test]
fn d11_a_link_to_the_window_acts_at_once() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    let said = halo.expect(&["halo://open"]);
    assert!(said.starts_with("Available since "), "without a window it says how things stand: {said}");
}

#[test]
fn bad_input_a_link_that_is_none_is_refused_and_does_nothing() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::not_started(&desktop);
    for link in ["halo://quit", "halo:", "halo://set/busy#x", "halo://set/busy?message=%ff", "halo://config?idle=off"] {
        let said = halo.run(&[link]);
        assert!(said.code == 2 && said.err.contains("Links there are: halo://open"), "{link}: {said:?}");
    }
    assert_eq!(halo.run(&["halo://back", "halo://undo"]).code, 2);
    assert_eq!(halo.run(&["status"]).code, 3, "no program was started for it");

    let halo = Halo::start(&desktop);
    let refused = halo.refused(&["halo://set/lunch"]);
    assert!(refused.contains("“lunch”") && refused.contains("available, busy"), "{refused}");
    let refused = halo.refused(&["halo://back"]);
    assert!(refused.contains("you’re already Available"), "{refused}");
    assert_eq!(halo.history().len(), 1);
}
