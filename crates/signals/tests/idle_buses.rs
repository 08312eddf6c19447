//! Idle by programs on the buses that can only be asked, or that say little: the last resorts.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test ends where it fails, in its helpers too")]
#![expect(clippy::used_underscore_binding, reason = "what the interface passes to a mock")]

mod common;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{Bus, Ear, installed};
use signals::{Arm, Environment, Raw, SignalKind};
use test_compositor::{Compositor, Offers};
use zbus::zvariant::{ObjectPath, OwnedObjectPath};
use zbus::{Connection, fdo};

const SAVER: &str = "org.freedesktop.ScreenSaver";
const HINT: &str = "logind IdleHint";
const SESSION: &str = "/org/freedesktop/login1/session/c7";

/// How a screen saver counts the time since the last input.
#[derive(Clone, Copy)]
enum Counts {
    Milliseconds,
    Seconds,
    /// As older versions of `LXQt`'s did, or one that runs on Wayland.
    Nothing,
}

struct Saver {
    last_input: Arc<Mutex<Instant>>,
    counts: Counts,
}

#[zbus::interface(name = "org.freedesktop.ScreenSaver")]
impl Saver {
    /// The time since the last input, in whatever it counts in.
    fn get_session_idle_time(&self) -> u32 {
        let idle = self.last_input.lock().unwrap().elapsed();
        let count = match self.counts {
            Counts::Milliseconds => idle.as_millis(),
            Counts::Seconds => idle.as_secs().into(),
            Counts::Nothing => 0,
        };
        u32::try_from(count).unwrap()
    }

    /// Whether it runs.
    #[expect(clippy::unused_self, reason = "the interface asks for it")]
    fn get_active(&self) -> bool {
        false
    }
}

async fn saver(bus: &Bus, counts: Counts) -> (Connection, Arc<Mutex<Instant>>) {
    let last_input = Arc::new(Mutex::new(Instant::now()));
    let saver = Saver { last_input: last_input.clone(), counts };
    let builder = zbus::connection::Builder::address(bus.address.as_str()).unwrap();
    let builder = builder.serve_at("/ScreenSaver", saver).unwrap().name(SAVER).unwrap();
    (builder.build().await.unwrap(), last_input)
}

#[tokio::test]
async fn a_saver_is_asked_in_whatever_it_counts() {
    if !installed(&["dbus-daemon"]) {
        return;
    }
    for (counts, coarse) in [(Counts::Milliseconds, 200), (Counts::Seconds, 1_200)] {
        let bus = Bus::start();
        let (_saver, last_input) = saver(&bus, counts).await;
        let mut ear = Ear::new(Environment { session_bus: Some(bus.address.clone()), ..Environment::default() });
        let seed = ear.idle().await;
        assert!(seed >= Duration::from_secs(2) && seed < Duration::from_secs(8), "{seed:?}");
        assert_eq!(ear.chosen(SignalKind::Idle).unwrap(), SAVER);
        let threshold = last_input.lock().unwrap().elapsed() + Duration::from_millis(500);
        ear.handle.arm(Arm { idle_for: Some(threshold), input: false, screen: false });
        assert!(ear.idle().await >= threshold);
        let late = last_input.lock().unwrap().elapsed().saturating_sub(threshold);
        assert!(late < Duration::from_millis(coarse + 500), "{late:?}");
        ear.handle.arm(Arm { idle_for: None, input: true, screen: false });
        *last_input.lock().unwrap() = Instant::now() + Duration::from_millis(50);
        ear.until(|raw| *raw == Raw::Input).await;
    }
}

#[tokio::test]
async fn a_saver_that_always_answers_the_same_is_not_believed() {
    if !installed(&["dbus-daemon"]) {
        return;
    }
    let bus = Bus::start();
    let _saver = saver(&bus, Counts::Nothing).await;
    let mut ear = Ear::new(Environment { session_bus: Some(bus.address.clone()), ..Environment::default() });
    ear.until(|raw| matches!(raw, Raw::IdleUnknown(_))).await;
    assert!(ear.source(SignalKind::Idle, SAVER).why.contains("do not grow"));
}

struct Manager;

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
#[expect(clippy::unused_self, reason = "the interface asks for it")]
impl Manager {
    /// Where a session is.
    fn get_session(&self, _id: &str) -> OwnedObjectPath {
        ObjectPath::try_from(SESSION).unwrap().into()
    }
}

struct Session {
    idle: bool,
}

#[zbus::interface(name = "org.freedesktop.login1.Session")]
#[expect(clippy::unused_self, reason = "the interface asks for it")]
impl Session {
    /// What the desktop says of the person.
    #[zbus(property)]
    fn idle_hint(&self) -> bool {
        self.idle
    }

    /// What kind it is.
    #[zbus(property)]
    fn class(&self) -> &'static str {
        "user"
    }

    /// Whether it is locked.
    #[zbus(property)]
    fn locked_hint(&self) -> bool {
        false
    }
}

async fn logind(bus: &Bus, idle: bool) -> Connection {
    let builder = zbus::connection::Builder::address(bus.address.as_str()).unwrap();
    let builder = builder.serve_at("/org/freedesktop/login1", Manager).unwrap();
    let builder = builder.serve_at(SESSION, Session { idle }).unwrap();
    builder.name("org.freedesktop.login1").unwrap().build().await.unwrap()
}

async fn hint(logind: &Connection, idle: bool) -> fdo::Result<()> {
    let session = logind.object_server().interface::<_, Session>(SESSION).await?;
    session.get_mut().await.idle = idle;
    let session_now = session.get().await;
    session_now.idle_hint_changed(session.signal_emitter()).await?;
    Ok(())
}

fn on(bus: &Bus) -> Environment {
    let session_id = Some("c7".to_owned());
    Environment { system_bus: Some(bus.address.clone()), session_id, ..Environment::default() }
}

#[tokio::test]
async fn logind_is_believed_once_it_has_been_told_that_nobody_is_there() {
    if !installed(&["dbus-daemon"]) {
        return;
    }
    let bus = Bus::start();
    let logind = logind(&bus, false).await;
    let mut ear = Ear::new(on(&bus));
    let Raw::IdleUnknown(why) = ear.until(|raw| matches!(raw, Raw::IdleUnknown(_))).await else { unreachable!() };
    assert!(why.contains("never told logind"), "{why}");
    assert_eq!(ear.chosen(SignalKind::Idle), None);

    hint(&logind, true).await.unwrap();
    ear.until(|raw| *raw == Raw::IdleKnown).await;
    assert_eq!(ear.chosen(SignalKind::Idle).unwrap(), HINT);
    let threshold = Duration::from_millis(500);
    ear.handle.arm(Arm { idle_for: Some(threshold), input: false, screen: false });
    let idle = ear.idle().await;
    assert!(idle >= threshold && idle < threshold * 2, "{idle:?}");
    ear.handle.arm(Arm { idle_for: None, input: true, screen: false });
    ear.nothing().await;
    hint(&logind, false).await.unwrap();
    assert_eq!(ear.next().await, Raw::Input);
    // As long as the session is not held for idle, the person is there.
    ear.handle.arm(Arm { idle_for: Some(threshold), input: true, screen: false });
    assert_eq!(ear.next().await, Raw::Input);
    ear.nothing().await;
}

#[tokio::test]
async fn a_compositor_that_comes_later_is_listened_to_instead() {
    if !installed(&["dbus-daemon"]) {
        return;
    }
    let (bus, dir) = (Bus::start(), tempfile::tempdir().unwrap());
    let _logind = logind(&bus, true).await;
    let mut ear = Ear::new(Environment { runtime_dir: Some(dir.path().to_owned()), ..on(&bus) });
    ear.until(|raw| *raw == Raw::IdleKnown).await;
    assert_eq!(ear.chosen(SignalKind::Idle).unwrap(), HINT);
    let compositor = Compositor::start(dir.path(), Offers { idle: 2, lock: false });
    ear.until(|raw| *raw == Raw::IdleKnown).await;
    assert_eq!(ear.chosen(SignalKind::Idle).unwrap(), "ext_idle_notifier_v1");
    ear.handle.arm(Arm { idle_for: None, input: true, screen: false });
    ear.nothing().await;
    compositor.input();
    ear.until(|raw| *raw == Raw::Input).await;
}

#[tokio::test]
async fn logind_that_goes_is_unknown() {
    if !installed(&["dbus-daemon"]) {
        return;
    }
    let bus = Bus::start();
    let first = logind(&bus, true).await;
    let mut ear = Ear::new(on(&bus));
    ear.until(|raw| *raw == Raw::IdleKnown).await;
    drop(first);
    ear.until(|raw| matches!(raw, Raw::IdleUnknown(_))).await;
    let _second = logind(&bus, true).await;
    ear.until(|raw| *raw == Raw::IdleKnown).await;
}
