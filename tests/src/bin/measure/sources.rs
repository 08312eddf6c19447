//! How soon a person is known to have left and to be back, by each source that tells of input or of a lock on Linux, and
//! how often each wakes the program while nothing changes. Each has a desktop of its own; they are measured side by side.

use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use e2e::{Desktop, Halo, wait_until};
use test_compositor::{ALL, Compositor, Sway};
use tokio::runtime::Runtime;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::MOTION_NOTIFY_EVENT;
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use zbus::Connection;

use crate::rest;
use crate::table::Table;
use crate::watch::Watch;

/// The shortest idle time that can be chosen.
const IDLE_TIME: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(10);
/// Input may be heard before the unlocking: it is given again and again.
const TRIED: Duration = Duration::from_millis(100);
/// What a person would not notice.
const LIMIT_MS: f64 = 50.0;
const LOCK_LIMIT_MS: f64 = 10.0;
const SWITCHES: f64 = 3.0;

const MUTTER: &str = "org.gnome.Mutter.IdleMonitor";
const MUTTER_PLACE: &str = "/org/gnome/Mutter/IdleMonitor/Core";
const SESSION: &str = "/org/freedesktop/login1/session/c1";

/// What was measured of one source.
#[derive(Default)]
struct Told {
    /// From the end of the idle time to *Away*.
    late: Vec<Duration>,
    /// From input to *back*.
    back: Vec<Duration>,
    /// From the lock to *Away*.
    locked: Vec<Duration>,
    /// Context switches while nothing changed.
    switches: u32,
}

/// A source, with what it takes to make it speak.
struct Source<'a> {
    /// As the doctor calls it.
    name: &'static str,
    desktop: &'a Desktop,
    halo: Halo,
    input: &'a mut dyn FnMut() -> Result<()>,
    lock: Option<&'a mut dyn FnMut(bool) -> Result<()>>,
}

/// How much is measured.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) idle_times: usize,
    pub(crate) locks: usize,
    pub(crate) rest: Duration,
}

pub(crate) fn measure(extent: Extent, table: &mut Table) -> Result<()> {
    println!("measuring the sources of input and lock for {} s…", extent.rest.as_secs());
    let measured = thread::scope(|scope| {
        [
            ("X11", "logind", scope.spawn(|| x11(extent))),
            ("GNOME", "no lock", scope.spawn(|| gnome(extent))),
            ("ext-idle-notify", "Hyprland's notifier", scope.spawn(|| wayland(extent))),
            ("Sway", "no lock", scope.spawn(|| sway(extent))),
        ]
        .map(|(name, lock, thread)| (name, lock, thread.join()))
    });
    for (name, lock, told) in measured {
        let told = told.map_err(|_| anyhow!("see above"))?.with_context(|| format!("{name} was not measured"))?;
        table.add_delay(&format!("{name}: end of the idle time to Away"), told.late, LIMIT_MS);
        table.add_delay(&format!("{name}: input to back"), told.back, LIMIT_MS);
        if !told.locked.is_empty() {
            table.add_delay(&format!("{lock}: lock to Away"), told.locked, LOCK_LIMIT_MS);
        }
        let what = format!("{name}: context switches in {} s of rest", extent.rest.as_secs());
        table.add(what, f64::from(told.switches), SWITCHES, "");
    }
    Ok(())
}

/// Real alarms of a real X server; logind is a mock on a real bus.
fn x11(extent: Extent) -> Result<Told> {
    let mut desktop = Desktop::builder().display(true).session_bus(true).system_bus(true).start()?;
    let _logind = desktop.start_logind_mock()?;
    let display = desktop.env().into_iter().find(|(name, _)| name == "DISPLAY").context("there is a display")?.1;
    let (server, screen) = RustConnection::connect(Some(&display))?;
    let root = server.setup().roots.get(screen).context("a screen")?.root;
    let mut place = 100;
    let mut input = || {
        place ^= 1;
        server.xtest_fake_input(MOTION_NOTIFY_EVENT, 0, x11rb::CURRENT_TIME, root, place, 100, 0)?;
        Ok(server.flush()?)
    };
    let runtime = runtime()?;
    let bus = runtime.block_on(connect(&desktop.system_bus().address()))?;
    let mut lock = |locked: bool| {
        let body = ("org.freedesktop.login1.Session", "LockedHint", zbus::zvariant::Value::from(locked));
        let properties = Some("org.freedesktop.DBus.Properties");
        let set = bus.call_method(Some("org.freedesktop.login1"), SESSION, properties, "Set", &body);
        runtime.block_on(set)?;
        Ok(())
    };
    let halo = Halo::not_started(&desktop);
    Source { name: "X11 IDLETIME", desktop: &desktop, halo, input: &mut input, lock: Some(&mut lock) }.measure(extent)
}

/// A real Mutter without a screen.
fn gnome(extent: Extent) -> Result<Told> {
    let desktop = Desktop::builder().session_bus(true).system_bus(true).start()?;
    let mut mutter = desktop.command("mutter");
    mutter.args(["--wayland", "--headless", "--no-x11", "--virtual-monitor", "800x600"]);
    mutter.env("MUTTER_DEBUG_RESET_IDLETIME", "1").env("GSETTINGS_BACKEND", "memory");
    // It ends with the desktop.
    let _mutter = mutter.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let runtime = runtime()?;
    let bus = runtime.block_on(connect(&desktop.session_bus().address()))?;
    let mut input = || {
        runtime.block_on(bus.call_method(Some(MUTTER), MUTTER_PLACE, Some(MUTTER), "ResetIdletime", &()))?;
        Ok(())
    };
    ensure!(wait_until(PATIENCE, || input().is_ok()), "Mutter does not answer");
    let halo = Halo::not_started(&desktop);
    Source { name: MUTTER, desktop: &desktop, halo, input: &mut input, lock: None }.measure(extent)
}

/// A compositor for tests that speaks the protocol of `KWin`, Sway and Hyprland.
fn wayland(extent: Extent) -> Result<Told> {
    let desktop = Desktop::builder().session_bus(true).system_bus(true).start()?;
    let compositor = Compositor::start(&desktop.runtime_dir(), ALL);
    let halo = Halo::not_started(&desktop).with_variable("WAYLAND_DISPLAY", &compositor.socket.to_string_lossy());
    let mut input = || {
        compositor.input();
        Ok(())
    };
    let mut lock = |locked: bool| {
        compositor.lock(locked);
        Ok(())
    };
    let name = "ext_idle_notifier_v1";
    Source { name, desktop: &desktop, halo, input: &mut input, lock: Some(&mut lock) }.measure(extent)
}

/// A real Sway without a screen; a program that starts anew each time types.
fn sway(extent: Extent) -> Result<Told> {
    let desktop = Desktop::builder().session_bus(true).system_bus(true).start()?;
    let sway = Sway::start();
    let halo = Halo::not_started(&desktop).with_variable("WAYLAND_DISPLAY", &sway.socket().to_string_lossy());
    let mut input = || {
        ensure!(sway.types(), "Sway does not hear the keyboard");
        Ok(())
    };
    // The older protocol is all that Debian's Sway has.
    let name = "org_kde_kwin_idle";
    Source { name, desktop: &desktop, halo, input: &mut input, lock: None }.measure(extent)
}

impl Source<'_> {
    fn measure(mut self, extent: Extent) -> Result<Told> {
        self.halo.start_again();
        ensure!(wait_until(PATIENCE, || self.is_listened_to()), "{} is not listened to", self.name);
        self.halo.expect(&["config", "idle.after", "10s"]);
        let mut told = Told::default();
        {
            let watch = Watch::start(self.halo.command(&["watch", "--json"]))?;
            for _ in 0..extent.idle_times {
                let last_input = Instant::now();
                (self.input)()?;
                let away = watch.until_status("away", IDLE_TIME + PATIENCE)?;
                told.late.push(away.saturating_duration_since(last_input + IDLE_TIME));
                let moved = Instant::now();
                (self.input)()?;
                told.back.push(watch.until_status("available", PATIENCE)?.duration_since(moved));
            }
            for _ in 0..extent.locks {
                let Some(lock) = &mut self.lock else { break };
                let locked = Instant::now();
                lock(true)?;
                told.locked.push(watch.until_status("away", PATIENCE)?.duration_since(locked));
                lock(false)?;
                let came_back = || (self.input)().is_ok() && watch.until_status("available", TRIED).is_ok();
                ensure!(std::iter::repeat_with(came_back).take(30).any(|came| came), "nobody is back after an unlock");
            }
        }
        // Longer than is watched: what is armed must cost nothing until then.
        self.halo.expect(&["config", "idle.after", "4h"]);
        told.switches = rest::watch(&self.desktop.home(), extent.rest)?.switches;
        Ok(told)
    }

    fn is_listened_to(&self) -> bool {
        let checks = self.halo.json(&["doctor", "--json"]);
        let is_it = |check: &serde_json::Value| check["part"] == "idle" && check["chosen"] == true;
        let chosen = checks.as_array().into_iter().flatten().find(|check| is_it(check));
        chosen.and_then(|check| check["name"].as_str()) == Some(self.name)
    }
}

fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

async fn connect(address: &str) -> Result<Connection> {
    Ok(zbus::connection::Builder::address(address)?.build().await?)
}
