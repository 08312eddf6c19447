//! What leaves the device, and how to stop it.

use std::fs;
use std::time::Duration;

use e2e::{Desktop, Halo};
use serde_json::{Value, json};

use crate::support::TrayHost;

#[test]
fn d13_a_pause_senses_nothing_and_its_end_looks_anew() {
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let mut saver = desktop.start_screensaver("org.gnome.ScreenSaver").unwrap();
    let mut tray = TrayHost::start(&desktop);
    let mut halo = Halo::start(&desktop);
    tray.wait_for_item();
    let said = halo.expect(&["pause"]);
    assert!(said.contains("Nothing is sensed") && said.contains("halo pause off"), "{said}");
    let mut watch = halo.watch();
    assert_eq!(watch.latest()["paused"], json!({ "until": null }));
    saver.set_active(true).unwrap();
    let told = watch.next(Duration::from_millis(500));
    assert!(told.is_none(), "a lock was sensed: {told:?}");

    // It is shown wherever one looks, and a crash does not end it.
    halo.kill();
    halo.start_again();
    tray.wait_for_item();
    assert_eq!(halo.status()["status"], "available");
    assert!(halo.line().contains("Sensing is paused."), "{}", halo.line());
    assert!(tray.menu().find("Sensing is paused").is_some(), "{}", tray.menu().text());
    assert!(tray.tool_tip().1.contains("Sensing is paused."));
    let doctor = halo.json(&["doctor", "--json"]);
    assert!(doctor.as_array().unwrap().iter().any(|check| check["part"] == "privacy"), "{doctor}");

    halo.expect(&["pause", "off"]);
    let away = halo.until_status("away");
    assert_eq!((&away["reason"]["source"], &away["paused"]), (&"lock".into(), &Value::Null));
    assert!(tray.until("no pause", |menu| menu.find("Sensing is paused").is_none()).find("Pause sensing").is_some());
}

#[test]
fn d13_a_pause_ends_by_itself() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let mut saver = desktop.start_screensaver("org.gnome.ScreenSaver").unwrap();
    let halo = Halo::start(&desktop);
    halo.expect(&["pause", "1s"]);
    assert!(halo.status()["paused"]["until"].is_string(), "{}", halo.status());
    saver.set_active(true).unwrap();
    let away = halo.until_status("away");
    assert_eq!(away["paused"], Value::Null);
}

#[test]
fn d13_what_is_typed_is_written_nowhere() {
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let mut halo = Halo::start(&desktop);
    desktop.xdotool(&["type", "correcthorse"]).unwrap();
    halo.set("busy");
    halo.quit();
    let kept = desktop.run("grep", &["-rlae", "correcthorse", "."]);
    assert!(kept.is_err(), "found in: {kept:?}");
    assert!(fs::metadata(desktop.data_dir().join("halo")).unwrap().is_dir(), "where grep looked, there was something");
}
