//! Idle by the helper: right where it works, and unknown, never zero, where it does not.
#![cfg(all(target_os = "linux", feature = "fallback"))]

mod common;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use common::{Display, Ear, installed, script};
use signals::{Arm, Environment, Raw, SignalKind, SourceState};

const HELPER: &str = env!("CARGO_BIN_EXE_halo-idle");
const SHORT: Duration = Duration::from_millis(300);

fn asking(display: &Display, helper: impl Into<PathBuf>, force: bool) -> Environment {
    Environment {
        display: Some(display.name.clone()),
        idle_helper: Some(helper.into()),
        force_idle_helper: force,
        ..Environment::default()
    }
}

async fn tells_threshold_and_input(display: &Display, force: bool) {
    let mut ear = Ear::new(asking(display, HELPER, force));
    ear.idle().await;
    ear.handle.arm(Arm { idle_for: Some(SHORT), input: false, screen: false });
    let idle = ear.idle().await;
    assert!(idle >= SHORT, "{idle:?}");
    ear.handle.arm(Arm { idle_for: None, input: true, screen: false });
    ear.nothing().await;
    display.input(10);
    assert_eq!(ear.next().await, Raw::Input);
    let health = ear.handle.health();
    let chosen: Vec<_> = health.iter().filter(|source| source.chosen && source.signal == SignalKind::Idle).collect();
    assert_eq!(chosen.len(), 1, "{health:?}");
    assert_eq!(chosen[0].source, "halo-idle");
}

#[tokio::test]
async fn the_helper_tells_threshold_and_input() {
    if installed(&["Xvfb", "xdotool"]) {
        tells_threshold_and_input(&Display::start(&[]), true).await;
    }
}

#[tokio::test]
async fn a_server_without_sync_is_asked_by_the_helper() {
    if !installed(&["Xvfb", "xdotool", "xdpyinfo"]) {
        return;
    }
    let display = Display::start(&["-extension", "SYNC"]);
    let info = Command::new("xdpyinfo").env("DISPLAY", &display.name).output().unwrap();
    if String::from_utf8_lossy(&info.stdout).lines().any(|line| line.trim() == "SYNC") {
        eprintln!("skipped: this Xvfb has SYNC built in for good");
        return;
    }
    tells_threshold_and_input(&display, false).await;
}

#[tokio::test]
async fn a_helper_that_fails_in_any_way_is_unknown() {
    if !installed(&["Xvfb"]) {
        return;
    }
    let display = Display::start(&[]);
    let crash = format!("unset DISPLAY\nexec {HELPER}");
    for (text, reason) in [
        ("kill -SEGV $$", "signal"),
        (crash.as_str(), "failed"),
        ("echo 0; exit 3", "failed"),
        ("echo soon", "no sense"),
        ("exit 0", "no sense"),
        ("exec sleep 60", "within"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let mut ear = Ear::new(asking(&display, script(dir.path(), text), true));
        let raw = ear.next().await;
        assert!(matches!(&raw, Raw::IdleUnknown(why) if why.contains(reason)), "{text}: {raw:?}");
        let health = ear.handle.health();
        assert!(health.iter().all(|source| !source.chosen), "{health:?}");
        assert!(health.iter().any(|source| source.state == SourceState::Failing && source.advice.is_some()));
    }
}

#[tokio::test]
async fn a_missing_helper_is_unknown() {
    if !installed(&["Xvfb"]) {
        return;
    }
    let display = Display::start(&[]);
    let mut ear = Ear::new(asking(&display, "/nonexistent/halo-idle", true));
    let raw = ear.next().await;
    assert!(matches!(&raw, Raw::IdleUnknown(why) if why.contains("missing")), "{raw:?}");
}

#[tokio::test]
async fn a_helper_that_recovers_seeds_again() {
    if !installed(&["Xvfb"]) {
        return;
    }
    let display = Display::start(&[]);
    let dir = tempfile::tempdir().unwrap();
    let helper = script(dir.path(), "exit 1");
    let mut ear = Ear::new(asking(&display, &helper, true));
    assert!(matches!(ear.next().await, Raw::IdleUnknown(_)));
    // Replaced as an update would do it, so that it is never half written.
    let fresh = tempfile::tempdir_in(dir.path()).unwrap();
    std::fs::rename(script(fresh.path(), "echo 1234"), &helper).unwrap();
    assert_eq!(ear.next().await, Raw::IdleFor(Duration::from_millis(1_234)));
}
