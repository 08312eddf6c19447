//! What the tray shows: picture, words and rows.

use std::collections::HashSet;

use e2e::{Desktop, Halo};

use crate::support::{Row, TrayHost, instant};

const STATUSES: [&str; 9] = [
    "Available",
    "Busy",
    "Do not disturb",
    "Away",
    "Meeting",
    "Break (15 min)",
    "Meal (30 min)",
    "Training",
    "Out of Office",
];

fn desk() -> (Desktop, TrayHost, Halo) {
    let desktop = Desktop::builder().session_bus(true).start().expect("a desktop");
    let mut tray = TrayHost::start(&desktop);
    let halo = Halo::start(&desktop);
    tray.wait_for_item();
    (desktop, tray, halo)
}

#[test]
fn d10_the_menu_has_every_row_in_its_place() {
    let (_desktop, tray, halo) = desk();
    let menu = tray.menu();
    let since = instant(&halo.status()["since"]).strftime("%H:%M").to_string();
    let heading = format!("Available since {since}: your default status");
    let mut expected = vec![heading.as_str()];
    expected.extend(STATUSES);
    expected.extend(["For how long", "Message…", "Snooze", "Pause sensing"]);
    expected.push("Quit (you appear Offline)");
    assert_eq!(menu.labels(), expected, "\n{}", menu.text());
    assert_eq!(menu.chosen(), Some("Available"));
    for status in STATUSES {
        assert_eq!(menu.row(status).radio, Some(status == "Available"), "one click sets {status}");
    }
    let not_now: Vec<_> = menu.rows.iter().filter(|row| !row.enabled).map(|row| row.label.as_str()).collect();
    assert_eq!(not_now, [&heading], "what can't be done has no row");

    let ends = menu.row("For how long");
    let spans = ["5 minutes", "15 minutes", "30 minutes", "45 minutes", "1 hour", "2 hours"];
    assert_eq!(ends.labels(), [&spans[..], &["Until…"]].concat());
    let times = ends.row("Until…").labels();
    assert!(times.len() == 24 && times.iter().all(|time| time.ends_with(":00") || time.ends_with(":30")), "{times:?}");
    assert_eq!(menu.row("Snooze").labels(), spans);
    assert_eq!(menu.row("Pause sensing").labels(), ["1 hour", "Until I resume"]);
}

#[test]
fn d10_each_status_in_the_menu_has_its_ring_beside_it() {
    let (_desktop, tray, _halo) = desk();
    let menu = tray.menu();
    let pictures: Vec<&[u8]> = STATUSES.iter().map(|status| menu.row(status).picture.as_slice()).collect();
    assert_eq!(pictures[0], icons::row(icons::Glyph::Available));
    assert_eq!(pictures[6], icons::row(icons::Glyph::Meal));
    assert_eq!(pictures.iter().collect::<HashSet<_>>().len(), STATUSES.len(), "each has its own");
    assert!(menu.row("Snooze").picture.is_empty(), "what is no status has none");
}

#[test]
fn d10_the_menu_says_what_holds_and_offers_what_can_be_done() {
    let (desktop, tray, halo) = desk();
    let mut saver = desktop.start_screensaver("org.gnome.ScreenSaver").unwrap();
    halo.expect(&["set", "meal", "--for", "1h", "--message", "Soup"]);
    halo.expect(&["notify", "--kind", "chat", "--from", "Mara", "The Lund case"]);
    halo.expect(&["notify", "--kind", "call", "--from", "Ana Lima", "Line 2"]);
    halo.expect(&["snooze", "1h"]);
    let menu = tray.until("a meal, held and snoozed", |menu| menu.find("Snoozed until ").is_some());
    let heading = menu.labels()[0];
    assert!(heading.starts_with("Meal since ") && heading.contains(", until "), "{heading}");
    assert_eq!(menu.chosen(), Some("Meal (30 min)"));
    assert_eq!(menu.row("For how long").labels().last(), Some(&"No end"));
    assert!(menu.find("Back to Available").is_some(), "{}", menu.text());
    let held = menu.row("Held (2)");
    assert!(held.rows[0].label.ends_with("Missed call from Ana Lima: Line 2"), "the newest first: {}", menu.text());
    assert!(held.rows[1].label.ends_with("Mara: The Lund case"), "{}", menu.text());
    assert_eq!(held.labels()[2..], ["Show", "Clear"]);
    assert_eq!(menu.row("Snoozed until ").labels()[0], "End snooze");
    assert!(menu.row("Message…").labels()[0].starts_with("Now: “Soup” until "), "{}", menu.text());

    halo.expect(&["back"]);
    saver.set_active(true).unwrap();
    halo.until_status("away");
    let menu = tray.until("Away", |menu| menu.chosen() == Some("Away"));
    assert!(menu.labels()[0].ends_with(": screen locked"), "{}", menu.text());
    assert_eq!(menu.labels()[1], "Undo: show Available");
    assert!(menu.find("For how long").is_some_and(|row| row.rows.is_empty()), "the system's status has no end to give");
}

#[test]
fn g03_the_ring_and_its_words_follow_the_status() {
    let (_desktop, tray, halo) = desk();
    let mut seen = HashSet::new();
    for row in STATUSES {
        let label = row.split(" (").next().unwrap();
        let id = label.to_lowercase().replace(' ', "_");
        halo.set(&id);
        tray.until(label, |menu: &Row| menu.chosen() == Some(row));
        assert_eq!(tray.title(), format!("Halo: {label}"));
        let (title, text) = tray.tool_tip();
        assert_eq!((title.as_str(), text), (label, halo.line()));
        let pictures = tray.pictures();
        assert_eq!(pictures.iter().map(|(side, _)| *side).collect::<Vec<_>>(), [16, 22, 24, 32, 48]);
        for (side, bytes) in &pictures {
            assert_eq!(bytes.len(), usize::try_from(side * side * 4).unwrap());
        }
        assert!(seen.insert(pictures), "{label} looks like another status");
    }

    // A dot says that something is held.
    let before = tray.pictures();
    halo.expect(&["notify", "--kind", "chat", "Hello"]);
    tray.until("one held", |menu| menu.find("Held (1)").is_some());
    assert_ne!(tray.pictures(), before);
}
