//! Watching a film counts as being there, where the person wants it so.
#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use presence::{DeskSignal, Moment};
use signals::{Arm, LockSource, Raw, Settings, Sign, Tracker};

const FILM: Raw = Raw::ScreenKept(true);
const NO_FILM: Raw = Raw::ScreenKept(false);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn clock(seconds: u64) -> Timestamp {
    let midnight: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
    midnight + SignedDuration::from_secs(i64::try_from(seconds).unwrap())
}

/// Seconds since boot, on a wall clock that began at midnight.
fn at(seconds: u64) -> Moment {
    Moment { wall: clock(seconds), boot: secs(seconds) }
}

fn settings(watching: bool) -> Settings {
    Settings { idle_after: Some(secs(300)), countdown: secs(30), lock: true, watching }
}

fn lock(locked: bool) -> Raw {
    Raw::Lock { source: LockSource::Logind, locked: Some(locked), idle: None }
}

fn began(signal: DeskSignal, when: u64, last_input: u64) -> Sign {
    Sign::Began { signal, at: clock(when), last_input: Some(clock(last_input)) }
}

/// The last input was at second 1000, and no film runs.
fn tracker(watching: bool) -> Tracker {
    let mut tracker = Tracker::new(settings(watching));
    tracker.hear(&Raw::IdleFor(secs(0)), at(1000));
    tracker.hear(&lock(false), at(1000));
    tracker.hear(&NO_FILM, at(1000));
    tracker
}

#[test]
fn whoever_watches_a_film_stays_and_the_idle_time_counts_from_its_end() {
    let mut tracker = tracker(true);
    assert_eq!(tracker.hear(&FILM, at(1010)), []);
    assert_eq!(tracker.arm(), Arm { idle_for: None, input: false, screen: true });
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(5000)), at(6000)), []);
    assert_eq!(tracker.hear(&NO_FILM, at(7000)), []);
    // The counter of input stands far above that by now: it says so at once, and is asked for what is left.
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(6000)), at(7000)), []);
    assert_eq!(tracker.arm(), Arm { idle_for: Some(secs(6270)), input: true, screen: true });
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(6270)), at(7270)), [Sign::CountdownBegan(clock(7300))]);
    let signs = tracker.hear(&Raw::IdleFor(secs(6300)), at(7300));
    assert_eq!(signs, [Sign::CountdownEnded, began(DeskSignal::Idle, 7000, 7000)]);
}

#[test]
fn whoever_moves_the_mouse_after_a_film_is_away_one_idle_time_later_and_not_one_film() {
    let mut tracker = tracker(true);
    tracker.hear(&FILM, at(1010));
    tracker.hear(&NO_FILM, at(7000));
    tracker.hear(&Raw::IdleFor(secs(6000)), at(7000));
    assert_eq!(tracker.hear(&Raw::Input, at(7003)), []);
    assert_eq!(tracker.arm(), Arm { idle_for: Some(secs(270)), input: false, screen: true });
    tracker.hear(&Raw::IdleFor(secs(270)), at(7273));
    let signs = tracker.hear(&Raw::IdleFor(secs(300)), at(7303));
    assert_eq!(signs, [Sign::CountdownEnded, began(DeskSignal::Idle, 7003, 7003)]);
}

#[test]
fn a_film_that_begins_in_the_countdown_ends_it() {
    let mut tracker = tracker(true);
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(270)), at(1270)), [Sign::CountdownBegan(clock(1300))]);
    assert_eq!(tracker.hear(&FILM, at(1280)), [Sign::CountdownEnded]);
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(300)), at(1300)), []);
}

#[test]
fn d03_a_film_that_begins_by_itself_brings_nobody_back() {
    let mut tracker = tracker(true);
    tracker.hear(&Raw::IdleFor(secs(300)), at(1300));
    assert_eq!(tracker.hear(&FILM, at(1400)), []);
    assert_eq!(tracker.arm(), Arm { idle_for: None, input: true, screen: true });
    assert_eq!(tracker.hear(&Raw::Input, at(1500)), [Sign::Ended(DeskSignal::Idle)]);
    assert_eq!(tracker.arm().idle_for, None, "from here on they watch");
}

#[test]
fn d01_a_lock_outweighs_a_film() {
    let mut tracker = tracker(true);
    tracker.hear(&FILM, at(1010));
    assert_eq!(tracker.hear(&lock(true), at(2000)), [began(DeskSignal::Lock, 2000, 2000)]);
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(2000)), at(3000)), [began(DeskSignal::Idle, 2000, 2000)]);
}

#[test]
fn a_film_is_nothing_unless_the_person_wants_it_so() {
    let mut tracker = tracker(false);
    assert!(!tracker.arm().screen);
    assert_eq!(tracker.hear(&FILM, at(1010)), []);
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(300)), at(1300)), [began(DeskSignal::Idle, 1000, 1000)]);
}

#[test]
fn to_want_it_so_no_longer_counts_from_then_on() {
    let mut tracker = tracker(true);
    tracker.hear(&FILM, at(1010));
    assert_eq!(tracker.set(settings(false), at(2000)), []);
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(1000)), at(2000)), []);
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(1300)), at(2300)), [began(DeskSignal::Idle, 2000, 2000)]);
}

#[test]
fn f06_a_start_in_the_midst_of_a_film_waits_to_hear_of_it() {
    let mut tracker = Tracker::new(settings(true));
    tracker.resume([], false, true, true);
    assert_eq!(tracker.hear(&Raw::IdleFor(secs(4000)), at(5000)), []);
    assert_eq!(tracker.next_look(), Some(secs(5010)));
    assert_eq!(tracker.hear(&FILM, at(5002)), []);
    assert_eq!((tracker.next_look(), tracker.look(at(6000))), (None, vec![]));
}

#[test]
fn c08_where_nobody_tells_of_films_there_is_none() {
    let mut tracker = Tracker::new(settings(true));
    let signs = tracker.hear(&Raw::IdleFor(secs(4000)), at(5000));
    assert_eq!(signs, [Sign::Knows { idle: true, lock: false }]);
    assert_eq!((tracker.arm().idle_for, tracker.next_look()), (None, Some(secs(5010))));
    assert_eq!(tracker.look(at(5010)), []);
    assert_eq!((tracker.arm().idle_for, tracker.next_look()), (Some(secs(270)), None));
    let signs = tracker.hear(&Raw::IdleFor(secs(4010)), at(5010));
    assert_eq!(signs, [began(DeskSignal::Idle, 1000, 1000)]);
}
