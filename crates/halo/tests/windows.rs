//! The real program on Windows, in a profile of its own: through the named pipe, from the first start to the end.

#![cfg(windows)]
#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

use std::io::{BufRead, BufReader, Read, Write};
use std::os::windows::process::CommandExt;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// Its own group: what is meant for the test's console is not meant for it.
const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;

struct Profile(TempDir);

/// The resident program; it ends with the test.
struct Resident(Child);

impl Drop for Resident {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        // Whoever a failed test has left behind.
        let _ = self.halo(&["quit"]).stderr(Stdio::null()).status();
    }
}

impl Profile {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn halo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_halo"));
        command.args(arguments).stdin(Stdio::null()).creation_flags(CREATE_NEW_PROCESS_GROUP);
        command.env("APPDATA", self.0.path().join("Roaming")).env("LOCALAPPDATA", self.0.path().join("Local"));
        command
    }

    fn call(&self, arguments: &[&str]) -> Output {
        self.halo(arguments).output().unwrap()
    }

    /// What a command that works says.
    fn said(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.call(arguments);
        assert!(status.success(), "{arguments:?}: {status}, {}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap()
    }

    fn start(&self) -> Resident {
        let resident = Resident(self.halo(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        until("it answers", || self.call(&["status"]).status.success());
        resident
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.0.path().join("Local").join("Halo").join("halo.log")).unwrap()
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn ended(resident: &mut Resident) -> bool {
    resident.0.try_wait().unwrap().is_some_and(|status| status.success())
}

#[test]
fn d11_a_status_is_set_and_watched_through_the_pipe_and_a_second_start_finds_the_first() {
    let profile = Profile::new();
    assert_eq!(profile.call(&["status"]).status.code(), Some(3));
    let mut resident = profile.start();
    // In a Wine that nobody has touched yet, there has been no input since boot: it begins as Away.
    profile.said(&["set", "available"]);
    assert!(profile.said(&["status"]).starts_with("Available"));
    let mut watching = Resident(profile.halo(&["watch"]).stdout(Stdio::piped()).spawn().unwrap());
    let mut watched = BufReader::new(watching.0.stdout.take().unwrap()).lines();
    assert!(watched.next().unwrap().unwrap().starts_with("Available"));
    profile.said(&["set", "meeting"]);
    assert!(watched.next().unwrap().unwrap().starts_with("Meeting"));
    assert!(profile.said(&["status"]).starts_with("Meeting"));
    // Hands over what it was started for, and ends.
    assert!(profile.said(&["run"]).contains("Halo is running already."));
    profile.said(&["halo://set/busy"]);
    assert!(profile.said(&["status"]).starts_with("Meeting"), "a link only proposes");
    profile.said(&["quit"]);
    until("it has ended", || ended(&mut resident));
    let last: Vec<_> = watched.map(Result::unwrap).collect();
    assert!(matches!(&last[..], [offline] if offline.starts_with("Offline")), "{last:?}");
    let log = profile.log();
    assert!(log.trim_end().ends_with("Halo ended") && !log.contains("ERROR"), "{log}");
}

#[test]
fn a_start_in_the_background_ends_and_leaves_the_program_behind() {
    let profile = Profile::new();
    assert!(profile.halo(&[]).stdout(Stdio::null()).status().unwrap().success());
    assert!(!profile.said(&["status"]).is_empty());
    profile.said(&["quit"]);
    until("it has ended", || profile.log().trim_end().ends_with("Halo ended"));
}

#[cfg(feature = "windowless")]
#[test]
fn a_log_in_starts_it_without_a_console() {
    let profile = Profile::new();
    let mut quiet = Command::new(env!("CARGO_BIN_EXE_halow"));
    quiet
        .arg("run")
        .env("APPDATA", profile.0.path().join("Roaming"))
        .env("LOCALAPPDATA", profile.0.path().join("Local"));
    assert!(quiet.status().unwrap().success());
    until("it answers", || profile.call(&["status"]).status.success());
    profile.said(&["quit"]);
}

#[test]
fn f06_a_restart_changes_nothing_and_a_crash_neither() {
    let profile = Profile::new();
    let mut resident = profile.start();
    profile.said(&["set", "meal"]);
    profile.said(&["restart"]);
    until("the first one has ended", || ended(&mut resident));
    assert!(profile.said(&["status"]).starts_with("Meal"));
    profile.said(&["quit"]);
    let crashes = profile.start();
    profile.said(&["set", "training"]);
    drop(crashes);
    let _resident = profile.start();
    assert!(profile.said(&["status"]).starts_with("Training"));
    profile.said(&["quit"]);
}

#[test]
fn c10_a_polite_request_to_end_is_a_clean_quit() {
    let profile = Profile::new();
    let mut resident = profile.start();
    // It asks the windows of a program to close, as a log-off and an installer do.
    let asked = Command::new("taskkill").args(["/PID", &resident.0.id().to_string()]).output().unwrap();
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stdout));
    until("it has ended", || ended(&mut resident));
    assert!(profile.log().trim_end().ends_with("Halo ended"));
}

#[test]
fn d09_what_windows_does_not_show_is_held_and_said() {
    let profile = Profile::new();
    let _resident = profile.start();
    let outcome = profile.said(&["notify", "--kind", "chat", "--from", "Ada", "Have a minute?"]);
    let doctor = profile.said(&["doctor"]);
    let toasts = doctor.lines().find(|line| line.contains("toasts")).unwrap_or_default();
    match outcome.trim() {
        "shown" => assert!(toasts.contains("nothing has failed"), "{doctor}"),
        "held" => {
            assert!(toasts.contains("Windows shows no notifications"), "{doctor}");
            assert!(profile.said(&["held"]).contains("Have a minute?"));
        }
        other => panic!("{other}"),
    }
    assert!(doctor.contains("notification area"), "{doctor}");
    profile.said(&["quit"]);
}

#[test]
fn d11_keys_are_refused_in_words() {
    let profile = Profile::new();
    let _resident = profile.start();
    let refused = profile.call(&["config", "shortcut", "Ctrl+Alt+H"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("can't bind keys on this system yet"));
    profile.said(&["quit"]);
}
