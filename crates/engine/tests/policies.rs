//! The past is never judged by a policy that was not in force then (C22).

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod common;

use std::path::Path;

use common::{ADA, Engine, ada, minute, open_as};
use engine::Weight;
use log_sqlite::Sharing;
use presence::{By, End, Policy, Primary, Span, What};

/// A policy that has no Meal, and after a timed choice the default.
fn another() -> Policy {
    let mut policy = Policy::genesys();
    policy.statuses.retain(|status| status.id.as_str() != "meal");
    policy.choices.after_timed = presence::AfterTimed::Default;
    policy.desk.lock.replaces.clear();
    policy
}

fn open(folder: &Path, policy: Policy) -> Engine {
    open_as(folder, policy, Sharing::Alone).unwrap().0
}

fn choose(service: &mut Engine, status: &str, until: Option<i64>, now: i64) {
    let until = until.map(|minutes| End { at: minute(minutes).wall, fixed: false });
    let what = What::Chose { status: status.into(), until, by: By::Person };
    service.record(&ada(), minute(now).wall, what, Weight::Asked, &minute(now)).unwrap();
}

/// Every byte of the history.
fn history(service: &Engine) -> String {
    serde_json::to_string_pretty(&service.history(ADA, &Span::default()).unwrap()).unwrap()
}

/// What raising the version of the projections does.
fn drop_projections(folder: &Path) {
    let db = rusqlite::Connection::open(folder.join("halo.db")).unwrap();
    db.execute_batch("UPDATE projections SET fold = 0; DELETE FROM intervals").unwrap();
}

#[test]
fn c22_the_past_keeps_every_byte_when_the_policy_changes_and_the_log_is_folded_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut service = open(folder.path(), Policy::genesys());
    service.begin(&ada(), &minute(0)).unwrap();
    choose(&mut service, "busy", None, 5);
    choose(&mut service, "meal", Some(40), 10);
    let lock = What::Desk { signal: presence::DeskSignal::Lock, on: true, last_input: None };
    service.record(&ada(), minute(45).wall, What::WentBack, Weight::Asked, &minute(45)).unwrap();
    service.record(&ada(), minute(50).wall, lock, Weight::Sensed, &minute(50)).unwrap();
    choose(&mut service, "meal", Some(80), 60);
    drop(service);

    // The program dies in the meal; what ended before the other policy came ended by the one before.
    let mut service = open(folder.path(), another());
    service.begin(&ada(), &minute(90)).unwrap();
    service.advance(ADA, &minute(95));
    choose(&mut service, "training", None, 100);
    let before = history(&service);
    let meals = service.history(ADA, &Span::default()).unwrap();
    let meals: Vec<_> = meals.iter().filter(|one| one.status == Some("meal".into())).collect();
    assert!(meals.iter().all(|meal| meal.primary == Some(Primary::Meal)), "{before}");
    let ends: Vec<_> = meals.iter().map(|meal| meal.end).collect();
    assert_eq!(ends, [Some(minute(40).wall), Some(minute(80).wall)], "{before}");
    drop(service);

    for policy in [another(), Policy::genesys()] {
        drop_projections(folder.path());
        let service = open(folder.path(), policy);
        assert_eq!(history(&service), before);
    }
}

#[test]
fn c22_what_retention_folds_away_is_folded_by_the_policy_of_its_time_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut service = open(folder.path(), Policy::genesys());
    service.begin(&ada(), &minute(0)).unwrap();
    choose(&mut service, "busy", None, 5);
    choose(&mut service, "meal", Some(40), 10);
    service.record(&ada(), minute(45).wall, What::Snoozed { until: None }, Weight::Asked, &minute(45)).unwrap();
    drop(service);
    let mut service = open(folder.path(), another());
    service.begin(&ada(), &minute(60)).unwrap();
    choose(&mut service, "training", Some(90), 70);
    service.forget_before(&ada(), minute(50).wall).unwrap();
    let before = service.state(ADA).clone();
    drop(service);
    drop_projections_only(folder.path());
    let service = open(folder.path(), another());
    assert_eq!(*service.state(ADA), before);
}

fn drop_projections_only(folder: &Path) {
    let db = rusqlite::Connection::open(folder.join("halo.db")).unwrap();
    db.execute_batch("UPDATE projections SET fold = 0").unwrap();
}

#[test]
fn c22_a_policy_that_did_not_change_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    for start in 0..3 {
        let mut service = open(folder.path(), Policy::genesys());
        service.begin(&ada(), &minute(start)).unwrap();
        assert_eq!(service.state(ADA).seq(), 2, "the policy, and the sign-in");
    }
}

#[test]
fn c22_a_log_of_before_policies_were_kept_is_judged_by_the_first_that_is_known() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy("tests/fixtures/desk-of-version-3.db", folder.path().join("halo.db")).unwrap();
    let mut service = open(folder.path(), Policy::genesys());
    service.begin(&ada(), &minute(100)).unwrap();
    let before = history(&service);
    drop(service);
    drop_projections(folder.path());
    assert_eq!(history(&open(folder.path(), another())), before);
}
