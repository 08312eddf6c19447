//! A locked screen: Away, for how long, and what ends it.

use std::fs;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

use e2e::{Desktop, FakeScreensaver, Halo, MateScreensaver, SOON, Watch, XScreenSaver, skip, wait_until};
use jiff::Timestamp;
use serde_json::Value;

use crate::support::{Notifications, instant, seconds_between};

/// Long enough that something wrong would have shown, after everything that leads to it has happened.
const A_WHILE: Duration = Duration::from_millis(400);

const GNOME: &str = "org.gnome.ScreenSaver";

fn desk() -> (Desktop, FakeScreensaver, Halo) {
    desk_with(GNOME)
}

fn desk_with(name: &str) -> (Desktop, FakeScreensaver, Halo) {
    let desktop = Desktop::builder().display(true).session_bus(true).start().expect("a desktop");
    let saver = desktop.start_screensaver(name).expect("a screen saver");
    let halo = Halo::start(&desktop);
    knows_idle_and_lock(&halo);
    (desktop, saver, halo)
}

/// Waits until the program has found who tells of input and of locks: a person takes longer to sit down.
fn knows_idle_and_lock(halo: &Halo) {
    let in_use = |checks: &Value, part: &str| {
        let check = |check: &Value| check["part"] == part && check["chosen"] == true && check["state"] == "working";
        checks.as_array().expect("checks").iter().any(check)
    };
    let mut checks = Value::Null;
    let known = wait_until(SOON, || {
        checks = halo.json(&["doctor", "--json"]);
        in_use(&checks, "idle") && in_use(&checks, "lock")
    });
    assert!(known, "{checks}");
}

/// The mouse moves; gives the instant.
fn input(desktop: &Desktop) -> Timestamp {
    desktop.xdotool(&["mousemove_relative", "9", "0", "mousemove_relative", "--", "-9", "0"]).expect("xdotool");
    Timestamp::now()
}

fn let_pass(time: Duration) {
    let started = Instant::now();
    wait_until(SOON, || started.elapsed() > time);
}

#[track_caller]
fn says_nothing(watch: &mut Watch, why: &str) {
    let said = watch.next(A_WHILE);
    assert!(said.is_none(), "{why}: {said:?}");
}

/// What counters of whole milliseconds, read one after the other, may be apart.
const READING: f64 = 0.05;

/// When something happened: not before the first instant, not after the second.
type Between = (Timestamp, Timestamp);

#[track_caller]
fn happened(at: &Value, (from, to): Between, what: &str) {
    let at = instant(at);
    let after = |one: Timestamp, other: Timestamp| one.duration_since(other).as_secs_f64();
    assert!(after(at, from) > -READING && after(to, at) > -READING, "{what} at {at}, not between {from} and {to}");
}

/// Away by this lock, since the input before it.
#[track_caller]
fn is_away_by_lock(status: &Value, input: Between, lock: Between) {
    assert_eq!((&status["status"], &status["reason"]["source"]), (&"away".into(), &"lock".into()), "{status}");
    assert_eq!((&status["color"], &status["returns_to"]), (&"yellow".into(), &"available".into()), "{status}");
    happened(&status["since"], input, "the last input");
    happened(&status["reason"]["since"], lock, "the lock");
}

/// Locks some time after an input, and looks.
fn locks(desktop: &Desktop, halo: &Halo, lock: impl FnOnce()) {
    knows_idle_and_lock(halo);
    let mut watch = halo.watch();
    let moved = (Timestamp::now(), input(desktop));
    let_pass(Duration::from_millis(500));
    let locking = Timestamp::now();
    lock();
    let away = watch.until("away", SOON, |told| told["status"] == "away");
    is_away_by_lock(&away, moved, (locking, Timestamp::now()));
    assert!(halo.line().contains("because the screen was locked. Back to Available when you return."));
}

#[test]
fn g06_a_lock_by_a_screen_saver_sets_away_since_the_last_input() {
    for name in [GNOME, "org.freedesktop.ScreenSaver"] {
        let (desktop, mut saver, halo) = desk_with(name);
        locks(&desktop, &halo, || {
            saver.set_active(true).unwrap();
        });
    }
}

#[test]
fn g06_a_lock_that_logind_tells_of_sets_away_since_the_last_input() {
    let mut desktop = Desktop::builder().display(true).session_bus(true).system_bus(true).start().unwrap();
    let logind = desktop.start_logind_mock().unwrap();
    let halo = Halo::start(&desktop);
    locks(&desktop, &halo, || logind.set_locked_hint(true).unwrap());
    logind.set_locked_hint(false).unwrap();
    input(&desktop);
    halo.until_status("available");
}

#[test]
fn g06_a_lock_by_a_real_locker_sets_away_since_the_last_input() {
    if !MateScreensaver::is_installed() {
        return skip("mate-screensaver is not installed");
    }
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let locker = desktop.start_mate_screensaver().unwrap();
    let halo = Halo::start(&desktop);
    knows_idle_and_lock(&halo);
    let last_input = input(&desktop);
    let_pass(Duration::from_millis(500));
    locker.lock().unwrap();
    let away = halo.until_status("away");
    assert_eq!(away["reason"]["source"], "lock");
    // It grabs the input and draws for a while before it says that it has locked.
    let since = instant(&away["since"]);
    assert!(since.duration_since(last_input).as_secs_f64().abs() < 0.15, "last input {last_input}, since {since}");

    locker.unlock().unwrap();
    halo.until_unlocked();
    assert_eq!(halo.status()["status"], "away", "unlocking alone is not back");
    input(&desktop);
    halo.until_status("available");
}

#[test]
fn d01_input_on_a_locked_screen_does_not_end_away() {
    let (desktop, mut saver, halo) = desk();
    let mut watch = halo.watch();
    saver.set_active(true).unwrap();
    let away = watch.until("away", SOON, |told| told["status"] == "away");
    for _ in 0..3 {
        input(&desktop);
        desktop.xdotool(&["key", "a"]).unwrap();
    }
    says_nothing(&mut watch, "a wrong password is not a return");
    assert_eq!(halo.status(), away);
}

#[test]
fn d01_sleep_comes_before_a_lock_and_a_lock_outlasts_it() {
    let mut desktop = Desktop::builder().display(true).session_bus(true).system_bus(true).start().unwrap();
    let logind = desktop.start_logind_mock().unwrap();
    let halo = Halo::start(&desktop);
    knows_idle_and_lock(&halo);
    let mut watch = halo.watch();
    let mut until = |source: &str| watch.until(source, SOON, |told| told["reason"]["source"] == source);
    logind.set_locked_hint(true).unwrap();
    let locked = until("lock");
    logind.emit_prepare_for_sleep(true).unwrap();
    let asleep = until("sleep");
    assert!(halo.line().contains("because the computer was asleep"), "{}", halo.line());
    logind.emit_prepare_for_sleep(false).unwrap();
    let awake = until("lock");
    for told in [&asleep, &awake] {
        assert_eq!((&told["status"], &told["since"]), (&"away".into(), &locked["since"]), "it is one Away");
    }
    logind.set_locked_hint(false).unwrap();
    input(&desktop);
    until("default");
}

#[test]
fn f06_a_restart_while_locked_changes_nothing_and_an_unlock_meanwhile_is_no_return() {
    let (desktop, mut saver, mut halo) = desk();
    saver.set_active(true).unwrap();
    let away = halo.until_status("away");
    halo.kill();
    halo.start_again();
    assert_eq!(halo.status(), away);
    knows_idle_and_lock(&halo);
    assert_eq!(halo.status(), away);

    halo.kill();
    saver.set_active(false).unwrap();
    halo.start_again();
    knows_idle_and_lock(&halo);
    assert_eq!(halo.status(), away);
    input(&desktop);
    halo.until_status("available");
}

#[test]
fn d03_back_means_unlocked_and_input_after_that() {
    let (desktop, mut saver, halo) = desk();
    let mut watch = halo.watch();
    saver.set_active(true).unwrap();
    let away = watch.until("away", SOON, |told| told["status"] == "away");
    saver.set_active(false).unwrap();
    says_nothing(&mut watch, "unlocking alone is not back");
    input(&desktop);
    let back = watch.until("back", SOON, |told| told["status"] == "available");
    assert_eq!(back["reason"]["source"], "default");
    assert!(seconds_between(&away["since"], &back["since"]) > 0.3, "available since the return: {back}");
}

#[test]
fn d03_where_idle_is_unknown_unlocking_alone_is_back() {
    // No display: nothing tells of input.
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let mut saver = desktop.start_screensaver(GNOME).unwrap();
    let halo = Halo::start(&desktop);
    saver.set_active(true).unwrap();
    halo.until_status("away");
    saver.set_active(false).unwrap();
    halo.until_status("available");
}

#[test]
fn c02_a_chosen_status_stays_visible_through_a_lock_and_c04_the_lock_shows_when_it_ends() {
    let (_desktop, mut saver, halo) = desk();
    halo.set("busy");
    let mut watch = halo.watch();
    saver.set_active(true).unwrap();
    says_nothing(&mut watch, "Busy was chosen");
    saver.set_active(false).unwrap();

    halo.set("available");
    halo.set("meal --for 2s");
    let meal = watch.until("a meal", SOON, |told| told["status"] == "meal");
    let locked = Timestamp::now();
    saver.set_active(true).unwrap();
    let away = watch.until("no meal", SOON, |told| told["status"] != "meal");
    assert_eq!((&away["status"], &away["reason"]["source"]), (&"away".into(), &"lock".into()));
    assert_eq!(away["since"], meal["until"], "Away since the meal ended");
    let reason = instant(&away["reason"]["since"]);
    assert!(reason.duration_since(locked).as_secs_f64().abs() < 0.15, "because of the lock before that: {away}");
}

#[test]
fn g07_while_locked_calls_and_chats_are_held_urgent_ones_too() {
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let mut saver = desktop.start_screensaver(GNOME).unwrap();
    let notifications = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);
    knows_idle_and_lock(&halo);
    saver.set_active(true).unwrap();
    halo.until_status("away");
    for notice in [["call", "Line 2"], ["chat", "--urgent"]] {
        assert_eq!(halo.expect(&["notify", "--from", "Mara", "--kind", notice[0], notice[1], "Hello"]), "held");
    }
    assert_eq!(notifications.others(), [""; 0]);
    saver.set_active(false).unwrap();
    halo.until_unlocked();
    input(&desktop);
    notifications.next("2 held for you");
}

#[test]
fn d12_an_automatic_change_says_why_and_is_undone_with_one_command_until_the_next_lock() {
    let (desktop, mut saver, halo) = desk();
    let refused = halo.refused(&["undo"]);
    assert!(refused.contains("there is nothing to undo"), "{refused}");
    saver.set_active(true).unwrap();
    let away = halo.until_status("away");
    let clock = |at: &Value| instant(at).strftime("%H:%M").to_string();
    let line = format!(
        "Away since {}, because the screen was locked. Back to Available when you return.",
        clock(&away["since"])
    );
    assert_eq!(halo.line(), line);

    halo.expect(&["undo"]);
    let undone = halo.status();
    assert_eq!((&undone["status"], &undone["reason"]["source"]), (&"available".into(), &"default".into()));
    saver.set_active(false).unwrap();
    input(&desktop);
    saver.set_active(true).unwrap();
    assert_eq!(halo.until_status("away")["reason"]["source"], "lock", "no one is green for ever");

    halo.set("busy");
    let refused = halo.refused(&["undo"]);
    assert!(refused.contains("you chose Busy yourself at ") && refused.contains("halo back"), "{refused}");
    assert_eq!(halo.status()["status"], "busy");
}

#[test]
fn c05_after_a_choice_on_a_locked_screen_the_next_lock_sets_away_even_without_input_between() {
    let (_desktop, mut saver, halo) = desk();
    saver.set_active(true).unwrap();
    halo.until_status("away");
    // By another login of the same person: the screen stays locked.
    halo.set("available");
    assert_eq!(halo.status()["status"], "available");
    saver.set_active(false).unwrap();
    saver.set_active(true).unwrap();
    halo.until_status("away");
}

#[test]
fn what_the_device_told_can_be_recorded_afterwards_and_comes_to_the_same_again() {
    let (desktop, mut saver, halo) = desk();
    saver.set_active(true).expect("it locks");
    halo.until_status("away");
    saver.set_active(false).expect("it unlocks");
    halo.until_unlocked();
    input(&desktop);
    halo.until_status("available");

    let file = desktop.home().join("trace.jsonl");
    let path = file.to_str().expect("a plain path");
    let said = halo.expect(&["doctor", "--record", path]);
    assert!(said.contains("Look through the file before you share it"), "{said}");
    let text = std::fs::read_to_string(&file).expect("a trace");
    let year = Timestamp::now().to_string()[..4].to_owned();
    assert!(!text.contains(&year) && !text.contains(path.trim_end_matches("/trace.jsonl")), "{text}");
    let trace = signals::Trace::read(&text).expect("a sound trace");
    assert_eq!(trace.again(), trace.steps());
    let signs: Vec<_> = trace.steps().iter().flat_map(|step| &step.signs).collect();
    assert!(signs.iter().any(|sign| matches!(sign, signals::Sign::Began { .. })), "{text}");
    assert!(signs.iter().any(|sign| matches!(sign, signals::Sign::Ended(_))), "{text}");

    let refusal = halo.refused(&["doctor", "--record", path]);
    assert!(refusal.contains("name a new file"), "{refusal}");
    assert_eq!(std::fs::read_to_string(&file).expect("the first trace"), text);
    halo.expect(&["pause"]);
    assert!(halo.expect(&["doctor", "--record", &format!("{path}2")]).contains(": 0 events saved"));
}

#[test]
fn g06_a_lock_of_xscreensaver_which_is_on_no_bus_sets_away() {
    if !XScreenSaver::is_installed() {
        return skip("xscreensaver is not installed");
    }
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let saver = desktop.start_xscreensaver().unwrap();
    let halo = Halo::start(&desktop);
    let checks = || match halo.json(&["doctor", "--json"]) {
        Value::Array(checks) => checks.into_iter().find(|check| check["name"] == "XScreenSaver"),
        other => panic!("{other}"),
    };
    assert!(wait_until(SOON, || checks().is_some_and(|check| check["chosen"] == true)), "{:?}", checks());
    let mut watch = halo.watch();
    desktop.lock_by_xscreensaver().unwrap();
    let away = watch.until("away", SOON, |told| told["status"] == "away");
    assert_eq!(away["reason"]["source"], "lock");

    // It is killed: what it wrote stays, and is worth nothing. D03: back is input.
    drop(saver);
    assert!(wait_until(SOON, || checks().is_some_and(|check| check["state"] == "absent")), "{:?}", checks());
    assert_eq!(halo.status()["status"], "away");
    desktop.xdotool(&["mousemove_relative", "9", "0"]).unwrap();
    watch.until("back", SOON, |told| told["status"] == "available");
}

#[test]
fn g06_d03_whoever_cuts_a_remote_desktop_is_away_and_back_with_the_first_input() {
    let desktop = Desktop::builder().display(true).start().expect("a desktop");
    let name = desktop.env().into_iter().find(|(key, _)| key == "DISPLAY").expect("it has a display").1;
    let number = name.trim_start_matches(':').to_owned();
    // What xrdp has in its folder: the socket of the X server, and one more while nobody is connected.
    let sockets = desktop.home().join("xrdp");
    fs::create_dir(&sockets).expect("a folder");
    let (display, waiting) =
        (sockets.join(format!("xrdp_display_{number}")), sockets.join(format!("xrdp_chansrv_socket_{number}")));
    let server = UnixListener::bind(&display).expect("a socket");
    let connect =
        || [UnixStream::connect(&display).expect("it is there"), server.accept().expect("somebody connects").0];
    let connection = connect();
    let mut halo = Halo::not_started(&desktop)
        .with_variable("XRDP_SESSION", "1")
        .with_variable("XRDP_SOCKET_PATH", sockets.to_str().expect("a name"));
    halo.start_again();
    knows_idle_and_lock(&halo);
    assert_eq!(halo.status()["status"], "available");

    drop(connection);
    fs::write(&waiting, "").expect("a file");
    assert_eq!(halo.until_status("away")["reason"]["source"], "lock");
    let _connection = connect();
    fs::remove_file(&waiting).expect("it is there");
    let_pass(Duration::from_secs(3));
    assert_eq!(halo.status()["status"], "away", "to be connected is not to be there: a machine may do that by itself");
    input(&desktop);
    halo.until_status("available");
}
