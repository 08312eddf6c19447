//! The controller with a hub in memory and a shell that writes down what it is asked for.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use agent::{
    Controller, Credentials, Hub, Locale, NotBound, Notification, NotificationAction, Refusal, Row, Settings, Shell,
    Shortcut, Tag, Tick, TrayModel, tray_view,
};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use presence::{Correction, DeviceId, Effective, Fact, Interval, Policy, Span, State, What};
use protocol::{
    Check, Connection, HeldAs, HeldItem, Intent, Lasts, Notice, NoticeKind, Outcome, Reply, Report, Request,
};
use signals::clock::Moment;
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
}

impl MemoryHub {
    fn record(&mut self, at: Timestamp, what: What, now: Moment) {
        let fact = Fact { seq: self.state.seq() + 1, at, recorded: now.wall, device: self.device.clone(), what };
        self.corrections.extend(Correction::of(&fact));
        self.closed.extend(self.state.apply(&fact, &self.policy));
    }
}

impl Hub for MemoryHub {
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
    fn checks(&self) -> Vec<Check> {
        Vec::new()
    }
}

#[derive(Default)]
struct Seen {
    tray: Option<TrayModel>,
    reports: Vec<Report>,
    notifications: Vec<Notification>,
    withdrawn: Vec<Tag>,
    armed: Arm,
    has_window: bool,
    opened: usize,
    starts_with_session: bool,
    tells_calls: bool,
    bound: Vec<Option<String>>,
}

#[derive(Clone, Default)]
struct Recorder(Rc<RefCell<Seen>>);

impl Shell for Recorder {
    fn show_tray(&mut self, model: &TrayModel) {
        self.0.borrow_mut().tray = Some(model.clone());
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
    fn save_settings(&mut self, _settings: &Settings) -> Result<(), String> {
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
    fn open_window(&mut self) -> Result<(), String> {
        let mut seen = self.0.borrow_mut();
        seen.opened += 1;
        if seen.has_window { Ok(()) } else { Err("there is no window".to_owned()) }
    }
    fn sign_in(&mut self, _credentials: Credentials, _language: Language, _reply: Option<oneshot::Sender<Reply>>) {}
    fn sign_out(&mut self, _language: Language, _reply: Option<oneshot::Sender<Reply>>) {}
    fn checks(&self) -> Vec<Check> {
        Vec::new()
    }
}

/// A program that runs since nine o'clock; times are seconds after that.
struct Desk {
    controller: Controller<Recorder>,
    seen: Recorder,
}

fn at(seconds: u64) -> Moment {
    let nine: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
    let wall = nine + SignedDuration::from_secs(i64::try_from(seconds).unwrap());
    Moment { wall, boot: Duration::from_secs(10_000 + seconds) }
}

impl Desk {
    fn new() -> Self {
        let mut hub = MemoryHub {
            state: State::default(),
            policy: Policy::genesys(),
            device: DeviceId::from("this"),
            held: Vec::new(),
            closed: Vec::new(),
            corrections: Vec::new(),
        };
        hub.record(at(0).wall, What::SignedIn, at(0));
        let seen = Recorder::default();
        let locale = Locale { zone: || TimeZone::UTC, language: Language::English };
        let mut controller = Controller::new(Box::new(hub), seen.clone(), Settings::default(), None, locale);
        controller.refresh(at(0));
        let mut desk = Self { controller, seen };
        desk.senses(0, &Raw::IdleFor(Duration::ZERO));
        desk.senses(0, &Raw::Lock { source: LockSource::Logind, locked: Some(false), idle: None });
        desk
    }

    fn senses(&mut self, seconds: u64, raw: &Raw) {
        self.controller.sense(raw, at(seconds));
    }

    fn locks(&mut self, seconds: u64, locked: bool) {
        // The last input was at the start.
        let idle = locked.then_some(Duration::from_secs(seconds));
        self.senses(seconds, &Raw::Lock { source: LockSource::Logind, locked: Some(locked), idle });
    }

    fn asks(&mut self, seconds: u64, request: Request) -> Option<Reply> {
        let (reply, mut answer) = oneshot::channel();
        let _ = self.controller.handle(Tick::Asked(request, reply), at(seconds));
        answer.try_recv().ok()
    }

    fn does(&mut self, seconds: u64, intent: Intent) -> Reply {
        self.asks(seconds, Request::Do(intent)).unwrap()
    }

    fn sets(&mut self, seconds: u64, status: &str) {
        let set = Intent::Set { status: status.into(), lasts: None, message: None };
        assert_eq!(self.does(seconds, set), Reply::Done(None));
    }

    fn shows(&self) -> String {
        self.seen.0.borrow().reports.last().unwrap().status.clone()
    }

    fn notification(&self) -> Notification {
        self.seen.0.borrow().notifications.last().cloned().unwrap()
    }

    fn count(&self) -> usize {
        self.seen.0.borrow().notifications.len()
    }

    fn rows(&self, seconds: u64) -> Vec<Row> {
        tray_view(self.seen.0.borrow().tray.as_ref().unwrap(), at(seconds).wall, &TimeZone::UTC).menu
    }
}

impl Desk {
    /// A link asks; gives the answer to whoever followed it.
    fn proposes(&mut self, seconds: u64, intent: Intent) -> Reply {
        self.does(seconds, Intent::Propose(Box::new(intent)))
    }

    /// What the window asks the person.
    fn question(&mut self, seconds: u64) -> Option<String> {
        match self.asks(seconds, Request::Window) {
            Some(Reply::Window(view)) => view.proposal,
            other => panic!("no view: {other:?}"),
        }
    }
}

fn busy_for(minutes: u64) -> Intent {
    Intent::Set { status: "busy".into(), lasts: Some(Lasts::For(minutes * 60)), message: None }
}

fn refused(reply: Reply) -> String {
    match reply {
        Reply::Refused(said) => said.line,
        other => panic!("not refused: {other:?}"),
    }
}

fn chat() -> Request {
    let notice =
        Notice { kind: NoticeKind::Chat, from: Some("Mara".into()), urgent: false, text: "The Lund case".into() };
    Request::Do(Intent::Notify(notice))
}

#[test]
fn d12_an_away_by_lock_says_why_since_when_and_what_next_in_the_tray() {
    let mut desk = Desk::new();
    desk.locks(60, true);
    assert_eq!(desk.shows(), "away");
    let rows = desk.rows(60);
    assert_eq!(rows[0], Row::Text("Away since 09:00: screen locked".to_owned()));
    assert_eq!(rows[1], Row::Action("Undo: show Available".to_owned(), Intent::Undo));
    let Some(Reply::Status { line, .. }) = desk.asks(60, Request::Status) else { panic!("no status") };
    assert_eq!(line, "Away since 09:00, because the screen was locked. Back to Available when you return.");
}

#[test]
fn d10_the_menu_keeps_its_rows_in_their_places() {
    let mut desk = Desk::new();
    let places = |rows: Vec<Row>| rows.iter().map(std::mem::discriminant).collect::<Vec<_>>().len();
    let before = places(desk.rows(0));
    desk.sets(10, "meal");
    assert_eq!(places(desk.rows(10)), before);
    desk.locks(20, true);
    assert_eq!(places(desk.rows(20)), before);
}

#[test]
fn d10_one_click_on_a_row_sets_the_status() {
    let mut desk = Desk::new();
    let rows = desk.rows(0);
    let meeting = rows.iter().find_map(|row| match row {
        Row::Choice { label, intent, .. } if label == "Meeting" => Some(intent.clone()),
        _ => None,
    });
    let _ = desk.controller.handle(Tick::Clicked(meeting.unwrap()), at(5));
    assert_eq!(desk.shows(), "meeting");
    let checked: Vec<_> = desk
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
    let mut desk = Desk::new();
    desk.senses(270, &Raw::IdleFor(Duration::from_secs(270)));
    assert_eq!(desk.notification().tag, Tag::Countdown);
    assert_eq!(desk.notification().summary, "Away in 30 s");
    assert!(desk.seen.0.borrow().reports.last().unwrap().countdown.is_some());
    assert_eq!(desk.does(280, Intent::Stay), Reply::Done(None));
    assert!(desk.seen.0.borrow().reports.last().unwrap().countdown.is_none());
    assert_eq!(desk.seen.0.borrow().withdrawn, [Tag::Countdown]);
}

#[test]
fn d06_no_countdown_where_idleness_changes_nothing() {
    let mut desk = Desk::new();
    desk.sets(1, "busy");
    desk.senses(271, &Raw::IdleFor(Duration::from_secs(270)));
    assert!(desk.seen.0.borrow().reports.last().unwrap().countdown.is_none());
    assert_eq!(desk.count(), 0);
}

#[test]
fn d09_what_a_meeting_held_comes_as_one_digest_once() {
    let mut desk = Desk::new();
    desk.sets(1, "meeting");
    for _ in 0..3 {
        assert_eq!(desk.asks(2, chat()), Some(Reply::Notified(Outcome::Held)));
    }
    assert_eq!(desk.count(), 0);
    desk.sets(60, "available");
    assert_eq!((desk.count(), desk.notification().tag), (1, Tag::Digest));
    assert_eq!(desk.notification().summary, "3 held for you");
    let _ = desk.controller.handle(Tick::Shown(Tag::Digest, Ok(())), at(60));
    desk.controller.refresh(at(61));
    assert_eq!(desk.count(), 1);
}

#[test]
fn d09_a_notification_that_no_daemon_shows_is_held_and_told_when_there_is_one() {
    let mut desk = Desk::new();
    let (reply, mut answer) = oneshot::channel();
    let _ = desk.controller.handle(Tick::Asked(chat(), reply), at(1));
    let tag = desk.notification().tag;
    let _ = desk.controller.handle(Tick::Shown(tag, Err("nobody there".to_owned())), at(1));
    assert_eq!(answer.try_recv().unwrap(), Reply::Notified(Outcome::Held));
    let shown = desk.count();
    desk.controller.refresh(at(2));
    assert_eq!(desk.count(), shown, "no hammering on a daemon that is not there");
    let _ = desk.controller.handle(Tick::NotificationsBack, at(3));
    assert_eq!(desk.notification().tag, Tag::Digest);
}

#[test]
fn g07_a_call_that_rings_out_while_away_by_hand_is_a_missed_call() {
    let mut desk = Desk::new();
    desk.sets(1, "away");
    let call = Notice { kind: NoticeKind::Call, from: Some("Joon".into()), urgent: false, text: String::new() };
    let _ = desk.asks(2, Request::Do(Intent::Notify(call)));
    let tag = desk.notification().tag;
    let _ = desk.controller.handle(Tick::Shown(tag, Ok(())), at(2));
    let _ = desk.controller.handle(Tick::Gone { tag, expired: true }, at(32));
    let Some(Reply::Held(held)) = desk.asks(33, Request::Held) else { panic!("no answer") };
    assert_eq!((held.len(), held[0].held_as), (1, HeldAs::MissedCall));
}

#[test]
fn d09_nothing_is_shown_on_a_locked_screen_and_it_is_told_after() {
    let mut desk = Desk::new();
    desk.sets(1, "away");
    desk.locks(2, true);
    assert_eq!(desk.asks(3, chat()), Some(Reply::Notified(Outcome::Held)));
    desk.locks(4, false);
    assert_eq!(desk.notification().tag, Tag::Digest);
}

#[test]
fn c13_after_a_choice_there_is_nothing_to_undo_and_words_say_so() {
    let mut desk = Desk::new();
    desk.sets(60, "busy");
    let Reply::Refused(why) = desk.does(61, Intent::Undo) else { panic!("not refused") };
    assert_eq!(why.line, "there is nothing to undo: you chose Busy yourself at 09:01. To end it: halo back");
}

#[test]
fn d12_a_choice_that_ended_by_itself_is_told_with_undo() {
    let mut desk = Desk::new();
    let lasts = Some(protocol::Lasts::For(600));
    desk.does(1, Intent::Set { status: "meal".into(), lasts, message: None });
    desk.controller.refresh(at(601));
    assert_eq!(desk.shows(), "available");
    assert_eq!(desk.notification().body, "Meal ended after 10 min.");
    assert_eq!(desk.rows(601)[1], Row::Action("Undo: Meal again".to_owned(), Intent::Undo));
}

#[test]
fn d13_while_paused_nothing_is_sensed() {
    let mut desk = Desk::new();
    desk.does(1, Intent::Pause { lasts: None });
    desk.locks(2, true);
    assert_eq!(desk.shows(), "available");
    assert!(desk.seen.0.borrow().reports.last().unwrap().paused.is_some());
    assert_eq!(desk.seen.0.borrow().armed, Arm::default());
}

#[test]
fn the_next_look_is_at_the_next_end_and_never_in_between() {
    let mut desk = Desk::new();
    assert_eq!(desk.controller.next_look(at(0)), None);
    let lasts = Some(protocol::Lasts::For(600));
    desk.does(10, Intent::Set { status: "meal".into(), lasts, message: None });
    assert_eq!(desk.controller.next_look(at(10)), Some(at(610).boot));
}

#[test]
fn d11_a_link_changes_nothing_until_the_person_agrees() {
    let mut desk = Desk::new();
    let Reply::Done(Some(said)) = desk.proposes(10, busy_for(30)) else { panic!("not proposed") };
    assert!(said.line.starts_with("A link asks: Show Busy for 30 min? Answer in"), "{}", said.line);
    assert_eq!((desk.shows().as_str(), desk.question(10).as_deref()), ("available", Some("Show Busy for 30 min?")));
    let notification = desk.notification();
    assert_eq!((notification.tag, notification.summary.as_str()), (Tag::Proposal, "A link asks"));
    assert_eq!(notification.body, "Show Busy for 30 min?");
    assert_eq!(notification.actions, [NotificationAction::Accept, NotificationAction::Decline]);
    let rows = desk.rows(10);
    assert_eq!(rows[1], Row::Text("A link asks: Show Busy for 30 min?".to_owned()));
    assert_eq!(rows[2], Row::Action("Do it".to_owned(), Intent::Decide { accept: true }));

    let _ = desk.controller.handle(Tick::Pressed(NotificationAction::Accept), at(60));
    assert_eq!((desk.shows().as_str(), desk.question(60)), ("busy", None));
    let until = desk.seen.0.borrow().reports.last().unwrap().until;
    assert_eq!(until, Some(at(60 + 1800).wall), "the half hour begins when the person agrees");
    assert_eq!(desk.seen.0.borrow().withdrawn, [Tag::Proposal]);
}

#[test]
fn d11_a_link_that_is_left_changes_nothing() {
    let mut desk = Desk::new();
    desk.proposes(10, busy_for(30));
    assert_eq!(desk.does(20, Intent::Decide { accept: false }), Reply::Done(None));
    assert_eq!((desk.shows().as_str(), desk.question(20)), ("available", None));
    let again = refused(desk.does(21, Intent::Decide { accept: true }));
    assert!(again.contains("nothing waits for your word"), "{again}");
    assert_eq!(desk.shows(), "available");
}

#[test]
fn d11_a_question_that_nobody_answers_is_forgotten_after_two_minutes() {
    let mut desk = Desk::new();
    desk.proposes(10, busy_for(30));
    assert_eq!(desk.controller.next_look(at(10)), Some(at(130).boot));
    desk.controller.refresh(at(129));
    assert!(desk.question(129).is_some());
    desk.controller.refresh(at(130));
    assert_eq!((desk.question(130), desk.controller.next_look(at(130))), (None, None));
    assert_eq!(desk.seen.0.borrow().withdrawn, [Tag::Proposal]);
    refused(desk.does(131, Intent::Decide { accept: true }));
    assert_eq!(desk.shows(), "available");
}

#[test]
fn d11_the_window_asks_where_there_is_one() {
    let mut desk = Desk::new();
    desk.seen.0.borrow_mut().has_window = true;
    let before = desk.count();
    desk.proposes(10, Intent::Message { text: Some("In the lab".into()), lasts: Some(Lasts::For(3600)) });
    assert_eq!((desk.seen.0.borrow().opened, desk.count()), (1, before));
    assert_eq!(desk.question(10).as_deref(), Some("Set the message “In the lab” for 1 h?"));
}

#[test]
fn d11_what_could_not_be_done_is_refused_without_a_question() {
    let mut desk = Desk::new();
    let set = |status: &str, lasts, message| Intent::Set { status: status.into(), lasts, message };
    let over = Some(Lasts::Until(at(5).wall));
    for (intent, words) in [
        (set("lunch", None, None), "there is no status “lunch”"),
        (set("offline", None, None), "set by the system only"),
        (set("busy", over, None), "has passed already"),
        (set("busy", None, Some(" ".into())), "a message needs words"),
        (Intent::Message { text: Some("x".repeat(501)), lasts: None }, "at most 500 characters"),
        (Intent::Back, "there is no choice to end"),
        (Intent::Undo, "there is nothing to undo"),
    ] {
        let why = refused(desk.proposes(10, intent.clone()));
        assert!(why.contains(words), "{intent:?}: {why}");
    }
    assert_eq!((desk.question(10), desk.count()), (None, 0));
}

#[test]
fn d11_a_link_never_quits_deletes_configures_pauses_or_reads_what_is_held() {
    let mut desk = Desk::new();
    let configure = Intent::Configure { key: "idle.auto".into(), value: "false".into() };
    for intent in [
        Intent::Quit,
        Intent::DeleteHistory,
        configure,
        Intent::Pause { lasts: None },
        Intent::Resume,
        Intent::ShowHeld,
        Intent::ClearHeld,
        Intent::SetEnd { lasts: None },
        Intent::Stay,
        Intent::Snooze { lasts: None },
        Intent::Message { text: None, lasts: None },
        Intent::Decide { accept: true },
        Intent::Propose(Box::new(busy_for(30))),
    ] {
        let why = refused(desk.proposes(10, intent.clone()));
        assert!(why.contains("a link can't ask for that"), "{intent:?}: {why}");
    }
    assert_eq!((desk.question(10), desk.count()), (None, 0));
}

#[test]
fn d11_a_page_that_asks_again_and_again_is_one_question() {
    let mut desk = Desk::new();
    for seconds in 10..100 {
        desk.proposes(seconds, busy_for(30));
    }
    assert_eq!(desk.count(), 1);
    desk.controller.refresh(at(130));
    assert_eq!(desk.question(130), None, "asking again makes it no younger");
}

#[test]
fn d11_closing_the_question_leaves_it_and_the_same_link_may_ask_again() {
    let mut desk = Desk::new();
    let gone = |desk: &mut Desk, seconds, expired| {
        let _ = desk.controller.handle(Tick::Gone { tag: Tag::Proposal, expired }, at(seconds));
    };
    desk.proposes(10, busy_for(30));
    gone(&mut desk, 15, true);
    assert!(desk.question(15).is_some(), "a daemon may take it off the screen early; window and tray still ask");
    desk.proposes(20, busy_for(30));
    assert_eq!(desk.count(), 2);
    gone(&mut desk, 25, false);
    assert_eq!(desk.question(25), None);
    desk.proposes(30, busy_for(30));
    assert_eq!((desk.count(), desk.question(30).is_some()), (3, true));
}

#[test]
fn d11_the_newest_link_takes_the_others_place_and_cannot_steal_its_answer() {
    let mut desk = Desk::new();
    desk.proposes(10, busy_for(30));
    desk.proposes(50, Intent::Snooze { lasts: Some(Lasts::For(3600)) });
    assert_eq!(desk.question(50).as_deref(), Some("Snooze notifications for 1 h?"));
    let meant_for_the_other = refused(desk.does(50, Intent::Decide { accept: true }));
    assert!(meant_for_the_other.contains("read the question again"), "{meant_for_the_other}");
    assert!(matches!(desk.does(52, Intent::Decide { accept: true }), Reply::Done(Some(_))));
    assert_eq!(desk.shows(), "available");
    assert!(desk.seen.0.borrow().reports.last().unwrap().snoozed_until.is_some());
}

#[test]
fn d11_nothing_is_asked_on_a_locked_screen() {
    let mut desk = Desk::new();
    desk.locks(5, true);
    let why = refused(desk.proposes(10, Intent::Back));
    assert!(why.contains("the screen is locked"), "{why}");
    assert_eq!((desk.question(10), desk.shows().as_str()), (None, "away"));
}

#[test]
fn c02_a_narrowed_away_takes_effect_at_once() {
    let mut desk = Desk::new();
    desk.locks(5, true);
    let narrow = |value: &str| Intent::Configure { key: "away.covers".into(), value: value.into() };
    assert_eq!(desk.does(10, narrow("none")), Reply::Done(None));
    assert_eq!(desk.shows(), "available");
    assert_eq!(desk.does(20, narrow("available")), Reply::Done(None));
    assert_eq!(desk.shows(), "away");
    let why = refused(desk.does(30, narrow("meeting")));
    assert!(why.contains("none, or some of available, on_queue, busy"), "{why}");
}

#[test]
fn d12_a_call_says_why_and_what_next_and_one_undo_takes_it_back() {
    let mut desk = Desk::new();
    desk.senses(60, &Raw::Call { busy: Some(true) });
    assert_eq!((desk.shows().as_str(), desk.controller.next_look(at(60))), ("available", Some(at(62).boot)));
    desk.controller.refresh(at(62));
    let Some(Reply::Status { line, report }) = desk.asks(62, Request::Status) else { panic!("no status") };
    assert_eq!(line, "Busy since 09:01, because you are on a call. Back to Available after that.");
    assert!(report.activity.on_call);
    assert_eq!(desk.rows(62)[1], Row::Action("Undo: show Available".to_owned(), Intent::Undo));
    assert_eq!(desk.does(70, Intent::Undo), Reply::Done(None));
    assert_eq!(desk.shows(), "available");
    desk.senses(80, &Raw::Call { busy: Some(false) });
    desk.controller.refresh(at(82));
    desk.senses(90, &Raw::Call { busy: Some(true) });
    desk.controller.refresh(at(92));
    assert_eq!(desk.shows(), "busy", "the next call is a new one");
    desk.senses(99, &Raw::Call { busy: None });
    desk.controller.refresh(at(101));
    assert_eq!((desk.shows().as_str(), desk.controller.next_look(at(101))), ("available", None));
}

#[test]
fn d05_a_call_ends_the_countdown_and_idleness_says_nothing_until_it_is_over() {
    let mut desk = Desk::new();
    desk.senses(270, &Raw::IdleFor(Duration::from_secs(270)));
    let counts = |desk: &Desk| desk.seen.0.borrow().reports.last().unwrap().countdown.is_some();
    assert!(counts(&desk));
    desk.senses(280, &Raw::Call { busy: Some(true) });
    desk.controller.refresh(at(282));
    assert!(!counts(&desk));
    desk.senses(300, &Raw::IdleFor(Duration::from_secs(300)));
    assert_eq!(desk.shows(), "busy");
    desk.locks(310, true);
    assert_eq!(desk.shows(), "away");
}

#[test]
fn d13_calls_can_be_switched_off() {
    let mut desk = Desk::new();
    assert!(desk.seen.0.borrow().tells_calls);
    let switch = |on: &str| Intent::Configure { key: "call.auto".into(), value: on.into() };
    assert_eq!(desk.does(10, switch("off")), Reply::Done(None));
    assert!(!desk.seen.0.borrow().tells_calls);
    assert!(refused(desk.does(20, switch("sometimes"))).contains("true or false"));
}

#[test]
fn starting_with_the_session_is_for_the_desktop_to_say() {
    let mut desk = Desk::new();
    let value = |desk: &mut Desk| match desk.asks(5, Request::Settings { key: Some("start.with_session".into()) }) {
        Some(Reply::Settings(settings)) => settings[0].value.clone(),
        other => panic!("no setting: {other:?}"),
    };
    let set = |value: &str| Intent::Configure { key: "start.with_session".into(), value: value.into() };
    assert_eq!(value(&mut desk), "false");
    assert_eq!(desk.does(10, set("on")), Reply::Done(None));
    assert_eq!(value(&mut desk), "true");
    desk.seen.0.borrow_mut().starts_with_session = false;
    assert_eq!(value(&mut desk), "false", "somebody took it away");
    assert!(refused(desk.does(20, set("always"))).contains("true or false"));
}

fn shortcut(keys: &str) -> Intent {
    Intent::Configure { key: "shortcut".into(), value: keys.into() }
}

impl Desk {
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
    let mut desk = Desk::new();
    let mut answer = desk.asks_for_shortcut(10, "ctrl+alt+h");
    assert!(answer.try_recv().is_err());
    assert_eq!(desk.shortcut(10), "");
    desk.binds(11, "Ctrl+Alt+H", Ok(()));
    assert_eq!(answer.try_recv(), Ok(Reply::Done(None)));
    assert_eq!(desk.shortcut(11), "Ctrl+Alt+H");
    assert_eq!(desk.does(12, shortcut("none")), Reply::Done(None));
    assert_eq!(desk.shortcut(12), "");
    assert_eq!(desk.seen.0.borrow().bound, [Some("Ctrl+Alt+H".to_owned()), None]);
}

#[test]
fn d11_a_shortcut_that_another_program_has_is_refused_and_not_kept() {
    let mut desk = Desk::new();
    let mut answer = desk.asks_for_shortcut(10, "Ctrl+Alt+H");
    desk.binds(11, "Ctrl+Alt+H", Err(NotBound::Taken));
    let why = refused(answer.try_recv().unwrap());
    assert!(why.contains("Ctrl+Alt+H belongs to another program"), "{why}");
    assert_eq!(desk.shortcut(11), "");
    assert!(refused(desk.does(12, shortcut("H"))).contains("keys such as Ctrl+Alt+H"));
    assert_eq!(desk.seen.0.borrow().bound.len(), 1, "a lone letter is not even asked for");
}

#[test]
fn d11_of_two_shortcuts_asked_for_at_once_the_later_one_is_refused() {
    let mut desk = Desk::new();
    let mut first = desk.asks_for_shortcut(10, "Ctrl+Alt+H");
    assert!(refused(desk.does(10, shortcut("Ctrl+Alt+J"))).contains("Ctrl+Alt+H is being set just now"));
    desk.binds(11, "Ctrl+Alt+H", Ok(()));
    assert_eq!(first.try_recv(), Ok(Reply::Done(None)));
    assert_eq!(desk.shortcut(12), "Ctrl+Alt+H");
}

#[test]
fn d11_a_question_speaks_the_persons_language_and_the_command_line_english() {
    let mut desk = Desk::new();
    desk.does(5, Intent::Configure { key: "language".into(), value: "de".into() });
    let Reply::Done(Some(said)) = desk.proposes(10, busy_for(30)) else { panic!("not proposed") };
    assert!(said.line.starts_with("A link asks: Show Busy for 30 min? Answer in"), "{}", said.line);
    let notification = desk.notification();
    assert_eq!(notification.summary, "Ein Link fragt");
    assert!(notification.body.ends_with("für 30 Min. anzeigen?"), "{}", notification.body);
    assert_eq!(NotificationAction::Accept.label(notification.language), "Ausführen");
}

fn correct(from: u64, to: u64, status: &str, reason: &str) -> Intent {
    Intent::Correct { from: at(from).wall, to: at(to).wall, status: status.into(), reason: reason.into() }
}

#[test]
fn r07_a_correction_shows_in_history_and_window_and_leaves_the_present_alone() {
    let mut desk = Desk::new();
    desk.sets(600, "busy");
    desk.sets(1200, "meeting");
    let before = desk.seen.0.borrow().reports.len();
    assert_eq!(desk.does(1300, correct(600, 1200, "offline", " on a\ntrain ")), Reply::Done(None));
    assert_eq!((desk.shows(), desk.seen.0.borrow().reports.len()), ("meeting".to_owned(), before));
    let all = Request::History { since: None, until: None, limit: None };
    let Some(Reply::History(history)) = desk.asks(1300, all) else { panic!("no history") };
    let corrected = history[1].clone();
    assert_eq!((corrected.status.as_str(), corrected.primary.as_str()), ("offline", "offline"));
    let correction = corrected.correction.unwrap();
    assert_eq!((correction.was.as_str(), correction.reason.as_str()), ("busy", "on a train"));
    assert_eq!(correction.at, at(1300).wall);
    let Some(Reply::Window(window)) = desk.asks(1300, Request::Window) else { panic!("no window") };
    let marks: Vec<_> = window.today.iter().map(|stretch| stretch.corrected).collect();
    assert_eq!(marks, [false, true, false]);
}

#[test]
fn r07_whoever_shows_the_day_is_told_of_a_correction() {
    let mut desk = Desk::new();
    desk.sets(600, "busy");
    desk.seen.0.borrow_mut().tray = None;
    desk.does(1300, correct(0, 600, "break", "coffee"));
    assert!(desk.seen.0.borrow().tray.is_some(), "the shell was told to show what there is");
}

#[test]
fn r07_a_correction_that_cannot_be_is_refused_with_what_to_do() {
    let mut desk = Desk::new();
    desk.sets(600, "busy");
    let long = "x".repeat(201);
    for (intent, words) in [
        (correct(600, 600, "meal", "why"), "give a start that comes before the end"),
        (correct(600, 500, "meal", "why"), "give a start that comes before the end"),
        (correct(600, 1001, "meal", "why"), "at the latest now"),
        (correct(600, 900, "lunching", "why"), "there is no status “lunching”. Known: available"),
        (correct(600, 900, "unknown", "why"), "there is no status “unknown”"),
        (correct(600, 900, "meal", " \u{7} "), "needs a reason"),
        (correct(600, 900, "meal", &long), "at most 200 characters, this one has 201"),
    ] {
        let Reply::Refused(why) = desk.does(1000, intent.clone()) else { panic!("not refused: {intent:?}") };
        assert!(why.line.contains(words), "{why:?}");
    }
    let before = Intent::Correct {
        from: at(0).wall - SignedDuration::from_mins(5),
        to: at(300).wall,
        status: "meal".into(),
        reason: "why".into(),
    };
    let Reply::Refused(why) = desk.does(1000, before) else { panic!("not refused") };
    assert!(why.line.contains("your history begins 09:00"), "{why:?}");
    let from_a_finer_clock = Intent::Correct {
        from: at(600).wall,
        to: at(1000).wall + SignedDuration::from_micros(999),
        status: "meal".into(),
        reason: "ü".repeat(200),
    };
    assert_eq!(desk.does(1000, from_a_finer_clock), Reply::Done(None));
}
