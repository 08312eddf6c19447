//! Whether a program keeps the screen on: by the session bus, and by a compositor that tells videos from input.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test ends where it fails, in its helpers too")]

mod common;

use std::time::{Duration, Instant};

use common::{Bus, Display, Ear, QUIET, installed};
use signals::{Arm, Environment, Raw, SignalKind, SourceState};
use tempfile::TempDir;
use test_compositor::{ALL, Compositor, Offers};
use zbus::Connection;
use zbus::connection::Builder;

const WANTED: Arm = Arm { idle_for: None, input: false, screen: true };
const KEPT: Raw = Raw::ScreenKept(true);
const NOT_KEPT: Raw = Raw::ScreenKept(false);

async fn next(ear: &mut Ear) -> Raw {
    ear.until(|raw| matches!(raw, Raw::ScreenKept(_))).await
}

async fn nothing(ear: &mut Ear) {
    let said = tokio::time::timeout(QUIET, next(ear)).await;
    assert!(said.is_err(), "nothing should be said, but: {said:?}");
}

/// A manager of one desktop's, as far as it is asked.
struct Manager {
    kept: bool,
}

#[zbus::interface(name = "org.gnome.SessionManager")]
impl Manager {
    fn is_inhibited(&self, flags: u32) -> bool {
        self.kept && flags & 8 != 0
    }
}

struct Agent {
    kept: bool,
}

#[zbus::interface(name = "org.kde.Solid.PowerManagement.PolicyAgent")]
impl Agent {
    fn has_inhibition(&self, types: u32) -> bool {
        self.kept && types & 4 != 0
    }
}

struct Power {
    kept: bool,
}

#[zbus::interface(name = "org.freedesktop.PowerManagement.Inhibit")]
impl Power {
    fn has_inhibit(&self) -> bool {
        self.kept
    }
}

struct Hangs;

#[zbus::interface(name = "org.freedesktop.PowerManagement.Inhibit")]
impl Hangs {
    async fn has_inhibit(&self) -> bool {
        std::future::pending().await
    }
}

const GNOME: (&str, &str) = ("org.gnome.SessionManager", "/org/gnome/SessionManager");
const KDE: (&str, &str) = ("org.kde.Solid.PowerManagement.PolicyAgent", "/org/kde/Solid/PowerManagement/PolicyAgent");
const XFCE: (&str, &str) = ("org.freedesktop.PowerManagement", "/org/freedesktop/PowerManagement/Inhibit");

async fn serve(bus: &Bus, (name, place): (&str, &str), manager: impl zbus::object_server::Interface) -> Connection {
    let builder = Builder::address(bus.address.as_str()).unwrap().serve_at(place, manager).unwrap();
    builder.name(name.to_owned()).unwrap().build().await.unwrap()
}

async fn changed(manager: &Connection) {
    let place = GNOME.1;
    manager.emit_signal(None::<&str>, place, GNOME.0, "InhibitorAdded", &()).await.unwrap();
}

fn on(bus: &Bus) -> Environment {
    Environment { session_bus: Some(bus.address.clone()), ..Environment::default() }
}

#[tokio::test]
async fn nothing_is_asked_until_somebody_wants_to_know() {
    let bus = Bus::start();
    let _manager = serve(&bus, GNOME, Manager { kept: true }).await;
    let mut ear = Ear::new(on(&bus));
    nothing(&mut ear).await;
    assert!(ear.handle.health().iter().all(|source| source.signal != SignalKind::Screen));
    ear.handle.arm(WANTED);
    assert_eq!(next(&mut ear).await, KEPT);
    ear.handle.arm(Arm::default());
    nothing(&mut ear).await;
    assert_eq!(ear.chosen(SignalKind::Screen), None);
    ear.handle.arm(WANTED);
    assert_eq!(next(&mut ear).await, KEPT, "who asks again is told again");
}

#[tokio::test]
async fn each_desktops_keeper_of_the_list_is_asked_and_the_first_of_them_counts() {
    let bus = Bus::start();
    let mut ear = Ear::new(on(&bus));
    ear.handle.arm(WANTED);
    assert_eq!(next(&mut ear).await, NOT_KEPT, "nobody keeps a list");
    let xfce = serve(&bus, XFCE, Power { kept: true }).await;
    assert_eq!(next(&mut ear).await, KEPT);
    assert_eq!(ear.chosen(SignalKind::Screen).as_deref(), Some(XFCE.0));
    let (_, said) = ear.source(SignalKind::Screen, XFCE.0).last.unwrap();
    assert_eq!(said, "a program keeps the screen on");
    let kde = serve(&bus, KDE, Agent { kept: false }).await;
    assert_eq!(next(&mut ear).await, NOT_KEPT, "KDE's is about the screen, and the other one about sleep");
    assert_eq!(ear.source(SignalKind::Screen, XFCE.0).state, SourceState::Absent);
    let gnome = serve(&bus, GNOME, Manager { kept: true }).await;
    assert_eq!(next(&mut ear).await, KEPT);
    gnome.close().await.unwrap();
    assert_eq!(next(&mut ear).await, NOT_KEPT, "it died with what it knew");
    kde.close().await.unwrap();
    assert_eq!(next(&mut ear).await, KEPT);
    xfce.close().await.unwrap();
    assert_eq!(next(&mut ear).await, NOT_KEPT);
}

#[tokio::test]
async fn one_that_tells_no_change_is_asked_before_the_idle_time_is_told_and_until_the_film_is_over() {
    if !installed(&["Xvfb"]) {
        return;
    }
    let display = Display::start(&[]);
    let bus = Bus::start();
    // As Xfce's power manager: it answers, and sends no signal.
    let xfce = serve(&bus, XFCE, Power { kept: false }).await;
    let mut ear = Ear::new(Environment { display: Some(display.name.clone()), ..on(&bus) });
    ear.idle().await;
    let threshold = Duration::from_millis(600);
    ear.handle.arm(Arm { idle_for: Some(threshold), ..WANTED });
    assert_eq!(next(&mut ear).await, NOT_KEPT);
    let shared = xfce.object_server().interface::<_, Power>(XFCE.1).await.unwrap();
    shared.get_mut().await.kept = true;
    assert_eq!(ear.next().await, KEPT, "the film is told first");
    assert!(ear.idle().await >= threshold);
    shared.get_mut().await.kept = false;
    // Nobody asks for an idle time during a film.
    assert_eq!(next(&mut ear).await, NOT_KEPT);
}

#[tokio::test]
async fn a_keeper_that_hangs_does_not_keep_the_idle_time_from_being_told() {
    if !installed(&["Xvfb"]) {
        return;
    }
    let display = Display::start(&[]);
    let bus = Bus::start();
    let hangs = serve(&bus, XFCE, Hangs).await;
    let mut ear = Ear::new(Environment { display: Some(display.name.clone()), ..on(&bus) });
    ear.idle().await;
    let asked = Instant::now();
    ear.handle.arm(Arm { idle_for: Some(QUIET), ..WANTED });
    let idle = ear.idle().await;
    assert!(asked.elapsed() < QUIET + Duration::from_secs(2), "{:?}", asked.elapsed());
    assert!(idle >= QUIET + Duration::from_millis(400), "what it took counts: {idle:?}");
    drop(hangs);
}

#[tokio::test]
async fn each_change_is_told_once_and_a_bus_that_dies_is_no_film() {
    let mut bus = Bus::start();
    let manager = serve(&bus, GNOME, Manager { kept: false }).await;
    let mut ear = Ear::new(on(&bus));
    ear.handle.arm(WANTED);
    assert_eq!(next(&mut ear).await, NOT_KEPT);
    let shared = manager.object_server().interface::<_, Manager>(GNOME.1).await.unwrap();
    shared.get_mut().await.kept = true;
    for _ in 0..3 {
        changed(&manager).await;
    }
    assert_eq!(next(&mut ear).await, KEPT);
    nothing(&mut ear).await;
    bus.kill();
    assert_eq!(next(&mut ear).await, NOT_KEPT);
    bus.restart();
    let _manager = serve(&bus, GNOME, Manager { kept: true }).await;
    assert_eq!(next(&mut ear).await, KEPT);
}

#[tokio::test]
async fn a_pause_forgets_it_and_whoever_asks_after_it_is_told_anew() {
    let bus = Bus::start();
    let _manager = serve(&bus, GNOME, Manager { kept: true }).await;
    let mut ear = Ear::new(on(&bus));
    ear.handle.arm(WANTED);
    assert_eq!(next(&mut ear).await, KEPT);
    ear.handle.pause(true);
    nothing(&mut ear).await;
    ear.handle.pause(false);
    nothing(&mut ear).await;
    ear.handle.arm(WANTED);
    assert_eq!(next(&mut ear).await, KEPT);
}

fn wayland_session(offers: Offers) -> (Compositor, TempDir, Environment) {
    let dir = tempfile::tempdir().unwrap();
    let compositor = Compositor::start(dir.path(), offers);
    let display = compositor.socket.to_str().map(str::to_owned);
    (compositor, dir, Environment { wayland_display: display, ..Environment::default() })
}

/// Longer than it takes until a pause of the one kind alone counts.
const BY_THEN: Duration = Duration::from_millis(6_500);

#[tokio::test]
async fn a_compositor_tells_it_by_the_pauses_that_a_video_bridges() {
    let (compositor, _dir, environment) = wayland_session(ALL);
    let mut ear = Ear::new(environment);
    ear.handle.arm(WANTED);
    assert_eq!(next(&mut ear).await, NOT_KEPT);
    compositor.inhibit(true);
    assert_eq!(next(&mut ear).await, KEPT);
    // Whoever watches may type as well.
    compositor.input();
    nothing(&mut ear).await;
    compositor.inhibit(false);
    assert_eq!(next(&mut ear).await, NOT_KEPT);
    // One that begins in the midst of a pause of both kinds.
    compositor.inhibit(true);
    assert_eq!(next(&mut ear).await, KEPT);
}

#[tokio::test]
async fn without_a_video_the_pauses_of_both_kinds_are_one() {
    let (compositor, _dir, environment) = wayland_session(ALL);
    let mut ear = Ear::new(environment);
    ear.handle.arm(WANTED);
    assert_eq!(next(&mut ear).await, NOT_KEPT);
    let kept = tokio::time::timeout(BY_THEN, next(&mut ear)).await;
    assert!(kept.is_err(), "{kept:?}");
    drop(compositor);
}

#[tokio::test]
async fn a_compositor_that_takes_videos_for_input_is_not_asked_and_says_so() {
    let (_compositor, _dir, environment) = wayland_session(Offers { idle: 1, lock: false });
    let mut ear = Ear::new(environment);
    ear.handle.arm(WANTED);
    assert_eq!(next(&mut ear).await, NOT_KEPT);
    let source = ear.source(SignalKind::Screen, "ext_idle_notifier_v1");
    assert!(source.why.contains("takes a video for input"), "{source:?}");
}
