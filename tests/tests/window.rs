//! The real window in a real session: it opens, shows what is so, and its end is nobody's loss.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use e2e::{Desktop, Halo, halo_program, skip, wait_until};
use rustix::process::{Pid, Signal, kill_process};

/// A debug window on a busy machine, with all its processes.
const PATIENCE: Duration = Duration::from_secs(20);

fn desktop() -> Option<Desktop> {
    let window = halo_program().with_file_name("halo-window");
    if !window.exists() {
        skip("the window is not built (it needs Node)");
        return None;
    }
    Some(Desktop::builder().display(true).tray_host(true).start().unwrap())
}

/// The processes of this desktop's window, those of its web view among them.
fn window_processes(home: &Path) -> Vec<i32> {
    let ours = format!("HOME={}", home.display());
    let belongs = |process: &PathBuf| {
        let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        (name.starts_with("halo-window") || name.starts_with("WebKit"))
            && environment.split(|&byte| byte == 0).any(|one| one == ours.as_bytes())
    };
    let processes = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    processes.filter(belongs).filter_map(|process| process.file_name()?.to_str()?.parse().ok()).collect()
}

/// The windows whose title ends in the product's name; before the first view it is the name alone.
fn titles(desktop: &Desktop) -> Vec<(String, String)> {
    let found = desktop.xdotool(&["search", "--onlyvisible", "--name", "Halo$"]).unwrap_or_default();
    let title =
        |id: &str| desktop.xdotool(&["getwindowname", id]).ok().map(|title| (id.to_owned(), title.trim().to_owned()));
    found.lines().filter_map(title).collect()
}

fn is_open(desktop: &Desktop) -> bool {
    !titles(desktop).is_empty()
}

fn opens(desktop: &Desktop, halo: &Halo) {
    halo.expect(&[]);
    assert!(wait_until(PATIENCE, || is_open(desktop)), "no window came");
}

#[test]
fn the_window_opens_shows_the_status_and_leaves_nothing_behind_when_closed() {
    let Some(desktop) = desktop() else { return };
    let halo = Halo::start(&desktop);
    opens(&desktop, &halo);
    halo.set("meeting");
    let says_meeting = || titles(&desktop).iter().any(|(_, title)| title == "Meeting – Halo");
    assert!(wait_until(PATIENCE, says_meeting), "the window never said Meeting: {:?}", titles(&desktop));
    let (id, _) = titles(&desktop).remove(0);
    // The first start greets; a picture of the page behind it is for people to look at.
    desktop.xdotool(&["key", "--window", &id, "Escape"]).unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("pictures");
    fs::create_dir_all(&kept).unwrap();
    desktop.screenshot(&kept.join("window.png")).unwrap();
    // As a person does: the window manager asks it to close.
    desktop.xdotool(&["windowactivate", "--sync", &id, "key", "alt+F4"]).unwrap();
    let home = desktop.home();
    assert!(wait_until(PATIENCE, || window_processes(&home).is_empty()), "something of the window lives on");
    assert_eq!(halo.status()["status"], "meeting");
}

#[test]
fn a_window_that_is_killed_is_not_noticed_by_presence_and_opens_again() {
    let Some(desktop) = desktop() else { return };
    let halo = Halo::start(&desktop);
    halo.set("busy");
    let before = halo.status();
    opens(&desktop, &halo);
    for process in window_processes(&desktop.home()) {
        if let Some(pid) = Pid::from_raw(process) {
            kill_process(pid, Signal::KILL).ok();
        }
    }
    assert!(wait_until(PATIENCE, || !is_open(&desktop)));
    assert_eq!(halo.status(), before);
    opens(&desktop, &halo);
}

#[test]
fn a_window_without_its_program_says_how_it_is_opened() {
    let Some(desktop) = desktop() else { return };
    let window = halo_program().with_file_name("halo-window");
    let output = desktop.command(window).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("type: halo"));
}
