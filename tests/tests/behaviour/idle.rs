//! No input: a countdown, Away, and back. One idle time takes ten seconds, so each test looks at several things.

use std::time::Duration;

use e2e::{Desktop, Halo, SOON, Watch};
use jiff::Timestamp;
use serde_json::Value;

use crate::support::{Films, Notifications, TrayHost, instant, seconds_between, seconds_since};

/// An idle time, and the slowness of two busy cores.
const IDLE_TIME: Duration = Duration::from_secs(20);

fn input(desktop: &Desktop) -> Timestamp {
    desktop.xdotool(&["mousemove_relative", "9", "0", "mousemove_relative", "--", "-9", "0"]).expect("xdotool");
    Timestamp::now()
}

#[track_caller]
fn until_countdown(watch: &mut Watch) -> Value {
    watch.until("a countdown", IDLE_TIME, |told| told["countdown"].is_object())
}

#[track_caller]
fn until_none(watch: &mut Watch) -> Value {
    watch.until("no countdown", SOON, |told| told["countdown"].is_null())
}

#[test]
fn g19_no_input_for_the_idle_time_sets_away_since_the_last_input() {
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let notifications = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);
    halo.expect(&["config", "idle.after", "10s"]);
    let mut watch = halo.watch();
    let last_input = input(&desktop);

    // D06: the last third of a short idle time is a countdown, in the status and on the screen.
    let counting = until_countdown(&mut watch);
    assert_eq!(counting["status"], "available", "it is no Away yet");
    let away_at = instant(&counting["countdown"]["away_at"]);
    assert!((away_at.duration_since(last_input).as_secs_f64() - 10.0).abs() < 0.3, "{last_input}, {counting}");
    let begun = 10.0 - away_at.duration_since(Timestamp::now()).as_secs_f64();
    assert!((6.3..7.7).contains(&begun), "the countdown began {begun} s after the last input");
    let shown = notifications.next("Away in ");
    assert_eq!(shown.buttons(), ["I’m here"]);

    // D02: Away begins at the last input, not at the threshold.
    let away = watch.until("away", IDLE_TIME, |told| told["status"] == "away");
    assert_eq!((&away["reason"]["source"], &away["label"]), (&"idle".into(), &"Away (Idle)".into()));
    let off = instant(&away["since"]).duration_since(last_input).as_secs_f64().abs();
    assert!(off < 0.15, "last input {last_input}, {away}");
    assert!((9.8..12.0).contains(&seconds_since(&away["since"])), "{away}");
    assert_eq!(away["countdown"], Value::Null);
    assert!(halo.line().contains("because you were inactive. Back to Available when you return."));
    notifications.wait_for_withdrawal(&shown);
    assert_eq!(notifications.next("Away (Idle)").buttons(), ["I’m back"]);
    let history = halo.history();
    let [.., before, now] = &history[..] else { panic!("{history:?}") };
    assert_eq!((&before["end"], &now["start"]), (&away["since"], &away["since"]), "reports are back-dated");

    // G07: by idleness a call goes straight to the missed ones, and a chat is held.
    assert_eq!(halo.expect(&["notify", "--kind", "call", "--from", "Ana Lima", "Line 2"]), "held");
    assert_eq!(halo.expect(&["notify", "--kind", "chat", "--from", "Mara", "Lunch?"]), "held");

    // D06: coming back shows at the first input, and what was held is told.
    let back = input(&desktop);
    let available = watch.until("back", SOON, |told| told["status"] == "available");
    assert!(instant(&available["since"]).duration_since(back).as_secs_f64().abs() < 0.3, "{back}, {available}");
    assert_eq!(available["reason"]["source"], "default");
    let digest = notifications.next("2 held for you");
    assert!(digest.body.contains("Missed call from Ana Lima"), "{digest:?}");
}

#[test]
fn d06_the_countdown_ends_by_stay_in_notification_tray_and_command_line_and_by_input() {
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let notifications = Notifications::start(&desktop);
    let mut tray = TrayHost::start(&desktop);
    let halo = Halo::start(&desktop);
    tray.wait_for_item();
    halo.expect(&["config", "idle.after", "10s"]);
    let mut watch = halo.watch();

    let first = until_countdown(&mut watch);
    let shown = notifications.next("Away in ");
    notifications.press(&shown, "I’m here");
    let stayed = until_none(&mut watch);
    assert_eq!((&stayed["status"], &stayed["since"]), (&first["status"], &first["since"]));
    assert_eq!(tray.menu().find("I’m here"), None);

    // The idle time begins anew.
    let second = until_countdown(&mut watch);
    let anew = seconds_between(&first["countdown"]["away_at"], &second["countdown"]["away_at"]);
    assert!((6.3..9.9).contains(&anew), "Away would have come {anew} s later");
    tray.click(&["I’m here (Away at "]);
    until_none(&mut watch);

    until_countdown(&mut watch);
    halo.expect(&["stay"]);
    until_none(&mut watch);

    until_countdown(&mut watch);
    input(&desktop);
    let here = until_none(&mut watch);
    assert_eq!((&here["status"], &here["since"]), (&first["status"], &first["since"]), "never away in all this time");
}

#[test]
fn c02_a_chosen_status_has_no_countdown_and_stays_when_there_is_no_input() {
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let notifications = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);
    halo.expect(&["config", "idle.after", "10s"]);
    let since = input(&desktop);
    halo.set("busy");
    let mut watch = halo.watch();
    halo.set("meeting --for 11s");
    let meeting = watch.until("a meeting", SOON, |told| told["status"] == "meeting");
    let busy = watch.until("no meeting", IDLE_TIME, |told| {
        assert_eq!(told["countdown"], Value::Null, "Away would cover nothing");
        told["status"] != "meeting"
    });
    assert_eq!((&busy["status"], &busy["since"]), (&"busy".into(), &meeting["until"]), "chosen as well");
    assert!(instant(&busy["since"]).duration_since(since).as_secs_f64() > 10.9);
    assert_eq!(notifications.others().iter().find(|title| title.starts_with("Away")), None);
}

#[test]
fn g19_whoever_watches_a_film_stays_where_they_want_it_so_and_the_idle_time_counts_from_its_end() {
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let films = Films::start(&desktop);
    films.run(true);
    let halo = Halo::start(&desktop);
    halo.expect(&["config", "idle.after", "10s"]);
    let screen = || {
        let checks = halo.json(&["doctor", "--json"]);
        let chosen = |check: &&Value| check["part"] == "screen" && check["chosen"] == true;
        checks.as_array().expect("checks").iter().find(chosen).map(|check| check["name"].clone())
    };
    assert_eq!(screen(), None, "off by default, and not asked");
    halo.expect(&["config", "idle.watching", "true"]);
    input(&desktop);
    let mut watch = halo.watch();
    assert!(watch.next(Duration::from_secs(12)).is_none(), "{}", watch.latest());
    assert_eq!(screen(), Some(Films::NAME.into()), "the doctor names who was asked");

    films.run(false);
    let over = Timestamp::now();
    let away = watch.until("away", IDLE_TIME, |told| told["status"] == "away");
    assert!(instant(&away["since"]).duration_since(over).as_secs_f64().abs() < 0.3, "{over}, {away}");
    assert_eq!(away["reason"]["source"], "idle");
    input(&desktop);
    watch.until("back", SOON, |told| told["status"] == "available");
}

/// Lets the program be stopped for so long.
fn stop(halo: &mut Halo, desktop: &Desktop, then_input: bool) -> Timestamp {
    halo.freeze(true);
    let at = if then_input { input(desktop) } else { Timestamp::now() };
    std::thread::sleep(Duration::from_secs(13));
    halo.freeze(false);
    at
}

#[test]
fn d02_a_program_that_was_stopped_takes_what_it_hears_late_for_what_it_was() {
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let mut halo = Halo::start(&desktop);
    halo.expect(&["config", "idle.after", "10s"]);
    let mut watch = halo.watch();
    let last_input = input(&desktop);
    stop(&mut halo, &desktop, false);
    let away = watch.until("away", SOON / 4, |told| told["status"] == "away");
    let off = instant(&away["since"]).duration_since(last_input).as_secs_f64();
    assert!(off.abs() < 1.0, "Away began with the last input, not {off} s later");

    // Somebody came and left again while it was stopped: that is not being here now.
    stop(&mut halo, &desktop, true);
    assert!(watch.next(Duration::from_secs(2)).is_none(), "nobody is here: {}", watch.latest());
    input(&desktop);
    watch.until("back", SOON, |told| told["status"] == "available");
}

#[test]
fn g19_after_a_film_or_a_choice_by_a_script_the_idle_time_begins_with_the_next_input() {
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let films = Films::start(&desktop);
    let halo = Halo::start(&desktop);
    halo.expect(&["config", "idle.after", "10s"]);
    halo.expect(&["config", "idle.watching", "true"]);
    films.run(true);
    input(&desktop);
    let mut watch = halo.watch();
    assert!(watch.next(Duration::from_secs(25)).is_none(), "{}", watch.latest());
    films.run(false);
    std::thread::sleep(Duration::from_secs(2));
    let moved = input(&desktop);
    let away = watch.until("away", IDLE_TIME, |told| told["status"] == "away");
    let off = instant(&away["since"]).duration_since(moved).as_secs_f64();
    assert!(off.abs() < 0.5, "one idle time after the input, and not one film: {off} s");

    // Without input for long, a script chooses; then somebody comes.
    halo.set("busy");
    halo.expect(&["back"]);
    assert_eq!(halo.status()["status"], "available");
    let moved = input(&desktop);
    let away = watch.until("away", IDLE_TIME, |told| {
        told["status"] == "away" && instant(&told["since"]) >= moved - jiff::SignedDuration::from_secs(1)
    });
    let off = instant(&away["since"]).duration_since(moved).as_secs_f64();
    assert!(off.abs() < 0.5, "one idle time after the input: {off} s");
}
