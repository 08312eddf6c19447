//! Halo in a real panel and a real notification daemon, with pictures for people to look at in `tests/pictures`.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use e2e::{Desktop, Halo, SOON, wait_until};
use serde_json::Value;

/// The panel's program that holds the tray, and its menu when open.
const TRAY: [&str; 4] = ["search", "--onlyvisible", "--class", "wrapper-2.0"];

/// Takes a picture once the screen has come to rest.
fn picture(desktop: &Desktop, name: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pictures").join(format!("{name}.png"));
    let mut before = Vec::new();
    let rests = wait_until(SOON, || {
        desktop.screenshot(&path).expect("a screenshot");
        let now = fs::read(&path).expect("a screenshot");
        std::mem::replace(&mut before, now) == before
    });
    assert!(rests, "the screen is never still");
}

/// The windows that the tray has on the screen: id and height.
fn tray_windows(desktop: &Desktop) -> Vec<(String, u32)> {
    let geometry = desktop.xdotool(&[&TRAY[..], &["getwindowgeometry", "--shell", "%@"]].concat()).unwrap_or_default();
    let values = |key: &'static str| geometry.lines().filter_map(move |line| line.strip_prefix(key));
    let heights = values("HEIGHT=").filter_map(|height| height.parse().ok());
    values("WINDOW=").map(str::to_owned).zip(heights).collect()
}

fn menu_is_open(desktop: &Desktop) -> bool {
    tray_windows(desktop).iter().any(|(_, height)| *height > 200)
}

fn open_menu(desktop: &Desktop) {
    // While the panel fetches a menu that has changed, a click opens its own menu instead: away with that, and again.
    let open = wait_until(2 * SOON, || {
        let ring = tray_windows(desktop).into_iter().find(|(_, height)| (20..50).contains(height));
        let Some((ring, _)) = ring else { return false };
        let click = ["key", "Escape", "mousemove", "--window", &ring, "18", "18", "click", "3"];
        desktop.xdotool(&click).is_ok() && wait_until(Duration::from_secs(2), || menu_is_open(desktop))
    });
    assert!(open, "the menu does not open");
}

fn close_menu(desktop: &Desktop) {
    desktop.xdotool(&["key", "Escape", "key", "Escape"]).expect("xdotool");
    let closed = wait_until(SOON, || !menu_is_open(desktop));
    assert!(closed, "the menu does not close");
}

/// How many notifications are on the screen.
fn displayed(desktop: &Desktop) -> u32 {
    desktop.run("dunstctl", &["count", "displayed"]).expect("dunstctl").trim().parse().expect("a number")
}

#[test]
fn d10_a_real_panel_shows_the_ring_and_its_menu() {
    let desktop = Desktop::builder().tray_host(true).start().unwrap();
    let mut saver = desktop.start_screensaver("org.gnome.ScreenSaver").unwrap();
    let halo = Halo::start(&desktop);
    open_menu(&desktop);
    picture(&desktop, "tray-available");

    // By keyboard: the second row that can be chosen is Busy.
    desktop.xdotool(&["key", "Down", "key", "Down", "key", "Return"]).unwrap();
    halo.until_status("busy");
    halo.expect(&["notify", "--kind", "chat", "--from", "Mara", "The Lund case"]);
    halo.expect(&["notify", "--kind", "call", "--from", "Ana Lima", "Line 2"]);
    halo.expect(&["set", "meal", "--for", "45m", "--message", "Soup at Lotta's"]);
    open_menu(&desktop);
    desktop.xdotool(&[["key", "Down"]; 10].concat()).unwrap();
    desktop.xdotool(&["key", "Right"]).unwrap();
    picture(&desktop, "tray-meal");
    close_menu(&desktop);

    halo.set("available");
    saver.set_active(true).unwrap();
    halo.until_status("away");
    open_menu(&desktop);
    picture(&desktop, "tray-away");
    close_menu(&desktop);
}

#[test]
fn d06_a_real_daemon_shows_the_countdown_and_its_button_stays() {
    let desktop = Desktop::builder().tray_host(true).notifications(true).start().unwrap();
    let halo = Halo::start(&desktop);
    halo.expect(&["config", "idle.after", "10s"]);
    let mut watch = halo.watch();
    watch.until("a countdown", 2 * SOON, |told| told["countdown"].is_object());
    assert!(wait_until(Duration::from_secs(2), || displayed(&desktop) == 1), "no notification is on the screen");
    picture(&desktop, "countdown");
    desktop.run("dunstctl", &["action", "0"]).unwrap();
    let after = watch.until("no countdown", SOON, |told| told["countdown"].is_null());
    assert_eq!(after["status"], "available");
    assert!(wait_until(SOON, || displayed(&desktop) == 0), "the countdown is still on the screen");
}

#[test]
fn d09_a_real_daemon_shows_one_digest() {
    let desktop = Desktop::builder().tray_host(true).notifications(true).start().unwrap();
    let halo = Halo::start(&desktop);
    halo.set("meeting");
    halo.expect(&["notify", "--kind", "chat", "--from", "Mara", "The Lund case: can you call them back before three?"]);
    halo.expect(&["notify", "--kind", "call", "--from", "Ana Lima", "Line 2"]);
    halo.expect(&["notify", "--kind", "video", "--from", "Li", "Got a minute?"]);
    halo.expect(&["notify", "--kind", "reminder", "Stand-up & <coffee>"]);
    assert_eq!(displayed(&desktop), 0);
    halo.set("available");
    assert!(wait_until(SOON, || displayed(&desktop) > 0), "no notification is on the screen");
    picture(&desktop, "digest");
    assert_eq!(displayed(&desktop), 1, "one digest");

    desktop.run("dunstctl", &["close"]).unwrap();
    let history: Value = serde_json::from_str(&desktop.run("dunstctl", &["history"]).unwrap()).unwrap();
    let shown = &history["data"][0];
    assert_eq!(shown.as_array().unwrap().len(), 1);
    assert_eq!(
        (&shown[0]["summary"]["data"], &shown[0]["appname"]["data"]),
        (&"4 held for you".into(), &"Halo".into())
    );
    assert!(halo.held().iter().all(|item| item["told"] == true), "it was told, and can still be read");
}
