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
