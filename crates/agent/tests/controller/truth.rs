//! What the program says of itself is so (D12).

use agent::{Row, Tick};
use jiff::{SignedDuration, Timestamp};
use presence::{Moment, Policy};
use protocol::{Intent, Lasts, Reply};
use signals::{LockSource, Raw};
use words::key;

use crate::support::{Device, at, busy_for, refused};

impl Device {
    fn back(&self, seconds: u64) -> Option<String> {
        self.rows(seconds).into_iter().find_map(|row| match row {
            Row::Action(label, Intent::Back) => Some(label),
            _ => None,
        })
    }

    fn heading(&self, seconds: u64) -> String {
        match self.rows(seconds).into_iter().next() {
            Some(Row::Text(heading)) => heading,
            other => panic!("no heading: {other:?}"),
        }
    }

    /// The first time that the menu offers as an end, as its row says it and as a click means it.
    fn first_end(&self, seconds: u64) -> (String, Timestamp) {
        fn find(rows: Vec<Row>) -> Option<(String, Timestamp)> {
            rows.into_iter().find_map(|row| match row {
                Row::Action(label, Intent::SetEnd { lasts: Some(Lasts::Until(at)) }) => Some((label, at)),
                Row::Menu { rows, .. } => find(rows),
                _ => None,
            })
        }
        find(self.rows(seconds)).expect("an end is offered")
    }
}

#[test]
fn d07_the_ends_that_the_menu_offers_are_of_the_services_clock_whatever_the_devices_shows() {
    let hour = 3600;
    // The device's clock shows nine.
    for (ahead, first, later) in [(2, "11:30", "14:30"), (-2, "07:30", "10:30"), (0, "09:30", "12:30")] {
        let mut device = Device::behind(SignedDuration::from_hours(ahead));
        device.sets(60, "busy");
        // Nothing has happened when the menu is opened three hours later.
        for (opened, end) in [(60, first), (60 + 3 * hour, later)] {
            let (label, at) = device.first_end(opened);
            assert_eq!((label.as_str(), at), (end, format!("2026-11-23T{end}:00Z").parse().unwrap()), "{ahead} h");
        }
    }
}

#[test]
fn d07_the_tray_is_shown_anew_once_a_clock_is_set_and_not_before() {
    let mut device = Device::new();
    device.seen.0.borrow_mut().tray = None;
    device.controller.refresh(at(600));
    assert!(device.seen.0.borrow().tray.is_none(), "nothing has changed but the time");
    let set = Moment { wall: at(7200).wall, boot: at(700).boot };
    device.controller.refresh(set);
    let tray = device.seen.0.borrow().tray.clone().expect("it is shown anew");
    assert!(tray.view(set.boot).text.starts_with("Available since"), "{}", tray.view(set.boot).text);
}

#[test]
fn d12_back_names_what_will_show_and_is_not_offered_where_nothing_changes() {
    let mut device = Device::new();
    assert_eq!(device.back(1), None);
    device.sets(10, "available");
    assert_eq!(device.back(11), None);
    let configure = Intent::Configure { key: "sign_in.status".into(), value: "busy".into() };
    assert_eq!(device.does(20, configure), Reply::Done(None));
    assert_eq!(device.back(21).as_deref(), Some("Back to Busy"));
    device.does(30, Intent::Set { status: "meal".into(), lasts: Some(protocol::Lasts::For(600)), message: None });
    assert_eq!(device.back(31).as_deref(), Some("Back to Available"), "a standing choice lies beneath");
}

#[test]
fn d12_after_a_meal_the_default_says_that_the_person_came_back_from_it() {
    let mut device = Device::new();
    assert!(device.heading(1).ends_with("your default status"), "{}", device.heading(1));
    device.does(10, busy_for(1));
    device.does(20, Intent::Back);
    assert!(device.heading(21).ends_with("because you came back from Busy"), "{}", device.heading(21));
    device.does(30, busy_for(1));
    device.controller.refresh(crate::support::at(90));
    assert!(device.heading(90).ends_with("because you came back from Busy"), "{}", device.heading(90));
}

#[test]
fn c05_back_at_a_locked_desk_brings_no_meal_back_that_had_ended() {
    let mut device = Device::new();
    device.does(10, Intent::Set { status: "meal".into(), lasts: Some(protocol::Lasts::For(60)), message: None });
    device.senses(20, &Raw::Lock { source: LockSource::Logind, locked: Some(true), idle: None });
    device.controller.refresh(crate::support::at(80));
    assert_eq!(device.shows(), "away");
    assert_eq!(device.back(80).as_deref(), Some("Back to Available"));
    device.does(81, Intent::Back);
    assert_eq!(device.shows(), "available");
}

#[test]
fn c17_another_idle_time_is_told_at_once() {
    let mut device = Device::new();
    let configure = Intent::Configure { key: "idle.after".into(), value: "60s".into() };
    assert_eq!(device.does(5, configure), Reply::Done(None));
    device.senses(10, &Raw::Lock { source: LockSource::Logind, locked: Some(true), idle: None });
    device.does(11, Intent::Undo);
    assert_eq!(device.shows(), "available");
    device.controller.refresh(crate::support::at(72));
    assert_eq!(device.shows(), "away");
}

#[test]
fn what_the_program_has_to_say_of_itself_is_said_in_the_persons_language() {
    let mut device = Device::new();
    device.does(1, Intent::Configure { key: "language".to_owned(), value: "de".to_owned() });
    let _ = device.controller.handle(Tick::Tell(key::FAULT_NO_TRAY, Vec::new()), at(2));
    assert!(device.notification().body.starts_with("Diese Arbeitsumgebung hat keinen Infobereich"));
    let target = ("target", "https://presence.example".to_owned());
    let _ = device.controller.handle(Tick::Tell(key::FAULT_NOT_OPENED, vec![target]), at(3));
    assert!(device.notification().body.starts_with("https://presence.example wurde nicht geöffnet"));
    let Reply::Refused(said) = device.does(4, Intent::SignOut) else { panic!("not refused") };
    assert_eq!(said.line, "You aren't signed in to a team's service. To sign in: halo sign-in ADDRESS");
    assert_eq!(said.words, "Sie sind bei keinem Dienst eines Teams angemeldet.");
}

#[test]
fn how_to_sign_out_is_said_where_the_policys_status_of_whoever_did_is_chosen() {
    let mut policy = Policy::genesys();
    let offline = policy.statuses.iter_mut().find(|status| status.id == "offline".into()).unwrap();
    offline.id = "gone".into();
    policy.signed_out.status = "gone".into();
    policy.connection.lost_status = "gone".into();
    let mut device = Device::with(policy);
    let choose = |status: &str| Intent::Set { status: status.into(), lasts: None, message: None };
    assert!(refused(device.does(1, choose("gone"))).ends_with("To sign out: halo quit"));
    assert!(!refused(device.does(2, choose("on_queue"))).contains("halo quit"));
}
