//! A shell that writes down what it is asked for, and a program between it and a hub in memory.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use agent::{Controller, Credentials, Locale, Notification, Row, Settings, Shell, Shortcut, Tag, Tick, Tray};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use presence::{Moment, Policy};
use protocol::{Check, Intent, Lasts, Notice, NoticeKind, Reply, Report, Request};
use signals::{Arm, LockSource, Raw};
use tokio::sync::oneshot;
use words::Language;

use crate::memory_hub::MemoryHub;

#[derive(Default)]
pub struct Seen {
    pub tray: Option<Tray>,
    pub reports: Vec<Report>,
    pub notifications: Vec<Notification>,
    pub withdrawn: Vec<Tag>,
    pub armed: Arm,
    pub has_window: bool,
    pub opened: usize,
    pub targets: Vec<String>,
    pub closed: usize,
    pub starts_with_session: bool,
    pub tells_calls: bool,
    pub bound: Vec<Option<String>>,
}

#[derive(Clone, Default)]
pub struct Recorder(pub Rc<RefCell<Seen>>);

impl Shell for Recorder {
    fn show_tray(&mut self, tray: &Tray) {
        self.0.borrow_mut().tray = Some(tray.clone());
    }
    fn publish(&mut self, report: &Report, _line: &str) {
        self.0.borrow_mut().reports.push(report.clone());
    }
    fn notify(&mut self, notification: Notification) {
        self.0.borrow_mut().notifications.push(notification);
    }
    fn withdraw(&mut self, tag: Tag) {
        self.0.borrow_mut().withdrawn.push(tag);
    }
    fn arm(&mut self, arm: Arm) {
        self.0.borrow_mut().armed = arm;
    }
    fn sleep_recorded(&mut self) {}
    fn pause_sensing(&mut self, _paused: bool) {}
    fn tell_calls(&mut self, calls: bool) {
        self.0.borrow_mut().tells_calls = calls;
    }
    fn save_settings(&mut self, _before: &Settings, _after: &Settings) -> Result<(), String> {
        Ok(())
    }
    fn bind_shortcut(&mut self, shortcut: Option<&Shortcut>) {
        self.0.borrow_mut().bound.push(shortcut.map(ToString::to_string));
    }
    fn starts_with_session(&self) -> bool {
        self.0.borrow().starts_with_session
    }
    fn start_with_session(&mut self, on: bool) -> Result<(), String> {
        self.0.borrow_mut().starts_with_session = on;
        Ok(())
    }
    fn has_window(&self) -> bool {
        self.0.borrow().has_window
    }
    fn open_window(&mut self, _reply: &mut Option<oneshot::Sender<Reply>>) -> Result<(), String> {
        let mut seen = self.0.borrow_mut();
        seen.opened += 1;
        if seen.has_window { Ok(()) } else { Err("there is no window".to_owned()) }
    }
    fn open_target(&mut self, target: &str) -> Result<(), String> {
        self.0.borrow_mut().targets.push(target.to_owned());
        Ok(())
    }
    fn close_window(&mut self) {
        self.0.borrow_mut().closed += 1;
    }
    fn sign_in(&mut self, _credentials: Credentials, _language: Language, _reply: Option<oneshot::Sender<Reply>>) {}
    fn sign_out(&mut self, _language: Language, _reply: Option<oneshot::Sender<Reply>>) {}
    fn checks(&self) -> Vec<Check> {
        Vec::new()
    }
}

/// A program that runs since nine o'clock; times are seconds after that.
pub struct Device {
    pub controller: Controller<Recorder>,
    pub seen: Recorder,
}

pub fn at(seconds: u64) -> Moment {
    let nine: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
    let wall = nine + SignedDuration::from_secs(i64::try_from(seconds).unwrap());
    Moment { wall, boot: Duration::from_secs(10_000 + seconds) }
}

impl Device {
    pub fn new() -> Self {
        Self::with(Policy::genesys())
    }

    /// In an organisation with that policy.
    pub fn with(policy: Policy) -> Self {
        Self::of(MemoryHub::signed_in(policy, at(0)))
    }

    /// With a clock that is behind the service's by so much.
    pub fn behind(ahead: SignedDuration) -> Self {
        Self::of(MemoryHub::ahead(Policy::genesys(), at(0), ahead))
    }

    fn of(hub: MemoryHub) -> Self {
        let seen = Recorder::default();
        let locale = Locale { zone: || TimeZone::UTC, language: Language::English };
        let mut controller = Controller::new(Box::new(hub), seen.clone(), Settings::default(), None, locale);
        controller.refresh(at(0));
        let mut device = Self { controller, seen };
        device.senses(0, &Raw::IdleFor(Duration::ZERO));
        device.senses(0, &Raw::Lock { source: LockSource::Logind, locked: Some(false), idle: None });
        device
    }

    pub fn senses(&mut self, seconds: u64, raw: &Raw) {
        self.controller.sense(raw, at(seconds));
    }

    pub fn locks(&mut self, seconds: u64, locked: bool) {
        // The last input was at the start.
        let idle = locked.then_some(Duration::from_secs(seconds));
        self.senses(seconds, &Raw::Lock { source: LockSource::Logind, locked: Some(locked), idle });
    }

    pub fn asks(&mut self, seconds: u64, request: Request) -> Option<Reply> {
        let (reply, mut answer) = oneshot::channel();
        let _ = self.controller.handle(Tick::Asked(request, reply), at(seconds));
        answer.try_recv().ok()
    }

    pub fn does(&mut self, seconds: u64, intent: Intent) -> Reply {
        self.asks(seconds, Request::Do(intent)).unwrap()
    }

    pub fn sets(&mut self, seconds: u64, status: &str) {
        let set = Intent::Set { status: status.into(), lasts: None, message: None };
        assert_eq!(self.does(seconds, set), Reply::Done(None));
    }

    pub fn shows(&self) -> String {
        self.seen.0.borrow().reports.last().unwrap().status.clone()
    }

    pub fn notification(&self) -> Notification {
        self.seen.0.borrow().notifications.last().cloned().unwrap()
    }

    pub fn count(&self) -> usize {
        self.seen.0.borrow().notifications.len()
    }

    pub fn rows(&self, seconds: u64) -> Vec<Row> {
        self.seen.0.borrow().tray.as_ref().unwrap().view(at(seconds).boot).menu
    }
}

pub fn busy_for(minutes: u64) -> Intent {
    Intent::Set { status: "busy".into(), lasts: Some(Lasts::For(minutes * 60)), message: None }
}

pub fn refused(reply: Reply) -> String {
    match reply {
        Reply::Refused(said) => said.line,
        other => panic!("not refused: {other:?}"),
    }
}

pub fn chat() -> Request {
    let notice = Notice {
        kind: NoticeKind::Chat,
        from: Some("Mara".into()),
        urgent: false,
        text: "The Lund case".into(),
        open: None,
    };
    Request::Do(Intent::Notify(notice))
}
