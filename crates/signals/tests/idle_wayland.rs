//! Idle and lock by a Wayland compositor.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test ends where it fails, in its helpers too")]

mod common;

use std::os::unix::net::UnixListener;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use common::{Bus, Display, Ear, QUIET, freeze, installed, passes, switches};
use signals::{Arm, Environment, LockSource, Raw, SignalKind, SourceState};
use tempfile::TempDir;
use test_compositor::{ALL, Compositor, Offers};
use tokio::time::sleep;

const NAME: &str = "ext_idle_notifier_v1";
const LOCK_NAME: &str = "hyprland_lock_notifier_v1";
const SHORT: Duration = Duration::from_millis(300);
/// What a busy machine may be late.
const LATE: Duration = Duration::from_millis(500);

fn compositor(offers: Offers) -> (Compositor, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (Compositor::start(dir.path(), offers), dir)
}

fn on(compositor: &Compositor) -> Environment {
    Environment { wayland_display: Some(compositor.socket.display().to_string()), ..Environment::default() }
}

/// Listening to a compositor that tells of input only.
async fn ear(compositor: &Compositor) -> Ear {
    let mut ear = Ear::new(on(compositor));
    ear.until(|raw| *raw == Raw::IdleKnown).await;
    ear
}

fn idle_for(time: Duration) -> Arm {
    Arm { idle_for: Some(time), input: false, screen: false }
}

fn input() -> Arm {
    Arm { idle_for: None, input: true, screen: false }
}

fn only(idle: u32) -> Offers {
    Offers { idle, lock: false }
}

#[tokio::test]
async fn the_threshold_is_told_once_and_input_once() {
    for version in [1, 2] {
        let (compositor, _dir) = compositor(only(version));
        let mut ear = ear(&compositor).await;
        compositor.input();
        let moved = Instant::now();
        ear.handle.arm(idle_for(SHORT));
        let idle = ear.idle().await;
        assert!(idle >= SHORT && idle < SHORT + LATE, "{idle:?}");
        assert!(moved.elapsed() >= SHORT, "{:?}", moved.elapsed());
        ear.nothing().await;

        ear.handle.arm(input());
        ear.nothing().await;
        compositor.input();
        assert_eq!(ear.next().await, Raw::Input);
        compositor.input();
        ear.nothing().await;
        assert_eq!(ear.chosen(SignalKind::Idle).unwrap(), NAME);
        assert_eq!(ear.source(SignalKind::Idle, NAME).last.unwrap().1, "input");
    }
}

#[tokio::test]
async fn input_between_the_threshold_and_the_wish_to_hear_of_it_is_told() {
    for version in [1, 2] {
        let (compositor, _dir) = compositor(only(version));
        let mut ear = ear(&compositor).await;
        for _ in 0..3 {
            ear.handle.arm(idle_for(SHORT));
            ear.idle().await;
            compositor.input();
            // It is heard, and not wanted yet.
            sleep(QUIET / 4).await;
            ear.handle.arm(input());
            assert_eq!(ear.next().await, Raw::Input);
        }
    }
}

#[tokio::test]
async fn d03_a_pause_that_ended_and_one_that_began_since_are_heard_as_one_that_lasts() {
    let (compositor, _dir) = compositor(only(2));
    let mut ear = ear(&compositor).await;
    let pause = Duration::from_millis(2_500);
    compositor.input();
    ear.handle.arm(idle_for(pause));
    ear.idle().await;
    ear.handle.arm(input());
    ear.nothing().await;
    compositor.input();
    // The program is stopped until after the next pause has begun.
    freeze(pause + LATE);
    assert_eq!(ear.next().await, Raw::InputAgo(pause));
    ear.handle.arm(input());
    ear.nothing().await;
    compositor.input();
    assert_eq!(ear.next().await, Raw::Input);
}

#[tokio::test]
async fn the_next_input_is_told_in_the_midst_of_others() {
    let (compositor, _dir) = compositor(ALL);
    let mut ear = ear(&compositor).await;
    ear.until(|raw| matches!(raw, Raw::Lock { .. })).await;
    for _ in 0..3 {
        compositor.input();
        ear.handle.arm(input());
        ear.nothing().await;
        compositor.input();
        assert_eq!(ear.next().await, Raw::Input);
        compositor.input();
        ear.nothing().await;
    }
}

#[tokio::test]
async fn a_threshold_counts_from_the_last_input_whenever_it_is_asked_for() {
    let (compositor, _dir) = compositor(only(2));
    let mut ear = ear(&compositor).await;
    compositor.input();
    let moved = Instant::now();
    ear.handle.arm(idle_for(SHORT));
    ear.idle().await;
    sleep(QUIET).await;
    ear.handle.arm(idle_for(SHORT * 4));
    let idle = ear.idle().await;
    assert!(moved.elapsed() >= SHORT * 4 && moved.elapsed() < SHORT * 4 + LATE, "{:?}", moved.elapsed());
    assert!(idle >= SHORT * 4 && idle <= moved.elapsed() + Duration::from_millis(20), "{idle:?}");
    for _ in 0..3 {
        let asked = Instant::now();
        ear.handle.arm(idle_for(SHORT));
        assert!(ear.idle().await >= SHORT * 4);
        assert!(asked.elapsed() < Duration::from_millis(100), "{:?}", asked.elapsed());
    }
}

#[tokio::test]
async fn input_puts_the_threshold_off() {
    let (compositor, _dir) = compositor(only(2));
    let mut ear = ear(&compositor).await;
    compositor.input();
    ear.handle.arm(idle_for(SHORT * 3));
    // Each of these is well within the threshold, and all of them together are beyond it.
    for _ in 0..6 {
        ear.nothing().await;
        compositor.input();
    }
    let moved = Instant::now();
    assert!(ear.idle().await >= SHORT * 3);
    assert!(moved.elapsed() >= (SHORT * 3).saturating_sub(Duration::from_millis(20)), "{:?}", moved.elapsed());
}

#[tokio::test]
async fn both_wishes_hold_side_by_side_and_are_replaced() {
    let (compositor, _dir) = compositor(only(2));
    let mut ear = ear(&compositor).await;
    ear.handle.arm(Arm { idle_for: Some(Duration::from_secs(60)), input: true, screen: false });
    ear.handle.arm(Arm { idle_for: Some(SHORT), input: true, screen: false });
    ear.idle().await;
    compositor.input();
    assert_eq!(ear.next().await, Raw::Input);
    ear.handle.arm(Arm { idle_for: Some(SHORT), input: true, screen: false });
    ear.handle.arm(Arm::default());
    compositor.input();
    ear.nothing().await;
    ear.nothing().await;
}

#[tokio::test]
async fn a_video_does_not_count_as_input_unless_the_compositor_cannot_tell_them_apart() {
    for (version, told) in [(2, true), (1, false)] {
        let (compositor, _dir) = compositor(only(version));
        let mut ear = ear(&compositor).await;
        compositor.inhibit(true);
        ear.handle.arm(idle_for(SHORT));
        if told {
            ear.idle().await;
        } else {
            ear.nothing().await;
            ear.nothing().await;
            // Nobody is away as long as it plays, whatever they were before.
            ear.handle.arm(Arm { idle_for: Some(SHORT), input: true, screen: false });
            assert_eq!(ear.next().await, Raw::Input);
            compositor.inhibit(false);
            ear.idle().await;
            assert!(ear.source(SignalKind::Idle, NAME).why.contains("video"));
        }
    }
}

#[tokio::test]
async fn the_compositor_tells_when_it_is_locked() {
    let (compositor, _dir) = compositor(ALL);
    let lock = |locked, idle| Raw::Lock { source: LockSource::Compositor, locked, idle };
    let mut ear = Ear::new(on(&compositor));
    let seeds = [ear.next().await, ear.next().await];
    assert_eq!(seeds, [Raw::IdleKnown, lock(Some(false), None)]);
    assert_eq!(ear.chosen(SignalKind::Lock).unwrap(), LOCK_NAME);
    ear.handle.arm(idle_for(SHORT));
    ear.idle().await;
    compositor.lock(true);
    let Raw::Lock { locked: Some(true), idle: Some(idle), .. } = ear.next().await else { panic!("it is locked") };
    assert!(idle >= SHORT, "{idle:?}");
    compositor.lock(false);
    assert_eq!(ear.next().await, lock(Some(false), None));
    compositor.lock(true);
    ear.next().await;

    let mut late = Ear::new(on(&compositor));
    let mut seeds = [late.next().await, late.next().await];
    seeds.sort_by_key(|raw| *raw != Raw::IdleKnown);
    assert_eq!(seeds, [Raw::IdleKnown, lock(Some(true), None)]);
}

#[tokio::test]
async fn a_compositor_that_dies_is_unknown_and_a_new_one_is_asked() {
    let (mut compositor, _dir) = compositor(ALL);
    let lock = |locked| Raw::Lock { source: LockSource::Compositor, locked, idle: None };
    let mut ear = ear(&compositor).await;
    assert_eq!(ear.next().await, lock(Some(false)));
    ear.handle.arm(input());
    ear.nothing().await;
    compositor.kill();
    assert_eq!(ear.next().await, lock(None));
    let Raw::IdleUnknown(why) = ear.next().await else { panic!("it is gone") };
    assert!(why.contains("compositor is gone"), "{why}");
    assert_eq!((ear.chosen(SignalKind::Idle), ear.chosen(SignalKind::Lock)), (None, None));
    compositor.restart();
    ear.until(|raw| *raw == Raw::IdleKnown).await;
    assert_eq!(ear.next().await, lock(Some(false)));
    // What was asked for before is still asked for.
    ear.nothing().await;
    compositor.input();
    assert_eq!(ear.next().await, Raw::Input);
}

#[tokio::test]
async fn nothing_is_left_behind_at_the_compositor() {
    let (compositor, _dir) = compositor(only(2));
    let mut ear = ear(&compositor).await;
    for round in 1..50 {
        ear.handle.arm(Arm { idle_for: Some(SHORT * round), input: round % 2 == 0, screen: false });
        tokio::task::yield_now().await;
    }
    ear.handle.arm(Arm { idle_for: Some(SHORT), input: true, screen: false });
    ear.idle().await;
    compositor.input();
    assert_eq!(ear.next().await, Raw::Input);
    ear.nothing().await;
    assert_eq!(compositor.notifications.load(Ordering::Relaxed), 1);
    ear.end().await;
    sleep(QUIET).await;
    assert_eq!(compositor.notifications.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn an_x_display_beside_a_wayland_one_is_not_listened_to() {
    if !installed(&["Xvfb", "xdotool"]) {
        return;
    }
    let (compositor, _dir) = compositor(only(2));
    let display = Display::start(&[]);
    let mut ear = Ear::new(Environment { display: Some(display.name.clone()), ..on(&compositor) });
    assert_eq!(ear.next().await, Raw::IdleKnown);
    assert_eq!(ear.chosen(SignalKind::Idle).unwrap(), NAME);
    ear.handle.arm(input());
    display.input(10);
    ear.nothing().await;
    compositor.input();
    assert_eq!(ear.next().await, Raw::Input);
}

#[tokio::test]
async fn an_x_display_beside_a_compositor_that_tells_nothing_is_not_listened_to_either() {
    if !installed(&["Xvfb"]) {
        return;
    }
    let (compositor, _dir) = compositor(Offers { idle: 0, lock: true });
    let display = Display::start(&[]);
    let mut ear = Ear::new(Environment { display: Some(display.name.clone()), ..on(&compositor) });
    let Raw::IdleUnknown(why) = ear.next().await else { panic!("nothing tells of input") };
    assert!(why.contains(NAME), "{why}");
    assert!(ear.source(SignalKind::Idle, NAME).advice.is_some());
    assert!(ear.source(SignalKind::Idle, "X11 IDLETIME").why.contains("hides most input"));
}

#[tokio::test]
async fn a_dead_wayland_display_leaves_the_others_and_says_why() {
    if !installed(&["Xvfb"]) {
        return;
    }
    let (mut compositor, _dir) = compositor(ALL);
    compositor.kill();
    let display = Display::start(&[]);
    let mut ear = Ear::new(Environment { display: Some(display.name.clone()), ..on(&compositor) });
    ear.idle().await;
    assert_eq!(ear.chosen(SignalKind::Idle).unwrap(), "X11 IDLETIME");
    let wayland = ear.source(SignalKind::Idle, NAME);
    assert_eq!((wayland.state, wayland.chosen), (SourceState::Absent, false));
    assert!(wayland.why.contains("cannot be reached") && wayland.advice.is_some(), "{wayland:?}");
}

#[tokio::test]
async fn a_display_that_nobody_named_is_found() {
    let (compositor, dir) = compositor(only(2));
    // One that has died and left its socket behind.
    drop(UnixListener::bind(dir.path().join("wayland-0")).unwrap());
    std::fs::write(dir.path().join("wayland-7.lock"), "").unwrap();
    let found = Environment { runtime_dir: Some(dir.path().to_owned()), ..Environment::default() };
    let named = Environment { wayland_display: Some("wayland-7".to_owned()), ..found.clone() };
    for environment in [found, named] {
        let mut ear = Ear::new(environment);
        assert_eq!(ear.next().await, Raw::IdleKnown);
        ear.handle.arm(input());
        ear.nothing().await;
        compositor.input();
        assert_eq!(ear.next().await, Raw::Input);
    }
}

#[tokio::test]
async fn a_display_in_a_window_of_an_x_session_is_not_taken_for_the_session() {
    if !installed(&["Xvfb"]) {
        return;
    }
    let (_compositor, dir) = compositor(only(2));
    let display = Display::start(&[]);
    let runtime_dir = Some(dir.path().to_owned());
    let mut ear = Ear::new(Environment { display: Some(display.name.clone()), runtime_dir, ..Environment::default() });
    ear.idle().await;
    assert_eq!(ear.chosen(SignalKind::Idle).unwrap(), "X11 IDLETIME");
}

#[tokio::test]
async fn a_compositor_that_hangs_is_unknown_and_stops_nothing_else() {
    let (compositor, _dir) = compositor(only(2));
    compositor.hang(Duration::from_secs(6));
    let mut ear = Ear::new(on(&compositor));
    let Raw::IdleUnknown(why) = ear.next().await else { panic!("it cannot know") };
    assert!(why.contains("does not answer"), "{why}");
    assert_eq!(ear.next().await, Raw::IdleKnown);
}

#[tokio::test]
async fn a_pause_hears_nothing_and_its_end_seeds() {
    let (compositor, _dir) = compositor(ALL);
    let mut ear = ear(&compositor).await;
    ear.until(|raw| matches!(raw, Raw::Lock { .. })).await;
    ear.handle.arm(Arm { idle_for: Some(SHORT), input: true, screen: false });
    ear.handle.pause(true);
    compositor.input();
    compositor.lock(true);
    ear.nothing().await;
    ear.nothing().await;
    assert_eq!((ear.chosen(SignalKind::Idle), ear.chosen(SignalKind::Lock)), (None, None));
    ear.handle.pause(false);
    let mut seeds = [ear.next().await, ear.next().await];
    seeds.sort_by_key(|raw| *raw != Raw::IdleKnown);
    assert_eq!(seeds, [Raw::IdleKnown, Raw::Lock { source: LockSource::Compositor, locked: Some(true), idle: None }]);
    // Wishes from before the pause are void.
    compositor.input();
    ear.nothing().await;
}

#[tokio::test]
async fn nothing_wakes_up_while_nothing_happens_nor_while_the_person_types() {
    if !installed(&["dbus-daemon"]) {
        return;
    }
    let (compositor, _dir) = compositor(ALL);
    let bus = Bus::start();
    let mut ear = Ear::new(Environment { session_bus: Some(bus.address.clone()), ..on(&compositor) });
    ear.until(|raw| *raw == Raw::IdleKnown).await;
    ear.until(|raw| matches!(raw, Raw::Lock { .. })).await;
    ear.handle.arm(idle_for(Duration::from_secs(300)));
    ear.nothing().await;
    let typing = std::thread::spawn(move || {
        for key in 0..200 {
            if key == 100 {
                std::thread::sleep(Duration::from_secs(2));
            }
            compositor.input();
            std::thread::sleep(Duration::from_millis(10));
        }
        compositor
    });
    let before = switches();
    passes(Duration::from_secs(5)).await;
    let woken = switches() - before;
    eprintln!("{woken} wake-ups in 5 s of typing with a pause, one of them the test's own");
    assert!(woken <= 2, "{woken}");
    typing.join().unwrap();
}

/// Prints what is promised: 50 ms for input and thresholds, 10 ms for a lock, nothing while nothing changes.
#[tokio::test]
#[ignore = "measures, for a minute"]
async fn measures() {
    let (compositor, _dir) = compositor(ALL);
    let mut ear = ear(&compositor).await;
    let (mut inputs, mut thresholds, mut locks) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..100 {
        ear.handle.arm(input());
        sleep(Duration::from_millis(20)).await;
        let now = Instant::now();
        compositor.input();
        ear.until(|raw| *raw == Raw::Input).await;
        inputs.push(now.elapsed());
        let now = Instant::now();
        compositor.lock(round % 2 == 0);
        ear.until(|raw| matches!(raw, Raw::Lock { .. })).await;
        locks.push(now.elapsed());
    }
    for _ in 0..20 {
        let threshold = Duration::from_millis(200);
        compositor.input();
        let moved = Instant::now();
        ear.handle.arm(idle_for(threshold));
        ear.idle().await;
        thresholds.push(moved.elapsed().saturating_sub(threshold));
    }
    for (what, mut times) in [("input", inputs), ("threshold, late by", thresholds), ("lock", locks)] {
        times.sort();
        eprintln!("{what}: median {:?}, worst {:?}", times[times.len() / 2], times[times.len() - 1]);
    }
    ear.handle.arm(idle_for(Duration::from_secs(300)));
    // The pause of half a minute is told once.
    sleep(Duration::from_secs(32)).await;
    let before = switches();
    passes(Duration::from_secs(30)).await;
    eprintln!("context switches in 30 s: {}, one of them the test's own", switches() - before);
}
