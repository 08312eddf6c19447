//! The global shortcut: real keys on a real X server, and the portal of a Wayland desktop.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use e2e::{Desktop, Halo, SOON, halo_program, wait_until};

use crate::support::{Hung, Portal, PortalKind};

/// Halo beside a stand-in for its window that notes each opening, so that no web view is needed.
pub(crate) fn beside_a_stand_in(desktop: &Desktop) -> (Halo, PathBuf) {
    let folder = desktop.home().join("app");
    fs::create_dir(&folder).unwrap();
    fs::copy(halo_program(), folder.join("halo")).unwrap();
    let window = folder.join("halo-window");
    fs::write(&window, "#!/bin/sh\necho opened $XDG_ACTIVATION_TOKEN >> \"${0%/*}/openings\"\n").unwrap();
    fs::set_permissions(&window, Permissions::from_mode(0o755)).unwrap();
    (Halo::not_started(desktop).in_place_of(folder.join("halo")), folder.join("openings"))
}

fn openings(notes: &PathBuf) -> usize {
    fs::read_to_string(notes).unwrap_or_default().lines().count()
}

#[track_caller]
fn presses(desktop: &Desktop, notes: &PathBuf, keys: &str) {
    let before = openings(notes);
    desktop.xdotool(&["key", keys]).unwrap();
    assert!(wait_until(SOON, || openings(notes) > before), "{keys} opened nothing");
}

/// Presses keys that must not be heard, then some that are: by then the others would have been.
#[track_caller]
fn presses_for_nothing(desktop: &Desktop, notes: &PathBuf, keys: &str, heard: &str) {
    let before = openings(notes);
    desktop.xdotool(&["key", keys]).unwrap();
    presses(desktop, notes, heard);
    assert_eq!(openings(notes), before + 1, "{keys} was heard");
}

fn check(halo: &Halo) -> (String, String) {
    let checks = halo.json(&["doctor", "--json"]);
    let check = checks.as_array().unwrap().iter().find(|check| check["part"] == "shortcut").unwrap();
    (check["state"].as_str().unwrap().to_owned(), check["why"].as_str().unwrap().to_owned())
}

#[test]
fn d11_a_shortcut_opens_the_window_whatever_the_locks() {
    let desktop = Desktop::builder().display(true).start().unwrap();
    let (mut halo, notes) = beside_a_stand_in(&desktop);
    halo.start_again();
    assert_eq!(check(&halo), ("absent".into(), "none is set (halo config shortcut Ctrl+Alt+H sets one)".into()));
    halo.expect(&["config", "shortcut", "ctrl+alt+h"]);
    assert_eq!(halo.expect(&["config", "shortcut"]), "Ctrl+Alt+H");
    assert_eq!(check(&halo), ("working".into(), "Ctrl+Alt+H opens Halo".into()));
    presses(&desktop, &notes, "ctrl+alt+h");
    desktop.xdotool(&["key", "Num_Lock"]).unwrap();
    presses(&desktop, &notes, "ctrl+alt+h");
    desktop.xdotool(&["key", "Caps_Lock"]).unwrap();
    presses(&desktop, &notes, "ctrl+alt+h");
    desktop.xdotool(&["key", "Caps_Lock", "Num_Lock"]).unwrap();

    halo.expect(&["config", "shortcut", "Super+F9"]);
    presses_for_nothing(&desktop, &notes, "ctrl+alt+h", "super+F9");
    halo.quit();
    halo.start_again();
    assert!(wait_until(SOON, || check(&halo).0 == "working"), "{:?}", check(&halo));
    presses(&desktop, &notes, "super+F9");

    halo.expect(&["config", "shortcut", ""]);
    assert_eq!(check(&halo), ("absent".into(), "none is set (halo config shortcut Ctrl+Alt+H sets one)".into()));
    assert_eq!(halo.expect(&["config", "shortcut"]), "");
    let before = openings(&notes);
    desktop.xdotool(&["key", "super+F9"]).unwrap();
    halo.expect(&[]);
    assert!(wait_until(SOON, || openings(&notes) > before));
    assert_eq!(openings(&notes), before + 1, "only the start opened it");
}

#[test]
fn d11_a_shortcut_follows_a_change_of_the_keyboard() {
    let desktop = Desktop::builder().display(true).start().unwrap();
    if desktop.run("setxkbmap", &["-version"]).is_err() {
        return e2e::skip("setxkbmap is not installed (package x11-xkb-utils)");
    }
    desktop.run("setxkbmap", &["us"]).unwrap();
    let (mut halo, notes) = beside_a_stand_in(&desktop);
    halo.start_again();
    halo.expect(&["config", "shortcut", "Ctrl+Alt+Y"]);
    // On a German keyboard, Y and Z change places: the key says Y, wherever it is.
    desktop.run("setxkbmap", &["de"]).unwrap();
    assert!(wait_until(SOON, || {
        desktop.xdotool(&["key", "ctrl+alt+y"]).unwrap();
        openings(&notes) > 0
    }));
    assert_eq!(check(&halo).0, "working");
    desktop.run("setxkbmap", &["us"]).unwrap();
    let before = openings(&notes);
    assert!(wait_until(SOON, || {
        desktop.xdotool(&["key", "ctrl+alt+y"]).unwrap();
        openings(&notes) > before
    }));
}

#[test]
fn d11_a_shortcut_of_another_program_is_refused_and_the_old_one_stays() {
    let desktop = Desktop::builder().display(true).start().unwrap();
    let (mut halo, notes) = beside_a_stand_in(&desktop);
    halo.start_again();
    halo.expect(&["config", "shortcut", "Ctrl+Alt+H"]);
    halo.expect(&["config", "shortcut", "Ctrl+Alt+H"]);
    // The window manager changes windows with it.
    let refused = halo.refused(&["config", "shortcut", "Alt+Tab"]);
    assert!(refused.contains("nothing was changed: Alt+Tab belongs to another program"), "{refused}");
    assert!(refused.contains("Choose other keys"), "{refused}");
    assert_eq!(halo.expect(&["config", "shortcut"]), "Ctrl+Alt+H");
    presses(&desktop, &notes, "ctrl+alt+h");
    for wrong in ["H", "Shift+H", "Ctrl+", "Ctrl+Alt+Hyper"] {
        let refused = halo.refused(&["config", "shortcut", wrong]);
        assert!(refused.contains("use keys such as Ctrl+Alt+H"), "{refused}");
    }
    assert_eq!(check(&halo), ("working".into(), "Ctrl+Alt+H opens Halo".into()));
}

#[test]
fn d11_without_a_screen_a_shortcut_is_refused_in_words() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let halo = Halo::start(&desktop);
    let refused = halo.refused(&["config", "shortcut", "Ctrl+Alt+H"]);
    assert!(refused.contains("no screen whose keys could be bound"), "{refused}");
    assert_eq!(halo.expect(&["config", "shortcut"]), "");
}

#[test]
fn d11_on_wayland_the_desktop_binds_the_shortcut() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let portal = Portal::start(&desktop, PortalKind::Asks { allows: true });
    let (halo, notes) = beside_a_stand_in(&desktop);
    let mut halo = halo.with_variable("WAYLAND_DISPLAY", "none-here");
    halo.start_again();
    halo.expect(&["config", "shortcut", "Ctrl+Alt+H"]);
    assert_eq!(portal.trigger(), "CTRL+ALT+h");
    assert_eq!(check(&halo), ("working".into(), "Ctrl+Alt+H opens Halo".into()));
    portal.press();
    assert!(wait_until(SOON, || openings(&notes) == 1));
    portal.end();
    assert!(wait_until(SOON, || check(&halo).0 == "failing"));
    halo.expect(&["config", "shortcut", "Ctrl+Alt+H"]);
    assert_eq!(check(&halo).0, "working");
}

#[test]
fn d11_on_wayland_without_a_portal_the_way_out_is_said() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let mut halo = Halo::not_started(&desktop).with_variable("WAYLAND_DISPLAY", "none-here");
    halo.start_again();
    let refused = halo.refused(&["config", "shortcut", "Ctrl+Alt+H"]);
    let words = ["this desktop offers no global shortcuts", "bind the command `halo` in its own settings"];
    assert!(words.iter().all(|words| refused.contains(words)), "{refused}");
    assert_eq!(check(&halo), ("absent".into(), "this desktop offers no global shortcuts".into()));

    let _portal = Portal::start(&desktop, PortalKind::Asks { allows: false });
    let refused = halo.refused(&["config", "shortcut", "Ctrl+Alt+H"]);
    assert!(refused.contains("the desktop did not allow the shortcut"), "{refused}");
    assert_eq!(halo.expect(&["config", "shortcut"]), "");
}

#[test]
fn d11_on_plasma_5_the_shortcut_is_bound_with_the_session_and_no_settings_open() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let portal = Portal::start(&desktop, PortalKind::Plasma5);
    let (halo, notes) = beside_a_stand_in(&desktop);
    let mut halo = halo.with_variable("WAYLAND_DISPLAY", "none-here");
    halo.start_again();
    halo.expect(&["config", "shortcut", "Ctrl+Alt+H"]);
    assert_eq!(portal.trigger(), "CTRL+ALT+h");
    assert_eq!(check(&halo), ("working".into(), "Ctrl+Alt+H opens Halo".into()));
    portal.press();
    assert!(wait_until(SOON, || openings(&notes) == 1));
    // At the next log-in, too.
    halo.quit();
    halo.start_again();
    assert_eq!(portal.trigger(), "CTRL+ALT+h");
    assert!(wait_until(SOON, || check(&halo).0 == "working"), "{:?}", check(&halo));
    portal.press();
    assert!(wait_until(SOON, || openings(&notes) == 2));
    assert!(!portal.opened_settings(), "nobody asked for the desktop's settings");
}

#[test]
fn d11_a_portal_that_bound_nothing_is_not_believed() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let _portal = Portal::start(&desktop, PortalKind::BindsNothing);
    let mut halo = Halo::not_started(&desktop).with_variable("WAYLAND_DISPLAY", "none-here");
    halo.start_again();
    let refused = halo.refused(&["config", "shortcut", "Ctrl+Alt+H"]);
    assert!(refused.contains("the desktop did not allow the shortcut"), "{refused}");
    assert_eq!(check(&halo), ("failing".into(), "the desktop did not allow the keys".into()));
}

#[test]
fn d11_a_portal_that_hangs_is_waited_for_by_nobody_else() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let _portal = Hung::start(&desktop, "org.freedesktop.portal.Desktop");
    let mut halo = Halo::not_started(&desktop).with_variable("WAYLAND_DISPLAY", "none-here");
    halo.start_again();
    let mut asking = halo.command(&["config", "shortcut", "Ctrl+Alt+H"]).spawn().unwrap();
    let started = std::time::Instant::now();
    halo.set("busy");
    halo.until_status("busy");
    assert!(started.elapsed() < SOON / 2, "it took {:?}", started.elapsed());
    assert!(asking.try_wait().unwrap().is_none(), "the portal has answered");
    assert!(wait_until(2 * SOON, || asking.try_wait().unwrap().is_some()), "nobody says that the portal hangs");
    assert_eq!(check(&halo), ("failing".into(), "the desktop does not answer".into()));
}
