//! The virtual desktop itself: it starts, looks like one, answers, and leaves nothing behind.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use e2e::{Desktop, MateScreensaver, skip, wait_until};

const SOON: Duration = Duration::from_secs(10);

fn process_exists(id: u32) -> bool {
    Path::new(&format!("/proc/{id}")).exists()
}

#[test]
fn everything_starts_and_can_be_seen() {
    let desktop = Desktop::builder().everything().start().unwrap();
    let bus = desktop.session_bus();
    for name in ["org.freedesktop.Notifications", "org.kde.StatusNotifierWatcher", "org.freedesktop.secrets"] {
        assert!(bus.has_owner(name), "{name} is not on the session bus");
    }
    desktop.run("notify-send", &["--urgency=normal", "Missed call", "Ana Lima, 14:02"]).unwrap();
    let shown = wait_until(SOON, || desktop.run("dunstctl", &["count", "displayed"]).unwrap().trim() == "1");
    assert!(shown, "dunst shows no notification");

    let picture = desktop.home().join("deep/er/screen.png");
    desktop.screenshot(&picture).unwrap();
    assert!(fs::metadata(&picture).unwrap().len() > 5_000, "the screenshot is empty");
}

#[test]
fn its_environment_is_its_own() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let variables = desktop.run("env", &[]).unwrap();
    let root = desktop.home().parent().unwrap().display().to_string();
    for name in ["HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
        assert!(variables.contains(&format!("{name}={root}")), "{name} is not in {root}:\n{variables}");
    }
    assert!(!variables.contains("CARGO"), "inherited from cargo:\n{variables}");
    assert!(!variables.contains("DISPLAY="), "it has no display:\n{variables}");
    assert!(!desktop.system_bus().has_owner("org.freedesktop.DBus"), "no system bus was asked for");
}

#[test]
fn dropping_it_ends_every_process_even_those_that_hide() {
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let folder = desktop.home().parent().unwrap().to_owned();
    let mut plain = desktop.command("sleep").arg("1000").spawn().unwrap();
    // A program that leaves the process group, and whose parent is gone.
    let hidden = desktop
        .command("sh")
        .args(["-c", "setsid sleep 1000 >/dev/null 2>&1 & echo $!"])
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let hidden: u32 = String::from_utf8(hidden.stdout).unwrap().trim().parse().unwrap();
    assert!(process_exists(hidden));

    drop(desktop);

    assert!(wait_until(SOON, || plain.try_wait().unwrap().is_some()), "a child is left");
    let gone = wait_until(SOON, || fs::read(format!("/proc/{hidden}/cmdline")).unwrap_or_default().is_empty());
    assert!(gone, "a program that left the process group is left");
    assert!(!folder.exists(), "files are left in {}", folder.display());
}

#[test]
fn the_session_bus_comes_back_at_its_address() {
    let mut desktop = Desktop::builder().notifications(true).start().unwrap();
    let bus = desktop.session_bus();
    desktop.stop_session_bus();
    assert!(!bus.has_owner("org.freedesktop.DBus"));
    desktop.start_session_bus().unwrap();
    assert!(bus.has_owner("org.freedesktop.DBus"));
    assert!(!bus.has_owner("org.freedesktop.Notifications"));
    desktop.start_notifications().unwrap();
    assert!(bus.has_owner("org.freedesktop.Notifications"));
}

#[test]
fn the_tray_host_goes_and_comes_back() {
    let mut desktop = Desktop::builder().tray_host(true).start().unwrap();
    let bus = desktop.session_bus();
    desktop.stop_tray_host();
    assert!(wait_until(SOON, || !bus.has_owner("org.kde.StatusNotifierWatcher")));
    desktop.start_tray_host().unwrap();
    assert!(bus.has_owner("org.kde.StatusNotifierWatcher"));
}

#[test]
fn the_keyring_keeps_a_secret() {
    let desktop = Desktop::builder().keyring(true).start().unwrap();
    let store = "printf hush | secret-tool store --label=test room test";
    desktop.run("sh", &["-c", store]).unwrap();
    assert_eq!(desktop.run("secret-tool", &["lookup", "room", "test"]).unwrap(), "hush");
}

#[test]
fn a_fake_screensaver_locks_and_unlocks() {
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    for name in ["org.gnome.ScreenSaver", "org.freedesktop.ScreenSaver"] {
        let mut saver = desktop.start_screensaver(name).unwrap();
        let path = format!("/{}", name.replace('.', "/"));
        let active = || desktop.session_bus().call(name, &path, &format!("{name}.GetActive"), &[]).unwrap();
        assert_eq!(active(), "(false,)");
        assert!(saver.set_active(true).unwrap() > 0.0);
        assert_eq!(active(), "(true,)");
        saver.set_active(false).unwrap();
        assert_eq!(active(), "(false,)");
        drop(saver);
        assert!(!desktop.session_bus().has_owner(name));
    }
}

#[test]
fn the_logind_mock_has_a_session_that_locks_and_a_machine_that_sleeps() {
    let mut desktop = Desktop::builder().session_bus(true).system_bus(true).start().unwrap();
    let logind = desktop.start_logind_mock().unwrap();
    let bus = desktop.system_bus();
    let property = |object: &str, interface: &str, name: &str| {
        let method = "org.freedesktop.DBus.Properties.Get";
        bus.call("org.freedesktop.login1", object, method, &[interface, name]).unwrap()
    };
    let locked = || property(logind.session_path(), "org.freedesktop.login1.Session", "LockedHint");
    assert_eq!(locked(), "(<false>,)");
    logind.set_locked_hint(true).unwrap();
    assert_eq!(locked(), "(<true>,)");
    logind.emit_lock(true).unwrap();
    logind.emit_prepare_for_sleep(true).unwrap();
    let manager = "/org/freedesktop/login1";
    assert_eq!(property(manager, "org.freedesktop.login1.Manager", "PreparingForSleep"), "(<true>,)");
    let by_process =
        bus.call("org.freedesktop.login1", manager, "org.freedesktop.login1.Manager.GetSessionByPID", &["1"]);
    assert!(by_process.unwrap().contains(logind.session_path()));
    assert!(desktop.env().contains(&("XDG_SESSION_ID".to_owned(), logind.session_id().to_owned())));
}

#[test]
fn the_real_locker_locks_and_unlocks() {
    if !MateScreensaver::is_installed() {
        return skip("mate-screensaver is not installed");
    }
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let locker = desktop.start_mate_screensaver().unwrap();
    assert!(!locker.is_active().unwrap());
    for _ in 0..2 {
        locker.lock().unwrap();
        assert!(locker.is_active().unwrap());
        locker.unlock().unwrap();
        assert!(!locker.is_active().unwrap());
    }
}
