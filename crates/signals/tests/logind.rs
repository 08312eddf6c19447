//! Lock and sleep by a mock of logind on private system buses.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test ends where it fails, in its helpers too")]

mod common;

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Bus, Ear, LONG, Running, installed};
use futures_util::StreamExt as _;
use signals::{Environment, LockSource, Raw, SignalKind, SourceState};
use zbus::zvariant::{ObjectPath, Value};
use zbus::{Connection, fdo};

const LOGIND: &str = "org.freedesktop.login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const PLACE: &str = "/org/freedesktop/login1";
const MOCK: &str = "org.freedesktop.DBus.Mock";
const SESSION: &str = "/org/freedesktop/login1/session/c7";

/// A bus, and a hand on what the mock says there.
struct System {
    conn: Connection,
    logind: Option<Running>,
    bus: Bus,
}

impl System {
    async fn start() -> Option<Self> {
        if !installed(&["dbus-daemon"]) {
            return None;
        }
        let mock = Command::new("/usr/bin/python3").args(["-c", "import dbusmock"]).stderr(Stdio::null()).status();
        if !mock.is_ok_and(|status| status.success()) {
            eprintln!("skipped: python3-dbusmock not installed");
            return None;
        }
        let bus = Bus::start();
        let mut system = Self { conn: bus.connect().await, logind: None, bus };
        system.start_logind().await;
        Some(system)
    }

    /// Returns when it is there, with a session.
    async fn start_logind(&mut self) {
        let proxy = fdo::DBusProxy::new(&self.conn).await.unwrap();
        let mut changes = proxy.receive_name_owner_changed_with_args(&[(0, LOGIND)]).await.unwrap();
        let mut command = Command::new("/usr/bin/python3");
        command.args(["-m", "dbusmock", "--system", "--template", "logind"]);
        command.env("DBUS_SYSTEM_BUS_ADDRESS", &self.bus.address).stdout(Stdio::null());
        self.logind = Some(Running::start(&mut command));
        tokio::time::timeout(LONG, changes.next()).await.expect("logind comes in time");
        // It takes its name before it has its methods.
        let seen = Instant::now();
        let added = ("c7", "seat0", 1000_u32, "somebody", true);
        while self.conn.call_method(Some(LOGIND), PLACE, Some(MOCK), "AddSession", &added).await.is_err() {
            assert!(seen.elapsed() < LONG);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let began = vec![Value::from("c7"), Value::from(ObjectPath::try_from(SESSION).unwrap())];
        let body = (MANAGER, "SessionNew", "so", began);
        self.conn.call_method(Some(LOGIND), PLACE, Some(MOCK), "EmitSignal", &body).await.unwrap();
    }

    async fn hint(&self, locked: bool) {
        let changed = HashMap::from([("LockedHint", Value::from(locked))]);
        let body = ("org.freedesktop.login1.Session", changed);
        self.conn.call_method(Some(LOGIND), SESSION, Some(MOCK), "UpdateProperties", &body).await.unwrap();
    }

    async fn signal(&self, place: &str, interface: &str, name: &str, argument: Option<bool>) {
        let arguments: Vec<_> = argument.into_iter().map(Value::from).collect();
        let signature = if arguments.is_empty() { "" } else { "b" };
        let body = (interface, name, signature, arguments);
        self.conn.call_method(Some(LOGIND), place, Some(MOCK), "EmitSignal", &body).await.unwrap();
    }

    async fn sleep(&self, asleep: bool) {
        self.signal(PLACE, MANAGER, "PrepareForSleep", Some(asleep)).await;
    }

    /// Waits until as many inhibitors are held; says what for.
    async fn inhibitors(&self, number: usize) -> Vec<(String, String, String, String, u32, u32)> {
        let asked = Instant::now();
        loop {
            let reply = self.conn.call_method(Some(LOGIND), PLACE, Some(MANAGER), "ListInhibitors", &()).await;
            if let Ok(reply) = reply {
                let held: Vec<_> = reply.body().deserialize().unwrap();
                if held.len() == number {
                    return held;
                }
            }
            assert!(asked.elapsed() < LONG, "{number} inhibitors expected");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn ear(&self) -> Ear {
        Ear::deaf_to_idle(Environment {
            system_bus: Some(self.bus.address.clone()),
            session_id: Some("c7".to_owned()),
            ..Environment::default()
        })
    }
}

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
    let session = "org.freedesktop.login1.Session";
    system.signal(SESSION, session, "Lock", None).await;
    system.signal(SESSION, session, "Unlock", None).await;
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
        assert_eq!(ear.next().await, asleep(false));
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
