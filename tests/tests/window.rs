//! The real window in a real session: it opens, shows what is so, and its end is nobody's loss.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod window_support;

use e2e::{Desktop, Halo, halo_program, wait_until};
use rustix::process::{Pid, Signal, kill_process};
use window_support::{PATIENCE, close, titles, window_processes, window_program};

fn desktop() -> Option<Desktop> {
    window_program().map(|_| Desktop::builder().display(true).tray_host(true).start().unwrap())
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
    close(&desktop);
    assert_eq!(halo.status()["status"], "meeting");
}

#[test]
fn a_window_that_is_killed_is_not_noticed_by_presence_and_opens_again() {
    let Some(desktop) = desktop() else { return };
    let halo = Halo::start(&desktop);
    halo.set("busy");
    let before = halo.status();
    opens(&desktop, &halo);
    for (process, _) in window_processes(&desktop) {
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
