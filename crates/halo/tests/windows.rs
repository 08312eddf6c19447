//! The real program on Windows, in a profile of its own: through the named pipe, from the first start to the end.

#![cfg(windows)]
#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

use std::io::{BufRead, BufReader};
use std::os::windows::process::CommandExt;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use windows_registry::{CLASSES_ROOT, CURRENT_USER};
use windows_sys::Win32::UI::Input::KeyboardAndMouse::{
    INPUT, INPUT_0, INPUT_KEYBOARD, KEYBDINPUT, KEYEVENTF_KEYUP, SendInput, VIRTUAL_KEY, VK_CONTROL, VK_F9, VK_MENU,
};

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
fn d11_a_link_that_windows_opens_starts_halo() {
    let profile = Profile::new();
    {
        let _resident = profile.start();
        profile.said(&["quit"]);
    }
    assert_eq!(profile.call(&["status"]).status.code(), Some(3), "it has ended");
    // Windows shows the person's part and the machine's as one; Wine 8 looks into the machine's only.
    let command = CURRENT_USER.open(r"Software\Classes\halo\shell\open\command").unwrap().get_string("").unwrap();
    CLASSES_ROOT.create("halo").unwrap().set_string("URL Protocol", "").unwrap();
    CLASSES_ROOT.create(r"halo\shell\open\command").unwrap().set_string("", command).unwrap();
    let mut open = Command::new("cmd");
    open.args(["/c", "start", "", "halo://open"]);
    open.env("APPDATA", profile.0.path().join("Roaming")).env("LOCALAPPDATA", profile.0.path().join("Local"));
    assert!(open.status().unwrap().success());
    until("it answers", || profile.call(&["status"]).status.success());
    profile.said(&["quit"]);
}

#[test]
fn d11_keys_open_halo_from_anywhere_and_belong_to_one_program() {
    let [profile, other] = [Profile::new(), Profile::new()];
    let mut command = profile.halo(&["run"]);
    let _resident = Resident(command.env("HALO_LOG", "debug").stdout(Stdio::null()).spawn().unwrap());
    until("it answers", || profile.call(&["status"]).status.success());
    profile.said(&["config", "shortcut", "Ctrl+Alt+F9"]);
    assert!(profile.said(&["doctor"]).contains("Ctrl+Alt+F9 opens Halo"), "{}", profile.said(&["doctor"]));
    press(&[VK_CONTROL, VK_MENU, VK_F9]);
    until("the press is heard", || profile.log().contains("the shortcut was pressed"));

    let _other_resident = other.start();
    let refused = other.call(&["config", "shortcut", "Ctrl+Alt+F9"]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{words}");
    assert!(words.contains("Ctrl+Alt+F9"), "{words}");
    profile.said(&["config", "shortcut", "none"]);
    until("the keys are free again", || other.call(&["config", "shortcut", "Ctrl+Alt+F9"]).status.success());
    profile.said(&["quit"]);
    other.said(&["quit"]);
}

/// Presses keys, in this order, and lets them go.
#[expect(unsafe_code, reason = "an OS call")]
fn press(keys: &[VIRTUAL_KEY]) {
    let event = |key: VIRTUAL_KEY, flags| INPUT {
        r#type: INPUT_KEYBOARD,
        Anonymous: INPUT_0 { ki: KEYBDINPUT { wVk: key, wScan: 0, dwFlags: flags, time: 0, dwExtraInfo: 0 } },
    };
    let down = keys.iter().map(|key| event(*key, 0));
    let up = keys.iter().rev().map(|key| event(*key, KEYEVENTF_KEYUP));
    let events: Vec<INPUT> = down.chain(up).collect();
    let count = u32::try_from(events.len()).unwrap();
    // SAFETY: they are as many as it is told, of this size.
    let sent = unsafe { SendInput(count, events.as_ptr(), i32::try_from(size_of::<INPUT>()).unwrap()) };
    assert_eq!(sent, count, "{}", std::io::Error::last_os_error());
}

#[test]
fn d07_a_time_zone_is_found_by_its_name() {
    let profile = Profile::new();
    let _resident = profile.start();
    let until = |zone: &str, time: &str| {
        let set = profile.halo(&["set", "meal", "--until", time]).env("TZ", zone).output().unwrap();
        assert!(set.status.success(), "{zone}: {}", String::from_utf8_lossy(&set.stderr));
        let status = profile.said(&["status", "--json"]);
        let (_, until) = status.split_once("\"until\":\"").unwrap();
        until.split_once('"').unwrap().0.to_owned()
    };
    assert_eq!(until("Asia/Tokyo", "2999-06-01T14:00"), "2999-06-01T05:00:00Z");
    assert_eq!(until("UTC", "2999-06-01T14:00"), "2999-06-01T14:00:00Z");
    assert_eq!(until("UTC", "2999-06-01T14:00[America/New_York]"), "2999-06-01T18:00:00Z");
    profile.said(&["quit"]);
}
