//! Idle by the X server's alarms, on private displays.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::time::{Duration, Instant};

use common::{Display, Ear, freeze, installed, switches};
use signals::{Arm, Environment, Raw, SignalKind, SourceState};

const SHORT: Duration = Duration::from_millis(300);

fn on(display: &Display) -> Environment {
    Environment { display: Some(display.name.clone()), ..Environment::default() }
}

fn idle_for(time: Duration) -> Arm {
    Arm { idle_for: Some(time), input: false, screen: false }
}

/// A display, and what is heard of it after the seed.
async fn listening() -> Option<(Display, Ear)> {
    if !installed(&["Xvfb", "xdotool"]) {
        return None;
    }
    let display = Display::start(&[]);
    let mut ear = Ear::new(on(&display));
    ear.idle().await;
    Some((display, ear))
}

#[tokio::test]
async fn the_threshold_is_told_once_and_input_once() {
    let Some((display, mut ear)) = listening().await else { return };
    display.input(10);

    ear.handle.arm(Arm { idle_for: Some(SHORT), input: false, screen: false });
    let idle = ear.idle().await;
    assert!(idle >= SHORT && idle < SHORT + Duration::from_millis(500), "{idle:?}");
    ear.nothing().await;

    ear.handle.arm(Arm { idle_for: None, input: true, screen: false });
    ear.nothing().await;
    let moved = Instant::now();
    display.input(11);
    assert_eq!(ear.next().await, Raw::Input);
    eprintln!("input to event, xdotool included: {:?}", moved.elapsed());
    display.input(12);
    ear.nothing().await;

    let xsync = ear.source(SignalKind::Idle, "X11 IDLETIME");
    assert_eq!((xsync.state, xsync.chosen), (SourceState::Working, true));
    assert_eq!(xsync.last.as_ref().unwrap().1, "input");
}

#[tokio::test]
async fn input_between_the_threshold_and_the_wish_to_hear_of_it_is_told() {
    let Some((display, mut ear)) = listening().await else { return };
    for x in 10..13 {
        ear.handle.arm(idle_for(SHORT));
        ear.idle().await;
        display.input(x);
        ear.handle.arm(Arm { idle_for: None, input: true, screen: false });
        assert_eq!(ear.next().await, Raw::Input);
    }
}

#[tokio::test]
async fn d02_what_is_heard_late_is_as_old_as_the_counter_says() {
    let Some((display, mut ear)) = listening().await else { return };
    let stop = Duration::from_millis(2_600);
    display.input(10);
    ear.handle.arm(idle_for(SHORT));
    ear.nothing().await;
    freeze(stop);
    let idle = ear.idle().await;
    assert!(idle >= stop, "the threshold was reached long ago: {idle:?}");
    ear.handle.arm(Arm { idle_for: None, input: true, screen: false });
    ear.nothing().await;
    display.input(11);
    freeze(stop);
    let Raw::InputAgo(ago) = ear.next().await else { panic!("there was input, and long ago") };
    assert!(ago >= stop && ago < stop + Duration::from_secs(1), "{ago:?}");

    // A threshold that was reached, and input since, before either was heard.
    ear.handle.arm(idle_for(SHORT));
    ear.idle().await;
    display.input(12);
    ear.handle.arm(idle_for(stop / 2));
    ear.nothing().await;
    freeze(stop);
    display.input(13);
    let asked = Instant::now();
    assert!(ear.idle().await >= stop / 2);
    assert!(asked.elapsed() + SHORT >= stop / 2, "it counts from the input: {:?}", asked.elapsed());
}

#[tokio::test]
async fn a_threshold_that_is_past_is_told_at_once_each_time() {
    let Some((_display, mut ear)) = listening().await else { return };
    ear.handle.arm(idle_for(SHORT));
    ear.idle().await;
    for _ in 0..3 {
        let asked = Instant::now();
        ear.handle.arm(idle_for(SHORT / 2));
        assert!(ear.idle().await >= SHORT);
        assert!(asked.elapsed() < Duration::from_millis(100), "{:?}", asked.elapsed());
    }
}

#[tokio::test]
async fn input_puts_the_threshold_off() {
    let Some((display, mut ear)) = listening().await else { return };
    display.input(10);
    ear.handle.arm(idle_for(SHORT * 3));
    // Each of these is well within the threshold, and all of them together are beyond it.
    for x in 11..17 {
        ear.nothing().await;
        display.input(x);
    }
    assert!(ear.idle().await >= SHORT * 3);
}

#[tokio::test]
async fn both_wishes_hold_side_by_side_and_are_replaced() {
    let Some((display, mut ear)) = listening().await else { return };
    ear.handle.arm(Arm { idle_for: Some(Duration::from_secs(60)), input: true, screen: false });
    ear.handle.arm(Arm { idle_for: Some(SHORT), input: true, screen: false });
    ear.idle().await;
    display.input(10);
    assert_eq!(ear.next().await, Raw::Input);
    ear.handle.arm(Arm { idle_for: Some(SHORT), input: true, screen: false });
    ear.handle.arm(Arm::default());
    display.input(11);
    ear.nothing().await;
    ear.nothing().await;
}

#[tokio::test]
async fn a_lost_server_is_unknown_and_a_new_one_is_known() {
    if !installed(&["Xvfb", "xdotool"]) {
        return;
    }
    let mut display = Display::start_apart();
    let mut ear = Ear::new(on(&display));
    ear.idle().await;
    ear.handle.arm(Arm { idle_for: None, input: true, screen: false });
    display.kill();
    let Raw::IdleUnknown(why) = ear.next().await else { panic!("the server is gone") };
    assert!(why.contains("X server"), "{why}");
    display.restart();
    ear.idle().await;
    // What was asked for before is still asked for.
    display.input(10);
    assert_eq!(ear.next().await, Raw::Input);
}

#[tokio::test]
async fn a_server_that_hangs_is_unknown_and_stops_nothing_else() {
    if !installed(&["Xvfb"]) {
        return;
    }
    let display = Display::start(&[]);
    display.hang(true);
    let mut ear = Ear::new(on(&display));
    let Raw::IdleUnknown(why) = ear.next().await else { panic!("it cannot know") };
    assert!(why.contains("does not answer"), "{why}");
    display.hang(false);
    ear.idle().await;
}

#[tokio::test]
async fn the_back_ends_end_with_the_handle() {
    if !installed(&["Xvfb", "dbus-daemon"]) {
        return;
    }
    let display = Display::start(&[]);
    let bus = common::Bus::start();
    let address = Some(bus.address.clone());
    let everything = Environment { session_bus: address.clone(), system_bus: address, ..on(&display) };
    let mut ear = Ear::new(everything.clone());
    ear.idle().await;
    ear.end().await;
    let mut ear = Ear::new(everything);
    ear.idle().await;
    ear.handle.pause(true);
    ear.end().await;
    Ear::new(Environment::default()).end().await;
}

#[tokio::test]
async fn without_a_display_idle_is_unknown_and_says_what_to_do() {
    let mut ear = Ear::new(Environment::default());
    assert!(matches!(ear.next().await, Raw::IdleUnknown(_)));
    let health = ear.handle.health();
    let idle = health.iter().find(|source| source.signal == SignalKind::Idle).unwrap();
    assert_eq!((idle.state, idle.chosen), (SourceState::Absent, false));
    assert!(idle.advice.is_some());
    ear.handle.arm(idle_for(Duration::ZERO));
    ear.nothing().await;
}

#[tokio::test]
async fn a_display_that_is_not_there_and_a_wayland_session_are_unknown() {
    if !installed(&["Xvfb"]) {
        return;
    }
    let mut display = Display::start_apart();
    display.kill();
    let nowhere = on(&display);
    let mut ear = Ear::new(nowhere.clone());
    assert!(matches!(ear.next().await, Raw::IdleUnknown(_)));
    let mut ear = Ear::new(Environment { wayland_display: Some("wayland-0".to_owned()), ..nowhere });
    let Raw::IdleUnknown(why) = ear.next().await else { panic!("X11 cannot see it") };
    assert!(why.contains("Wayland"), "{why}");
}

#[tokio::test]
async fn a_pause_hears_nothing_and_its_end_seeds() {
    let Some((display, mut ear)) = listening().await else { return };
    ear.handle.arm(Arm { idle_for: Some(SHORT), input: true, screen: false });
    ear.handle.pause(true);
    ear.handle.arm(Arm { idle_for: Some(SHORT), input: true, screen: false });
    display.input(10);
    ear.nothing().await;
    ear.nothing().await;
    assert!(ear.handle.health().iter().all(|source| !source.chosen));
    ear.handle.pause(false);
    ear.idle().await;
    // Wishes from before the pause are void.
    display.input(11);
    ear.nothing().await;
    ear.nothing().await;
    assert!(ear.handle.health().iter().any(|source| source.chosen));
}

#[tokio::test]
async fn nothing_wakes_up_while_nothing_happens() {
    if !installed(&["Xvfb", "xdotool"]) {
        return;
    }
    let display = Display::start(&[]);
    let bus = common::Bus::start();
    let environment = Environment { session_bus: Some(bus.address.clone()), ..on(&display) };
    let mut ear = Ear::new(environment);
    ear.idle().await;
    ear.handle.arm(Arm { idle_for: Some(Duration::from_secs(300)), input: false, screen: false });
    ear.nothing().await;
    let threads = || fs::read_dir("/proc/self/task").unwrap().count();
    let before = switches();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let woken = switches() - before;
    eprintln!("{woken} wake-ups in 3 s, one of them the test's own; {} threads of the whole test program", threads());
    assert!(woken <= 2, "{woken}");
}
