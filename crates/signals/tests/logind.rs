//! Lock and sleep by a mock of logind on private system buses.
#![cfg(target_os = "linux")]

mod common;

use std::time::{Duration, Instant};

use common::logind::{OURS, SESSION, System};
use common::{Ear, LONG};
use signals::{LockSource, Raw, SignalKind, SourceState};

fn lock(locked: Option<bool>) -> Raw {
    Raw::Lock { source: LockSource::Logind, locked, idle: None }
}

fn asleep(asleep: bool) -> Raw {
    Raw::Sleep { asleep, idle: None }
}

#[tokio::test]
async fn the_locked_hint_is_told_and_requests_are_not() {
    let Some(system) = System::start().await else { return };
    system.hint(true).await;
    let mut ear = system.ear();
    assert_eq!(ear.next().await, lock(Some(true)));
    system.hint(false).await;
    assert_eq!(ear.next().await, lock(Some(false)));
    system.signal(OURS, SESSION, "Lock", None).await;
    system.signal(OURS, SESSION, "Unlock", None).await;
    ear.nothing().await;
    system.hint(true).await;
    assert_eq!(ear.next().await, lock(Some(true)));
}

#[tokio::test]
async fn sleep_is_held_back_until_it_is_recorded() {
    let Some(system) = System::start().await else { return };
    let mut ear = system.ear();
    let held = system.inhibitors(1).await;
    let (what, who, why, mode, ..) = &held[0];
    assert_eq!((what.as_str(), who.as_str(), mode.as_str()), ("sleep", "Halo", "delay"));
    assert!(!why.is_empty());
    for _ in 0..2 {
        system.sleep(true).await;
        ear.until(|raw| *raw == asleep(true)).await;
        system.inhibitors(1).await;
        ear.handle.sleep_recorded();
        system.inhibitors(0).await;
        system.sleep(false).await;
        ear.until(|raw| *raw == asleep(false)).await;
        system.inhibitors(1).await;
    }
}

#[tokio::test]
async fn sleep_is_not_held_back_for_ever() {
    let Some(system) = System::start().await else { return };
    let mut ear = system.ear();
    system.inhibitors(1).await;
    // One from before does not count.
    ear.handle.sleep_recorded();
    system.sleep(true).await;
    ear.until(|raw| *raw == asleep(true)).await;
    let told = Instant::now();
    system.inhibitors(0).await;
    assert!(told.elapsed() > Duration::from_secs(2) && told.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn logind_that_restarts_is_asked_again() {
    let Some(mut system) = System::start().await else { return };
    system.hint(true).await;
    let mut ear = system.ear();
    assert_eq!(ear.next().await, lock(Some(true)));
    system.inhibitors(1).await;
    system.logind = None;
    assert_eq!(ear.next().await, lock(None));
    let health = ear.handle.health();
    assert!(health.iter().filter(|source| source.source == "logind").all(|source| !source.chosen), "{health:?}");
    system.start_logind().await;
    assert_eq!(ear.next().await, lock(Some(false)));
    system.hint(true).await;
    assert_eq!(ear.next().await, lock(Some(true)));
    system.inhibitors(1).await;
}

#[tokio::test]
async fn a_logind_that_says_nothing_is_said_to_and_heard_when_it_speaks() {
    let Some(system) = System::start().await else { return };
    let logind = system.logind.as_ref().unwrap();
    logind.hang(true);
    let mut ear = system.ear();
    let asked = Instant::now();
    let silent = |ear: &Ear, signal| {
        let health = ear.handle.health();
        health.iter().any(|source| (source.signal, source.state) == (signal, SourceState::Failing))
    };
    while !(silent(&ear, SignalKind::Lock) && silent(&ear, SignalKind::Sleep)) {
        assert!(asked.elapsed() < LONG, "{:?}", ear.handle.health());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    ear.nothing().await;
    logind.hang(false);
    assert_eq!(ear.next().await, lock(Some(false)));
    // And one that falls silent does not hide what it says afterwards.
    logind.hang(true);
    ear.nothing().await;
    logind.hang(false);
    system.hint(true).await;
    assert_eq!(ear.next().await, lock(Some(true)));
}

#[tokio::test]
async fn a_system_bus_that_dies_is_awake_and_asked_again() {
    let Some(mut system) = System::start().await else { return };
    let mut ear = system.ear();
    assert_eq!(ear.next().await, lock(Some(false)));
    system.inhibitors(1).await;
    system.sleep(true).await;
    assert_eq!(ear.next().await, asleep(true));
    ear.handle.sleep_recorded();
    system.bus.kill();
    let mut said = vec![ear.next().await, ear.next().await];
    said.sort_by_key(|raw| *raw == asleep(false));
    assert_eq!(said, [lock(None), asleep(false)]);
    assert!(ear.handle.health().iter().any(|source| {
        (source.signal, source.state) == (SignalKind::Sleep, SourceState::Failing) && source.advice.is_some()
    }));
    system.logind = None;
    system.bus.restart();
    system.conn = system.bus.connect().await;
    system.start_logind().await;
    system.inhibitors(1).await;
    assert_eq!(ear.next().await, lock(Some(false)));
}

#[tokio::test]
async fn a_pause_hears_no_lock_but_still_sleep() {
    let Some(system) = System::start().await else { return };
    let mut ear = system.ear();
    assert_eq!(ear.next().await, lock(Some(false)));
    ear.handle.pause(true);
    ear.nothing().await;
    system.hint(true).await;
    ear.nothing().await;
    system.sleep(true).await;
    assert_eq!(ear.next().await, asleep(true));
    ear.handle.sleep_recorded();
    system.sleep(false).await;
    assert_eq!(ear.next().await, asleep(false));
    ear.handle.pause(false);
    ear.until(|raw| *raw == lock(Some(true))).await;
}
