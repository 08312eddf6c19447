//! The real window under real hands: the wheel, the keys, and what becomes of it when its program ends.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod window_support;

use std::fs;

use e2e::{Desktop, Halo, halo_program, wait_until};
use jiff::Timestamp;
use window_support::{DrivenWindow, PATIENCE, close, point_at_window, press, titles, window_processes, window_program};

/// Waits until one window has this title.
#[track_caller]
fn expect_title(desktop: &Desktop, title: &str) {
    let there = || titles(desktop).iter().any(|(_, found)| found == title);
    assert!(wait_until(PATIENCE, there), "no “{title}”: {:?}", titles(desktop));
}

fn desktop() -> Desktop {
    Desktop::builder().display(true).session_bus(true).start().unwrap()
}

#[test]
fn the_wheel_scrolls_every_page_that_is_longer_than_the_window() {
    let Some(program) = window_program() else { return };
    let desktop = desktop();
    let _halo = Halo::start(&desktop);
    let window = DrivenWindow::open_and_greet(&desktop, &program);
    for page in ["Now", "Settings", "Help"] {
        window.click(page);
        point_at_window(&desktop);
        assert!(window.scrolled() < 1.0, "{page}");
        desktop.xdotool(&["click", "--repeat", "5", "--delay", "50", "5"]).unwrap();
        assert!(wait_until(PATIENCE, || window.scrolled() > 20.0), "{page}: the wheel scrolls nothing");
        desktop.xdotool(&["click", "--repeat", "9", "--delay", "50", "4"]).unwrap();
        assert!(wait_until(PATIENCE, || window.scrolled() < 1.0), "{page}: the wheel doesn't scroll back");
    }
}

#[test]
fn the_first_start_asks_for_name_team_and_session_and_sets_them() {
    let Some(program) = window_program() else { return };
    let desktop = desktop();
    let halo = Halo::start(&desktop);
    halo.expect(&["config", "name", "Grace"]);
    let window = DrivenWindow::open(&desktop, &program);
    window.says("Welcome to Halo");
    let name = || window.ask("return document.querySelector('dialog[open] input').value");
    assert!(wait_until(PATIENCE, || name() == "Grace"), "{}", name());
    window.fill("Your name", "Grace Hopper");
    window.fill("Team address", "https://presence.example");
    window.click("Got it");
    let setting = |key: &str| halo.expect(&["config", key]).trim().to_owned();
    assert!(wait_until(PATIENCE, || setting("name") == "Grace Hopper"), "{}", setting("name"));
    assert!(wait_until(PATIENCE, || setting("start.with_session") == "true"));
    assert!(desktop.config_dir().join("autostart/halo.desktop").exists());
    // What the address is for comes next: the sign-in, with it.
    window.is_headed("Account");
    let address = || window.ask("return document.querySelector('input[type=url]')?.value");
    assert!(wait_until(PATIENCE, || address() == "https://presence.example"), "{}", address());
}

#[test]
fn a_timed_choice_gets_a_quarter_of_an_hour_more_and_is_ended_beside_its_timer() {
    let Some(program) = window_program() else { return };
    let desktop = desktop();
    let halo = Halo::start(&desktop);
    let window = DrivenWindow::open_and_greet(&desktop, &program);
    halo.expect(&["set", "break", "--for", "20m"]);
    let until = || halo.status()["until"].as_str().map(|at| at.parse::<Timestamp>().unwrap());
    let before = until().unwrap();
    window.click("+15 min");
    let longer = || until().is_some_and(|at| at.duration_since(before).as_mins() == 15);
    assert!(wait_until(PATIENCE, longer), "{:?} after {before}", until());
    window.click("End now");
    halo.until_status("available");
}

#[test]
fn after_a_dialog_the_keyboard_goes_on_where_it_was_or_at_the_status_that_shows() {
    let Some(program) = window_program() else { return };
    let desktop = desktop();
    let halo = Halo::start(&desktop);
    let window = DrivenWindow::open(&desktop, &program);
    window.says("Welcome to Halo");
    point_at_window(&desktop);
    press(&desktop, &["Return"]);
    window.no_longer_says("Welcome to Halo");
    // Letters and the space bar work at once, without a click.
    assert!(wait_until(PATIENCE, || window.focused().starts_with("Available")), "{}", window.focused());
    press(&desktop, &["m", "e", "e", "space"]);
    halo.until_status("meeting");

    // A question that comes by itself gives the keyboard back to what had it.
    let before = window.focused();
    halo.expect(&["halo://set/busy"]);
    window.says("A link wants to change your status");
    press(&desktop, &["Escape"]);
    window.no_longer_says("A link wants to change your status");
    assert!(wait_until(PATIENCE, || window.focused() == before), "{} instead of {before}", window.focused());

    // A dialog that a button opened gives it back to the button.
    window.click("Help");
    window.click("Delete my history…");
    press(&desktop, &["Escape"]);
    assert!(wait_until(PATIENCE, || window.focused() == "Delete my history…"), "{}", window.focused());
}

#[test]
fn another_page_has_the_keyboard_at_its_beginning() {
    let Some(program) = window_program() else { return };
    let desktop = desktop();
    let _halo = Halo::start(&desktop);
    let window = DrivenWindow::open_and_greet(&desktop, &program);
    for (page, heading) in [("Settings", "Settings"), ("History", "History"), ("Now", "Available")] {
        window.click(page);
        assert!(wait_until(PATIENCE, || window.focused() == heading), "{page}: {}", window.focused());
    }
}

#[test]
fn the_keys_of_a_browser_zoom_the_page_and_it_stays_so() {
    let Some(program) = window_program() else { return };
    let desktop = desktop();
    let _halo = Halo::start(&desktop);
    let width = |window: &DrivenWindow| window.ask("return innerWidth").as_f64().unwrap_or_default();
    let window = DrivenWindow::open_and_greet(&desktop, &program);
    let plain = width(&window);
    point_at_window(&desktop);
    press(&desktop, &["ctrl+plus", "ctrl+plus", "ctrl+plus"]);
    assert!(wait_until(PATIENCE, || width(&window) < plain * 0.72), "{} of {plain}", width(&window));
    close(&desktop);
    drop(window);
    let window = DrivenWindow::open(&desktop, &program);
    assert!(wait_until(PATIENCE, || width(&window) < plain * 0.72), "{} of {plain}", width(&window));
    point_at_window(&desktop);
    press(&desktop, &["ctrl+0"]);
    assert!(wait_until(PATIENCE, || width(&window) > plain * 0.95), "{} of {plain}", width(&window));
}

#[test]
fn the_end_of_a_message_is_the_one_that_is_shown() {
    let Some(program) = window_program() else { return };
    let desktop = desktop();
    let halo = Halo::start(&desktop);
    let window = DrivenWindow::open_and_greet(&desktop, &program);
    let shown = || {
        let script = "const it = document.querySelector('form select'); return it && it.selectedOptions[0].textContent";
        window.ask(script).as_str().unwrap_or_default().to_owned()
    };
    halo.expect(&["set", "meal", "--for", "40m"]);
    halo.expect(&["message", "Back soon", "--for", "1h"]);
    let message = || window.ask("const it = document.querySelector('.shown'); return it && it.textContent");
    assert!(
        wait_until(PATIENCE, || message().as_str().is_some_and(|text| text.contains("Back soon"))),
        "{}",
        message()
    );
    window.ask("document.querySelector('.shown').click()");
    assert!(wait_until(PATIENCE, || shown().starts_with("until ")), "{}", shown());
    // Setting it anew changes nothing about its end.
    let until = halo.status()["message"].clone();
    window.click("Set");
    assert!(wait_until(PATIENCE, || window.ask("return !document.querySelector('form select')") == true));
    assert_eq!(halo.status()["message"], until);
    let choose = |value: &str| {
        window.ask("document.querySelector('.shown').click()");
        assert!(wait_until(PATIENCE, || !shown().is_empty()));
        window.ask(&format!(
            "const it = document.querySelector('form select'); it.value = '{value}'; it.dispatchEvent(new Event('change', {{ bubbles: true }}))"
        ));
        window.click("Set");
        assert!(wait_until(PATIENCE, || window.ask("return !document.querySelector('form select')") == true));
    };
    choose("status");
    let end = halo.status()["until"].as_str().unwrap().to_owned();
    let with_status = || message().as_str().is_some_and(|text| text.contains(&end[11..16]));
    assert!(wait_until(PATIENCE, with_status), "{} {end}", message());
    choose("no_end");
    window.no_longer_says("until ");
    window.ask("document.querySelector('.shown').click()");
    assert!(wait_until(PATIENCE, || shown() == "Don’t clear"), "{}", shown());
}

#[test]
fn a_quit_closes_the_window_and_a_start_after_a_crash_takes_the_open_one_over() {
    if window_program().is_none() {
        return;
    }
    let desktop = desktop();
    let mut halo = Halo::start(&desktop);
    halo.expect(&[]);
    assert!(wait_until(PATIENCE, || titles(&desktop).len() == 1));
    halo.kill();
    halo.start_again();
    for _ in 0..2 {
        halo.expect(&[]);
    }
    // A second one would be there within this time.
    assert!(!wait_until(PATIENCE / 4, || titles(&desktop).len() != 1), "{:?}", titles(&desktop));
    halo.set("busy");
    expect_title(&desktop, "Busy – Halo");

    halo.expect(&["quit"]);
    assert!(wait_until(PATIENCE, || window_processes(&desktop).is_empty()), "{:?}", window_processes(&desktop));
}

#[test]
fn whoever_asks_for_the_window_while_it_ends_gets_another_one() {
    if window_program().is_none() {
        return;
    }
    let desktop = desktop();
    let halo = Halo::start(&desktop);
    halo.expect(&[]);
    let window = || window_processes(&desktop).into_iter().find(|(_, name)| name == "halo-window").map(|(id, _)| id);
    for wait in [0, 2, 5, 10, 20] {
        expect_title(&desktop, "Available – Halo");
        let before = window().unwrap();
        let id = rustix::process::Pid::from_raw(before).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        halo.expect(&[]);
        assert!(wait_until(PATIENCE, || window().is_some_and(|now| now != before)), "{wait} ms after the end");
        assert!(wait_until(PATIENCE, || titles(&desktop).len() == 1), "{:?}", titles(&desktop));
    }
    halo.expect(&["quit"]);
}

#[test]
fn a_window_without_its_program_says_that_halo_is_off_and_starts_it() {
    let Some(program) = window_program() else { return };
    let desktop = desktop();
    let mut halo = Halo::start(&desktop);
    let window = DrivenWindow::open_and_greet(&desktop, &program);
    halo.kill();
    window.says("Halo isn’t answering");
    window.says("Halo is off.");
    window.click("Start");
    window.no_longer_says("Halo is off.");
    halo.set("meeting");
    window.is_headed("Meeting");
    halo.expect(&["quit"]);
}

#[test]
fn a_window_that_was_open_across_a_restart_ends_whole() {
    if window_program().is_none() {
        return;
    }
    let desktop = desktop();
    let halo = Halo::start(&desktop);
    halo.expect(&[]);
    expect_title(&desktop, "Available – Halo");
    let windows = window_processes(&desktop);
    let (window, _) = windows.iter().find(|(_, name)| name == "halo-window").unwrap();
    let stat = fs::read_to_string(format!("/proc/{window}/stat")).unwrap();
    halo.expect(&["restart"]);
    halo.set("busy");
    expect_title(&desktop, "Busy – Halo");
    window_support::close(&desktop);
    let gone = || fs::read_to_string(format!("/proc/{window}/stat")).is_err();
    assert!(wait_until(PATIENCE, gone), "it was {stat} and is in the list of processes still");
}

#[test]
fn desktops_know_the_window_by_the_name_of_its_menu_entry() {
    if window_program().is_none() {
        return;
    }
    let desktop = desktop();
    let halo = Halo::start(&desktop);
    halo.expect(&[]);
    assert!(wait_until(PATIENCE, || !titles(&desktop).is_empty()));
    let found = desktop.xdotool(&["search", "--onlyvisible", "--classname", "^halo$"]).unwrap_or_default();
    let (id, _) = titles(&desktop).pop().unwrap();
    assert!(found.lines().any(|one| one == id), "{found:?} without {id}");
    assert!(halo_program().exists());
}

#[test]
fn a_page_that_dies_comes_back_once() {
    if window_program().is_none() {
        return;
    }
    let desktop = desktop();
    let halo = Halo::start(&desktop);
    halo.expect(&[]);
    expect_title(&desktop, "Available – Halo");
    let page = || window_processes(&desktop).into_iter().find(|(_, name)| name.starts_with("WebKitWebProces"));
    let (first, _) = page().unwrap();
    // Drawn without a graphics card: with some drivers the page stays white.
    let environment = fs::read(format!("/proc/{first}/environ")).unwrap();
    assert!(environment.split(|&byte| byte == 0).any(|one| one == b"WEBKIT_DISABLE_DMABUF_RENDERER=1"));
    rustix::process::kill_process(rustix::process::Pid::from_raw(first).unwrap(), rustix::process::Signal::KILL)
        .unwrap();
    assert!(wait_until(PATIENCE, || page().is_some_and(|(now, _)| now != first)), "the page is not loaded anew");
    halo.set("busy");
    expect_title(&desktop, "Busy – Halo");
}

#[test]
fn what_is_held_is_counted_in_the_title_and_on_the_tab_opened_where_it_came_from_and_forgotten_one_by_one() {
    let Some(program) = window_program() else { return };
    let desktop = desktop();
    let halo = Halo::start(&desktop);
    let window = DrivenWindow::open_and_greet(&desktop, &program);
    window.no_longer_says("Held for you");
    halo.set("do_not_disturb");
    halo.expect(&[
        "notify",
        "--kind",
        "chat",
        "--from",
        "Mara",
        "--open",
        "https://chat.example/lund",
        "The Lund case",
    ]);
    halo.expect(&["notify", "--kind", "chat", "--from", "Jonas", "Lunch?"]);
    window.says("Held for you · 2");
    assert!(wait_until(PATIENCE, || titles(&desktop).iter().any(|(_, title)| title.starts_with("(2) "))));
    let tab = window.ask("return document.querySelector('nav .count').textContent");
    assert_eq!(tab, "2");
    // Above the statuses.
    let above = "const top = (it) => document.querySelector(it).getBoundingClientRect().top; \
                 return top('[aria-label^=Remove]') < top('[role=radiogroup]')";
    assert_eq!(window.ask(above), true);

    window.click("Mara The Lund case");
    window.says("Open where this came from?");
    window.says("https://chat.example/lund");
    window.click("Don’t open");
    window.no_longer_says("Open where this came from?");

    window.click("Remove: Jonas: Lunch?");
    window.says("Held for you · 1");
    let held = halo.json(&["held", "--json"]);
    assert_eq!((held.as_array().unwrap().len(), &held[0]["from"]), (1, &"Mara".into()));
    window.click("Remove: Mara: The Lund case");
    window.no_longer_says("Held for you");
    expect_title(&desktop, "Do not disturb – Halo");
}
