//! Idle by a real compositor of wlroots: Sway without a screen, and a keyboard that types for the person.
#![cfg(target_os = "linux")]

mod common;

use std::time::{Duration, Instant};

use common::{Ear, QUIET, installed};
use signals::{Arm, Environment, Raw, SignalKind};
use test_compositor::Sway;
use tokio::time::sleep;

const SHORT: Duration = Duration::from_millis(600);
/// What a busy machine may be late.
const LATE: Duration = Duration::from_millis(800);

/// One, and what is heard of it.
async fn listening() -> Option<(Sway, Ear)> {
    if !installed(&Sway::NEEDS) {
        return None;
    }
    let sway = Sway::start();
    let socket = sway.socket().to_string_lossy().into_owned();
    let mut ear = Ear::new(Environment { wayland_display: Some(socket), ..Environment::default() });
    ear.until(|raw| *raw == Raw::IdleKnown).await;
    Some((sway, ear))
}

fn idle_for(time: Duration) -> Arm {
    Arm { idle_for: Some(time), input: false, screen: false }
}

fn input() -> Arm {
    Arm { idle_for: None, input: true, screen: false }
}

#[tokio::test]
async fn thresholds_and_input_are_told_by_whichever_protocol_it_speaks() {
    let Some((sway, mut ear)) = listening().await else { return };
    let name = ear.chosen(SignalKind::Idle).unwrap();
    assert!(["org_kde_kwin_idle", "ext_idle_notifier_v1"].contains(&name.as_str()), "{name}");
    for _ in 0..3 {
        ear.handle.arm(idle_for(SHORT));
        assert!(sway.types());
        let typed = Instant::now();
        let idle = ear.idle().await;
        assert!(idle >= SHORT && idle < SHORT + LATE, "{idle:?}");
        assert!(typed.elapsed() < SHORT + LATE, "{:?}", typed.elapsed());
        ear.handle.arm(input());
        ear.nothing().await;
        assert!(sway.types());
        assert_eq!(ear.next().await, Raw::Input);
        assert!(sway.types());
        ear.nothing().await;
    }
    // The next input in the midst of others.
    assert!(sway.types());
    ear.handle.arm(input());
    sleep(QUIET).await;
    assert!(sway.types());
    assert_eq!(ear.next().await, Raw::Input);
}

#[tokio::test]
async fn one_that_is_killed_and_started_anew_is_heard_again() {
    let Some((mut sway, mut ear)) = listening().await else { return };
    sway.kill();
    ear.until(|raw| matches!(raw, Raw::IdleUnknown(_))).await;
    sway.restart();
    ear.until(|raw| *raw == Raw::IdleKnown).await;
    ear.handle.arm(input());
    sleep(QUIET).await;
    assert!(sway.types());
    assert_eq!(ear.next().await, Raw::Input);
}
