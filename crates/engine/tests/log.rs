//! The log keeps what was acknowledged, through crashes, reboots, damage and a full disk.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod common;

use std::path::Path;
use std::time::Duration;

use common::{ADA, Engine, ada, choose, minute, open, open_as, status};
use engine::{Beginning, LogError, Moment, Weight};
use log_sqlite::{Opened, Sharing, Sqlite};
use presence::{DeskSignal, End, Interval, Policy, Source, Span, Timestamp, What};
use protocol::{HeldAs, Notice, NoticeKind};
use roster::{Projection, Projections as _, Written};

fn lock(on: bool) -> What {
    What::Desk { signal: DeskSignal::Lock, on, last_input: None }
}

#[test]
fn f06_a_program_that_died_and_starts_again_changes_nothing_and_timers_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    assert_eq!(service.begin(&ada(), &minute(0)).unwrap(), Beginning::SignedIn);
    choose(&mut service, "meal", Some(minute(30)), &minute(5)).unwrap();
    drop(service);
    let (mut service, _) = open(folder.path());
    assert_eq!(service.begin(&ada(), &minute(20)).unwrap(), Beginning::Resumed);
    let meal = service.effective(ADA, minute(20).wall);
    assert_eq!((meal.status.as_str(), meal.since, meal.until), ("meal", minute(5).wall, Some(minute(30).wall)));
    service.advance(ADA, &minute(40));
    assert_eq!(status(&service, &minute(40)), "available");
    let ends: Vec<_> = service.history(ADA, &Span::default()).unwrap().iter().map(|interval| interval.end).collect();
    assert_eq!(ends, [Some(minute(5).wall), Some(minute(30).wall), None]);
}

#[test]
fn c10_after_a_reboot_without_a_clean_end_a_sign_in_and_an_unknown_stretch() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    service.begin(&ada(), &minute(0)).unwrap();
    choose(&mut service, "busy", None, &minute(5)).unwrap();
    drop(service);
    let (mut service, _) = open(folder.path());
    let rebooted = Moment { boot: Duration::from_secs(9), boot_id: "second".into(), ..minute(60) };
    assert_eq!(service.begin(&ada(), &rebooted).unwrap(), Beginning::SignedIn);
    assert_eq!(status(&service, &rebooted), "available");
    let history = service.history(ADA, &Span::default()).unwrap();
    let unknown = history.iter().find(|interval| interval.status.is_none()).unwrap();
    assert_eq!((unknown.start, unknown.end), (minute(5).wall, Some(minute(60).wall)));
}

#[test]
fn d07_a_clock_set_by_a_day_either_way_changes_no_duration() {
    for days in [-1, 1] {
        let folder = tempfile::tempdir().unwrap();
        let (mut service, _) = open(folder.path());
        service.begin(&ada(), &minute(0)).unwrap();
        choose(&mut service, "meal", Some(minute(40)), &minute(10)).unwrap();
        let set = |minutes| {
            let moment = minute(minutes);
            Moment { wall: moment.wall + jiff::SignedDuration::from_hours(24 * days), ..moment }
        };
        service.advance(ADA, &set(20));
        let meal = service.effective(ADA, set(20).wall);
        assert_eq!((meal.status.as_str(), meal.since, meal.until), ("meal", set(10).wall, Some(set(40).wall)));
        service.advance(ADA, &set(41));
        assert_eq!(status(&service, &set(41)), "available");
    }
}

#[test]
fn projections_can_be_dropped_and_are_folded_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    service.begin(&ada(), &minute(0)).unwrap();
    choose(&mut service, "meal", Some(minute(30)), &minute(5)).unwrap();
    service.record(&ada(), minute(10).wall, lock(true), Weight::Sensed, &minute(10)).unwrap();
    service.record(&ada(), minute(50).wall, lock(false), Weight::Sensed, &minute(50)).unwrap();
    let (state, history) = (service.state(ADA).clone(), service.history(ADA, &Span::default()).unwrap());
    assert_eq!(history.len(), 4, "{history:#?}");
    drop(service);
    let db = rusqlite::Connection::open(folder.path().join("halo.db")).unwrap();
    db.execute_batch("DELETE FROM projections; DELETE FROM intervals").unwrap();
    drop(db);
    let (service, _) = open(folder.path());
    assert_eq!(service.state(ADA), &state);
    assert_eq!(service.history(ADA, &Span::default()).unwrap(), history);
}

#[test]
fn a_log_of_a_newer_version_is_refused_in_words_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let path = folder.path().join("halo.db");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = open_as(folder.path(), Policy::genesys(), Sharing::Alone).unwrap_err();
    assert!(matches!(refused, LogError::Newer { found: 99, .. }), "{refused}");
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
        assert_eq!(service.begin(&ada(), &minute(0)).unwrap(), Beginning::SignedIn);
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, b"").unwrap();
    let policy = Policy::genesys();
    let refused = open_as(&blocked.join("halo"), policy, Sharing::Alone).unwrap_err();
    assert!(matches!(refused, LogError::NotWritable { .. }));
    assert!(refused.to_string().contains("Make the folder writable"), "{refused}");
}

#[test]
fn on_a_full_disk_a_choice_is_refused_and_a_lock_still_counts_and_is_written_later() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    service.begin(&ada(), &minute(0)).unwrap();
    service.keeper_mut().fill_disk_for_tests(true);
    let long = "x".repeat(100_000);
    let message = What::MessageSet { text: Some(long), until: None };
    let refused = service.record(&ada(), minute(1).wall, message, Weight::Asked, &minute(1)).unwrap_err();
    assert!(matches!(refused, LogError::Full(_)), "{refused}");
    assert_eq!(service.effective(ADA, minute(1).wall).message, None, "what was refused does not count");
    let mut filled = 0;
    while service.waiting() == 0 {
        filled += 1;
        assert!(filled < 10_000);
        service.record(&ada(), minute(2).wall, lock(filled % 2 == 1), Weight::Sensed, &minute(2)).unwrap();
    }
    service.record(&ada(), minute(3).wall, lock(true), Weight::Sensed, &minute(3)).unwrap();
    assert_eq!(status(&service, &minute(3)), "away");
    service.keeper_mut().fill_disk_for_tests(false);
    service.flush().unwrap();
    assert_eq!(service.waiting(), 0);
    let state = service.state(ADA).clone();
    drop(service);
    assert_eq!(open(folder.path()).0.state(ADA), &state);
}

#[cfg(unix)]
#[test]
fn only_the_person_can_read_the_log() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("halo");
    let (mut service, _) = open(&data);
    service.begin(&ada(), &minute(0)).unwrap();
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
    service.begin(&ada(), &minute(0)).unwrap();
    let message = What::MessageSet { text: Some("a very private remark".into()), until: None };
    service.record(&ada(), minute(1).wall, message, Weight::Asked, &minute(1)).unwrap();
    service
        .record(&ada(), minute(2).wall, What::MessageSet { text: None, until: None }, Weight::Asked, &minute(2))
        .unwrap();
    choose(&mut service, "busy", None, &minute(5)).unwrap();
    service.delete_history(&ada()).unwrap();
    assert_eq!(service.history(ADA, &Span::default()).unwrap().len(), 1);
    drop(service);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("private remark"));
    }
    let (mut service, _) = open(folder.path());
    service.begin(&ada(), &minute(10)).unwrap();
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
    service.begin(&ada(), &minute(0)).unwrap();
    choose(&mut service, "busy", None, &minute(5)).unwrap();
    choose(&mut service, "meal", Some(minute(100)), &minute(60)).unwrap();
    assert!(service.forget_before(&ada(), minute(30).wall).unwrap() > 0);
    let history = service.history(ADA, &Span::default()).unwrap();
    assert_eq!(history.first().unwrap().status.as_ref().unwrap().as_str(), "busy");
    let state = service.state(ADA).clone();
    drop(service);
    let db = rusqlite::Connection::open(folder.path().join("halo.db")).unwrap();
    db.execute_batch("DELETE FROM projections").unwrap();
    drop(db);
    let (mut service, _) = open(folder.path());
    assert_eq!(service.state(ADA), &state);
    service.advance(ADA, &minute(100));
    assert_eq!(service.effective(ADA, minute(100).wall).reason.source, Source::Manual);
    assert_eq!(status(&service, &minute(100)), "busy");
}

#[test]
fn c24_one_day_of_what_is_too_old_goes_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    let day = 24 * 60;
    service.begin(&ada(), &minute(0)).unwrap();
    for n in 0..10 {
        choose(&mut service, if n % 2 == 0 { "busy" } else { "meal" }, None, &minute(n * day + 60)).unwrap();
    }
    let kept = |service: &Engine| service.history(ADA, &Span::default()).unwrap().len();
    assert_eq!(kept(&service), 11);
    let keep = jiff::SignedDuration::from_hours(24);
    assert_eq!(service.forget_a_day(&ada(), keep, minute(30).wall).unwrap(), 0);
    assert_eq!(kept(&service), 11);
    // Years too old by this clock, and yet a day's worth goes.
    let wrong = minute(1000 * day).wall;
    let mut left = Vec::new();
    while left.last() != Some(&kept(&service)) {
        left.push(kept(&service));
        service.forget_a_day(&ada(), keep, wrong).unwrap();
    }
    assert!(left.windows(2).all(|pair| pair[0] - pair[1] <= 2) && left.len() > 5, "{left:?}");
    assert_eq!(left.last(), Some(&1), "what lasts is kept");
}

#[test]
fn a_log_whose_place_another_file_has_taken_is_kept_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    service.begin(&ada(), &minute(0)).unwrap();
    choose(&mut service, "busy", None, &minute(5)).unwrap();
    let aside = service.keeper_mut().keep_aside().unwrap();
    assert_eq!(aside.file_name().unwrap(), "halo.db.kept-1");
    drop(service);
    let restored = tempfile::tempdir().unwrap();
    std::fs::rename(aside, restored.path().join("halo.db")).unwrap();
    assert_eq!(status(&open(restored.path()).0, &minute(6)), "busy");
}

#[test]
fn d09_what_is_held_survives_a_crash_and_goes_when_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    let notice = Notice {
        kind: NoticeKind::Chat,
        from: Some("Mara".into()),
        urgent: false,
        text: "The Lund case".into(),
        open: None,
    };
    service.hold(ADA, &notice, HeldAs::Held, minute(1).wall).unwrap();
    drop(service);
    let (mut service, _) = open(folder.path());
    let held = service.held(ADA).unwrap();
    assert_eq!((held.len(), held[0].text.as_str(), held[0].told), (1, "The Lund case", false));
    // Another comes while the digest of the first is on its way.
    service.hold(ADA, &notice, HeldAs::Held, minute(2).wall).unwrap();
    service.mark_told(ADA, held[0].id).unwrap();
    let told: Vec<bool> = service.held(ADA).unwrap().iter().map(|item| item.told).collect();
    assert_eq!(told, [true, false]);
    assert_eq!(service.clear_held(ADA, u64::MAX).unwrap(), 2);
    assert_eq!(service.held(ADA).unwrap(), []);
}

fn correct(service: &mut Engine, from: i64, to: i64, status: &str, reason: &str, now: &Moment) {
    let (from, to) = (minute(from).wall, minute(to).wall);
    let what = What::Corrected { from, to, status: status.into(), reason: reason.into() };
    service.record(&ada(), now.wall, what, Weight::Asked, now).unwrap();
}

/// `busy 5–60`, in minutes; `*` marks what was corrected.
fn lines(history: &[Interval]) -> Vec<String> {
    let minutes = |at: Timestamp| at.duration_since(minute(0).wall).as_mins();
    let line = |one: &Interval| {
        let status = one.status.as_ref().map_or("unknown", |id| id.as_str());
        let mark = if one.correction.is_some() { "*" } else { "" };
        let end = one.end.map(|end| minutes(end).to_string()).unwrap_or_default();
        format!("{status}{mark} {}–{end}", minutes(one.start))
    };
    history.iter().map(line).collect()
}

fn history(service: &Engine) -> Vec<String> {
    lines(&service.history(ADA, &Span::default()).unwrap())
}

/// Whether any file of the log holds these words, as plain bytes.
fn mentions(folder: &Path, words: &str) -> bool {
    let files = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
    files.into_iter().any(|bytes| bytes.windows(words.len()).any(|window| window == words.as_bytes()))
}

#[test]
fn r07_a_correction_survives_a_crash_and_projections_that_were_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    service.begin(&ada(), &minute(0)).unwrap();
    choose(&mut service, "busy", None, &minute(10)).unwrap();
    choose(&mut service, "meal", None, &minute(60)).unwrap();
    correct(&mut service, 20, 40, "meeting", "the Lund people came", &minute(70));
    correct(&mut service, 30, 65, "break", "and then coffee", &minute(71));
    let corrected = ["available 0–10", "busy 10–20", "meeting* 20–30", "break* 30–60", "break* 60–65", "meal 65–"]
        .map(str::to_owned);
    assert_eq!(history(&service), corrected);
    drop(service);
    assert_eq!(history(&open(folder.path()).0), corrected);
    let db = rusqlite::Connection::open(folder.path().join("halo.db")).unwrap();
    db.execute_batch("DELETE FROM projections; DELETE FROM intervals; DELETE FROM corrections").unwrap();
    drop(db);
    let (service, _) = open(folder.path());
    assert_eq!(history(&service), corrected);
    assert_eq!(status(&service, &minute(72)), "meal", "the present is left alone");
}

#[test]
fn r07_a_part_of_the_history_shows_its_corrections_and_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    service.begin(&ada(), &minute(0)).unwrap();
    choose(&mut service, "busy", None, &minute(10)).unwrap();
    choose(&mut service, "meal", None, &minute(60)).unwrap();
    correct(&mut service, 20, 40, "meeting", "Lund", &minute(70));
    let asked =
        |since: i64, until: i64| Span { since: Some(minute(since).wall), until: Some(minute(until).wall), limit: None };
    let part = |span: &Span| lines(&service.history(ADA, span).unwrap());
    assert_eq!(part(&asked(25, 35)), ["meeting* 20–40"]);
    assert_eq!(part(&asked(0, 20)), ["available 0–10", "busy 10–20"]);
    assert_eq!(part(&asked(40, 60)), ["busy 40–60"]);
    assert_eq!(part(&Span::since(minute(50).wall)), ["busy 40–60", "meal 60–"]);
    assert_eq!(service.kept_since(ADA).unwrap(), Some(minute(0).wall));
}

#[test]
fn r07_a_deleted_history_takes_the_corrections_and_their_reasons_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    service.begin(&ada(), &minute(0)).unwrap();
    choose(&mut service, "busy", None, &minute(10)).unwrap();
    // The last fact of the log, and of the stretch that goes on.
    correct(&mut service, 10, 30, "meeting", "the dentist of Lund", &minute(30));
    assert!(mentions(folder.path(), "dentist"), "before, it is in the log");
    service.delete_history(&ada()).unwrap();
    assert_eq!(history(&service), ["busy 10–"]);
    assert!(!mentions(folder.path(), "dentist"), "after, no file holds the words");
    drop(service);
    let db = rusqlite::Connection::open(folder.path().join("halo.db")).unwrap();
    db.execute_batch("DELETE FROM projections; DELETE FROM intervals").unwrap();
    drop(db);
    let (mut service, _) = open(folder.path());
    assert_eq!(service.begin(&ada(), &minute(40)).unwrap(), Beginning::Resumed);
    assert_eq!((history(&service), status(&service, &minute(40))), (vec!["busy 10–".to_owned()], "busy".to_owned()));
    correct(&mut service, 10, 40, "break", "anew", &minute(40));
    assert_eq!(history(&service), ["break* 10–40", "busy 40–"]);
}

#[test]
fn a_message_that_ended_by_itself_is_erased_though_it_was_the_last_fact() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    service.begin(&ada(), &minute(0)).unwrap();
    let until = Some(End { at: minute(2).wall, fixed: false });
    let message = What::MessageSet { text: Some("a very private remark".into()), until };
    service.record(&ada(), minute(1).wall, message, Weight::Asked, &minute(1)).unwrap();
    service.advance(ADA, &minute(3));
    service.delete_history(&ada()).unwrap();
    assert!(!mentions(folder.path(), "private remark"));
}

#[test]
fn r07_retention_takes_corrections_of_what_it_takes_and_keeps_those_of_what_it_keeps() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    service.begin(&ada(), &minute(0)).unwrap();
    choose(&mut service, "busy", None, &minute(10)).unwrap();
    correct(&mut service, 0, 10, "break", "an early coffee", &minute(20));
    correct(&mut service, 12, 15, "meeting", "a visit from Lund", &minute(20));
    choose(&mut service, "meal", None, &minute(60)).unwrap();
    choose(&mut service, "available", None, &minute(90)).unwrap();
    // Busy began before that and ended after: it is kept, so what was said of it is kept, though said before.
    for _ in 0..2 {
        service.forget_before(&ada(), minute(30).wall).unwrap();
        let kept = ["busy 10–12", "meeting* 12–15", "busy 15–60", "meal 60–90", "available 90–"];
        assert_eq!(history(&service), kept);
    }
    let state = service.state(ADA).clone();
    drop(service);
    let db = rusqlite::Connection::open(folder.path().join("halo.db")).unwrap();
    db.execute_batch("DELETE FROM projections; DELETE FROM intervals; DELETE FROM corrections").unwrap();
    let facts = |words: &str| -> i64 {
        db.query_row("SELECT count(*) FROM entries WHERE instr(facts, ?1)", [words], |row| row.get(0)).unwrap()
    };
    assert_eq!([facts("early coffee"), facts("visit from Lund")], [0, 1]);
    drop(db);
    let (mut service, _) = open(folder.path());
    assert_eq!(service.state(ADA), &state);
    assert_eq!(history(&service)[..2], ["busy 10–12", "meeting* 12–15"]);
    service.forget_before(&ada(), minute(70).wall).unwrap();
    assert_eq!(history(&service), ["meal 60–90", "available 90–"]);
    drop(service);
    assert!(!mentions(folder.path(), "visit from Lund"));
}

#[test]
fn r07_five_hundred_corrections_of_one_day_come_out_in_order_and_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    service.begin(&ada(), &minute(0)).unwrap();
    choose(&mut service, "busy", None, &minute(500)).unwrap();
    let each = (0..500).map(|n| What::Corrected {
        from: minute(n).wall,
        to: minute(n + 1).wall,
        status: ["meeting", "break"][usize::try_from(n % 2).unwrap()].into(),
        reason: format!("number {n}"),
    });
    service.record_asked(&ada(), each.map(|what| (minute(600).wall, what)), &minute(600)).unwrap();
    let found = service.history(ADA, &Span::default()).unwrap();
    assert_eq!(found.len(), 501);
    assert!(found.windows(2).all(|pair| pair[0].end == Some(pair[1].start)));
    assert_eq!(found[499].correction.as_ref().unwrap().reason, "number 499");
    // And the same stretch once more by one that covers them all.
    correct(&mut service, 0, 500, "training", "all of it", &minute(601));
    assert_eq!(history(&service), ["training* 0–500", "busy 500–"]);
}

/// Five years of forty intervals a day, up to minute 0.
fn five_years(folder: &Path) -> Engine {
    const INTERVALS: i64 = 5 * 365 * 40;
    let (mut service, _) = open(folder);
    service.begin(&ada(), &minute(0)).unwrap();
    drop(service);
    let length = jiff::SignedDuration::from_mins(36);
    let interval = |n: i64| {
        let start = minute(0).wall - length * i32::try_from(INTERVALS - n).unwrap();
        Interval {
            primary: None,
            status: Some(["available", "busy", "meal", "away"][usize::try_from(n % 4).unwrap()].into()),
            source: Source::Manual,
            detail: None,
            message: None,
            start,
            end: Some(start + length),
            correction: None,
        }
    };
    let closed: Vec<_> = (0..INTERVALS).map(interval).collect();
    let (mut keeper, _) = Sqlite::open(folder, Sharing::Alone).unwrap();
    let Projection { seq, state } = keeper.projection(ADA, presence::FOLD_VERSION).unwrap().unwrap();
    let written = Written { fold: presence::FOLD_VERSION, seq, state: &state, closed: &closed, corrections: &[] };
    keeper.project(&[(ADA, written)]).unwrap();
    drop(keeper);
    open(folder).0
}

#[test]
fn bad_input_five_years_of_history_are_read_page_by_page_and_any_week_alone() {
    let folder = tempfile::tempdir().unwrap();
    let service = five_years(folder.path());
    let mut span = Span { limit: Some(1000), ..Span::default() };
    let mut paged = Vec::new();
    loop {
        let page = service.history(ADA, &span).unwrap();
        assert!(page.len() <= 1001, "the one that lasts comes along");
        span.since = page.last().unwrap().end;
        paged.extend(page);
        if span.since.is_none() {
            break;
        }
    }
    assert_eq!(paged.len(), 73_001);
    assert!(paged.windows(2).all(|pair| pair[0].end == Some(pair[1].start)), "nothing is lost between two pages");
    assert_eq!(paged, service.history(ADA, &Span::default()).unwrap());
    let week = jiff::SignedDuration::from_hours(7 * 24);
    let oldest = service.kept_since(ADA).unwrap().unwrap();
    assert_eq!(Some(oldest), paged.first().map(|interval| interval.start));
    for weeks in [0, 100, 259] {
        let since = oldest + week * weeks;
        let span = Span { since: Some(since), until: Some(since + week), limit: None };
        assert_eq!(service.history(ADA, &span).unwrap().len(), 280);
    }
}

#[test]
fn a_clock_that_was_set_back_shuffles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    service.begin(&ada(), &minute(0)).unwrap();
    choose(&mut service, "busy", None, &minute(10)).unwrap();
    let set_back = |minutes| {
        let moment = minute(minutes);
        Moment { wall: moment.wall - jiff::SignedDuration::from_hours(24), ..moment }
    };
    choose(&mut service, "meal", None, &set_back(20)).unwrap();
    choose(&mut service, "available", None, &set_back(30)).unwrap();
    let statuses = |history: Vec<Interval>| -> Vec<String> {
        history.into_iter().map(|interval| interval.status.unwrap().to_string()).collect()
    };
    assert_eq!(statuses(service.history(ADA, &Span::default()).unwrap()), ["available", "busy", "meal", "available"]);
}

#[test]
fn intervals_that_ended_together_stay_on_one_page() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, _) = open(folder.path());
    service.begin(&ada(), &minute(0)).unwrap();
    for n in 1..5 {
        choose(&mut service, ["busy", "meal"][usize::try_from(n % 2).unwrap()], None, &minute(10 * n)).unwrap();
    }
    drop(service);
    let db = rusqlite::Connection::open(folder.path().join("halo.db")).unwrap();
    // As after a clock that was set back and ran on.
    db.execute("INSERT INTO intervals SELECT person, start + 1, ended, status, primary_status, source, detail, message FROM intervals LIMIT 1", []).unwrap();
    drop(db);
    let (service, _) = open(folder.path());
    let page = |limit| service.history(ADA, &Span { limit: Some(limit), ..Span::default() }).unwrap().len();
    assert_eq!([page(1), page(2), page(3), page(99)], [2, 2, 3, 6]);
}
