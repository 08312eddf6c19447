//! A hub in memory, a shell that writes down what it is asked for, and a program between the two.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use agent::{
    Controller, Credentials, Hub, Locale, Notification, Refusal, Row, Settings, Shell, Shortcut, Tag, Tick, Tray,
};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use presence::{Correction, DeviceId, Effective, Fact, Interval, Moment, Policy, Span, State, What};
use protocol::{Check, Connection, HeldAs, HeldItem, Intent, Lasts, Notice, NoticeKind, Reply, Report, Request};
use signals::{Arm, LockSource, Raw};
use tokio::sync::oneshot;
use words::Language;

#[derive(Debug)]
struct MemoryHub {
    state: State,
    policy: Policy,
    device: DeviceId,
    held: Vec<HeldItem>,
    closed: Vec<Interval>,
    corrections: Vec<Correction>,
    /// Where the service's clock is not this device's: how far it is ahead of that of the test.
    ahead: Option<SignedDuration>,
}

impl MemoryHub {
    fn record(&mut self, at: Timestamp, what: What, now: Moment) {
        let fact = Fact { seq: self.state.seq() + 1, at, recorded: now.wall, device: self.device.clone(), what };
        self.corrections.extend(Correction::of(&fact));
        self.closed.extend(self.state.apply(&fact, &self.policy));
    }
}

impl Hub for MemoryHub {
    fn clock(&self, now: Moment) -> Moment {
        self.ahead.map_or(now, |ahead| Moment { wall: at(now.boot.as_secs() - 10_000).wall + ahead, boot: now.boot })
    }
    fn ask_all(&mut self, whats: Vec<What>, now: Moment) -> Result<(), Refusal> {
        for what in whats {
            self.record(now.wall, what, now);
        }
        Ok(())
    }
    fn sense(&mut self, at: Timestamp, what: What, now: Moment) {
        self.record(at, what, now);
    }
    fn advance(&mut self, now: Moment) {
        self.closed.extend(self.state.advance(&self.policy, now.wall));
    }
    fn effective(&self, now: Timestamp) -> Effective {
        self.state.effective(&self.policy, now)
    }
    fn state(&self) -> &State {
        &self.state
    }
    fn policy(&self) -> &Policy {
        &self.policy
    }
    fn device(&self) -> &DeviceId {
        &self.device
    }
    fn person(&self) -> String {
        "Ada King".to_owned()
    }
    fn is_behind(&self) -> bool {
        false
    }
    fn connection(&self) -> Connection {
        Connection::Embedded
    }
    fn fetch(&mut self, request: Request, _language: Language, reply: oneshot::Sender<Reply>) {
        if let Request::History { since, until, .. } = request {
            let history = self.recent(&Span { since, until, limit: None }).unwrap();
            let history = history.into_iter().map(|one| protocol::Interval::of(one, &self.policy)).collect();
            reply.send(Reply::History(history)).unwrap();
        }
    }
    fn recent(&self, span: &Span) -> Result<Vec<Interval>, Refusal> {
        let mut history: Vec<_> = self.closed.iter().cloned().chain(self.state.current_interval()).collect();
        history = presence::corrected(history, &self.corrections);
        history.retain(|interval| span.covers(interval));
        Ok(history)
    }
    fn kept_since(&self) -> Result<Option<Timestamp>, Refusal> {
        Ok(self.recent(&Span::default())?.first().map(|interval| interval.start))
    }
    fn keep_history(&mut self, _keep: Option<SignedDuration>, _now: Moment) {}
    fn hold(&mut self, notice: &Notice, held_as: HeldAs, now: Moment) -> Result<(), Refusal> {
        self.held.push(HeldItem {
            id: self.held.len() as u64 + 1,
            at: now.wall,
            kind: notice.kind,
            from: notice.from.clone(),
            text: notice.text.clone(),
            urgent: notice.urgent,
            held_as,
            told: false,
            open: notice.open.clone(),
        });
        Ok(())
    }
    fn held(&self) -> Result<Vec<HeldItem>, Refusal> {
        Ok(self.held.clone())
    }
    fn mark_told(&mut self, up_to: u64) -> Result<(), Refusal> {
        self.held.iter_mut().filter(|item| item.id <= up_to).for_each(|item| item.told = true);
        Ok(())
    }
    fn clear_held(&mut self) -> Result<usize, Refusal> {
        Ok(std::mem::take(&mut self.held).len())
    }
    fn forget_held(&mut self, id: u64) -> Result<bool, Refusal> {
        let before = self.held.len();
        self.held.retain(|item| item.id != id);
        Ok(self.held.len() < before)
    }
    fn checks(&self) -> Vec<Check> {
        Vec::new()
    }
}

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
        Self::of(policy, None)
    }

    /// With a clock that is behind the service's by so much.
    pub fn behind(ahead: SignedDuration) -> Self {
        Self::of(Policy::genesys(), Some(ahead))
    }

    fn of(policy: Policy, ahead: Option<SignedDuration>) -> Self {
        let mut hub = MemoryHub {
            state: State::default(),
            policy,
            device: DeviceId::from("this"),
            held: Vec::new(),
            closed: Vec::new(),
            corrections: Vec::new(),
            ahead,
        };
        let first = hub.clock(at(0));
        hub.record(first.wall, What::SignedIn, first);
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
