//! What the person is told of their status, why, and what comes next.

use std::time::Duration;

use agent::{Row, Tag, Tick};
use protocol::{Intent, Reply, Request};
use signals::{Arm, Raw};

use crate::support::*;

#[test]
fn d12_an_away_by_lock_says_why_since_when_and_what_next_in_the_tray() {
    let mut device = Device::new();
    device.locks(60, true);
    assert_eq!(device.shows(), "away");
    let rows = device.rows(60);
    assert_eq!(rows[0], Row::Text("Away since 09:00: screen locked".to_owned()));
    assert_eq!(rows[1], Row::Action("Undo: show Available".to_owned(), Intent::Undo));
    let Some(Reply::Status { line, .. }) = device.asks(60, Request::Status) else { panic!("no status") };
    assert_eq!(line, "Away since 09:00, because the screen was locked. Back to Available when you return.");
}

#[test]
fn d10_the_menu_has_a_row_for_what_can_be_done_and_none_for_what_cannot() {
    fn actions(device: &Device, seconds: u64) -> Vec<Intent> {
        let action = |row| if let Row::Action(_, intent) = row { Some(intent) } else { None };
        device.rows(seconds).into_iter().filter_map(action).collect()
    }
    let mut device = Device::new();
    assert_eq!(actions(&device, 0), [Intent::Quit]);
    device.sets(10, "meal");
    assert_eq!(actions(&device, 10), [Intent::Back, Intent::Quit]);
    device.sets(15, "available");
    assert_eq!(actions(&device, 15), [Intent::Quit], "back from Available to Available changes nothing");
    device.locks(20, true);
    assert_eq!(actions(&device, 20), [Intent::Undo, Intent::Back, Intent::Quit]);
    let texts = device.rows(20).into_iter().filter(|row| matches!(row, Row::Text(_))).count();
    assert_eq!(texts, 2, "the heading, and For how long, which has no end to give now");
}

#[test]
fn d10_what_is_held_leads_to_where_it_came_from_or_to_the_window() {
    let mut device = Device::new();
    device.seen.0.borrow_mut().has_window = true;
    device.sets(1, "meeting");
    device.asks(2, chat());
    let with = protocol::Notice {
        kind: protocol::NoticeKind::Chat,
        from: None,
        urgent: false,
        text: "Case 4711".into(),
        open: Some("https://crm.example/4711".into()),
    };
    device.asks(3, Request::Do(Intent::Notify(with)));
    let held = device.rows(4).into_iter().find_map(|row| match row {
        Row::Menu { label, rows, .. } if label == "Held (2)" => Some(rows),
        _ => None,
    });
    let intents: Vec<_> = held
        .unwrap()
        .into_iter()
        .filter_map(|row| if let Row::Action(_, intent) = row { Some(intent) } else { None })
        .collect();
    assert_eq!(
        intents,
        [Intent::OpenHeld { id: 2 }, Intent::ShowHeld, Intent::ShowHeld, Intent::ClearHeld],
        "the newest first"
    );
    let shown = device.count();
    assert_eq!(device.does(5, Intent::ShowHeld), Reply::Done(None));
    assert_eq!((device.seen.0.borrow().opened, device.count()), (1, shown), "the window has the list");
}

#[test]
fn d10_one_click_on_a_row_sets_the_status() {
    let mut device = Device::new();
    let rows = device.rows(0);
    let meeting = rows.iter().find_map(|row| match row {
        Row::Choice { label, intent, .. } if label == "Meeting" => Some(intent.clone()),
        _ => None,
    });
    let _ = device.controller.handle(Tick::Clicked(meeting.unwrap()), at(5));
    assert_eq!(device.shows(), "meeting");
    let checked: Vec<_> = device
        .rows(5)
        .into_iter()
        .filter_map(|row| match row {
            Row::Choice { label, checked: true, .. } => Some(label),
            _ => None,
        })
        .collect();
    assert_eq!(checked, ["Meeting"]);
}

#[test]
fn d06_the_countdown_is_told_and_stay_takes_it_away() {
    let mut device = Device::new();
    device.senses(270, &Raw::IdleFor(Duration::from_secs(270)));
    assert_eq!(device.notification().tag, Tag::Countdown);
    assert_eq!(device.notification().summary, "Away in 30 s");
    assert!(device.seen.0.borrow().reports.last().unwrap().countdown.is_some());
    assert_eq!(device.does(280, Intent::Stay), Reply::Done(None));
    assert!(device.seen.0.borrow().reports.last().unwrap().countdown.is_none());
    assert_eq!(device.seen.0.borrow().withdrawn, [Tag::Countdown]);
}

#[test]
fn d06_no_countdown_where_idleness_changes_nothing() {
    let mut device = Device::new();
    device.sets(1, "busy");
    device.senses(271, &Raw::IdleFor(Duration::from_secs(270)));
    assert!(device.seen.0.borrow().reports.last().unwrap().countdown.is_none());
    assert_eq!(device.count(), 0);
}

#[test]
fn c13_after_a_choice_there_is_nothing_to_undo_and_words_say_so() {
    let mut device = Device::new();
    device.sets(60, "busy");
    let Reply::Refused(why) = device.does(61, Intent::Undo) else { panic!("not refused") };
    assert_eq!(why.line, "there is nothing to undo: you chose Busy yourself at 09:01. To end it: halo back");
}

#[test]
fn d12_a_choice_that_ended_by_itself_is_told_with_undo() {
    let mut device = Device::new();
    let lasts = Some(protocol::Lasts::For(600));
    device.does(1, Intent::Set { status: "meal".into(), lasts, message: None });
    device.controller.refresh(at(601));
    assert_eq!(device.shows(), "available");
    assert_eq!(device.notification().body, "Meal ended after 10 min.");
    assert_eq!(device.rows(601)[1], Row::Action("Undo: Meal again".to_owned(), Intent::Undo));
}

#[test]
fn d13_while_paused_nothing_is_sensed() {
    let mut device = Device::new();
    device.does(1, Intent::Pause { lasts: None });
    device.locks(2, true);
    assert_eq!(device.shows(), "available");
    assert!(device.seen.0.borrow().reports.last().unwrap().paused.is_some());
    assert_eq!(device.seen.0.borrow().armed, Arm::default());
}

#[test]
fn the_next_look_is_at_the_next_end_and_never_in_between() {
    let mut device = Device::new();
    assert_eq!(device.controller.next_look(at(0)), None);
    let lasts = Some(protocol::Lasts::For(600));
    device.does(10, Intent::Set { status: "meal".into(), lasts, message: None });
    assert_eq!(device.controller.next_look(at(10)), Some(at(610).boot));
}

#[test]
fn d12_a_call_says_why_and_what_next_and_one_undo_takes_it_back() {
    let mut device = Device::new();
    device.senses(60, &Raw::Call { busy: Some(true) });
    assert_eq!((device.shows().as_str(), device.controller.next_look(at(60))), ("available", Some(at(62).boot)));
    device.controller.refresh(at(62));
    let Some(Reply::Status { line, report }) = device.asks(62, Request::Status) else { panic!("no status") };
    assert_eq!(line, "Busy since 09:01, because you are on a call. Back to Available after that.");
    assert!(report.activity.on_call);
    assert_eq!(device.rows(62)[1], Row::Action("Undo: show Available".to_owned(), Intent::Undo));
    assert_eq!(device.does(70, Intent::Undo), Reply::Done(None));
    assert_eq!(device.shows(), "available");
    device.senses(80, &Raw::Call { busy: Some(false) });
    device.controller.refresh(at(82));
    device.senses(90, &Raw::Call { busy: Some(true) });
    device.controller.refresh(at(92));
    assert_eq!(device.shows(), "busy", "the next call is a new one");
    device.senses(99, &Raw::Call { busy: None });
    device.controller.refresh(at(101));
    assert_eq!((device.shows().as_str(), device.controller.next_look(at(101))), ("available", None));
}

#[test]
fn d05_a_call_ends_the_countdown_and_idleness_says_nothing_until_it_is_over() {
    let mut device = Device::new();
    device.senses(270, &Raw::IdleFor(Duration::from_secs(270)));
    let counts = |device: &Device| device.seen.0.borrow().reports.last().unwrap().countdown.is_some();
    assert!(counts(&device));
    device.senses(280, &Raw::Call { busy: Some(true) });
    device.controller.refresh(at(282));
    assert!(!counts(&device));
    device.senses(300, &Raw::IdleFor(Duration::from_secs(300)));
    assert_eq!(device.shows(), "busy");
    device.locks(310, true);
    assert_eq!(device.shows(), "away");
}

#[test]
fn g14_the_menu_marks_a_secondary_status_and_says_what_others_see() {
    let mut policy = presence::Policy::genesys();
    let busy = policy.statuses.iter().find(|status| status.id.as_str() == "busy").unwrap().clone();
    let labels = [("en".to_owned(), "Customer calls".to_owned())].into();
    policy.statuses.push(presence::Status { id: "customer_calls".into(), labels, ..busy });
    let mut device = Device::with(policy);
    let menu = |device: &Device| {
        let found = device.rows(60).into_iter().find_map(|row| match row {
            Row::Menu { label, rows, .. } if label.starts_with("Busy") => Some((label, rows)),
            _ => None,
        });
        let (label, rows) = found.unwrap();
        let checked = rows.into_iter().filter_map(|row| match row {
            Row::Choice { label, checked: true, .. } => Some(label),
            _ => None,
        });
        (label, checked.collect::<Vec<_>>())
    };
    assert_eq!(menu(&device), ("Busy".to_owned(), vec![]));
    device.sets(10, "customer_calls");
    assert_eq!(menu(&device), ("Busy: Customer calls ✓".to_owned(), vec!["Customer calls".to_owned()]));
    assert_eq!(device.rows(60)[1], Row::Text("Others see Busy".to_owned()));
    device.sets(20, "busy");
    assert_eq!(menu(&device), ("Busy ✓".to_owned(), vec!["Busy".to_owned()]));
    assert!(!device.rows(60).contains(&Row::Text("Others see Busy".to_owned())));
}

#[test]
fn d12_an_own_notice_does_not_say_its_title_twice() {
    let mut device = Device::new();
    device.senses(300, &Raw::IdleFor(Duration::from_secs(300)));
    let told = device.notification();
    assert_eq!(told.summary, "Away (Idle)");
    assert!(
        told.body.starts_with("Since 09:00, ") && told.body.ends_with("Back to Available when you return."),
        "{told:?}"
    );
}
