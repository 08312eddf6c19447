//! Whose session the person at the desk sees, by a mock of logind: user switching, seats, several sessions of one user.
#![cfg(target_os = "linux")]

mod common;

use common::Ear;
use common::logind::System;
use signals::{Environment, LockSource, Raw, SignalKind};

const US: u32 = 1000;
const SOMEBODY_ELSE: u32 = 1001;

fn lock(locked: Option<bool>) -> Raw {
    Raw::Lock { source: LockSource::Logind, locked, idle: None }
}

#[tokio::test]
async fn a_session_behind_another_persons_is_locked_until_it_is_in_front_again() {
    let Some(system) = System::start().await else { return };
    let mut ear = system.ear();
    assert_eq!(ear.next().await, lock(Some(false)));
    system.session("c8", "seat0", SOMEBODY_ELSE).await;
    assert_eq!(ear.next().await, lock(Some(true)));
    let why = ear.source(SignalKind::Lock, "logind").why;
    assert!(why.contains("not in front"), "{why}");
    // The other's locks and unlocks are not ours.
    system.hint_of("c8", true).await;
    system.hint_of("c8", false).await;
    ear.nothing().await;
    system.shows("seat0", "c7").await;
    assert_eq!(ear.next().await, lock(Some(false)));
    system.shows_none("seat0").await;
    assert_eq!(ear.next().await, lock(Some(true)));
    // Ours was locked meanwhile, as most desktops do: one lock.
    system.hint(true).await;
    system.shows("seat0", "c7").await;
    ear.nothing().await;
    system.hint(false).await;
    assert_eq!(ear.next().await, lock(Some(false)));
}

#[tokio::test]
async fn a_program_that_starts_behind_another_session_is_locked() {
    let Some(system) = System::start().await else { return };
    system.session("c8", "seat0", SOMEBODY_ELSE).await;
    let mut ear = system.ear();
    assert_eq!(ear.next().await, lock(Some(true)));
}

#[tokio::test]
async fn whoever_sits_in_another_session_of_theirs_is_elsewhere_and_its_lock_is_theirs() {
    let Some(system) = System::start().await else { return };
    let mut ear = system.ear();
    assert_eq!(ear.next().await, lock(Some(false)));
    system.session("c8", "seat0", US).await;
    assert_eq!(ear.next().await, Raw::Elsewhere(true));
    let source = ear.source(SignalKind::Lock, "logind");
    assert!(source.why.contains("in front of this one"), "{source:?}");
    assert!(source.advice.is_some_and(|advice| advice.contains("halo quit")), "the doctor says what to do");
    system.hint_of("c8", true).await;
    assert_eq!(ear.next().await, lock(Some(true)));
    // The one behind may do what it likes.
    system.hint(true).await;
    system.hint(false).await;
    ear.nothing().await;
    system.hint_of("c8", false).await;
    assert_eq!(ear.next().await, lock(Some(false)));
    system.hint(true).await;
    system.shows("seat0", "c7").await;
    assert_eq!([ear.next().await, ear.next().await], [lock(Some(true)), Raw::Elsewhere(false)], "the lock comes first");
}

#[tokio::test]
async fn what_happens_at_another_seat_is_not_heard() {
    let Some(system) = System::start().await else { return };
    let mut ear = system.ear();
    assert_eq!(ear.next().await, lock(Some(false)));
    system.session("c8", "seat1", SOMEBODY_ELSE).await;
    system.hint_of("c8", true).await;
    system.shows_none("seat1").await;
    ear.nothing().await;
    system.hint(true).await;
    assert_eq!(ear.next().await, lock(Some(true)));
}

#[tokio::test]
async fn a_session_without_a_seat_has_nothing_in_front_of_it() {
    let Some(system) = System::start().await else { return };
    system.has_no_seat("c7").await;
    system.session("c8", "seat0", SOMEBODY_ELSE).await;
    let mut ear = system.ear();
    assert_eq!(ear.next().await, lock(Some(false)), "a remote desktop is not behind the console's");
    system.shows_none("seat0").await;
    ear.nothing().await;
}

#[tokio::test]
async fn a_program_started_over_ssh_serves_the_session_with_a_screen() {
    let Some(system) = System::start().await else { return };
    system.session("s3", "seat9", US).await;
    system.has_no_seat("s3").await;
    system.is_text("s3").await;
    system.our_user("c7", &["s3", "c7"]).await;
    let mut ear = Ear::deaf_to_idle(system.environment(Some("s3")));
    assert_eq!(ear.next().await, lock(Some(false)));
    system.hint(true).await;
    assert_eq!(ear.next().await, lock(Some(true)));
}

#[tokio::test]
async fn of_two_sessions_the_one_with_our_screen_is_ours_though_nobody_says_its_name() {
    let Some(system) = System::start().await else { return };
    system.session("c8", "seat1", US).await;
    system.has_display("c7", ":50000").await;
    system.has_display("c8", ":50001").await;
    system.our_user("c7", &["c7", "c8"]).await;
    // A display that does not answer, so that only its name is of use.
    let environment = Environment { display: Some(":50001.0".to_owned()), ..system.environment(None) };
    let mut ear = Ear::deaf_to_idle(environment);
    assert_eq!(ear.next().await, lock(Some(false)));
    system.hint_of("c7", true).await;
    ear.nothing().await;
    system.hint_of("c8", true).await;
    assert_eq!(ear.next().await, lock(Some(true)));
}

#[tokio::test]
async fn where_nobody_says_which_session_is_ours_any_of_our_users_in_front_is() {
    let Some(system) = System::start().await else { return };
    system.our_user("c7", &["c7"]).await;
    let mut ear = Ear::deaf_to_idle(system.environment(None));
    assert_eq!(ear.next().await, lock(Some(false)));
    system.session("c8", "seat0", US).await;
    ear.nothing().await;
    system.hint_of("c8", true).await;
    assert_eq!(ear.next().await, lock(Some(true)), "it may be elsewhere, and may not: input goes on counting");
}

#[tokio::test]
async fn where_nobody_says_which_session_is_ours_and_one_ends_the_next_one_is_followed() {
    let Some(system) = System::start().await else { return };
    system.our_user("c7", &["c7"]).await;
    let mut ear = Ear::deaf_to_idle(system.environment(None));
    assert_eq!(ear.next().await, lock(Some(false)));
    system.session("c9", "seat0", US).await;
    system.shows_our_user("c9").await;
    ear.nothing().await;
    system.ends("c7").await;
    ear.nothing().await;
    ear.not_logged_out().await;
    system.hint_of("c9", true).await;
    assert_eq!(ear.next().await, lock(Some(true)));
}
