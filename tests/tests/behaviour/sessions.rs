//! Several sessions at one desk: another person's, or a second one of the same person.

use std::time::Duration;

use e2e::{Desktop, Halo, SOON, wait_until};
use jiff::Timestamp;
use serde_json::Value;

use crate::support::instant;

const IDLE_TIME: Duration = Duration::from_secs(20);

fn input(desktop: &Desktop) {
    desktop.xdotool(&["mousemove_relative", "9", "0", "mousemove_relative", "--", "-9", "0"]).expect("xdotool");
}

/// What the doctor says of the lock by logind, and advises.
fn lock(halo: &Halo) -> String {
    let checks = halo.json(&["doctor", "--json"]);
    let is_it = |check: &&Value| check["part"] == "lock" && check["name"] == "logind";
    let why = checks
        .as_array()
        .expect("checks")
        .iter()
        .find(is_it)
        .map(|check| format!("{} {}", check["why"], check["advice"]));
    why.unwrap_or_default()
}

#[test]
fn d01_whoever_is_switched_away_from_is_away_at_once_and_back_by_input_in_their_session() {
    let mut desktop = Desktop::builder().display(true).session_bus(true).system_bus(true).start().unwrap();
    let logind = desktop.start_logind_mock().unwrap();
    let halo = Halo::start(&desktop);
    input(&desktop);
    let mut watch = halo.watch();
    let switched = Timestamp::now();
    logind.begin_session("c2", false).unwrap();
    let away = watch.until("away", SOON, |told| told["status"] == "away");
    assert_eq!(away["reason"]["source"], "lock", "{away}");
    assert!(instant(&away["since"]).duration_since(switched).as_secs_f64().abs() < 2.0, "{away}");
    assert!(lock(&halo).contains("not in front"), "the doctor says why: {}", lock(&halo));

    logind.show_session("c1").unwrap();
    halo.until_unlocked();
    assert_eq!(halo.status()["status"], "away", "D03: nobody has touched anything yet");
    input(&desktop);
    watch.until("back", SOON, |told| told["status"] == "available");
}

#[test]
fn c08_whoever_works_in_a_second_session_of_theirs_is_not_away_by_the_silence_of_the_first() {
    let mut desktop = Desktop::builder().display(true).session_bus(true).system_bus(true).start().unwrap();
    let logind = desktop.start_logind_mock().unwrap();
    let halo = Halo::start(&desktop);
    halo.expect(&["config", "idle.after", "10s"]);
    input(&desktop);
    let mut watch = halo.watch();
    logind.begin_session("c2", true).unwrap();
    assert!(watch.next(Duration::from_secs(13)).is_none(), "what nobody can know changes nothing: {}", watch.latest());
    assert!(lock(&halo).contains("halo quit"), "the doctor says what to do: {}", lock(&halo));

    let returned = Timestamp::now();
    logind.show_session("c1").unwrap();
    let away = watch.until("away", IDLE_TIME, |told| told["status"] == "away");
    assert_eq!(away["reason"]["source"], "idle", "{away}");
    let off = instant(&away["since"]).duration_since(returned).as_secs_f64();
    assert!(off.abs() < 1.0, "the idle time began anew with the switch: {off} s");
}

/// What was shown of late, the latest last.
fn shown(halo: &Halo) -> Vec<Value> {
    halo.history().into_iter().map(|interval| interval["status"].clone()).collect()
}

#[test]
fn c10_a_log_out_that_ends_no_program_is_one_all_the_same_and_offline_follows_at_once() {
    let mut desktop = Desktop::builder().display(true).session_bus(true).system_bus(true).start().unwrap();
    let logind = desktop.start_logind_mock().unwrap();
    let mut halo = Halo::start(&desktop);
    input(&desktop);
    // Its session lives on as long as Halo does, and logind says nothing of it. Then comes the greeter.
    let mut watch = halo.watch();
    logind.close_session("c1").unwrap();
    logind.begin_session("greeter", false).unwrap();
    assert_eq!(watch.until("offline", SOON, |told| told["status"] == "offline")["reason"]["source"], "signed_out");
    halo.wait_for_end();
    // Logged in again.
    logind.begin_session("c2", true).unwrap();
    let mut halo = halo.with_variable("XDG_SESSION_ID", "c2");
    halo.start_again();
    assert_eq!(shown(&halo), ["available", "offline", "available"], "never Away behind the greeter");
    let hears_it = || lock(&halo).contains("c2") && !lock(&halo).contains("halo quit");
    assert!(wait_until(SOON, hears_it), "it hears the session in front: {}", lock(&halo));

    // The last program of the session but Halo's own is gone, under a pause.
    halo.expect(&["pause", "1h"]);
    logind.remove_session("c2").unwrap();
    halo.wait_for_end();
}

#[test]
fn d11_a_start_in_another_session_takes_over_from_one_whose_session_is_closing() {
    let mut desktop = Desktop::builder().session_bus(true).system_bus(true).start().unwrap();
    let logind = desktop.start_logind_mock().unwrap();
    let mut left_behind = Halo::start(&desktop);
    // Nothing tells it, as in a remote desktop: the next session is at no seat.
    logind.close_session("c1").unwrap();
    assert_eq!(left_behind.status()["status"], "available");
    let mut halo = Halo::not_started(&desktop).with_variable("XDG_SESSION_ID", "c2");
    halo.start_again();
    left_behind.wait_for_end();
    assert!(wait_until(SOON, || halo.run(&["status"]).code == 0), "it has the place of the first: {}", halo.log());
    assert_eq!(shown(&halo), ["available", "offline", "available"]);
}
