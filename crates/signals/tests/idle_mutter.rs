//! Idle by GNOME's compositor: a real one, without a screen, on a private bus.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test ends where it fails, in its helpers too")]

mod common;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Bus, Display, Ear, LONG, Running, freeze, installed, passes, switches};
use signals::{Arm, Environment, Raw, SignalKind, SourceState};
use tempfile::TempDir;
use tokio::time::sleep;
use zbus::Connection;

const NAME: &str = "org.gnome.Mutter.IdleMonitor";
const PLACE: &str = "/org/gnome/Mutter/IdleMonitor/Core";
const SHORT: Duration = Duration::from_millis(300);
const LATE: Duration = Duration::from_millis(500);

struct Gnome {
    bus: Bus,
    conn: Connection,
    home: TempDir,
    mutter: Option<Running>,
}

impl Gnome {
    async fn start() -> Option<Self> {
        if !installed(&["mutter", "dbus-daemon"]) {
            return None;
        }
        let bus = Bus::start();
        let home = tempfile::tempdir().unwrap();
        std::fs::set_permissions(home.path(), Permissions::from_mode(0o700)).unwrap();
        let mut gnome = Self { conn: bus.connect().await, bus, home, mutter: None };
        gnome.restart().await;
        Some(gnome)
    }

    /// Returns when it answers.
    async fn restart(&mut self) {
        self.mutter = None;
        let mut command = Command::new("mutter");
        command.args(["--wayland", "--headless", "--no-x11", "--virtual-monitor", "800x600"]);
        command.env("MUTTER_DEBUG_RESET_IDLETIME", "1").env("GSETTINGS_BACKEND", "memory");
        command.env("HOME", self.home.path()).env("XDG_RUNTIME_DIR", self.home.path());
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus.address).env("DBUS_SYSTEM_BUS_ADDRESS", &self.bus.address);
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").stdout(Stdio::null()).stderr(Stdio::null());
        self.mutter = Some(Running::start(&mut command));
        let began = Instant::now();
        while self.conn.call_method(Some(NAME), PLACE, Some(NAME), "GetIdletime", &()).await.is_err() {
            assert!(began.elapsed() < LONG * 2, "mutter starts in time");
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn input(&self) {
        self.conn.call_method(Some(NAME), PLACE, Some(NAME), "ResetIdletime", &()).await.unwrap();
    }

    /// Input while no task of this thread goes on.
    fn input_while_stopped(&self) {
        let call = ["call", "--address", &self.bus.address, "--dest", NAME, "--object-path", PLACE, "--method"];
        let mut command = Command::new("gdbus");
        command.args(call).arg(format!("{NAME}.ResetIdletime")).stdout(Stdio::null());
        assert!(command.status().unwrap().success());
    }

    fn environment(&self) -> Environment {
        Environment {
            wayland_display: Some("wayland-0".to_owned()),
            runtime_dir: Some(self.home.path().to_owned()),
            session_bus: Some(self.bus.address.clone()),
            ..Environment::default()
        }
    }
}

fn idle_for(time: Duration) -> Arm {
    Arm { idle_for: Some(time), input: false, screen: false }
}

fn input() -> Arm {
    Arm { idle_for: None, input: true, screen: false }
}

#[tokio::test]
async fn thresholds_and_input_are_told() {
    let Some(gnome) = Gnome::start().await else { return };
    let mut ear = Ear::new(gnome.environment());
    ear.idle().await;
    assert_eq!(ear.chosen(SignalKind::Idle).unwrap(), NAME);
    let wayland = ear.source(SignalKind::Idle, "ext_idle_notifier_v1");
    assert_eq!(wayland.state, SourceState::Absent);
    assert!(wayland.why.contains("has no ext_idle_notifier_v1"), "{wayland:?}");

    for _ in 0..2 {
        gnome.input().await;
        let moved = Instant::now();
        ear.handle.arm(idle_for(SHORT));
        let idle = ear.idle().await;
        assert!(idle >= SHORT && idle < SHORT + LATE, "{idle:?}");
        assert!(moved.elapsed() < SHORT + LATE, "{:?}", moved.elapsed());
        // One that is past is told at once.
        ear.handle.arm(idle_for(SHORT / 2));
        assert!(ear.idle().await >= SHORT);
        ear.handle.arm(input());
        ear.nothing().await;
        gnome.input().await;
        assert_eq!(ear.next().await, Raw::Input);
        gnome.input().await;
        ear.nothing().await;
    }
}

#[tokio::test]
async fn d02_what_is_heard_late_is_as_old_as_the_counter_says() {
    let Some(gnome) = Gnome::start().await else { return };
    let mut ear = Ear::new(gnome.environment());
    ear.idle().await;
    let stop = Duration::from_millis(2_600);
    gnome.input().await;
    ear.handle.arm(idle_for(SHORT));
    freeze(stop);
    assert!(ear.idle().await >= stop, "the threshold was reached long ago");
    ear.handle.arm(input());
    ear.nothing().await;
    gnome.input_while_stopped();
    freeze(stop);
    let Raw::InputAgo(ago) = ear.next().await else { panic!("there was input, and long ago") };
    assert!(ago >= stop && ago < stop + Duration::from_secs(1), "{ago:?}");
}

#[tokio::test]
async fn input_between_the_threshold_and_the_wish_to_hear_of_it_is_told() {
    let Some(gnome) = Gnome::start().await else { return };
    let mut ear = Ear::new(gnome.environment());
    ear.idle().await;
    for _ in 0..3 {
        ear.handle.arm(idle_for(SHORT));
        ear.idle().await;
        gnome.input().await;
        ear.handle.arm(input());
        assert_eq!(ear.next().await, Raw::Input);
    }
}

#[tokio::test]
async fn a_compositor_that_restarts_is_asked_anew() {
    let Some(mut gnome) = Gnome::start().await else { return };
    let mut ear = Ear::new(gnome.environment());
    ear.idle().await;
    ear.handle.arm(input());
    ear.nothing().await;
    gnome.mutter = None;
    let Raw::IdleUnknown(why) = ear.next().await else { panic!("it is gone") };
    assert!(why.contains("gone"), "{why}");
    gnome.restart().await;
    ear.idle().await;
    // What was asked for before is still asked for.
    gnome.input().await;
    assert_eq!(ear.next().await, Raw::Input);
    assert_eq!(ear.chosen(SignalKind::Idle).unwrap(), NAME);
}

#[tokio::test]
async fn a_bus_that_restarts_is_connected_to_anew() {
    let Some(mut gnome) = Gnome::start().await else { return };
    let mut ear = Ear::new(gnome.environment());
    ear.idle().await;
    gnome.bus.kill();
    assert!(matches!(ear.next().await, Raw::IdleUnknown(_)));
    gnome.bus.restart();
    gnome.conn = gnome.bus.connect().await;
    gnome.restart().await;
    ear.idle().await;
    ear.handle.arm(input());
    ear.nothing().await;
    gnome.input().await;
    assert_eq!(ear.next().await, Raw::Input);
}

/// GNOME's session manager, as far as the compositor asks it.
struct SessionManager {
    inhibited: u32,
}

#[zbus::interface(name = "org.gnome.SessionManager")]
impl SessionManager {
    /// What programs keep from happening.
    #[zbus(property)]
    fn inhibited_actions(&self) -> u32 {
        self.inhibited
    }
}

#[tokio::test]
async fn a_video_does_not_keep_the_threshold_from_being_told() {
    let Some(gnome) = Gnome::start().await else { return };
    let place = "/org/gnome/SessionManager";
    let builder = zbus::connection::Builder::address(gnome.bus.address.as_str()).unwrap();
    let builder = builder.serve_at(place, SessionManager { inhibited: 0 }).unwrap();
    let manager = builder.name("org.gnome.SessionManager").unwrap().build().await.unwrap();
    let mut ear = Ear::new(gnome.environment());
    ear.idle().await;
    gnome.input().await;
    ear.handle.arm(idle_for(SHORT * 3));
    let manager = manager.object_server().interface::<_, SessionManager>(place).await.unwrap();
    for inhibited in [8, 0] {
        manager.get_mut().await.inhibited = inhibited;
        manager.get().await.inhibited_actions_changed(manager.signal_emitter()).await.unwrap();
        let idle = ear.idle().await;
        assert!(idle >= SHORT * 3 && idle < SHORT * 3 + LATE, "{idle:?}");
        gnome.input().await;
        ear.handle.arm(idle_for(SHORT * 3));
    }
}

#[tokio::test]
async fn an_x_display_beside_it_is_not_listened_to() {
    let Some(gnome) = Gnome::start().await else { return };
    if !installed(&["Xvfb"]) {
        return;
    }
    let display = Display::start(&[]);
    let mut ear = Ear::new(Environment { display: Some(display.name.clone()), ..gnome.environment() });
    ear.idle().await;
    assert_eq!(ear.chosen(SignalKind::Idle).unwrap(), NAME);
}

#[tokio::test]
#[ignore = "measures, for half a minute"]
async fn measures() {
    let Some(gnome) = Gnome::start().await else { return };
    let mut ear = Ear::new(gnome.environment());
    ear.idle().await;
    let (mut inputs, mut thresholds) = (Vec::new(), Vec::new());
    for _ in 0..50 {
        ear.handle.arm(input());
        sleep(Duration::from_millis(20)).await;
        let now = Instant::now();
        gnome.input().await;
        ear.until(|raw| *raw == Raw::Input).await;
        inputs.push(now.elapsed());
    }
    for _ in 0..20 {
        let threshold = Duration::from_millis(200);
        gnome.input().await;
        let moved = Instant::now();
        ear.handle.arm(idle_for(threshold));
        ear.idle().await;
        thresholds.push(moved.elapsed().saturating_sub(threshold));
    }
    for (what, mut times) in [("input", inputs), ("threshold, late by", thresholds)] {
        times.sort();
        eprintln!("{what}: median {:?}, worst {:?}", times[times.len() / 2], times[times.len() - 1]);
    }
    ear.handle.arm(idle_for(Duration::from_secs(300)));
    ear.nothing().await;
    let before = switches();
    passes(Duration::from_secs(30)).await;
    eprintln!("context switches in 30 s: {}, one of them the test's own", switches() - before);
}
