//! The controller: one loop, one kind of tick, one place where everything meets.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use presence::{DeskSignal, Effective, Moment, Policy, Source, Undo, What};
use protocol::{Countdown, Reply, Report, Request};
use signals::clock::{self, Alarm, ClockChanges};
use signals::{Raw, Recorder, Sign};
use tokio::sync::{mpsc, oneshot};
use words::{Key, Language, key};

use crate::gate;
use crate::gate::{Gate, Notification, NotificationAction, Tag, Urgency};
use crate::hub::{Hub, TeamService};
use crate::model::TrayModel;
use crate::proposal::Proposal;
use crate::settings::Settings;
use crate::shell::Shell;
use crate::shortcut::{NotBound, Shortcut};
use crate::speech::Speech;
use crate::tray::Tray;

/// Something that happened, besides the signals.
#[derive(Debug)]
pub enum Tick {
    /// Somebody asks; the answer goes back if they still listen.
    Asked(Request, oneshot::Sender<Reply>),
    /// The person clicked in the tray.
    Clicked(protocol::Intent),
    /// A notification got to the screen, or in words why not.
    Shown(Tag, Result<(), String>),
    /// A button of a notification was pressed.
    Pressed(Tag, NotificationAction),
    /// A notification is gone: by itself (`expired`), or dealt with.
    Gone {
        /// Which.
        tag: Tag,
        /// By itself.
        expired: bool,
    },
    /// What shows notifications, or the tray, came back: what failed to show may be tried again.
    MayShowAgain,
    /// A shortcut was bound, or why not.
    Bound(Shortcut, Result<(), NotBound>),
    /// The person should know this of the program, which is in their language already.
    Say(String),
    /// The person should know this of the program: what, and the values of its holes.
    Tell(Key, Vec<(&'static str, String)>),
    /// The service told something.
    Heard,
    /// Files changed that others may change: the system's time zone, or the log.
    FilesChanged,
    /// The person signed in to another service, or out of one.
    Switched,
    /// The system asks the program to end.
    Terminate,
}

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Signed out.
    Quit,
    /// Still signed in, to be started anew at once.
    Restart,
}

/// How long until something that could not be kept is tried again.
const RETRY: Duration = Duration::from_secs(30);

/// How many messages of late the tray offers.
const RECENT_MESSAGES: usize = 4;

/// Where the person is: their time zone, which may change under way, and the language of their system.
#[derive(Debug, Clone, Copy)]
pub struct Locale {
    /// The time zone now.
    pub zone: fn() -> TimeZone,
    /// What the system speaks.
    pub language: Language,
}

/// The controller.
#[derive(Debug)]
pub struct Controller<S> {
    pub(crate) hub: Box<dyn Hub>,
    pub(crate) shell: S,
    pub(crate) settings: Settings,
    /// What in the settings file can't be read, in words.
    pub(crate) settings_fault: Option<String>,
    pub(crate) recorder: Recorder,
    pub(crate) gate: Gate,
    locale: Locale,
    pub(crate) recent_messages: Vec<String>,
    /// What a link asks for, until the person has decided.
    pub(crate) proposal: Option<Proposal>,
    /// A shortcut that the desktop is asked for, and who waits to hear of it.
    pub(crate) binding: Option<(Shortcut, Option<oneshot::Sender<Reply>>)>,
    policy: Arc<Policy>,
    countdown: Option<Timestamp>,
    paused: bool,
    last: Option<(Effective, Report)>,
    last_tray: Option<Tray>,
}

impl<S: Shell> Controller<S> {
    /// A controller that takes up what the hub knows of this device.
    pub fn new(
        hub: Box<dyn Hub>,
        mut shell: S,
        settings: Settings,
        settings_fault: Option<String>,
        locale: Locale,
    ) -> Self {
        let policy = Arc::new(hub.policy().clone());
        let mut recorder = Recorder::new(settings.tracker(&policy));
        if let Some(session) = hub.state().session(hub.device()) {
            let signals = [DeskSignal::Idle, DeskSignal::Lock, DeskSignal::Sleep];
            let on = signals.into_iter().filter(|signal| session.edge(*signal).is_some());
            recorder.resume(on, session.call().is_some(), session.knows_idle, session.knows_lock);
        }
        shell.tell_calls(settings.tells_calls());
        if let Some(shortcut) = settings.shortcut() {
            shell.bind_shortcut(Some(&shortcut));
        }
        Self {
            hub,
            shell,
            settings,
            settings_fault,
            recorder,
            gate: Gate::default(),
            locale,
            recent_messages: Vec::new(),
            proposal: None,
            binding: None,
            policy,
            countdown: None,
            paused: false,
            last: None,
            last_tray: None,
        }
    }

    /// Hears a back-end of the signals.
    pub fn sense(&mut self, raw: &Raw, now: Moment) {
        let now = self.hub.clock(now);
        if !self.is_paused() {
            let signs = self.recorder.hear(raw, now);
            self.record_signs(signs, now);
        }
        if let Raw::Sleep { asleep: true, .. } = raw {
            self.shell.sleep_recorded();
        }
        self.shell.arm(self.recorder.arm());
        self.refresh(now);
    }

    /// Handles a tick; `Break` ends the program.
    pub fn handle(&mut self, tick: Tick, now: Moment) -> ControlFlow<Ending> {
        self.hub.advance(now);
        // What was told of the clock, too.
        let now = self.hub.clock(now);
        let flow = match tick {
            Tick::Asked(request, reply) => self.asked(request, reply, now),
            Tick::Clicked(intent) => self.act(intent, None, now),
            Tick::Pressed(tag, action) => self.pressed(tag, action, now),
            Tick::Shown(tag, result) => {
                self.shown(tag, &result, now);
                ControlFlow::Continue(())
            }
            Tick::Gone { tag, expired } => {
                self.gone(tag, expired, now);
                ControlFlow::Continue(())
            }
            Tick::Bound(shortcut, result) => {
                self.bound(&shortcut, result);
                ControlFlow::Continue(())
            }
            Tick::MayShowAgain => {
                self.gate.daemon_fails = false;
                ControlFlow::Continue(())
            }
            Tick::Say(words) => {
                self.own(Tag::Program, "Halo".to_owned(), words, Vec::new());
                ControlFlow::Continue(())
            }
            Tick::Tell(what, holes) => {
                self.tell_of_program(what, &holes);
                ControlFlow::Continue(())
            }
            Tick::Heard => ControlFlow::Continue(()),
            Tick::FilesChanged => {
                self.show_again();
                ControlFlow::Continue(())
            }
            Tick::Switched => {
                self.hub.sense(now.wall, What::SignedOut, now);
                ControlFlow::Break(Ending::Restart)
            }
            Tick::Terminate => self.leave(now),
        };
        self.refresh(now);
        flow
    }

    /// Brings everything that is seen up to date.
    pub fn refresh(&mut self, now: Moment) {
        self.hub.advance(now);
        let now = self.hub.clock(now);
        if let Some(settled) = self.recorder.look(now) {
            self.record_signs(settled, now);
            self.shell.arm(self.recorder.arm());
        }
        self.follow_policy();
        self.tell_idle_time(now);
        self.tell_news(now);
        self.follow_pause(now);
        self.forget_proposal(now);
        self.ring_out(now);
        let effective = self.hub.effective(now.wall);
        let countdown = self.visible_countdown(&effective);
        let zone = self.zone();
        let english = self.english(now, &zone);
        let report = self.report(&effective, &english, countdown);
        let line = self.line(&effective, &english, countdown.as_ref());
        let before = self.last.replace((effective.clone(), report.clone()));
        if before.as_ref().is_none_or(|(_, last)| *last != report) {
            self.shell.publish(&report, &line);
        }
        if let Some((before, told)) = before {
            self.tell_own(&before, &effective, told.countdown, countdown, now);
        }
        self.tell_digest(&effective, now);
        self.show_tray(effective, now);
    }

    /// When to look again though nothing happens, in time since boot.
    pub fn next_look(&self, now: Moment) -> Option<Duration> {
        let now = self.hub.clock(now);
        let due = self.hub.next_change(now);
        let retry = self.hub.is_behind().then(|| now.boot + RETRY);
        let proposal = self.proposal.as_ref().map(|proposal| proposal.until);
        due.into_iter()
            .chain(retry)
            .chain(proposal)
            .chain(self.gate.next_unanswered())
            .chain(self.recorder.next_look())
            .min()
    }

    /// The person's time zone.
    pub(crate) fn zone(&self) -> TimeZone {
        (self.locale.zone)()
    }

    /// What the person reads.
    pub(crate) fn language(&self) -> Language {
        self.settings.language().unwrap_or(self.locale.language)
    }

    pub(crate) fn speech<'a>(&'a self, now: Moment, zone: &'a TimeZone) -> Speech<'a> {
        Speech { language: self.language(), policy: &self.policy, now: now.wall, zone }
    }

    /// What a command line reads.
    pub(crate) fn english<'a>(&'a self, now: Moment, zone: &'a TimeZone) -> Speech<'a> {
        Speech { language: Language::English, ..self.speech(now, zone) }
    }

    /// Takes over the hub's policy, and what follows from it for this device.
    pub(crate) fn take_policy(&mut self) {
        self.policy = Arc::new(self.hub.policy().clone());
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.recorder.is_locked() == Some(true)
    }

    pub(crate) fn record_signs(&mut self, signs: Vec<Sign>, now: Moment) {
        for sign in signs {
            match sign {
                Sign::Began { signal, at, last_input } => {
                    let at = if signal == DeskSignal::Idle { last_input.unwrap_or(at) } else { at };
                    self.hub.sense(at, What::Desk { signal, on: true, last_input }, now);
                }
                Sign::Ended(signal) => {
                    self.hub.sense(now.wall, What::Desk { signal, on: false, last_input: None }, now);
                }
                Sign::Call { on, at } => self.hub.sense(at, What::Call { on }, now),
                Sign::Knows { idle, lock } => {
                    let idle_after = self.idle_seconds();
                    self.hub.sense(now.wall, What::Knows { idle, lock, idle_after }, now);
                }
                Sign::CountdownBegan(away_at) => self.countdown = Some(away_at),
                Sign::CountdownEnded => self.countdown = None,
            }
        }
    }

    /// The idle time that holds on this device, in seconds; `None`: the policy's.
    fn idle_seconds(&self) -> Option<u32> {
        let idle_after = self.settings.tracker(&self.policy).idle_after?;
        u32::try_from(idle_after.as_secs()).ok().filter(|seconds| *seconds != self.policy.desk.idle_seconds)
    }

    /// Tells of the idle time if another one holds than was told: a setting, or the policy (C16, C17).
    fn tell_idle_time(&mut self, now: Moment) {
        let idle_after = self.idle_seconds();
        let Some(session) = self.hub.state().session(self.hub.device()) else { return };
        let (idle, lock) = (session.knows_idle, session.knows_lock);
        if (idle || lock) && session.idle_after != idle_after.unwrap_or(self.policy.desk.idle_seconds) {
            self.hub.sense(now.wall, What::Knows { idle, lock, idle_after }, now);
        }
    }

    /// The person proved to be at this device.
    pub(crate) fn touched(&mut self, now: Moment) {
        let signs = self.recorder.touched(now);
        self.record_signs(signs, now);
        self.shell.arm(self.recorder.arm());
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.hub.state().session(self.hub.device()).is_some_and(|session| session.paused.is_some())
    }

    /// Signs out and ends.
    pub(crate) fn leave(&mut self, now: Moment) -> ControlFlow<Ending> {
        self.hub.sense(now.wall, What::SignedOut, now);
        self.shell.close_window();
        ControlFlow::Break(Ending::Quit)
    }

    /// A pause may begin by an intent, and end by its own time.
    fn follow_pause(&mut self, now: Moment) {
        let paused = self.is_paused();
        if paused == self.paused {
            return;
        }
        self.paused = paused;
        if paused {
            let signs = self.recorder.forget();
            self.record_signs(signs, now);
        }
        self.shell.pause_sensing(paused);
    }

    /// The countdown, where it would end in a change that the person sees.
    pub(crate) fn visible_countdown(&self, effective: &Effective) -> Option<Countdown> {
        let away_at = self.countdown?;
        let covers =
            self.hub.state().desk_covers(&self.policy, DeskSignal::Idle, &effective.status, effective.reason.source);
        (covers && !effective.activity.is_running() && !self.is_locked()).then_some(Countdown { away_at })
    }

    /// Tells the person of changes that the system made to their own presence (D12).
    fn tell_own(
        &mut self,
        before: &Effective,
        effective: &Effective,
        counted: Option<Countdown>,
        counts: Option<Countdown>,
        now: Moment,
    ) {
        let may_tell = gate::may_tell_own(effective, &self.policy, self.is_locked());
        let zone = self.zone();
        match (counted, counts) {
            (None, Some(Countdown { away_at })) if may_tell => {
                let left = away_at.duration_since(now.wall).round(jiff::Unit::Second).unwrap_or_default();
                let speech = self.speech(now, &zone);
                let notification = Notification {
                    tag: Tag::Countdown,
                    summary: speech.say(key::NOTICE_AWAY_IN, &[("span", &speech.duration(left))]),
                    body: speech.say(key::NOTICE_NO_INPUT, &[]),
                    urgency: Urgency::Normal,
                    actions: vec![NotificationAction::Stay],
                    // It goes when it is of no use any more, whatever the daemon's habit.
                    expires_ms: u32::try_from(left.as_millis()).ok(),
                    language: speech.language,
                };
                self.shell.notify(notification);
            }
            (Some(_), None) => self.shell.withdraw(Tag::Countdown),
            _ => {}
        }
        if before.status == effective.status && before.reason.source == effective.reason.source {
            return;
        }
        let was_idle = before.reason.source == Source::Idle;
        let ended_by_itself = before.until.is_some_and(|until| until <= now.wall);
        let speech = self.speech(now, &zone);
        let summary = speech.shown_label(effective);
        if effective.reason.source == Source::Idle && may_tell {
            // The title says the status already.
            let line = speech.truth_alone(effective);
            self.own(Tag::Own, summary, line, vec![NotificationAction::Back]);
        } else if ended_by_itself && may_tell && matches!(effective.undo, Some(Undo::Restore(_))) {
            let ended = speech.label(&before.status);
            let lasted = speech.duration(now.wall.duration_since(before.since));
            let body = speech.say(key::NOTICE_ENDED, &[("status", &ended), ("span", &lasted)]);
            self.own(Tag::Own, summary, body, vec![NotificationAction::Undo]);
        } else if was_idle {
            self.shell.withdraw(Tag::Own);
        }
    }

    pub(crate) fn own(&mut self, tag: Tag, summary: String, body: String, actions: Vec<NotificationAction>) {
        let language = self.language();
        let urgency = Urgency::Normal;
        self.shell.notify(Notification { tag, summary, body, urgency, actions, expires_ms: None, language });
    }

    /// One notification for all that waited, as soon as the status allows it.
    fn tell_digest(&mut self, effective: &Effective, now: Moment) {
        if self.gate.digest_under_way.is_some() || self.gate.daemon_fails {
            return;
        }
        if !gate::may_digest(effective, &self.policy, self.is_locked()) {
            return;
        }
        let held = self.hub.held().unwrap_or_default();
        let untold: Vec<_> = held.iter().filter(|item| !item.told && item.id > self.gate.told_up_to).collect();
        if let Some(last) = untold.last() {
            self.gate.digest_under_way = Some(last.id);
            let zone = self.zone();
            let digest = gate::digest(Tag::Digest, &untold, &self.speech(now, &zone));
            self.shell.notify(digest);
        }
    }

    /// Everything that tray and window are made from.
    pub(crate) fn model(&self, effective: Effective, now: Timestamp) -> TrayModel {
        let countdown = self.visible_countdown(&effective);
        let team = self.hub.team();
        TrayModel {
            back: self.hub.state().after_back(&self.policy),
            countdown: countdown.map(|countdown| countdown.away_at),
            held: self.hub.held().unwrap_or_default(),
            recent_messages: self.recent_messages.clone(),
            has_window: self.shell.has_window(),
            language: self.language(),
            proposal: self.proposal.as_ref().map(|proposal| proposal.question.clone()),
            proposal_opens: self.proposal.as_ref().and_then(|proposal| proposal.wish.target()).map(str::to_owned),
            policy: self.policy.clone(),
            account: team.map(TeamService::account),
            asked: team.map(TeamService::asked).unwrap_or_default(),
            others_see: team.and_then(|team| team.others_see(now)),
            people: team.map_or_else(Vec::new, |team| team.people().to_vec()),
            effective,
        }
    }

    fn show_tray(&mut self, effective: Effective, now: Moment) {
        let model = self.model(effective, now.wall);
        if self.last_tray.as_ref().is_none_or(|tray| !tray.shows(&model, now)) {
            let tray = Tray::new(model, now, self.locale.zone);
            self.shell.show_tray(&tray);
            self.last_tray = Some(tray);
        }
    }

    /// The past changed, which the tray's model doesn't hold: whoever shows the day is to look again.
    pub(crate) fn show_again(&mut self) {
        self.last_tray = None;
    }

    /// A message of the person's, to offer again.
    pub(crate) fn remember_message(&mut self, text: &str) {
        self.recent_messages.retain(|recent| recent != text);
        self.recent_messages.insert(0, text.to_owned());
        self.recent_messages.truncate(RECENT_MESSAGES);
    }
}

/// Runs the controller until it is told to end; its hub may have something left to say.
pub async fn run<S: Shell>(
    mut controller: Controller<S>,
    mut raws: mpsc::Receiver<Raw>,
    mut ticks: mpsc::Receiver<Tick>,
) -> io::Result<(Ending, Box<dyn Hub>)> {
    let mut alarm = Alarm::new()?;
    let mut clock_changes = ClockChanges::new()?;
    controller.refresh(clock::now());
    loop {
        alarm.set(controller.next_look(clock::now()));
        tokio::select! {
            biased;
            Some(raw) = raws.recv() => controller.sense(&raw, clock::now()),
            Some(tick) = ticks.recv() => {
                if let ControlFlow::Break(ending) = controller.handle(tick, clock::now()) {
                    return Ok((ending, controller.hub));
                }
            }
            () = alarm.fired() => controller.refresh(clock::now()),
            () = clock_changes.stepped() => controller.refresh(clock::now()),
        }
    }
}
