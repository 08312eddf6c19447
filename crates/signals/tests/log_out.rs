//! Log-outs that end no program, by a mock of logind: a session that is only closing, of which there is no signal.
#![cfg(target_os = "linux")]

mod common;

use common::logind::System;
use common::{Bus, Display, Ear, installed};
use signals::{Environment, LockSource, Raw};

const US: u32 = 1000;
const SOMEBODY_ELSE: u32 = 1001;

fn lock(locked: Option<bool>) -> Raw {
    Raw::Lock { source: LockSource::Logind, locked, idle: None }
}

/// Listening in our session.
async fn listening(system: &System) -> Ear {
    let mut ear = system.ear();
    assert_eq!(ear.next().await, lock(Some(false)));
    ear
}

#[tokio::test]
async fn a_session_that_is_gone_is_a_log_out() {
    let Some(system) = System::start().await else { return };
    let mut ear = listening(&system).await;
    ear.not_logged_out().await;
    system.ends("c7").await;
    ear.logged_out().await;
    ear.nothing().await;
}

#[tokio::test]
async fn a_session_that_closes_behind_the_greeter_is_a_log_out_and_no_lock() {
    let Some(system) = System::start().await else { return };
    let mut ear = listening(&system).await;
    system.closes("c7").await;
    ear.not_logged_out().await;
    system.session("c8", "seat0", SOMEBODY_ELSE).await;
    ear.logged_out().await;
    ear.nothing().await;
}

#[tokio::test]
async fn whoever_logs_in_anew_while_the_old_session_closes_has_logged_out_of_that() {
    let Some(system) = System::start().await else { return };
    let mut ear = listening(&system).await;
    system.closes("c7").await;
    system.session("c8", "seat0", US).await;
    ear.logged_out().await;
    ear.nothing().await;
}

#[tokio::test]
async fn whoever_goes_to_another_session_has_not_logged_out_of_the_first() {
    let Some(system) = System::start().await else { return };
    let ear = listening(&system).await;
    system.session("c8", "seat0", SOMEBODY_ELSE).await;
    system.session("c9", "seat0", US).await;
    system.ends("c9").await;
    system.ends("c8").await;
    ear.not_logged_out().await;
    system.ends("c7").await;
    ear.logged_out().await;
}

#[tokio::test]
async fn a_display_that_is_lost_is_a_log_out_if_the_session_closes_then_or_later() {
    let Some(system) = System::start().await else { return };
    if !installed(&["Xvfb"]) {
        return;
    }
    for closes_first in [true, false] {
        let id = if closes_first { "c10" } else { "c11" };
        system.session(id, "seat0", US).await;
        // A remote desktop, which no greeter follows.
        system.has_no_seat(id).await;
        let mut display = Display::start_apart();
        let environment = Environment { display: Some(display.name.clone()), ..system.environment(Some(id)) };
        let mut ear = Ear::new(environment);
        let seeds = [ear.next().await, ear.next().await];
        assert!(seeds.contains(&lock(Some(false))), "{seeds:?}");
        if closes_first {
            system.closes(id).await;
        }
        ear.not_logged_out().await;
        display.kill();
        ear.until(|raw| matches!(raw, Raw::IdleUnknown(_))).await;
        if !closes_first {
            ear.not_logged_out().await;
            system.closes(id).await;
        }
        ear.logged_out().await;
    }
}

#[tokio::test]
async fn a_session_bus_that_is_lost_is_a_log_out_if_the_session_closes() {
    let Some(system) = System::start().await else { return };
    system.has_no_seat("c7").await;
    let mut bus = Bus::start();
    let environment = Environment { session_bus: Some(bus.address.clone()), ..system.environment(Some("c7")) };
    let mut ear = Ear::deaf_to_idle(environment);
    assert_eq!(ear.next().await, lock(Some(false)));
    system.closes("c7").await;
    ear.not_logged_out().await;
    bus.kill();
    ear.logged_out().await;
}

#[tokio::test]
async fn a_pause_hears_nothing_but_the_log_out() {
    let Some(system) = System::start().await else { return };
    let mut ear = listening(&system).await;
    ear.handle.pause(true);
    ear.nothing().await;
    system.closes("c7").await;
    system.session("c8", "seat0", SOMEBODY_ELSE).await;
    ear.logged_out().await;
    ear.nothing().await;
}

#[tokio::test]
async fn a_session_that_closes_is_never_taken_for_ours() {
    let Some(system) = System::start().await else { return };
    system.session("c8", "seat0", US).await;
    system.our_user("c8", &["c7", "c8"]).await;
    // Typed into a terminal that outlived its session.
    system.closes("c7").await;
    let mut ear = Ear::deaf_to_idle(system.environment(Some("c7")));
    assert_eq!(ear.next().await, lock(Some(false)));
    ear.not_logged_out().await;
    system.hint_of("c8", true).await;
    assert_eq!(ear.next().await, lock(Some(true)));
    system.ends("c7").await;
    ear.not_logged_out().await;
}

#[tokio::test]
async fn a_session_over_ssh_keeps_nobody_logged_in_who_has_left_the_one_with_the_screen() {
    let Some(system) = System::start().await else { return };
    system.session("s3", "seat9", US).await;
    system.has_no_seat("s3").await;
    system.is_text("s3").await;
    system.our_user("c7", &["s3", "c7"]).await;
    let mut ear = Ear::deaf_to_idle(system.environment(None));
    assert_eq!(ear.next().await, lock(Some(false)));
    system.shows_our_user("s3").await;
    system.ends("c7").await;
    ear.logged_out().await;
}

#[tokio::test]
async fn a_logind_that_was_started_anew_and_forgot_the_session_logs_nobody_out() {
    let Some(mut system) = System::start().await else { return };
    let mut ear = listening(&system).await;
    system.logind = None;
    assert_eq!(ear.next().await, lock(None));
    // For a moment it knows of no session.
    system.start_logind().await;
    assert_eq!(ear.next().await, lock(Some(false)));
    ear.not_logged_out().await;
    system.ends("c7").await;
    ear.logged_out().await;
}
