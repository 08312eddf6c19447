//! The log keeps what was acknowledged, through crashes, reboots, damage and a full disk.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

use std::path::Path;
use std::time::Duration;

use presence::{By, DeskSignal, DeviceId, End, Policy, Source, Timestamp, What};
use protocol::{HeldAs, Notice, NoticeKind};
use service::{Beginning, Moment, Opened, Service, ServiceError, Weight};

fn open(folder: &Path) -> (Service, Opened) {
    Service::open(folder, "Ada", DeviceId::from("desk"), Policy::genesys()).unwrap()
}

/// Minutes after eight, in the first boot.
fn minute(minutes: i64) -> Moment {
    let wall: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
    Moment {
        wall: wall + jiff::SignedDuration::from_mins(minutes),
        boot: Duration::from_secs(1000 + 60 * minutes.unsigned_abs()),
        boot_id: "first".into(),
    }
}

fn choose(service: &mut Service, status: &str, until: Option<Moment>, now: &Moment) -> Result<(), ServiceError> {
    let until = until.map(|moment| End { at: moment.wall, fixed: false });
    let what = What::Chose { status: status.into(), until, by: By::Person };
    service.record(now.wall, what, Weight::Asked, now)
}

fn lock(on: bool) -> What {
    What::Desk { signal: DeskSignal::Lock, on, last_input: None }
}

fn status(service: &Service, now: &Moment) -> String {
    service.effective(now.wall).status.to_string()
}

#[test]
fn f06_a_program_that_died_and_starts_again_changes_nothing_and_timers_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    assert_eq!(service.begin(&minute(0)).unwrap(), Beginning::SignedIn);
    choose(&mut service, "meal", Some(minute(30)), &minute(5)).unwrap();
    drop(service);
    let (mut service, _) = open(folder.path());
    assert_eq!(service.begin(&minute(20)).unwrap(), Beginning::Resumed);
    let meal = service.effective(minute(20).wall);
    assert_eq!((meal.status.as_str(), meal.since, meal.until), ("meal", minute(5).wall, Some(minute(30).wall)));
    service.advance(&minute(40));
    assert_eq!(status(&service, &minute(40)), "available");
    let ends: Vec<_> = service.history(None).unwrap().iter().map(|interval| interval.end).collect();
    assert_eq!(ends, [Some(minute(5).wall), Some(minute(30).wall), None]);
}

#[test]
fn c10_after_a_reboot_without_a_clean_end_a_sign_in_and_an_unknown_stretch() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    service.begin(&minute(0)).unwrap();
    choose(&mut service, "busy", None, &minute(5)).unwrap();
    drop(service);
    let (mut service, _) = open(folder.path());
    let rebooted = Moment { boot: Duration::from_secs(9), boot_id: "second".into(), ..minute(60) };
    assert_eq!(service.begin(&rebooted).unwrap(), Beginning::SignedIn);
    assert_eq!(status(&service, &rebooted), "available");
    let history = service.history(None).unwrap();
    let unknown = history.iter().find(|interval| interval.status.is_none()).unwrap();
    assert_eq!((unknown.start, unknown.end), (minute(5).wall, Some(minute(60).wall)));
}

#[test]
fn d07_a_clock_set_by_a_day_either_way_changes_no_duration() {
    for days in [-1, 1] {
        let folder = tempfile::tempdir().unwrap();
        let (mut service, _) = open(folder.path());
        service.begin(&minute(0)).unwrap();
        choose(&mut service, "meal", Some(minute(40)), &minute(10)).unwrap();
        let set = |minutes| {
            let moment = minute(minutes);
            Moment { wall: moment.wall + jiff::SignedDuration::from_hours(24 * days), ..moment }
        };
        service.advance(&set(20));
        let meal = service.effective(set(20).wall);
        assert_eq!((meal.status.as_str(), meal.since, meal.until), ("meal", set(10).wall, Some(set(40).wall)));
        service.advance(&set(41));
        assert_eq!(status(&service, &set(41)), "available");
    }
}

#[test]
fn projections_can_be_dropped_and_are_folded_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    service.begin(&minute(0)).unwrap();
    choose(&mut service, "meal", Some(minute(30)), &minute(5)).unwrap();
    service.record(minute(10).wall, lock(true), Weight::Sensed, &minute(10)).unwrap();
    service.record(minute(50).wall, lock(false), Weight::Sensed, &minute(50)).unwrap();
    let (state, history) = (service.state().clone(), service.history(None).unwrap());
    assert_eq!(history.len(), 4, "{history:#?}");
    drop(service);
    let db = rusqlite::Connection::open(folder.path().join("halo.db")).unwrap();
    db.execute_batch("DELETE FROM projections; DELETE FROM intervals").unwrap();
    drop(db);
    let (service, _) = open(folder.path());
    assert_eq!(service.state(), &state);
    assert_eq!(service.history(None).unwrap(), history);
}

#[test]
fn a_log_of_a_newer_version_is_refused_in_words_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let path = folder.path().join("halo.db");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = Service::open(folder.path(), "Ada", DeviceId::from("desk"), Policy::genesys()).unwrap_err();
    assert!(matches!(refused, ServiceError::Newer { found: 99, .. }), "{refused}");
    assert!(refused.to_string().contains("install that version again"), "{refused}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_log_is_set_aside_under_a_new_name_and_a_fresh_one_begun() {
    let folder = tempfile::tempdir().unwrap();
    for n in 1..=2 {
        let garbage = b"this is not a database, but long enough to look like one might have been here".repeat(20);
        std::fs::write(folder.path().join("halo.db"), &garbage).unwrap();
        let (mut service, opened) = open(folder.path());
        let aside = folder.path().join(format!("halo.db.damaged-{n}"));
        assert_eq!(opened, Opened::SetAside(aside.clone()));
        assert_eq!(std::fs::read(aside).unwrap(), garbage);
        assert_eq!(service.begin(&minute(0)).unwrap(), Beginning::SignedIn);
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, b"").unwrap();
    let policy = Policy::genesys();
    let refused = Service::open(&blocked.join("halo"), "Ada", DeviceId::from("desk"), policy).unwrap_err();
    assert!(matches!(refused, ServiceError::NotWritable { .. }));
    assert!(refused.to_string().contains("Make the folder writable"), "{refused}");
}

#[test]
fn on_a_full_disk_a_choice_is_refused_and_a_lock_still_counts_and_is_written_later() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    service.begin(&minute(0)).unwrap();
    service.fill_disk_for_tests(true);
    let long = "x".repeat(100_000);
    let message = What::MessageSet { text: Some(long), until: None };
    let refused = service.record(minute(1).wall, message, Weight::Asked, &minute(1)).unwrap_err();
    assert!(matches!(refused, ServiceError::Full(_)), "{refused}");
    assert_eq!(service.effective(minute(1).wall).message, None, "what was refused does not count");
    let mut filled = 0;
    while service.waiting() == 0 {
        filled += 1;
        assert!(filled < 10_000);
        service.record(minute(2).wall, lock(filled % 2 == 1), Weight::Sensed, &minute(2)).unwrap();
    }
    service.record(minute(3).wall, lock(true), Weight::Sensed, &minute(3)).unwrap();
    assert_eq!(status(&service, &minute(3)), "away");
    service.fill_disk_for_tests(false);
    service.flush().unwrap();
    assert_eq!(service.waiting(), 0);
    let state = service.state().clone();
    drop(service);
    assert_eq!(open(folder.path()).0.state(), &state);
}

#[cfg(unix)]
#[test]
fn only_the_person_can_read_the_log() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("halo");
    let (mut service, _) = open(&data);
    service.begin(&minute(0)).unwrap();
    assert_eq!(std::fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    for file in std::fs::read_dir(&data).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{}", file.path().display());
    }
}

#[test]
fn deleting_the_history_erases_it_and_keeps_what_holds() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    service.begin(&minute(0)).unwrap();
    let message = What::MessageSet { text: Some("a very private remark".into()), until: None };
    service.record(minute(1).wall, message, Weight::Asked, &minute(1)).unwrap();
    service.record(minute(2).wall, What::MessageSet { text: None, until: None }, Weight::Asked, &minute(2)).unwrap();
    choose(&mut service, "busy", None, &minute(5)).unwrap();
    service.delete_history().unwrap();
    assert_eq!(service.history(None).unwrap().len(), 1);
    drop(service);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("private remark"));
    }
    let (mut service, _) = open(folder.path());
    service.begin(&minute(10)).unwrap();
    assert_eq!(status(&service, &minute(10)), "busy");
    drop(service);
    let db = rusqlite::Connection::open(folder.path().join("halo.db")).unwrap();
    db.execute_batch("DELETE FROM projections").unwrap();
    drop(db);
    assert_eq!(status(&open(folder.path()).0, &minute(10)), "busy");
}

#[test]
fn retention_forgets_the_old_and_keeps_what_it_had_come_to() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    service.begin(&minute(0)).unwrap();
    choose(&mut service, "busy", None, &minute(5)).unwrap();
    choose(&mut service, "meal", Some(minute(100)), &minute(60)).unwrap();
    assert!(service.forget_before(minute(30).wall).unwrap() > 0);
    let history = service.history(None).unwrap();
    assert_eq!(history.first().unwrap().status.as_ref().unwrap().as_str(), "busy");
    let state = service.state().clone();
    drop(service);
    let db = rusqlite::Connection::open(folder.path().join("halo.db")).unwrap();
    db.execute_batch("DELETE FROM projections").unwrap();
    drop(db);
    let (mut service, _) = open(folder.path());
    assert_eq!(service.state(), &state);
    service.advance(&minute(100));
    assert_eq!(service.effective(minute(100).wall).reason.source, Source::Manual);
    assert_eq!(status(&service, &minute(100)), "busy");
}

#[test]
fn d09_what_is_held_survives_a_crash_and_goes_when_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    let notice =
        Notice { kind: NoticeKind::Chat, from: Some("Mara".into()), urgent: false, text: "The Lund case".into() };
    service.hold(&notice, HeldAs::Held, minute(1).wall).unwrap();
    drop(service);
    let (mut service, _) = open(folder.path());
    let held = service.held().unwrap();
    assert_eq!((held.len(), held[0].text.as_str(), held[0].told), (1, "The Lund case", false));
    // Another comes while the digest of the first is on its way.
    service.hold(&notice, HeldAs::Held, minute(2).wall).unwrap();
    service.mark_told(held[0].id).unwrap();
    let told: Vec<bool> = service.held().unwrap().iter().map(|item| item.told).collect();
    assert_eq!(told, [true, false]);
    assert_eq!(service.clear_held().unwrap(), 2);
    assert_eq!(service.held().unwrap(), []);
}
