//! A server's clock that is wrong for a moment: it ends nobody's sign-in and erases nothing (C24).

use std::path::{Path, PathBuf};
use std::time::Duration;

use e2e::{PASSWORD, TeamService, skip, wait_until};
use serde_json::json;

use super::api::Api;
use super::device::Device;

/// A service under a clock of its own, by libfaketime; `None` if that is not installed.
fn under_a_clock() -> Option<TeamService> {
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let library = folders.map(|entry| entry.path().join("faketime/libfaketime.so.1")).find(|path| path.exists())?;
    let mut service = TeamService::start(&["ada"]);
    service.stop();
    set(&service, 0);
    let mut command = service.command(&["serve"]);
    command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", clock(&service)).env("FAKETIME_NO_CACHE", "1");
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
    service.start_as(command);
    Some(service)
}

fn clock(service: &TeamService) -> PathBuf {
    service.file("clock")
}

/// Sets the clock to so many days from the real one.
fn set(service: &TeamService, days: i64) {
    let (clock, beside) = (clock(service), service.file("clock.new"));
    // In one go: a program that read half of it would not know the time.
    std::fs::write(Path::new(&beside), format!("{:+}\n", days * 86400)).unwrap();
    std::fs::rename(beside, clock).unwrap();
}

const NOT_INSTALLED: &str = "libfaketime is not installed; `cargo xtask test` installs it";

#[test]
fn a_clock_that_is_ahead_for_a_moment_ends_nobodys_sign_in() {
    let Some(service) = under_a_clock() else { return skip(NOT_INSTALLED) };
    let ada = Api::signed_in(&service, "ada");
    let device = Device::connect(&ada);
    set(&service, 401);
    assert!(!wait_until(Duration::from_secs(4), || !ada.is_signed_in() || device.has_ended()));
    set(&service, 0);
    assert!(ada.is_signed_in() && !device.has_ended());
    assert_eq!(Api::of(&service).sign_in("ada", PASSWORD).status, 200);
}

#[test]
fn c24_a_clock_that_is_ahead_for_a_moment_erases_nothing() {
    let Some(service) = under_a_clock() else { return skip(NOT_INSTALLED) };
    let ada = Api::signed_in(&service, "ada");
    let _device = Device::connect(&ada);
    for status in ["busy", "meeting", "meal", "busy"] {
        ada.change(&[json!({ "change": "choose", "status": status })]);
    }
    let history = |api: &Api| api.get("/v1/me/history").json().as_array().unwrap().len();
    let before = history(&ada);
    assert!(before >= 5, "{before}");
    set(&service, 401);
    std::thread::sleep(Duration::from_secs(3));
    ada.say("in the wrong year");
    std::thread::sleep(Duration::from_secs(3));
    set(&service, 0);
    assert!(history(&ada) >= before, "{} of {before} are left", history(&ada));
}
