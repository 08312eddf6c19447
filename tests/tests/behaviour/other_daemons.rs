//! Notification daemons and tray hosts that hang, die, start again and number anew. Nobody waits for them, and what one
//! says is not about what another one showed.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use e2e::{Desktop, Halo, SOON, wait_until};
use serde_json::Value;

use crate::support::{Hung, Memory, Notifications, TrayHost};

const DAEMON: &str = "org.freedesktop.Notifications";
const HOST: &str = "org.kde.StatusNotifierWatcher";

fn desktop() -> Desktop {
    Desktop::builder().session_bus(true).start().expect("a desktop")
}

fn check(halo: &Halo, part: &str) -> Value {
    let checks = halo.json(&["doctor", "--json"]);
    let checks = checks.as_array().expect("checks");
    checks.iter().find(|check| check["part"] == part).expect("a check of that part").clone()
}

#[track_caller]
fn until_check(halo: &Halo, part: &str, why: &str) {
    let came = wait_until(2 * SOON, || check(halo, part)["why"].as_str().is_some_and(|said| said.contains(why)));
    assert!(came, "nobody says “{why}” of the {part}: {}", check(halo, part));
}

#[track_caller]
fn until_title(tray: &TrayHost, title: &str) {
    assert!(wait_until(SOON, || tray.title() == title), "the ring is not “{title}” but “{}”", tray.title());
}

/// Connections, files and pipes that it has open.
fn open_files(halo: &Halo) -> usize {
    fs::read_dir(format!("/proc/{}/fd", halo.id())).expect("it runs").count()
}

fn threads_and_tasks_settle() {
    sleep(Duration::from_millis(500));
}

#[test]
fn d09_a_notification_daemon_that_hangs_is_waited_for_by_nobody_else() {
    let desktop = desktop();
    let mut tray = TrayHost::start(&desktop);
    let hung = Hung::start(&desktop, DAEMON);
    let halo = Halo::start(&desktop);
    tray.wait_for_item();
    until_title(&tray, "Halo: Available");
    halo.set("do_not_disturb");
    until_title(&tray, "Halo: Do not disturb");
    tray.click(&["Busy"]);
    halo.until_status("busy");
    until_title(&tray, "Halo: Busy");
    halo.set("available");

    until_check(&halo, "notifications", "the notification daemon does not answer");
    assert_eq!(check(&halo, "notifications")["state"], "failing");
    // While one waits for the daemon's answer, everything else goes on.
    let mut notifying = halo.command(&["notify", "--kind", "chat", "--from", "Mara", "The Lund case"]).spawn().unwrap();
    let started = Instant::now();
    tray.click(&["Meal"]);
    until_title(&tray, "Halo: Meal");
    halo.set("available");
    until_title(&tray, "Halo: Available");
    assert!(started.elapsed() < SOON / 2, "it took {:?}", started.elapsed());
    assert!(wait_until(SOON, || notifying.try_wait().unwrap().is_some()), "nobody tells whoever notified");
    assert_eq!(halo.held().len(), 1, "what was not shown is held");

    drop(hung);
    let notifications = Notifications::start(&desktop);
    assert!(notifications.next("Held for you").body.ends_with("Mara: The Lund case"));
    until_check(&halo, "notifications", "a daemon shows them");
}

#[test]
fn d10_a_daemon_that_the_bus_starts_for_the_first_notification_is_not_absent() {
    let desktop = Desktop::builder().display(true).session_bus(true).start().expect("a desktop");
    let display = desktop.env().into_iter().find(|(name, _)| name == "DISPLAY").expect("it has a display").1;
    let dunst = format!("/usr/bin/env DISPLAY={display} dunst");
    desktop.session_bus().starts_on_demand(DAEMON, &dunst).expect("a service file");
    let halo = Halo::start(&desktop);
    until_check(&halo, "notifications", "the desktop starts a daemon for the first one");
    assert_eq!(check(&halo, "notifications")["state"], "working");
    let said = halo.expect(&["notify", "--kind", "chat", "--from", "Mara", "The Lund case"]);
    assert_eq!(said, "shown");
    until_check(&halo, "notifications", "a daemon shows them");
}

#[test]
fn d10_a_notification_daemon_that_is_replaced_by_one_that_hangs_freezes_no_ring() {
    let desktop = desktop();
    let mut tray = TrayHost::start(&desktop);
    let notifications = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);
    tray.wait_for_item();
    until_check(&halo, "notifications", "a daemon shows them");
    drop(notifications);
    let _hung = Hung::start(&desktop, DAEMON);
    halo.set("away");
    until_title(&tray, "Halo: Away");
    tray.click(&["Available"]);
    halo.until_status("available");
    until_title(&tray, "Halo: Available");
    until_check(&halo, "notifications", "the notification daemon does not answer");
}

#[test]
fn d10_a_tray_host_that_hangs_is_waited_for_by_nobody_else() {
    let desktop = desktop();
    let notifications = Notifications::start(&desktop);
    let hung = Hung::start(&desktop, HOST);
    let halo = Halo::start(&desktop);
    halo.set("busy");
    halo.set("available");
    assert_eq!(halo.expect(&["notify", "--kind", "chat", "--from", "Mara", "Now"]), "shown");
    notifications.next("Mara");
    until_check(&halo, "tray", "the tray host does not answer");
    assert_eq!(check(&halo, "tray")["state"], "failing");

    drop(hung);
    let mut tray = TrayHost::start(&desktop);
    tray.wait_for_item_called("Halo: Available");
    until_check(&halo, "tray", "a host shows the ring");
    // The same in the middle of a session.
    drop(tray);
    let hung = Hung::start(&desktop, HOST);
    halo.set("meal");
    assert_eq!(halo.expect(&["notify", "--kind", "reminder", "--urgent", "Still here"]), "shown");
    until_check(&halo, "tray", "the tray host does not answer");
    drop(hung);
    let mut tray = TrayHost::start(&desktop);
    tray.wait_for_item_called("Halo: Meal");
}

#[test]
fn d09_numbers_of_a_daemon_that_has_gone_mean_nothing_to_the_next_one() {
    let desktop = desktop();
    let notifications = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);
    halo.set("meal --for 1s");
    let ended = notifications.next("Available");
    assert_eq!((ended.id, ended.buttons()), (1, vec!["Undo"]));
    drop(notifications);

    let notifications = Notifications::start(&desktop);
    until_check(&halo, "notifications", "a daemon shows them");
    assert_eq!(notifications.shows_for_another_program(&desktop, "Mail"), 1);
    for key in ["undo", "default", "back"] {
        notifications.say_pressed(1, key);
    }
    // By the time this is shown, a click before it would have been heard.
    assert_eq!(halo.expect(&["notify", "--kind", "chat", "--from", "Mara", "Now"]), "shown");
    assert_eq!(halo.status()["status"], "available", "another program's notification undid something");
    assert_eq!(notifications.withdrawn(), [0; 0], "another program's notification was closed");

    // With a question open: nobody else's number agrees to it.
    halo.expect(&["halo://set/busy"]);
    let question = notifications.next("A link");
    drop(notifications);
    let notifications = Notifications::start(&desktop);
    until_check(&halo, "notifications", "a daemon shows them");
    for number in 1..=question.id {
        assert_eq!(notifications.shows_for_another_program(&desktop, "Mail"), number);
        notifications.say_pressed(number, "accept");
    }
    assert_eq!(halo.expect(&["notify", "--kind", "chat", "--from", "Mara", "Now"]), "shown");
    assert_eq!(halo.status()["status"], "available", "another program's notification agreed to a link");
    // The next question closes nothing of theirs, and can be agreed to where it is.
    halo.expect(&["halo://set/meeting"]);
    let question = notifications.next("A link");
    assert_eq!(notifications.withdrawn(), [0; 0]);
    let agree = question.buttons()[0].to_owned();
    // It took another question's place, and can't be agreed to before it can have been read.
    sleep(Duration::from_millis(600));
    notifications.press(&question, &agree);
    halo.until_status("meeting");
}

#[test]
fn d09_daemons_that_come_and_go_leave_nothing_open() {
    let desktop = desktop();
    let mut halo = Halo::not_started(&desktop);
    let first = Notifications::start(&desktop);
    halo.start_again();
    assert_eq!(halo.expect(&["notify", "--kind", "chat", "--from", "Mara", "0"]), "shown");
    threads_and_tasks_settle();
    let before = open_files(&halo);
    drop(first);
    for round in 1..=10 {
        let notifications = Notifications::start(&desktop);
        until_check(&halo, "notifications", "a daemon shows them");
        for kind in ["chat", "reminder"] {
            let said = halo.expect(&["notify", "--kind", kind, "--from", "Mara", &round.to_string()]);
            assert_eq!(said, "shown", "in round {round}");
        }
        drop(notifications);
    }
    threads_and_tasks_settle();
    let after = open_files(&halo);
    assert!(after <= before, "{} more are open than before", after - before);
}

#[test]
fn g07_a_call_that_nobody_answers_is_a_missed_one_after_half_a_minute_whatever_the_daemon_says() {
    let desktop = desktop();
    let notifications = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);
    assert_eq!(halo.expect(&["notify", "--kind", "call", "--from", "Ada", "Line 2"]), "shown");
    let ringing = notifications.next("Call from Ada");
    assert_eq!(ringing.expires_ms, 30_000);
    assert_eq!(halo.held().len(), 0);
    // This daemon never lets anything expire.
    assert!(wait_until(Duration::from_secs(30) + SOON, || halo.held().len() == 1), "the call is lost");
    assert_eq!(halo.held()[0]["held_as"], "missed_call");
    notifications.wait_for_withdrawal(&ringing);
    assert!(halo.expect(&["held"]).contains("Missed call from Ada: Line 2"));
}

#[test]
fn g07_a_call_that_rings_while_the_daemon_dies_is_a_missed_one() {
    let desktop = desktop();
    let notifications = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);
    halo.expect(&["notify", "--kind", "call", "--from", "Ada", "Line 2"]);
    notifications.next("Call from Ada");
    drop(notifications);
    assert!(wait_until(SOON, || halo.held().len() == 1), "the call is lost");
    assert_eq!(halo.held()[0]["held_as"], "missed_call");
}

#[test]
fn d10_the_ring_stays_where_a_host_notices_late_that_a_name_is_gone() {
    let desktop = desktop();
    let mut tray = TrayHost::with_memory(&desktop, Memory::ByName);
    let halo = Halo::start(&desktop);
    tray.wait_for_item();
    for _ in 0..3 {
        halo.expect(&["restart"]);
        tray.wait_for_item();
        sleep(Duration::from_millis(500));
        assert_eq!(tray.listed().len(), 1, "{:?}", tray.listed());
        until_title(&tray, "Halo: Available");
    }
    until_check(&halo, "tray", "a host shows the ring");
}

#[test]
fn d10_what_changes_while_a_slow_host_takes_the_ring_shows_on_it() {
    let desktop = desktop();
    let mut tray = TrayHost::with_memory(&desktop, Memory::Slow);
    let halo = Halo::start(&desktop);
    halo.set("busy");
    tray.wait_for_item();
    until_title(&tray, "Halo: Busy");
}

#[test]
fn d10_a_host_that_forgets_the_ring_is_given_it_anew() {
    let desktop = desktop();
    let mut tray = TrayHost::with_memory(&desktop, Memory::ForgetsTheFirst);
    let halo = Halo::start(&desktop);
    tray.wait_for_item();
    assert_eq!(tray.listed().len(), 0);
    tray.wait_for_item();
    assert!(wait_until(SOON, || tray.listed().len() == 1), "{:?}", tray.listed());
    until_title(&tray, "Halo: Available");
    until_check(&halo, "tray", "a host shows the ring");
}

#[test]
fn d09_where_a_click_beside_the_buttons_would_be_drawn_as_one_more_button_there_is_none() {
    let desktop = desktop();
    let plain = Notifications::start(&desktop);
    let halo = Halo::start(&desktop);
    let digest = |notifications: &Notifications| {
        halo.set("meeting");
        halo.expect(&["notify", "--kind", "chat", "--from", "Mara", "The Lund case"]);
        halo.set("available");
        notifications.next("Held for you")
    };
    assert!(digest(&plain).can_be_clicked());
    drop(plain);
    let xfce = Notifications::start_as(&desktop, "Xfce Notify Daemon");
    until_check(&halo, "notifications", "a daemon shows them");
    let shown = digest(&xfce);
    assert_eq!((shown.buttons(), shown.can_be_clicked()), (vec!["Show held", "Clear"], false));
    xfce.press(&shown, "Clear");
    assert!(wait_until(SOON, || halo.held().is_empty()), "{:?}", halo.held());
}
