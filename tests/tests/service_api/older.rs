//! A team that an older service served goes on with today's: the file is one that such a service really wrote.

use std::path::{Path, PathBuf};

use e2e::TeamService;

use crate::api::Api;

/// Ada's token in that file, and how long it is good for.
const TOKEN: &str = "jqHwhXmXTijzp997SrA4JzJLxxSm0VLaocFlyD6lYh0";

fn old_log() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/engine/tests/fixtures/team-of-version-3.db")
}

/// A service that has ended, with that file in the place of its log.
fn ended_with_an_old_log() -> TeamService {
    let mut service = TeamService::start(&[]);
    service.stop();
    std::fs::copy(old_log(), service.file("data/halo.db")).unwrap();
    // Nobody has to sign in again for an update; only the test's day is another one.
    let log = rusqlite::Connection::open(service.file("data/halo.db")).unwrap();
    let soon = jiff::Timestamp::now().as_millisecond() + 3_600_000;
    log.execute("UPDATE tokens SET ends = ?1", [soon]).unwrap();
    service
}

#[test]
fn a_team_of_an_older_service_goes_on_signed_in_with_what_everybody_chose() {
    let mut service = ended_with_an_old_log();
    service.start_again();
    let mut ada = Api::of(&service);
    ada.token = Some(TOKEN.to_owned());
    assert_eq!((&ada.presence()["status"], &ada.presence()["message"]), (&"busy".into(), &"In the archive".into()));
    let bo = ada.get("/v1/people/bo").json();
    assert_eq!((&bo["presence"]["status"], &bo["favourite"]), (&"meal".into(), &true.into()));
    assert_eq!(ada.get("/v1/me/held").json()[0]["text"], "Lunch?");
    let history = ada.get("/v1/me/history").json();
    assert_eq!((&history[0]["status"], &history[1]["status"]), (&"available".into(), &"busy".into()));
    ada.say("after the update");
    let mut bo = Api::of(&service);
    let said = bo.sign_in("bo", "password-of-bo").json();
    bo.token = said["token"].as_str().map(str::to_owned);
    assert_eq!(bo.get("/v1/people/ada").json()["presence"]["message"], "after the update");
}

#[test]
fn bad_input_a_command_of_today_beside_an_older_service_changes_nothing_and_says_what_to_do() {
    let service = ended_with_an_old_log();
    let before = std::fs::read(service.file("data/halo.db")).unwrap();
    // As long as a service holds its lock, it may be the one that wrote the file.
    let lock = std::fs::File::options().write(true).open(service.file("data/lock")).unwrap();
    lock.lock().unwrap();
    let said = service.run_with(&["user", "list"], "");
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("end the service that runs and start the new one"), "{said:?}");
    assert_eq!(std::fs::read(service.file("data/halo.db")).unwrap(), before);
    drop(lock);
    let said = service.run_with(&["user", "list"], "");
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("ada") && said.out.contains("sales"), "{said:?}");
}
