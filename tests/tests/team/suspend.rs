//! A laptop that sleeps longer than the service waits for it: never wrongly Available (C12, G12, D03).

use std::time::{Duration, Instant};

use e2e::{Desktop, Halo, LogindMock, SOON, TeamService, wait_until};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{GRACE, QUICK, desk, heard_again, patient, resident, seen, statuses, until_seen};

/// A laptop with a screen lock and a logind.
struct Laptop {
    logind: LogindMock,
    halo: Halo,
    desktop: Desktop,
}

fn laptop(service: &TeamService) -> Laptop {
    let mut desktop = Desktop::builder().display(true).keyring(true).system_bus(true).start().unwrap();
    let logind = desktop.start_logind_mock().unwrap();
    let halo = Halo::start(&desktop);
    halo.sign_in(service, "ada");
    Laptop { logind, halo, desktop }
}

/// Waits until the program has found who tells of these: a person takes longer to sit down.
#[track_caller]
fn knows(halo: &Halo, parts: &[&str]) {
    let mut checks = serde_json::Value::Null;
    let known = wait_until(SOON, || {
        checks = halo.json(&["doctor", "--json"]);
        let in_use = |part: &&str| {
            let mut all = checks.as_array().expect("checks").iter();
            all.any(|check| check["part"] == **part && check["chosen"] == true && check["state"] == "working")
        };
        parts.iter().all(in_use)
    });
    assert!(known, "{checks}");
}

/// A program that stands still, as in a machine that sleeps; it goes on when this is dropped.
struct Frozen(Pid);

impl Frozen {
    fn new(program: Pid) -> Self {
        kill_process(program, Signal::STOP).unwrap();
        Self(program)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let _ = kill_process(self.0, Signal::CONT);
    }
}

/// Falls asleep and stays so until the service has given it up.
#[track_caller]
fn sleeps_past_the_grace(laptop: &Laptop, grace: &Halo) -> Frozen {
    laptop.logind.emit_prepare_for_sleep(true).unwrap();
    // Others know before the machine is gone.
    until_seen(grace, "ada", "away", SOON);
    let frozen = Frozen::new(resident(&laptop.desktop));
    until_seen(grace, "ada", "offline", SOON);
    let lost = Instant::now();
    while lost.elapsed() < GRACE {
        assert_eq!(seen(grace, "ada"), "offline");
        std::thread::sleep(Duration::from_millis(100));
    }
    frozen
}

/// Looks at somebody for a while, and asserts that they never look free.
#[track_caller]
fn never_green(grace: &Halo, span: Duration) {
    let began = Instant::now();
    while began.elapsed() < span {
        let status = seen(grace, "ada");
        assert!(["away", "offline"].contains(&status.as_str()), "seen as {status}");
    }
}

/// Waits until somebody who was lost is seen as away, and as nothing else before.
#[track_caller]
fn comes_back_away(grace: &Halo) {
    let began = Instant::now();
    loop {
        match seen(grace, "ada").as_str() {
            "away" => return,
            "offline" => assert!(began.elapsed() < SOON, "they don't come back"),
            other => panic!("seen as {other}"),
        }
    }
}

#[test]
fn c12_a_laptop_that_wakes_locked_is_not_available_until_somebody_is_back() {
    let service = TeamService::start_with(&["ada", "grace"], QUICK);
    let laptop = laptop(&service);
    let Laptop { logind, halo, desktop } = &laptop;
    let mut saver = desktop.start_screensaver("org.gnome.ScreenSaver").unwrap();
    let (_other_desktop, grace) = desk(&service, "grace");
    knows(halo, &["idle", "lock", "sleep"]);
    until_seen(&grace, "ada", "available", SOON);
    // Away counts from the last input on.
    desktop.xdotool(&["mousemove", "5", "5"]).unwrap();

    let frozen = sleeps_past_the_grace(&laptop, &grace);
    // Most desktops lock while they fall asleep; the program hears of it when it wakes.
    saver.set_active(true).unwrap();
    drop(frozen);
    logind.emit_prepare_for_sleep(false).unwrap();
    // It is there again, and locked.
    comes_back_away(&grace);
    halo.until_connected();
    let away = halo.until_status("away");
    assert_eq!((&away["reason"]["source"], &away["returns_to"]), (&"lock".into(), &"available".into()), "{away}");
    never_green(&grace, Duration::from_secs(2));

    // Unlocked alone is not back (D03).
    saver.set_active(false).unwrap();
    never_green(&grace, Duration::from_secs(1));
    desktop.xdotool(&["mousemove", "10", "10"]).unwrap();
    until_seen(&grace, "ada", "available", SOON);

    // What no look could catch: the history knows each change.
    let mut shown = statuses(halo);
    shown.dedup();
    assert_eq!(shown, ["available", "away", "offline", "away", "available"], "{:?}", halo.history());
}

#[test]
fn c12_a_laptop_that_was_locked_before_it_slept_is_away_when_it_wakes() {
    let service = TeamService::start_with(&["ada", "grace"], QUICK);
    let laptop = laptop(&service);
    let Laptop { logind, halo, desktop } = &laptop;
    let mut saver = desktop.start_screensaver("org.gnome.ScreenSaver").unwrap();
    let (_other_desktop, grace) = desk(&service, "grace");
    knows(halo, &["idle", "lock", "sleep"]);
    saver.set_active(true).unwrap();
    until_seen(&grace, "ada", "away", SOON);
    let frozen = sleeps_past_the_grace(&laptop, &grace);
    drop(frozen);
    logind.emit_prepare_for_sleep(false).unwrap();
    comes_back_away(&grace);
    never_green(&grace, Duration::from_secs(2));
    assert!(!statuses(halo)[1..].contains(&"available".to_owned()), "{:?}", statuses(halo));
    saver.set_active(false).unwrap();
    halo.until_unlocked();
    desktop.xdotool(&["mousemove", "10", "10"]).unwrap();
    until_seen(&grace, "ada", "available", SOON);
}

#[test]
fn g12_a_nap_within_the_grace_changes_nothing_that_was_chosen() {
    let service = TeamService::start_with(&["ada", "grace"], &patient());
    let laptop = laptop(&service);
    let (_other_desktop, grace) = desk(&service, "grace");
    knows(&laptop.halo, &["idle", "sleep"]);
    laptop.halo.set("meeting --for 1h --message Lund");
    let what = |presence: &serde_json::Value| ["status", "until", "message"].map(|key| presence[key].clone());
    let before = what(&laptop.halo.status());
    heard_again();
    laptop.logind.emit_prepare_for_sleep(true).unwrap();
    let frozen = Frozen::new(resident(&laptop.desktop));
    until_seen(&grace, "ada", "offline", SOON);
    drop(frozen);
    laptop.logind.emit_prepare_for_sleep(false).unwrap();
    until_seen(&grace, "ada", "meeting", SOON);
    laptop.halo.until_connected();
    assert_eq!(what(&laptop.halo.status()), before);
    assert_eq!(statuses(&laptop.halo), ["available", "meeting", "offline", "meeting"]);
}
