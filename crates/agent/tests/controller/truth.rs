//! What the program says of itself is so (D12).

use agent::Row;
use protocol::{Intent, Reply};
use signals::{LockSource, Raw};

use crate::support::{Device, busy_for};

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
