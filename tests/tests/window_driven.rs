//! The real window, clicked and read as a person does it, in a session with a real tray item and a real screen locker.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

#[path = "behaviour/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tray host is all that is needed of it here")]
mod support;
mod window_support;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread::JoinHandle;

use e2e::{Desktop, Halo, MateScreensaver, PASSWORD, TeamService, skip, wait_until};
use support::TrayHost;
use window_support::{DrivenWindow, PATIENCE, close, titles, window_program};

fn desktop() -> Desktop {
    Desktop::builder().display(true).session_bus(true).start().unwrap()
}

#[test]
fn d11_a_click_in_the_window_comes_to_the_same_presence_as_tray_and_command_line() {
    let Some(program) = window_program() else { return };
    let desktop = desktop();
    let mut tray = TrayHost::start(&desktop);
    let halo = Halo::start(&desktop);
    tray.wait_for_item();
    let window = DrivenWindow::open_and_greet(&desktop, &program);
    window.is_headed("Available");

    window.click("Meeting");
    assert_eq!(halo.until_status("meeting")["reason"]["source"], "manual");
    window.is_headed("Meeting");
    tray.until("Meeting", |menu| menu.chosen() == Some("Meeting"));
    assert!(tray.title().contains("Meeting"), "{}", tray.title());
    assert_eq!(window.refusal(), "");

    tray.click(&["Break"]);
    window.is_headed("Break");
}

#[test]
fn d12_the_window_says_why_it_is_away_and_that_it_is_over() {
    let Some(program) = window_program() else { return };
    if !MateScreensaver::is_installed() {
        return skip("mate-screensaver is not installed");
    }
    let desktop = desktop();
    let locker = desktop.start_mate_screensaver().unwrap();
    let halo = Halo::start(&desktop);
    let window = DrivenWindow::open_and_greet(&desktop, &program);
    window.is_headed("Available");

    locker.lock().unwrap();
    window.is_headed("Away");
    window.says("because the screen was locked. Back to Available when you return.");

    locker.unlock().unwrap();
    desktop.xdotool(&["mousemove_relative", "9", "0", "mousemove_relative", "--", "-9", "0"]).unwrap();
    window.is_headed("Available");
    window.no_longer_says("because the screen was locked");
    assert_eq!(halo.status()["status"], "available");
}

#[test]
fn every_page_of_the_window_has_its_heading_and_is_refused_nothing() {
    let Some(program) = window_program() else { return };
    let desktop = desktop();
    let _halo = Halo::start(&desktop);
    let window = DrivenWindow::open_and_greet(&desktop, &program);
    let pages = [
        ("History", "History", "Export as CSV"),
        ("Settings", "Settings", "Your name"),
        ("People", "People", "Sign in to your team’s service"),
        ("Help", "Help", "Screen lock"),
        ("Help", "Help", "you are not signed in to a team’s service."),
        ("Now", "Available", "Today"),
    ];
    for (page, heading, part) in pages {
        window.click(page);
        window.is_headed(heading);
        window.says(part);
        assert_eq!(window.refusal(), "", "on the page {page}");
    }
}

#[test]
fn boxes_and_lists_have_the_windows_own_colours_and_not_the_toolkits() {
    let Some(program) = window_program() else { return };
    let desktop = desktop();
    let _halo = Halo::start(&desktop);
    let window = DrivenWindow::open_and_greet(&desktop, &program);
    window.click("Settings");
    window.says("Your name");
    // The toolkit's own would be white blocks in the dark.
    let drawn = window.ask(
        "const looks = [...document.querySelectorAll('input[type=checkbox], select')].map((one) => getComputedStyle(one));
         const field = getComputedStyle(document.querySelector('input.field')).backgroundColor;
         const box = getComputedStyle(document.querySelector('input[type=checkbox]:not(:checked)')).backgroundColor;
         return [looks.length > 3, looks.every((look) => look.appearance === 'none'), box === field];",
    );
    assert_eq!(drawn, serde_json::json!([true, true, true]));
}

#[test]
fn d08_a_person_signs_in_finds_somebody_ends_a_lost_device_and_signs_out_in_the_window() {
    let Some(program) = window_program() else { return };
    let mut service = TeamService::start(&["ada", "grace"]);
    let desktop = Desktop::builder().display(true).keyring(true).start().unwrap();
    let elsewhere = Desktop::builder().keyring(true).start().unwrap();
    let laptop = Halo::start(&elsewhere);
    laptop.sign_in(&service, "ada");
    let halo = Halo::start(&desktop);
    let window = DrivenWindow::open_and_greet(&desktop, &program);

    window.click("Settings");
    window.says("Not signed in: your status stays on this computer.");
    window.click("Sign in");
    window.is_headed("Account");
    window.fill("Team address", &service.url());
    window.fill("Name", "ada");
    window.fill("Password", "not this one");
    window.click("Sign in");
    assert!(wait_until(PATIENCE, || window.refusal().contains("password")), "{}", window.text());
    window.fill("Password", PASSWORD);
    window.click("Sign in");
    window.says(&format!("Signed in to {} as ada.", service.url()));
    window.says("this one");
    halo.until_connected();

    // What was chosen in this window is what the other device says.
    window.click("Now");
    window.click("Meeting");
    laptop.until_status("meeting");
    window.click("People");
    window.fill("Find people", "gra");
    window.click("Favourite: grace");
    assert!(wait_until(PATIENCE, || halo.json(&["people", "--json"])[0]["favourite"] == true));

    service.kill();
    window.says("can’t be reached. Halo keeps trying.");
    window.click("Now");
    window.click("Busy");
    window.says("Busy will be sent once you’re connected.");
    service.start_again();
    window.no_longer_says("can’t be reached. Halo keeps trying.");
    assert_eq!(halo.until_connected()["status"], "busy");

    // What the service keeps can be had as a file, too.
    window.click("History");
    window.click("Export everything");
    window.says("halo-history.csv");

    window.click("Settings");
    window.click("Account");
    window.click_in("li", "Sign out");
    window.click_in("dialog[@open]", "Sign out");
    window.says(" is signed out.");
    assert!(wait_until(PATIENCE, || window.text().matches("Signed in since").count() == 1), "{}", window.text());
    laptop.until("signed out", |presence| presence["connection"] == "signed_out");

    window.click("Sign out here");
    window.click_in("dialog[@open]", "Sign out");
    window.says("Not signed in: your status stays on this computer.");
    halo.until("at work by itself", |presence| presence["connection"] != "online");
    assert_eq!(halo.refused(&["devices"]).lines().count(), 1);
}

#[test]
fn a_link_changes_nothing_until_the_person_says_so_in_the_window() {
    let Some(program) = window_program() else { return };
    let desktop = desktop();
    let halo = Halo::start(&desktop);
    let window = DrivenWindow::open_and_greet(&desktop, &program);
    for (answer, status) in [("Don’t change", "available"), ("Change", "busy")] {
        halo.expect(&["halo://set/busy?for=30m"]);
        window.says("Show Busy for 30 min?");
        assert!(window.height_of("dialog[open]") < 300.0, "a question is a few lines, not the whole window");
        assert_eq!(halo.status()["status"], "available");
        window.click(answer);
        window.no_longer_says("A link wants");
        halo.until_status(status);
    }
    window.is_headed("Busy");
}

#[test]
fn a_language_that_is_chosen_is_spoken_at_once_and_refusals_speak_it_too() {
    let Some(program) = window_program() else { return };
    let desktop = desktop();
    let halo = Halo::start(&desktop);
    let window = DrivenWindow::open_and_greet(&desktop, &program);
    halo.expect(&["config", "language", "de"]);
    window.is_headed("Verfügbar");
    window.click("Hilfe");
    window.is_headed("Hilfe");
    halo.expect(&["config", "language", "fr"]);
    window.is_headed("Aide");
}

#[test]
fn an_export_is_a_file_among_the_downloads_and_the_window_says_which() {
    let Some(program) = window_program() else { return };
    let desktop = desktop();
    let halo = Halo::start(&desktop);
    for status in ["meeting", "available"] {
        halo.set(status);
    }
    let window = DrivenWindow::open_and_greet(&desktop, &program);
    window.click("History");
    window.click("Export as CSV");
    window.says("halo-history.csv");
    let saved: Vec<_> = ["Downloads/halo-history.csv", "halo-history.csv"]
        .into_iter()
        .filter_map(|name| std::fs::read_to_string(desktop.home().join(name)).ok())
        .collect();
    let [table] = &saved[..] else { panic!("{} files", saved.len()) };
    // A spreadsheet takes the mark at its beginning for a sign of UTF-8.
    assert!(table.starts_with("\u{feff}start,end,status") && table.contains(",meeting,"), "{table}");
}

#[test]
fn the_window_says_that_nobody_answers_and_finds_the_resident_program_again_by_itself() {
    let Some(program) = window_program() else { return };
    let desktop = desktop();
    let mut halo = Halo::start(&desktop);
    let window = DrivenWindow::open_and_greet(&desktop, &program);
    window.is_headed("Available");

    halo.kill();
    window.says("Halo isn’t answering; trying again…");
    window.click("Meeting");
    assert!(wait_until(PATIENCE, || !window.refusal().is_empty()), "a click that does nothing says so");
    window.is_headed("Available");

    halo.start_again();
    window.no_longer_says("Halo isn’t answering");
    halo.set("busy");
    window.is_headed("Busy");
    window.click("Meeting");
    halo.until_status("meeting");
}

/// A resident program of another version at its place: refuses everything but the restart, and ends with that.
fn another_version(desktop: &Desktop) -> JoinHandle<()> {
    let folder = desktop.runtime_dir().join("halo");
    // As the program makes it: for its person alone.
    std::fs::DirBuilder::new().mode(0o700).create(&folder).unwrap();
    let listener = UnixListener::bind(folder.join("socket")).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = String::new();
            BufReader::new(&stream).read_line(&mut request).unwrap();
            if request.contains("restart") {
                std::fs::remove_file(folder.join("socket")).unwrap();
                return stream.write_all(b"{\"done\":null}\n").unwrap();
            }
            // A window that has gone meanwhile needs no answer.
            let words = "this Halo speaks version 0";
            drop(writeln!(stream, r#"{{"refused":{{"line":"{words}","words":"{words}"}}}}"#));
        }
    })
}

#[test]
fn a_window_and_a_program_of_different_versions_say_so_and_a_restart_brings_them_together() {
    let Some(program) = window_program() else { return };
    let desktop = desktop();
    let old = another_version(&desktop);
    let mut halo = Halo::not_started(&desktop);
    let window = DrivenWindow::open(&desktop, &program);
    window.says("This window and Halo are different versions.");
    window.says("this Halo speaks version 0");
    window.click("Restart Halo");
    old.join().unwrap();
    // What the old one would do now: become the program that is installed.
    halo.start_again();
    // The window starts anew as well; from here on nobody drives it.
    let together = || titles(&desktop).iter().any(|(_, title)| title == "Available – Halo");
    assert!(wait_until(PATIENCE, together), "{:?}", titles(&desktop));
}

#[test]
fn a_window_that_was_used_leaves_nothing_behind_when_closed() {
    let Some(program) = window_program() else { return };
    let desktop = Desktop::builder().display(true).tray_host(true).start().unwrap();
    let halo = Halo::start(&desktop);
    let window = DrivenWindow::open_and_greet(&desktop, &program);
    window.click("Meeting");
    window.is_headed("Meeting");
    // For people to look at.
    desktop.screenshot(&Path::new(env!("CARGO_MANIFEST_DIR")).join("pictures/window.png")).unwrap();
    close(&desktop);
    assert_eq!(halo.status()["status"], "meeting");
}
