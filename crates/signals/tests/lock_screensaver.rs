//! Lock by screen savers on private session buses.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test ends where it fails, in its helpers too")]
#![expect(missing_docs, reason = "the interface macro adds methods without any")]

mod common;

use std::process::Command;
use std::time::{Duration, Instant};

use common::{Bus, Display, Ear, LONG, Running, installed};
use signals::{Environment, LockSource, Raw, SignalKind, SourceState};
use tokio::time::timeout;
use zbus::Connection;
use zbus::object_server::SignalEmitter;

const FREEDESKTOP: &str = "org.freedesktop.ScreenSaver";
const GNOME: &str = "org.gnome.ScreenSaver";
const PLACE: &str = "/org/gnome/ScreenSaver";

/// Answers what it was made with, whatever it says in signals.
struct Saver {
    active: bool,
}

#[zbus::interface(name = "org.gnome.ScreenSaver")]
impl Saver {
    /// Whether it runs.
    fn get_active(&self) -> bool {
        self.active
    }

    /// Whether it runs has changed.
    #[zbus(signal)]
    async fn active_changed(emitter: &SignalEmitter<'_>, active: bool) -> zbus::Result<()>;
}

/// A saver that owns its name from the first moment it can be asked.
async fn saver(bus: &Bus, place: &str, active: bool) -> Connection {
    let builder = zbus::connection::Builder::address(bus.address.as_str()).unwrap();
    builder.serve_at(place, Saver { active }).unwrap().name(GNOME).unwrap().build().await.unwrap()
}

async fn change(saver: &Connection, active: bool) {
    let emitter = SignalEmitter::new(saver, PLACE).unwrap();
    Saver::active_changed(&emitter, active).await.unwrap();
}

fn on(bus: &Bus) -> Environment {
    Environment { session_bus: Some(bus.address.clone()), ..Environment::default() }
}

/// Listening, with the word on the missing display out of the way.
async fn ear(environment: Environment) -> Ear {
    let mut ear = Ear::new(environment);
    assert!(matches!(ear.next().await, Raw::IdleUnknown(_)));
    ear
}

fn gnome(locked: Option<bool>) -> Raw {
    Raw::Lock { source: LockSource::ScreenSaver(GNOME), locked, idle: None }
}

/// A saver on a bus, and who has heard how it was; `None` where no bus can be started.
async fn heard(active: bool) -> Option<(Bus, Connection, Ear)> {
    if !installed(&["dbus-daemon"]) {
        return None;
    }
    let bus = Bus::start();
    let saver = saver(&bus, PLACE, active).await;
    let mut ear = ear(on(&bus)).await;
    assert_eq!(ear.next().await, gnome(Some(active)));
    Some((bus, saver, ear))
}

#[tokio::test]
async fn lock_and_unlock_are_told_as_they_happen() {
    let Some((_bus, saver, mut ear)) = heard(false).await else { return };
    change(&saver, true).await;
    assert_eq!(ear.next().await, gnome(Some(true)));
    // Said twice, as some savers do: told once.
    change(&saver, true).await;
    change(&saver, false).await;
    assert_eq!(ear.next().await, gnome(Some(false)));
    let health = ear.handle.health();
    let source = health.iter().find(|source| source.source == GNOME).unwrap();
    assert_eq!((source.signal, source.state, source.chosen), (SignalKind::Lock, SourceState::Working, true));
    assert_eq!(source.last.as_ref().unwrap().1, "unlocked");
}

#[tokio::test]
async fn a_lock_carries_the_idle_time_and_is_not_late() {
    if !installed(&["dbus-daemon", "Xvfb"]) {
        return;
    }
    let display = Display::start(&[]);
    let bus = Bus::start();
    let saver = saver(&bus, PLACE, false).await;
    let mut ear = Ear::new(Environment { display: Some(display.name.clone()), ..on(&bus) });
    // Both seeds, in whichever order: only then is everything listened to.
    let seeds = [ear.next().await, ear.next().await];
    assert!(seeds.contains(&gnome(Some(false))) && seeds.iter().any(|raw| matches!(raw, Raw::IdleFor(_))), "{seeds:?}");
    let mut times = Vec::new();
    for round in 0..100 {
        let active = round % 2 == 0;
        let said = Instant::now();
        change(&saver, active).await;
        let raw = ear.until(|raw| matches!(raw, Raw::Lock { locked, .. } if *locked == Some(active))).await;
        times.push(said.elapsed());
        let Raw::Lock { idle, .. } = raw else { unreachable!() };
        assert_eq!(idle.is_some(), active);
    }
    times.sort();
    eprintln!("signal sent to event, idle time included: median {:?}, worst {:?}", times[50], times[99]);
    assert!(times[50] < Duration::from_millis(50), "{times:?}");
}

#[tokio::test]
async fn a_saver_that_goes_cannot_say_and_one_that_comes_is_asked() {
    if !installed(&["dbus-daemon"]) {
        return;
    }
    let bus = Bus::start();
    let mut ear = ear(on(&bus)).await;
    ear.nothing().await;
    // Not at the usual place: KDE's is elsewhere too.
    let first = saver(&bus, "/ScreenSaver", true).await;
    assert_eq!(ear.next().await, gnome(Some(true)));
    drop(first);
    assert_eq!(ear.next().await, gnome(None));
    let _second = saver(&bus, PLACE, false).await;
    assert_eq!(ear.next().await, gnome(Some(false)));
}

#[tokio::test]
async fn only_the_owner_of_the_name_is_believed() {
    let Some((bus, owner, mut ear)) = heard(false).await else { return };
    let stranger = bus.connect().await;
    change(&stranger, true).await;
    // To each program on the bus by its own name, past all subscriptions.
    let names = zbus::fdo::DBusProxy::new(&stranger).await.unwrap().list_names().await.unwrap();
    for name in names.iter().filter(|name| name.starts_with(':')) {
        stranger.emit_signal(Some(name.as_ref()), PLACE, GNOME, "ActiveChanged", &true).await.unwrap();
    }
    ear.nothing().await;
    change(&owner, true).await;
    assert_eq!(ear.next().await, gnome(Some(true)));
}

#[tokio::test]
async fn a_bus_that_dies_cannot_say_and_a_new_one_is_asked() {
    let Some((mut bus, first, mut ear)) = heard(true).await else { return };
    bus.kill();
    assert_eq!(ear.next().await, gnome(None));
    let health = ear.handle.health();
    let source = health.iter().find(|source| source.source == GNOME).unwrap();
    assert_eq!((source.state, source.chosen), (SourceState::Failing, false));
    drop(first);
    bus.restart();
    let second = saver(&bus, PLACE, false).await;
    assert_eq!(ear.next().await, gnome(Some(false)));
    change(&second, true).await;
    assert_eq!(ear.next().await, gnome(Some(true)));
}

#[tokio::test]
async fn a_pause_hears_no_lock_and_its_end_seeds() {
    let Some((_bus, saver, mut ear)) = heard(false).await else { return };
    ear.handle.pause(true);
    ear.nothing().await;
    change(&saver, true).await;
    ear.nothing().await;
    ear.handle.pause(false);
    // What it is asked is what counts, not what was said meanwhile.
    ear.until(|raw| *raw == gnome(Some(false))).await;
}

#[tokio::test]
async fn without_a_session_bus_it_is_said() {
    let ear = ear(Environment::default()).await;
    let health = ear.handle.health();
    let lock = health.iter().find(|source| source.source == "screen savers").unwrap();
    assert_eq!(lock.state, SourceState::Absent);
    assert!(lock.advice.is_some());
}

/// A real locker.
#[tokio::test]
async fn the_mate_screensaver_is_heard() {
    if !installed(&["dbus-daemon", "Xvfb", "mate-screensaver", "mate-screensaver-command", "setpriv"]) {
        return;
    }
    let display = Display::start(&[]);
    let bus = Bus::start();
    let home = tempfile::tempdir().unwrap();
    let as_user = |program: &str| {
        let mut command = Command::new("setpriv");
        // It refuses to run as root; anybody else will do.
        if is_root() {
            std::os::unix::fs::chown(home.path(), Some(65_534), Some(65_534)).unwrap();
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        }
        command.arg(program).env("HOME", home.path()).env("XDG_RUNTIME_DIR", home.path());
        command.env("DISPLAY", &display.name).env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
        command.env("DBUS_SYSTEM_BUS_ADDRESS", &bus.address).env("GSETTINGS_BACKEND", "memory");
        command.stderr(std::process::Stdio::null());
        command
    };
    let mate = |locked| Raw::Lock { source: LockSource::ScreenSaver("org.mate.ScreenSaver"), locked, idle: None };
    let mut ear = ear(on(&bus)).await;
    let locker = Running::start(as_user("mate-screensaver").arg("--no-daemon"));
    if let Ok(first) = timeout(LONG, ear.next()).await {
        assert_eq!(first, mate(Some(false)));
    }
    assert!(as_user("mate-screensaver-command").arg("--activate").status().unwrap().success());
    assert_eq!(ear.next().await, mate(Some(true)));
    as_user("mate-screensaver-command").arg("--deactivate").status().unwrap();
    let unlocked = ear.next().await;
    assert_eq!(unlocked, mate(Some(false)));
    drop(locker);
    assert_eq!(ear.next().await, mate(None));
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// One that owns a saver's name to keep the screen on for others, and tells of no lock: GNOME's settings daemon.
struct Proxy {
    error: fn(String) -> zbus::fdo::Error,
}

#[zbus::interface(name = "org.freedesktop.ScreenSaver")]
impl Proxy {
    /// Whether it runs.
    fn get_active(&self) -> zbus::fdo::Result<bool> {
        Err((self.error)("This method is not implemented".to_owned()))
    }
}

#[tokio::test]
async fn whoever_has_a_savers_name_and_no_lock_to_tell_of_is_no_failure() {
    if !installed(&["dbus-daemon"]) {
        return;
    }
    for (error, state) in [
        (zbus::fdo::Error::NotSupported as fn(String) -> _, SourceState::Absent),
        (zbus::fdo::Error::UnknownMethod, SourceState::Absent),
        (zbus::fdo::Error::Failed, SourceState::Failing),
    ] {
        let bus = Bus::start();
        let builder = zbus::connection::Builder::address(bus.address.as_str()).unwrap();
        let builder = builder.serve_at("/org/freedesktop/ScreenSaver", Proxy { error }).unwrap();
        let _proxy = builder.name(FREEDESKTOP).unwrap().build().await.unwrap();
        let mut ear = ear(on(&bus)).await;
        ear.nothing().await;
        let source = ear.source(SignalKind::Lock, FREEDESKTOP);
        assert_eq!((source.state, source.chosen), (state, false), "{source:?}");
    }
}
