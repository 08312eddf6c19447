//! A call, by a microphone in use: Busy, why, for how long, and what takes it back.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

use std::time::Duration;

use e2e::{Desktop, Halo, Recording, SOON, Sound, skip, wait_until};
use jiff::Timestamp;
use serde_json::Value;

use crate::support::{TrayHost, seconds_since};

/// Longer than a call takes to be taken for one.
const SETTLED: Duration = Duration::from_secs(4);
/// An idle time of ten seconds, and the slowness of two busy cores.
const IDLE_TIME: Duration = Duration::from_secs(20);

/// A desktop with a microphone; `None` if there is none to be had, which is said.
fn desk() -> Option<(Desktop, Sound)> {
    if !Sound::is_installed() {
        skip("PulseAudio is not installed (where another sound server runs, it may take its place)");
        return None;
    }
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let sound = desktop.start_sound().unwrap();
    Some((desktop, sound))
}

/// How the microphone's source is doing.
fn microphone(halo: &Halo) -> Value {
    let checks = halo.json(&["doctor", "--json"]);
    checks.as_array().unwrap().iter().find(|check| check["part"] == "call").cloned().unwrap_or_default()
}

fn begins(desktop: &Desktop, halo: &Halo) -> Recording {
    let heard = wait_until(SOON, || microphone(halo)["state"] == "working");
    assert!(heard, "{}", microphone(halo));
    desktop.record("mic").unwrap()
}

#[test]
fn d12_a_call_shows_busy_says_why_and_one_undo_takes_it_back_until_the_next() {
    let Some((desktop, _sound)) = desk() else { return };
    let mut tray = TrayHost::start(&desktop);
    let mut halo = Halo::start(&desktop);
    let started = Timestamp::now();
    let call = begins(&desktop, &halo);
    let busy = halo.until_status("busy");
    assert_eq!((&busy["reason"]["source"], &busy["activity"]["on_call"]), (&"call".into(), &true.into()), "{busy}");
    assert_eq!((&busy["color"], &busy["returns_to"]), (&"red".into(), &"available".into()), "{busy}");
    assert!(seconds_since(&busy["reason"]["since"]) >= 2.0, "it began with the microphone: {busy}, {started}");
    assert!(halo.line().contains("because you are on a call. Back to Available after that."), "{}", halo.line());
    let microphone = microphone(&halo);
    assert!(microphone["last"].as_str().unwrap().starts_with("in use"), "{microphone}");
    tray.wait_for_item();
    tray.until("an undo", |menu| menu.find("Undo: show Available").is_some());

    // F06: a program that starts again changes nothing.
    halo.kill();
    halo.start_again();
    assert_eq!(halo.status()["reason"], busy["reason"]);

    // C13, C05: undone, it stays undone until the next call; that there is a call is said all the same (G09).
    halo.expect(&["undo"]);
    let undone = halo.status();
    assert_eq!((&undone["status"], &undone["activity"]["on_call"]), (&"available".into(), &true.into()), "{undone}");
    drop(call);
    halo.until("no call", |told| told["activity"]["on_call"] == false);
    let _next = begins(&desktop, &halo);
    halo.until_status("busy");
    halo.set("meal");
    assert_eq!(halo.status()["status"], "meal");
}

#[test]
fn d05_on_a_call_no_idleness_sets_away_but_a_lock_does_and_the_end_of_the_call_shows() {
    let Some((desktop, _sound)) = desk() else { return };
    let mut saver = desktop.start_screensaver("org.gnome.ScreenSaver").unwrap();
    let halo = Halo::start(&desktop);
    halo.expect(&["config", "idle.after", "10s"]);
    let call = begins(&desktop, &halo);
    halo.until_status("busy");
    let mut watch = halo.watch();
    watch.latest();
    let told = watch.next(IDLE_TIME);
    assert!(told.is_none(), "nobody is idle on a call: {told:?}");
    saver.set_active(true).unwrap();
    let away = halo.until_status("away");
    assert_eq!((&away["reason"]["source"], &away["returns_to"]), (&"lock".into(), &"busy".into()), "{away}");
    saver.set_active(false).unwrap();
    halo.until_unlocked();
    desktop.xdotool(&["mousemove_relative", "9", "9"]).unwrap();
    halo.until_status("busy");
    drop(call);
    let free = halo.until_status("available");
    assert_eq!(free["activity"]["on_call"], false);
}

#[test]
fn d02_whoever_typed_until_the_call_began_was_never_away() {
    let Some((desktop, _sound)) = desk() else { return };
    let halo = Halo::start(&desktop);
    halo.expect(&["config", "idle.after", "10s"]);
    // The system tells when the idle time is reached, and nothing of the input that keeps it from being reached.
    for _ in 0..8 {
        desktop.xdotool(&["mousemove_relative", "9", "0", "mousemove_relative", "--", "-9", "0"]).unwrap();
        std::thread::sleep(Duration::from_secs(2));
    }
    let _call = begins(&desktop, &halo);
    halo.until_status("busy");
    let shown: Vec<_> = halo.history().iter().map(|interval| interval["status"].clone()).collect();
    assert_eq!(shown, ["available", "busy"]);
}

#[test]
fn d13_a_short_sound_a_monitor_and_a_switched_off_call_change_nothing() {
    let Some((desktop, _sound)) = desk() else { return };
    let mut halo = Halo::start(&desktop);
    let mut watch = halo.watch();
    watch.latest();
    drop(begins(&desktop, &halo));
    let _monitor = desktop.record("out.monitor").unwrap();
    let told = watch.next(SETTLED);
    assert!(told.is_none(), "that is no call: {told:?}");
    halo.expect(&["config", "call.auto", "false"]);
    let _call = desktop.record("mic").unwrap();
    let told = watch.next(SETTLED);
    assert!(told.is_none(), "calls are switched off: {told:?}");
    assert_eq!(microphone(&halo)["chosen"], false);
    // It stays off, and what was not asked for was noted nowhere.
    halo.kill();
    halo.start_again();
    assert_eq!(
        (&halo.status()["status"], halo.expect(&["config", "call.auto"])),
        (&"available".into(), "false".into())
    );
    assert!(!halo.log().contains("parec"), "{}", halo.log());
    halo.expect(&["config", "call.auto", "true"]);
    halo.until_status("busy");
    assert!(!halo.log().contains("parec"), "{}", halo.log());
}
