//! Lock by `XScreenSaver`: a stand-in that writes on the X display what it does, and the real one.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test ends where it fails, in its helpers too")]

mod common;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Bus, Display, Ear, LONG, Running, installed};
use signals::{Environment, LockSource, Raw, SignalKind, SourceState};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, CreateWindowAux, PropMode, Window, WindowClass};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

const NAME: &str = "XScreenSaver";

fn lock(locked: Option<bool>) -> Raw {
    Raw::Lock { source: LockSource::ScreenSaver(NAME), locked, idle: None }
}

fn on(display: &Display) -> Environment {
    Environment { display: Some(display.name.clone()), ..Environment::default() }
}

/// The next word on the lock, without the idle time that goes with it.
async fn next(ear: &mut Ear) -> Raw {
    match ear.until(|raw| matches!(raw, Raw::Lock { .. })).await {
        Raw::Lock { source, locked, .. } => Raw::Lock { source, locked, idle: None },
        other => unreachable!("{other:?}"),
    }
}

/// What it leaves on a display: a window that is never shown, and its state on the root window.
struct StandIn {
    conn: RustConnection,
    root: Window,
}

impl StandIn {
    fn start(display: &Display) -> Self {
        let (conn, _) = RustConnection::connect(Some(&display.name)).unwrap();
        let root = conn.setup().roots[0].root;
        let window = conn.generate_id().unwrap();
        let plain = CreateWindowAux::new();
        conn.create_window(0, window, root, 0, 0, 1, 1, 0, WindowClass::INPUT_OUTPUT, 0, &plain).unwrap();
        let saver = Self { conn, root };
        let version = saver.atom("_SCREENSAVER_VERSION");
        saver.conn.change_property8(PropMode::REPLACE, window, version, AtomEnum::STRING, b"6.06").unwrap();
        saver.is("");
        saver
    }

    fn atom(&self, name: &str) -> u32 {
        self.conn.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
    }

    /// Its state from now on: `LOCK`, `BLANK`, or neither.
    fn is(&self, state: &str) {
        let state = if state.is_empty() { 0 } else { self.atom(state) };
        let status = self.atom("_SCREENSAVER_STATUS");
        let values = [state, 1_795_829_379, 0];
        self.conn.change_property32(PropMode::REPLACE, self.root, status, AtomEnum::INTEGER, &values).unwrap();
        self.conn.sync().unwrap();
    }
}

#[tokio::test]
async fn its_lock_is_heard_and_a_screen_that_is_only_blank_is_none() {
    if !installed(&["Xvfb"]) {
        return;
    }
    let display = Display::start(&[]);
    let saver = StandIn::start(&display);
    let mut ear = Ear::new(on(&display));
    assert_eq!(next(&mut ear).await, lock(Some(false)));
    let source = ear.source(SignalKind::Lock, NAME);
    assert_eq!((source.state, source.chosen), (SourceState::Working, true));
    for _ in 0..2 {
        saver.is("BLANK");
        ear.nothing_of_locks().await;
        let told = Instant::now();
        saver.is("LOCK");
        let locked = ear.until(|raw| matches!(raw, Raw::Lock { .. })).await;
        assert!(matches!(locked, Raw::Lock { locked: Some(true), idle: Some(_), .. }), "{locked:?}");
        assert!(told.elapsed() < Duration::from_secs(1), "{:?}", told.elapsed());
        saver.is("");
        assert_eq!(next(&mut ear).await, lock(Some(false)));
    }
}

#[tokio::test]
async fn one_that_comes_later_is_found_and_one_that_is_killed_while_locked_says_nothing_any_more() {
    if !installed(&["Xvfb"]) {
        return;
    }
    let display = Display::start(&[]);
    let mut ear = Ear::new(on(&display));
    ear.idle().await;
    ear.nothing_of_locks().await;
    assert_eq!(ear.source(SignalKind::Lock, NAME).state, SourceState::Absent);
    let saver = StandIn::start(&display);
    saver.is("LOCK");
    assert_eq!(next(&mut ear).await, lock(Some(true)));
    // What it wrote stays, and the window goes.
    drop(saver);
    assert_eq!(next(&mut ear).await, lock(None));
    assert_eq!(ear.source(SignalKind::Lock, NAME).state, SourceState::Absent);
    let _saver = StandIn::start(&display);
    assert_eq!(next(&mut ear).await, lock(Some(false)));
}

#[tokio::test]
async fn a_pause_hears_nothing_of_it_and_a_display_that_dies_ends_it() {
    if !installed(&["Xvfb"]) {
        return;
    }
    let mut display = Display::start_apart();
    let saver = StandIn::start(&display);
    let mut ear = Ear::new(on(&display));
    assert_eq!(next(&mut ear).await, lock(Some(false)));
    ear.handle.pause(true);
    ear.nothing_of_locks().await;
    saver.is("LOCK");
    ear.nothing_of_locks().await;
    ear.handle.pause(false);
    assert_eq!(next(&mut ear).await, lock(Some(true)));
    display.kill();
    assert_eq!(next(&mut ear).await, lock(None));
}

#[tokio::test]
async fn the_real_one_is_heard() {
    if !installed(&["Xvfb", "xscreensaver", "xscreensaver-command", "setpriv"]) {
        return;
    }
    let display = Display::start(&[]);
    let bus = Bus::start();
    let home = tempfile::tempdir().unwrap();
    let as_user = |program: &str| {
        let mut command = Command::new("setpriv");
        // It refuses to run as root; anybody else will do.
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(home.path(), Some(65_534), Some(65_534)).unwrap();
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        }
        command.arg(program).env("HOME", home.path()).env("XDG_RUNTIME_DIR", home.path());
        command.env("DISPLAY", &display.name).env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
        command.env("DBUS_SYSTEM_BUS_ADDRESS", &bus.address).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let mut ear = Ear::new(on(&display));
    ear.idle().await;
    let saver = Running::start(as_user("xscreensaver").arg("--no-splash"));
    assert_eq!(next(&mut ear).await, lock(Some(false)));
    let began = Instant::now();
    while !as_user("xscreensaver-command").arg("-lock").status().unwrap().success() {
        assert!(began.elapsed() < LONG, "it takes orders in time");
    }
    assert_eq!(next(&mut ear).await, lock(Some(true)));
    drop(saver);
    assert_eq!(next(&mut ear).await, lock(None));
}
