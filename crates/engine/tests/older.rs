//! What an older program wrote goes on: files that it really wrote, kept beside this test.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod common;

use std::path::Path;

use common::{ADA, Engine, minute, open, open_as};
use engine::{Beginning, Moment, PersonId, Seat, TokenOf};
use log_sqlite::Sharing;
use presence::{DeviceId, Interval, Policy, Span, What};
use protocol::Secret;

/// A copy of a file that lies beside this test, where a log belongs.
fn of(fixture: &str, folder: &Path) {
    std::fs::copy(Path::new("tests/fixtures").join(fixture), folder.join("halo.db")).unwrap();
}

/// Minutes after eight of an interval, and what it was.
fn line(interval: &Interval) -> String {
    let minutes = |at: presence::Timestamp| at.duration_since(minute(0).wall).as_mins();
    let status = interval.status.as_ref().map_or("unknown", |status| status.as_str());
    let mark = if interval.correction.is_some() { "*" } else { "" };
    let end = interval.end.map(minutes).map(|end| end.to_string()).unwrap_or_default();
    format!("{status}{mark} {}–{end}", minutes(interval.start))
}

fn history(engine: &Engine, person: PersonId) -> Vec<String> {
    engine.history(person, &Span::default()).unwrap().iter().map(line).collect()
}

#[test]
fn a_desks_log_of_the_third_version_keeps_its_history_its_corrections_and_what_waits() {
    let folder = tempfile::tempdir().unwrap();
    of("desk-of-version-3.db", folder.path());
    let seat = Seat { person: ADA, device: DeviceId::from("this") };
    for start in [90, 95] {
        let (mut engine, _) = open(folder.path());
        assert_eq!(engine.begin(&seat, &minute(start)).unwrap(), Beginning::Resumed);
        assert_eq!(
            history(&engine, ADA),
            [
                "meeting* 0–5",
                "busy 5–10",
                "meal 10–40",
                "busy 40–45",
                "available 45–50",
                "away 50–60",
                "available 60–80",
                "training 80–"
            ]
        );
        let effective = engine.effective(ADA, minute(start).wall);
        assert_eq!((effective.status.as_str(), effective.since), ("training", minute(80).wall));
        assert_eq!(effective.message.unwrap().text, "Back soon");
        let held: Vec<_> = engine.held(ADA).unwrap().into_iter().map(|item| (item.id, item.text)).collect();
        assert_eq!(held, [(1, "Lunch?".to_owned())]);
    }
}

#[test]
fn a_teams_log_of_the_third_version_keeps_its_people_their_sign_ins_and_whom_they_follow() {
    let folder = tempfile::tempdir().unwrap();
    of("team-of-version-3.db", folder.path());
    let wall = "2026-11-29T14:50:00Z".parse().unwrap();
    let now = Moment { wall, boot: std::time::Duration::from_secs(1), boot_id: "another".into() };
    let (mut engine, _) = open_as(folder.path(), Policy::genesys(), Sharing::Shared).unwrap();
    let people: Vec<_> =
        engine.everybody().into_iter().map(|(_, person)| (person.name, person.group.unwrap())).collect();
    let wanted = [("ada", "support"), ("bo", "support"), ("cy", "sales")];
    assert_eq!(people, wanted.map(|(name, group)| (name.to_owned(), group.to_owned())));
    let (ada, _) = engine.find("ada").unwrap();
    let (bo, _) = engine.find("bo").unwrap();
    assert!(ada < bo, "who came first has the smaller id");

    let token = Secret::from("jqHwhXmXTijzp997SrA4JzJLxxSm0VLaocFlyD6lYh0".to_owned());
    let TokenOf::Device(bearer) = engine::bearer(engine.keeper(), &token, now.wall).unwrap() else {
        panic!("she has to sign in again")
    };
    assert_eq!((bearer.seat.person, bearer.seat.device.as_str()), (ada, "71e88530923fdece"));
    let right = Secret::from("password-of-bo".to_owned());
    assert!(engine.credentials("bo").unwrap().unwrap().1.is_of(&right));

    let seen = |engine: &Engine, viewer| {
        let followed = engine.followed(viewer, now.wall).into_iter();
        followed.map(|view| (view.name, view.presence.status, view.favourite, view.tell_when_free)).collect::<Vec<_>>()
    };
    assert_eq!(seen(&engine, ada), [("bo".to_owned(), "meal".to_owned(), true, false)]);
    assert_eq!(seen(&engine, bo), [("ada".to_owned(), "busy".to_owned(), false, true)]);
    assert_eq!(engine.effective(ada, now.wall).message.unwrap().text, "In the archive");
    assert_eq!(engine.held(ada).unwrap().len(), 1);

    // A write of before, tried again after the update, is known by its key.
    let key = engine::WriteKey { key: "k1", digest: b"of something else" };
    assert!(engine.is_written(ada, key).unwrap());
    let asked = engine.record_asked(&bearer.seat, [(now.wall, What::WentBack)], &now).unwrap();
    assert_eq!(asked.last().map(|fact| fact.seq), Some(5), "after the policy, which is told of first");
}
