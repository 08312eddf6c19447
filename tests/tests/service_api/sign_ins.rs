//! Sign-ins that end: whoever may not read or write any more does neither, within a second.

use std::io::Read as _;
use std::time::Duration;

use e2e::TeamService;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::api::{Api, changes_of};
use super::device::Device;

/// A second, and what two busy cores add to it.
const AT_ONCE: Duration = Duration::from_secs(3);

const SHORT: &str = "connection.ping_seconds = 1
    connection.lost_seconds = 3
    connection.suspect_seconds = 1";

fn message(text: &str) -> Value {
    changes_of(&[json!({ "change": "message", "text": text })])
}

fn log(service: &TeamService) -> Connection {
    let log = Connection::open(service.file("data/halo.db")).unwrap();
    log.busy_timeout(Duration::from_secs(10)).unwrap();
    log
}

/// Somebody whose stream is told that the sign-in has ended, and who writes nothing any more.
#[track_caller]
fn is_cut_off(device: &Device) {
    device.ends_within(AT_ONCE);
    let why = device.hears("why", |said| said.get("signed_out").is_some());
    assert!(why["signed_out"].as_str().unwrap().contains("Sign in again"), "{why}");
}

#[test]
fn another_password_ends_streams_and_their_writes_at_once() {
    let service = TeamService::start(&["ada", "grace"]);
    let (ada, grace) = (Api::signed_in(&service, "ada"), Api::signed_in(&service, "grace"));
    let (device, other) = (Device::connect(&ada), Device::connect(&grace));
    ada.say("as it was");
    assert_eq!(service.run_with(&["user", "password", "ada"], "another long password").code, 0);
    // Not even in the moment before that has come round.
    device.write("late", &message("written by a thief"));
    is_cut_off(&device);
    assert!(!other.has_ended());
    let mut again = Api::of(&service);
    let said = again.sign_in("ada", "another long password").json();
    again.token = said["token"].as_str().map(str::to_owned);
    assert_eq!(again.presence()["message"], "as it was");
}

#[test]
fn a_sign_in_that_runs_out_ends_its_stream() {
    let service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    let soon = jiff::Timestamp::now().as_millisecond() + 1500;
    log(&service).execute("UPDATE tokens SET ends = ?1", [soon]).unwrap();
    let device = Device::connect(&api);
    std::thread::sleep(Duration::from_secs(1));
    assert!(!device.has_ended());
    is_cut_off(&device);
}

#[test]
fn a_person_who_is_removed_is_cut_off() {
    let service = TeamService::start(&["ada"]);
    let device = Device::connect(&Api::signed_in(&service, "ada"));
    assert_eq!(service.run_with(&["user", "remove", "ada"], "").code, 0);
    is_cut_off(&device);
}

#[test]
fn a_device_that_is_signed_out_from_another_one_is_cut_off() {
    let service = TeamService::start(&["ada"]);
    let (here, there) = (Api::signed_in(&service, "ada"), Api::signed_in(&service, "ada"));
    let device = Device::connect(&there);
    assert_eq!(here.delete(&format!("/v1/me/devices/{}", there.device)).status, 204);
    device.ends_within(AT_ONCE);
}

#[test]
fn a_quit_makes_no_stream_immortal() {
    let service = TeamService::start_with(&["ada"], SHORT);
    let ada = Api::signed_in(&service, "ada");
    // It says that it quits, and then neither hangs up nor answers.
    let mut silent = ada.connect();
    ada.change(&[json!({ "change": "quit" })]);
    silent.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
    let ended = silent.read_to_end(&mut Vec::new());
    assert!(ended.is_ok(), "still open: {ended:?}");
    // Nobody who has quit is lost as well.
    let version = ada.presence()["version"].clone();
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(ada.presence()["version"], version);
}

/// Somebody with a second token, and with what was the first.
fn renewed(service: &TeamService) -> (Api, Api) {
    let old = Api::signed_in(service, "ada");
    let mut new = Api::of(service);
    new.token = old.post("/v1/token", &json!({})).json()["token"].as_str().map(str::to_owned);
    (old, new)
}

#[test]
fn a_token_that_is_used_after_the_one_that_took_its_place_ends_the_device() {
    let service = TeamService::start(&["ada"]);
    let (old, new) = renewed(&service);
    let device = Device::connect(&new);
    // A request may still be on its way.
    assert!(old.is_signed_in() && new.is_signed_in());
    log(&service).execute("UPDATE tokens SET spent = spent - 60000 WHERE spent IS NOT NULL", []).unwrap();
    let detail = old.get("/v1/me").problem(401);
    assert!(detail.contains("used from two places"), "{detail}");
    assert!(!new.is_signed_in(), "whichever of the two is the thief");
    is_cut_off(&device);
    assert!(Api::signed_in(&service, "ada").is_signed_in());
}

#[test]
fn a_renewal_whose_answer_was_lost_ends_nothing() {
    let service = TeamService::start(&["ada"]);
    let (old, _lost) = renewed(&service);
    let mut again = Api::of(&service);
    again.token = old.post("/v1/token", &json!({})).json()["token"].as_str().map(str::to_owned);
    assert!(old.is_signed_in() && again.is_signed_in());
    assert_eq!(again.get("/v1/me/devices").json().as_array().unwrap().len(), 1);
}

#[test]
fn after_a_year_one_signs_in_anew_however_often_the_token_was_renewed() {
    let service = TeamService::start(&["ada"]);
    let ada = Api::signed_in(&service, "ada");
    let day: i64 = 24 * 3600 * 1000;
    log(&service).execute("UPDATE devices SET since = since - ?1", [364 * day]).unwrap();
    let renewed = ada.post("/v1/token", &json!({})).json();
    let ends: jiff::Timestamp = renewed["expires_at"].as_str().unwrap().parse().unwrap();
    let left = ends.duration_since(jiff::Timestamp::now());
    assert!(left.as_hours() <= 24 && left.as_hours() >= 22, "{left:?}");
}
