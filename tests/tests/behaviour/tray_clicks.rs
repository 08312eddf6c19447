//! Clicks in the tray do what the same words on the command line do.

use e2e::{Desktop, Halo};
use serde_json::Value;

use crate::support::{Notifications, TrayHost, seconds_between, seconds_since};

fn desk() -> (Desktop, Notifications, TrayHost, Halo) {
    let desktop = Desktop::builder().session_bus(true).start().expect("a desktop");
    let notifications = Notifications::start(&desktop);
    let mut tray = TrayHost::start(&desktop);
    let halo = Halo::start(&desktop);
    tray.wait_for_item();
    (desktop, notifications, tray, halo)
}

#[test]
fn d10_one_click_sets_a_status_and_another_gives_it_an_end() {
    let (_desktop, _notifications, tray, halo) = desk();
    tray.click(&["Meal"]);
    let meal = halo.until_status("meal");
    let lasts = |told: &Value| -seconds_since(&told["until"]);
    assert_eq!(meal["reason"]["source"], "manual");
    assert!((lasts(&meal) - 1800.0).abs() < 5.0, "a meal ends by itself: {meal}");

    for (label, seconds) in [("15 minutes", 900.0), ("30 minutes", 1800.0), ("1 hour", 3600.0)] {
        tray.click(&["For how long", label]);
        let timed = halo.until(label, |told| told["until"].is_string() && (lasts(told) - seconds).abs() < 5.0);
        assert_eq!(timed["since"], meal["since"], "it is the same meal");
    }
    let menu = tray.menu();
    let first = &menu.row("For how long").row("Until…").rows[0].label;
    tray.click(&["For how long", "Until…", first]);
    let timed = halo.until("a time of day", |told| {
        told["until"].as_str().is_some_and(|until| until.ends_with(":00:00Z") || until.ends_with(":30:00Z"))
    });
    assert!((0.0..=36.0 * 60.0).contains(&seconds_between(&timed["since"], &timed["until"])), "{timed}");
    tray.click(&["For how long", "No end"]);
    halo.until("no end", |told| told["until"].is_null());

    tray.click(&["Back to Available"]);
    let back = halo.until_status("available");
    assert_eq!(back["reason"]["source"], "default");

    // Without a choice, an end makes one.
    tray.until("Available", |menu| menu.chosen() == Some("Available"));
    tray.click(&["For how long", "15 minutes"]);
    let chosen = halo.until("an end", |told| told["until"].is_string());
    assert_eq!((&chosen["status"], &chosen["reason"]["source"]), (&"available".into(), &"manual".into()));
}

#[test]
fn d10_undo_messages_snooze_held_and_pause_work_by_clicks() {
    let (desktop, notifications, tray, halo) = desk();
    let mut saver = desktop.start_screensaver("org.gnome.ScreenSaver").unwrap();
    saver.set_active(true).unwrap();
    halo.until_status("away");
    tray.click(&["Undo: show Available"]);
    halo.until_status("available");
    saver.set_active(false).unwrap();

    halo.expect(&["message", "In the lab"]);
    tray.click(&["Message…", "Clear"]);
    halo.until("no message", |told| told["message"].is_null());
    tray.click(&["Message…", "“In the lab”"]);
    halo.until("the message again", |told| told["message"] == "In the lab");

    tray.click(&["Snooze", "15 minutes"]);
    let snoozed = halo.until("snoozed", |told| told["snoozed_until"].is_string());
    assert!((-seconds_since(&snoozed["snoozed_until"]) - 900.0).abs() < 5.0, "{snoozed}");
    halo.expect(&["notify", "--kind", "chat", "--from", "Mara", "The Lund case"]);
    tray.click(&["Held (1)", "Show"]);
    assert!(notifications.next("Held for you").body.ends_with("Mara: The Lund case"));
    tray.click(&["Snoozed until ", "End snooze"]);
    halo.until("not snoozed", |told| told["snoozed_until"].is_null());
    notifications.next("Held for you");
    tray.click(&["Held (1)", "Clear"]);
    tray.until("none held", |menu| menu.find("Held (").is_none());
    assert_eq!(halo.held().len(), 0);

    tray.click(&["Pause sensing", "Until I resume"]);
    halo.until("paused", |told| told["paused"].is_object());
    tray.click(&["Resume sensing"]);
    halo.until("not paused", |told| told["paused"].is_null());
}

#[test]
fn d10_quit_in_the_tray_signs_out() {
    let (_desktop, _notifications, tray, mut halo) = desk();
    tray.click(&["Quit (you appear Offline)"]);
    halo.wait_for_end();
    assert_eq!(halo.run(&["status"]).code, 3);
    halo.start_again();
    let statuses: Vec<_> = halo.history().into_iter().map(|interval| interval["status"].clone()).collect();
    assert_eq!(statuses, ["available", "offline", "available"]);
}

#[test]
fn d11_tray_and_command_line_come_to_the_same_presence() {
    let (_desktop, _notifications, tray, halo) = desk();
    let timeless = |mut status: Value| {
        status["since"] = Value::Null;
        status["reason"]["since"] = Value::Null;
        status
    };
    for (words, clicks) in [
        ("set busy", &["Busy"][..]),
        ("set out_of_office", &["Out of Office"]),
        ("back", &["Back to "]),
        ("message", &["Message…", "Clear"]),
        ("pause", &["Pause sensing", "Until I resume"]),
    ] {
        let prepare = || {
            halo.expect(&["pause", "off"]);
            halo.set("available");
            halo.expect(&["set", "training", "--message", "Soup"]);
            halo.status()
        };
        let before = prepare();
        halo.expect(&words.split(' ').collect::<Vec<_>>());
        let by_words = timeless(halo.status());
        assert_ne!(by_words, timeless(before.clone()), "{words} changed nothing");

        assert_eq!(timeless(prepare()), timeless(before));
        tray.until("as before", |menu| {
            menu.chosen() == Some("Training") && menu.row("Message…").find("Now: “Soup”").is_some()
        });
        tray.click(clicks);
        halo.until(words, |told| timeless(told.clone()) == by_words);
    }
}
