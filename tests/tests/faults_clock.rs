//! A wall clock that is set while the program runs: no status ends early or late, no duration is wrong (D07).
//!
//! The clock is a fake under the one program, by libfaketime; the machine's own is never touched. The kernel does not
//! tell of such a step as it would of a real one: the program has to find out by itself.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod faults_support;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use e2e::{Desktop, halo_program, skip, wait_until};
use faults_support::{Halo, SOON};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// What a clock may be off by between two looks at it.
const ALLOWED: SignedDuration = SignedDuration::from_secs(2);

struct FakeClock {
    library: PathBuf,
    file: PathBuf,
}

impl FakeClock {
    fn new(desktop: &Desktop) -> Option<Self> {
        let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
        let library = folders.map(|entry| entry.path().join("faketime/libfaketime.so.1")).find(|path| path.exists())?;
        let clock = Self { library, file: desktop.home().join("clock") };
        clock.set(SignedDuration::ZERO);
        Some(clock)
    }

    /// Sets the clock to so far from the real one.
    fn set(&self, off: SignedDuration) {
        // In one go: a program that read half of it would not know the time.
        let beside = self.file.with_extension("new");
        fs::write(&beside, format!("{:+}\n", off.as_secs())).unwrap();
        fs::rename(&beside, &self.file).unwrap();
    }

    /// The resident program, with this clock.
    fn command(&self, desktop: &Desktop) -> Command {
        let mut command = desktop.command(halo_program());
        command.arg("run").env("LD_PRELOAD", &self.library).env("FAKETIME_TIMESTAMP_FILE", &self.file);
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        command.env("DONT_FAKE_MONOTONIC", "1");
        command
    }
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

#[track_caller]
fn is_near(value: &Value, expected: Timestamp) {
    let off = time(value).duration_since(expected);
    assert!(off.abs() < ALLOWED, "{value} is off by {off:#} from {expected}");
}

/// How long each status of the history lasted, without the one that lasts.
fn lasted(halo: &Halo) -> Vec<(String, SignedDuration)> {
    let history = halo.json(&["history"]);
    let ended = history.as_array().unwrap().iter().filter(|interval| !interval["end"].is_null());
    let span = |interval: &Value| time(&interval["end"]).duration_since(time(&interval["start"]));
    ended.map(|interval| (faults_support::text(&interval["status"]), span(interval))).collect()
}

/// Steps of the clock during a timed choice, with `restart` between a step and the next look.
fn a_timed_choice_keeps_its_time(steps: &[SignedDuration], restart: bool) {
    let desktop = Desktop::builder().start().unwrap();
    let Some(clock) = FakeClock::new(&desktop) else { return skip("libfaketime is not installed (package faketime)") };
    let mut halo = Halo::start_by(&desktop, &mut clock.command(&desktop));
    is_near(&halo.json(&["status"])["since"], Timestamp::now());
    clock.set(DAY);
    is_near(&halo.json(&["status"])["since"], Timestamp::now() + DAY);
    clock.set(SignedDuration::ZERO);
    halo.does(&["status"]);

    let chosen = Instant::now();
    halo.does(&["set", "meal", "--for", "8s"]);
    let (since, until) = (Timestamp::now(), Timestamp::now() + SignedDuration::from_secs(8));
    for &off in steps {
        clock.set(off);
        if restart {
            halo.kill();
            halo = Halo::start_by(&desktop, &mut clock.command(&desktop));
        }
        let status = halo.json(&["status"]);
        assert_eq!(status["status"], "meal", "after a step to {off:#}");
        is_near(&status["since"], since + off);
        is_near(&status["until"], until + off);
    }
    let left = Duration::from_secs(8).saturating_sub(chosen.elapsed());
    assert!(left > Duration::from_secs(1), "this machine is too slow for this test");
    // Nobody asks meanwhile: the end comes by the program's own timer, at the moment that the duration meant.
    let mut watch = e2e::Halo::not_started(&desktop).watch();
    watch.until("available", SOON, |status| status["status"] == "available");
    let took = chosen.elapsed();
    let right = Duration::from_millis(7500)..Duration::from_secs(11);
    assert!(right.contains(&took), "it took {took:?} instead of 8 s");

    let lasted = lasted(&halo);
    let (status, span) = lasted.last().unwrap();
    assert_eq!(status, "meal", "{lasted:?}");
    assert!((*span - SignedDuration::from_secs(8)).abs() < ALLOWED, "{lasted:?}");
    assert!(lasted.iter().all(|(_, span)| *span >= SignedDuration::ZERO && *span < DAY / 2), "{lasted:?}");
    assert!(wait_until(SOON, || halo.status() == "available"));
}

#[test]
fn d07_a_clock_set_forward_a_day_and_back_again() {
    a_timed_choice_keeps_its_time(&[DAY, SignedDuration::ZERO], false);
}

#[test]
fn d07_a_clock_set_back_a_day() {
    a_timed_choice_keeps_its_time(&[-DAY], false);
}

#[test]
fn d07_a_clock_set_forward_a_day() {
    a_timed_choice_keeps_its_time(&[DAY], false);
}

#[test]
fn d07_p08_a_clock_set_back_a_day_while_the_program_was_dead() {
    a_timed_choice_keeps_its_time(&[-DAY], true);
}

#[test]
fn d07_p08_a_clock_set_forward_a_day_while_the_program_was_dead() {
    a_timed_choice_keeps_its_time(&[DAY], true);
}

/// `halo ARGUMENTS` at a moment, in Berlin; with it, the resident program that was started there.
fn berlin<'d>(desktop: &'d Desktop, clock: &FakeClock, now: &str) -> (Halo, impl Fn(&[&str]) -> e2e::Said + use<'d>) {
    clock.set(now.parse::<Timestamp>().unwrap().duration_since(Timestamp::now()));
    let mut command = clock.command(desktop);
    let halo = Halo::start_by(desktop, command.env("TZ", "Europe/Berlin"));
    let (library, file) = (clock.library.clone(), clock.file.clone());
    let ask = move |arguments: &[&str]| {
        let mut command = desktop.command(halo_program());
        command.args(arguments).env("TZ", "Europe/Berlin").env("FAKETIME_NO_CACHE", "1");
        faults_support::said(command.env("LD_PRELOAD", &library).env("FAKETIME_TIMESTAMP_FILE", &file))
    };
    (halo, ask)
}

#[test]
fn d07_until_a_time_of_day_is_until_the_next_one_that_fits() {
    for (now, until, end) in [
        ("2026-11-27T22:20:00Z", "00:15", "2026-11-27T23:15:00Z"),
        ("2026-11-27T21:24:00Z", "03:00", "2026-11-28T02:00:00Z"),
        ("2026-10-25T01:10:00Z", "02:30", "2026-10-25T01:30:00Z"),
        ("2026-03-29T00:30:00Z", "02:30", "2026-03-29T01:30:00Z"),
        ("2026-11-27T21:00:00Z", "23:40[Asia/Tokyo]", "2026-11-28T14:40:00Z"),
    ] {
        let desktop = Desktop::builder().start().unwrap();
        let Some(clock) = FakeClock::new(&desktop) else {
            return skip("libfaketime is not installed (package faketime)");
        };
        let (halo, ask) = berlin(&desktop, &clock, now);
        let said = ask(&["set", "meal", "--until", until]);
        assert_eq!(said.code, 0, "{said:?}");
        assert_eq!(time(&halo.json(&["status"])["until"]), end.parse().unwrap(), "until {until} at {now}");
        // Another day is said, for it may not have been meant.
        assert_eq!(said.out.starts_with("Until "), !["02:30"].contains(&until), "{said:?}");
    }
}

#[test]
fn d07_since_a_time_of_day_is_since_the_last_one_also_after_midnight() {
    let desktop = Desktop::builder().start().unwrap();
    let Some(clock) = FakeClock::new(&desktop) else { return skip("libfaketime is not installed (package faketime)") };
    // The fake clock must not step while the program runs, so it is dead over midnight.
    let (mut halo, _) = berlin(&desktop, &clock, "2026-11-27T22:10:00Z");
    halo.does(&["set", "busy"]);
    halo.does(&["set", "meal"]);
    halo.quit();
    let (_halo, ask) = berlin(&desktop, &clock, "2026-11-27T23:40:00Z");
    let since = |text: &str| ask(&["history", "--since", text]).out;
    assert!(since("23:00").contains("meal") && since("23:00").contains("Fri 23:10"), "{}", since("23:00"));
    assert!(!since("23:30").contains("meal"), "{}", since("23:30"));
    let corrected = ask(&["correct", "23:10", "00:05", "training", "--reason", "over midnight"]);
    assert_eq!(corrected.code, 0, "{corrected:?}");
    assert!(since("23:00").contains("corrected from meal: over midnight"), "{}", since("23:00"));
}

#[test]
fn c24_a_start_with_a_wrong_clock_erases_nothing() {
    let desktop = Desktop::builder().start().unwrap();
    let Some(clock) = FakeClock::new(&desktop) else { return skip("libfaketime is not installed (package faketime)") };
    let mut halo = Halo::start_by(&desktop, &mut clock.command(&desktop));
    for status in ["busy", "meal", "meeting"] {
        halo.does(&["set", status]);
    }
    halo.quit();
    for off in [DAY * 732, SignedDuration::ZERO] {
        clock.set(off);
        halo = Halo::start_by(&desktop, &mut clock.command(&desktop));
        halo.does(&["set", "training"]);
        // A step while it runs is no better.
        clock.set(off + DAY * 800);
        halo.does(&["set", "busy"]);
        clock.set(off);
        halo.does(&["set", "available"]);
        halo.quit();
    }
    let halo = Halo::start_by(&desktop, &mut clock.command(&desktop));
    let history = halo.history();
    for status in ["busy", "meal", "meeting"] {
        assert!(history.iter().take(6).any(|known| known == status), "{status} is gone: {history:?}");
    }
}

#[test]
fn d07_a_step_that_nobody_noticed_ends_nothing_early_or_late() {
    let desktop = Desktop::builder().start().unwrap();
    let Some(clock) = FakeClock::new(&desktop) else { return skip("libfaketime is not installed (package faketime)") };
    let halo = Halo::start_by(&desktop, &mut clock.command(&desktop));
    let mut watch = e2e::Halo::not_started(&desktop).watch();
    for off in [DAY, -DAY] {
        let chosen = Instant::now();
        halo.does(&["set", "meal", "--for", "4s"]);
        watch.until("meal", SOON, |status| status["status"] == "meal");
        // Nothing is asked between the step and the end.
        clock.set(off);
        watch.until("available", SOON, |status| status["status"] == "available");
        let took = chosen.elapsed();
        assert!((Duration::from_millis(3500)..Duration::from_secs(7)).contains(&took), "{took:?} instead of 4 s");
        is_near(&halo.json(&["status"])["since"], Timestamp::now() + off);
        let lasted = lasted(&halo);
        assert!((lasted.last().unwrap().1 - SignedDuration::from_secs(4)).abs() < ALLOWED, "{lasted:?}");
    }
}
