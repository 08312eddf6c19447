//! What is chosen once and holds.

use agent::{NotBound, Tick};
use protocol::{Intent, Reply, Request};
use tokio::sync::oneshot;

use crate::support::*;

#[test]
fn c02_a_narrowed_away_takes_effect_at_once() {
    let mut device = Device::new();
    device.locks(5, true);
    let narrow = |value: &str| Intent::Configure { key: "away.covers".into(), value: value.into() };
    assert_eq!(device.does(10, narrow("none")), Reply::Done(None));
    assert_eq!(device.shows(), "available");
    assert_eq!(device.does(20, narrow("available")), Reply::Done(None));
    assert_eq!(device.shows(), "away");
    let why = refused(device.does(30, narrow("meeting")));
    assert!(why.contains("none, or some of available, on_queue, busy"), "{why}");
}

#[test]
fn d13_calls_can_be_switched_off() {
    let mut device = Device::new();
    assert!(device.seen.0.borrow().tells_calls);
    let switch = |on: &str| Intent::Configure { key: "call.auto".into(), value: on.into() };
    assert_eq!(device.does(10, switch("off")), Reply::Done(None));
    assert!(!device.seen.0.borrow().tells_calls);
    assert!(refused(device.does(20, switch("sometimes"))).contains("true or false"));
}

#[test]
fn starting_with_the_session_is_for_the_desktop_to_say() {
    let mut device = Device::new();
    let value = |device: &mut Device| match device.asks(5, Request::Settings { key: Some("start.with_session".into()) })
    {
        Some(Reply::Settings(settings)) => settings[0].value.clone(),
        other => panic!("no setting: {other:?}"),
    };
    let set = |value: &str| Intent::Configure { key: "start.with_session".into(), value: value.into() };
    assert_eq!(value(&mut device), "false");
    assert_eq!(device.does(10, set("on")), Reply::Done(None));
    assert_eq!(value(&mut device), "true");
    device.seen.0.borrow_mut().starts_with_session = false;
    assert_eq!(value(&mut device), "false", "somebody took it away");
    assert!(refused(device.does(20, set("always"))).contains("true or false"));
}

fn shortcut(keys: &str) -> Intent {
    Intent::Configure { key: "shortcut".into(), value: keys.into() }
}

impl Device {
    fn asks_for_shortcut(&mut self, seconds: u64, keys: &str) -> oneshot::Receiver<Reply> {
        let (reply, answer) = oneshot::channel();
        let _ = self.controller.handle(Tick::Asked(Request::Do(shortcut(keys)), reply), at(seconds));
        answer
    }

    fn binds(&mut self, seconds: u64, keys: &str, result: Result<(), NotBound>) {
        let _ = self.controller.handle(Tick::Bound(keys.parse().unwrap(), result), at(seconds));
    }

    fn shortcut(&mut self, seconds: u64) -> String {
        match self.asks(seconds, Request::Settings { key: Some("shortcut".into()) }) {
            Some(Reply::Settings(settings)) => settings[0].value.clone(),
            other => panic!("no setting: {other:?}"),
        }
    }
}

#[test]
fn d11_a_shortcut_is_kept_once_the_desktop_has_bound_it() {
    let mut device = Device::new();
    let mut answer = device.asks_for_shortcut(10, "ctrl+alt+h");
    assert!(answer.try_recv().is_err());
    assert_eq!(device.shortcut(10), "");
    device.binds(11, "Ctrl+Alt+H", Ok(()));
    assert_eq!(answer.try_recv(), Ok(Reply::Done(None)));
    assert_eq!(device.shortcut(11), "Ctrl+Alt+H");
    assert_eq!(device.does(12, shortcut("none")), Reply::Done(None));
    assert_eq!(device.shortcut(12), "");
    assert_eq!(device.seen.0.borrow().bound, [Some("Ctrl+Alt+H".to_owned()), None]);
}

#[test]
fn d11_a_shortcut_that_another_program_has_is_refused_and_not_kept() {
    let mut device = Device::new();
    let mut answer = device.asks_for_shortcut(10, "Ctrl+Alt+H");
    device.binds(11, "Ctrl+Alt+H", Err(NotBound::Taken));
    let why = refused(answer.try_recv().unwrap());
    assert!(why.contains("Ctrl+Alt+H belongs to another program"), "{why}");
    assert_eq!(device.shortcut(11), "");
    assert!(refused(device.does(12, shortcut("H"))).contains("keys such as Ctrl+Alt+H"));
    assert_eq!(device.seen.0.borrow().bound.len(), 1, "a lone letter is not even asked for");
}

#[test]
fn d11_of_two_shortcuts_asked_for_at_once_the_later_one_is_refused() {
    let mut device = Device::new();
    let mut first = device.asks_for_shortcut(10, "Ctrl+Alt+H");
    assert!(refused(device.does(10, shortcut("Ctrl+Alt+J"))).contains("Ctrl+Alt+H is being set just now"));
    device.binds(11, "Ctrl+Alt+H", Ok(()));
    assert_eq!(first.try_recv(), Ok(Reply::Done(None)));
    assert_eq!(device.shortcut(12), "Ctrl+Alt+H");
}
