//! The whole program on a Wayland compositor that tells of input: `KWin`, Sway, Hyprland and their kind.

use std::time::Duration;

use e2e::{Desktop, Halo, SOON, Watch, wait_until};
use serde_json::Value;
use test_compositor::{ALL, Compositor, Sway};

const IDLE_TIME: Duration = Duration::from_secs(20);
const NOTIFIER: &str = "ext_idle_notifier_v1";

struct Stage {
    halo: Halo,
    compositor: Compositor,
    desktop: Desktop,
}

impl Stage {
    /// With an X server beside it, as Xwayland is.
    fn start() -> Self {
        let desktop = Desktop::builder().display(true).session_bus(true).start().expect("a desktop");
        let compositor = Compositor::start(&desktop.runtime_dir(), ALL);
        let socket = compositor.socket.to_str().expect("a plain path").to_owned();
        let mut halo = Halo::not_started(&desktop).with_variable("WAYLAND_DISPLAY", &socket);
        halo.start_again();
        Self { halo, compositor, desktop }
    }

    #[track_caller]
    fn is(&self, part: &str, name: &str, state: &str) {
        let mut checks = Value::Null;
        let came = wait_until(SOON, || {
            checks = self.halo.json(&["doctor", "--json"]);
            let is_it = |check: &Value| check["part"] == part && check["name"] == name && check["state"] == state;
            checks.as_array().expect("checks").iter().any(is_it)
        });
        assert!(came, "{part} by {name} is not {state}: {checks:#}");
    }
}

#[track_caller]
fn until(watch: &mut Watch, status: &str) -> Value {
    watch.until(status, IDLE_TIME, |told| told["status"] == status)
}

#[test]
fn g19_d03_a_compositor_that_dies_while_nobody_is_there_proves_nobody_back_and_the_next_one_tells_of_input() {
    let mut stage = Stage::start();
    stage.is("idle", NOTIFIER, "working");
    stage.halo.expect(&["config", "idle.after", "10s"]);
    let mut watch = stage.halo.watch();
    stage.compositor.input();
    assert_eq!(until(&mut watch, "away")["reason"]["source"], "idle");
    // An X server shows only part of the input there: it is not asked.
    stage.desktop.xdotool(&["mousemove_relative", "9", "9"]).unwrap();
    assert!(watch.next(Duration::from_secs(1)).is_none(), "{}", watch.latest());

    stage.compositor.kill();
    stage.is("idle", NOTIFIER, "failing");
    assert_eq!(stage.halo.status()["status"], "away");
    stage.compositor.restart();
    stage.is("idle", NOTIFIER, "working");
    assert_eq!(stage.halo.status()["status"], "away", "one that has just started knows of no input");
    stage.compositor.input();
    until(&mut watch, "available");
    assert_eq!(until(&mut watch, "away")["reason"]["source"], "idle", "and it goes on telling");
    stage.compositor.input();
    until(&mut watch, "available");
}

#[test]
fn g06_d03_a_lock_by_the_compositor_is_away_and_input_after_it_back_also_over_a_restart() {
    let mut stage = Stage::start();
    stage.is("lock", "hyprland_lock_notifier_v1", "working");
    let mut watch = stage.halo.watch();
    stage.compositor.lock(true);
    assert_eq!(until(&mut watch, "away")["reason"]["source"], "lock");
    stage.compositor.input();
    stage.compositor.lock(false);
    stage.halo.until_unlocked();
    assert_eq!(stage.halo.status()["status"], "away", "the password is no input after the lock");
    stage.compositor.input();
    until(&mut watch, "available");

    stage.compositor.lock(true);
    until(&mut watch, "away");
    stage.compositor.kill();
    stage.is("idle", NOTIFIER, "failing");
    stage.compositor.restart();
    stage.halo.until_unlocked();
    stage.is("idle", NOTIFIER, "working");
    assert_eq!(stage.halo.status()["status"], "away", "a locker that died with its compositor proves nobody back");
    stage.compositor.input();
    until(&mut watch, "available");
}

#[test]
fn g19_in_a_real_sway_nobody_is_away_who_types_and_whoever_does_not_is_until_the_next_key() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let sway = Sway::start();
    let socket = sway.socket().to_str().expect("a plain path").to_owned();
    let mut halo = Halo::not_started(&desktop).with_variable("WAYLAND_DISPLAY", &socket);
    halo.start_again();
    halo.expect(&["config", "idle.after", "10s"]);
    let mut watch = halo.watch();
    for _ in 0..7 {
        assert!(sway.types());
        assert!(watch.next(Duration::from_secs(2)).is_none(), "{}", watch.latest());
    }
    assert_eq!(until(&mut watch, "away")["reason"]["source"], "idle");
    assert!(sway.types());
    until(&mut watch, "available");
}
