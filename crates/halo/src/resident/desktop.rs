//! The shell that a real desktop is: tray, notifications, signals, and whoever watches.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use agent::{Credentials, Notification, Settings, Shell, Shortcut, Tag, Tick, Tray};
use protocol::{Check, CheckState, Reply, Report};
use signals::{Arm, Raw, SignalKind, SourceHealth, SourceState};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use words::{Language, key};

use super::options::Options;
use super::policy::{BadPolicy, Instead};
use super::settings_file;
use super::shortcut::Keeper;
use super::sign_in::Gatekeeper;
use super::socket::{Outlets, Told};
use super::window::Window;
use crate::os::{self, Autostart, Health, Notifier};
use crate::place::Place;

/// How many reports a slow watcher may fall behind before it gets only the latest.
const BACKLOG: usize = 64;

/// The desktop around the controller.
#[derive(Debug)]
pub struct Desktop {
    signals: signals::Handle,
    tray: watch::Sender<Option<Tray>>,
    notifier: Notifier,
    reports: broadcast::Sender<Arc<Told>>,
    health: Arc<Health>,
    window: Window,
    autostart: Autostart,
    shortcut: Keeper,
    settings_file: PathBuf,
    log_file: PathBuf,
    gatekeeper: Gatekeeper,
    ticks: mpsc::Sender<Tick>,
    /// What is wrong with the policy file, if something is.
    policy_fault: Option<BadPolicy>,
}

impl Desktop {
    /// Starts everything that listens and shows, and gives what ends when the tray has said good-bye.
    pub fn begin(
        place: &Place,
        options: Options,
        raws: mpsc::Sender<Raw>,
        ticks: mpsc::Sender<Tick>,
        gatekeeper: Gatekeeper,
    ) -> (Self, JoinHandle<()>) {
        let (tray, trays) = watch::channel(None);
        let health = Arc::new(Health::new(options.tray));
        // The tray first: it is what the person waits for.
        let tray_life = tokio::spawn(os::keep_tray(trays, health.clone(), ticks.clone()));
        os::claim_links();
        let desktop = Self {
            signals: signals::spawn(raws),
            tray,
            shortcut: Keeper::new(ticks.clone()),
            notifier: Notifier::new(ticks.clone(), health.clone()),
            reports: broadcast::Sender::new(BACKLOG),
            health,
            window: Window::beside_this_program(place.socket.clone(), ticks.clone()),
            autostart: Autostart::new(&place.config),
            settings_file: place.settings(),
            log_file: place.log_file(),
            gatekeeper,
            ticks,
            policy_fault: None,
        };
        (desktop, tray_life)
    }

    /// Has the doctor tell of a policy file that can't be taken.
    pub fn note_policy_fault(&mut self, fault: BadPolicy) {
        self.policy_fault = Some(fault);
    }

    /// Ends when the person has logged out of this desktop.
    pub fn log_out(&self) -> impl Future<Output = ()> + use<> {
        self.signals.log_out()
    }

    /// Where reports and the window's calls come out.
    pub fn outlets(&self) -> Outlets {
        Outlets { reports: self.reports.clone(), window: self.window.calls() }
    }
}

impl Shell for Desktop {
    fn show_tray(&mut self, tray: &Tray) {
        self.tray.send_replace(Some(tray.clone()));
        self.window.changed();
    }

    fn publish(&mut self, report: &Report, line: &str) {
        // Fails when nobody watches.
        let _ = self.reports.send(Arc::new((report.clone(), line.to_owned())));
    }

    fn notify(&mut self, notification: Notification) {
        self.notifier.show(notification);
    }

    fn withdraw(&mut self, tag: Tag) {
        self.notifier.withdraw(tag);
    }

    fn arm(&mut self, arm: Arm) {
        self.signals.arm(arm);
    }

    fn sleep_recorded(&mut self) {
        self.signals.sleep_recorded();
    }

    fn pause_sensing(&mut self, paused: bool) {
        self.signals.pause(paused);
    }

    fn tell_calls(&mut self, calls: bool) {
        self.signals.tell_calls(calls);
    }

    fn save_settings(&mut self, before: &Settings, after: &Settings) -> Result<(), String> {
        settings_file::save(&self.settings_file, before, after)
    }

    fn starts_with_session(&self) -> bool {
        self.autostart.is_on()
    }

    fn start_with_session(&mut self, on: bool) -> Result<(), String> {
        self.autostart.switch(on)
    }

    fn bind_shortcut(&mut self, shortcut: Option<&Shortcut>) {
        self.shortcut.bind(shortcut);
    }

    fn has_window(&self) -> bool {
        self.window.exists()
    }

    fn open_window(&mut self, reply: &mut Option<oneshot::Sender<Reply>>) -> Result<(), String> {
        self.window.open(self.health.take_activation(), reply)
    }

    fn open_target(&mut self, target: &str) -> Result<(), String> {
        let mut command = tokio::process::Command::from(os::opener(target));
        let program = command.as_std().get_program().to_string_lossy().into_owned();
        let opening = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut opening = opening.map_err(|error| {
            format!("{target} can't be opened, for {program} can't be started ({error}): open it yourself")
        })?;
        let (target, ticks) = (target.to_owned(), self.ticks.clone());
        tokio::spawn(async move {
            // Some of them stay for as long as the program that they started.
            if !opening.wait().await.is_ok_and(|ended| ended.success()) {
                let _ = ticks.send(Tick::Tell(key::FAULT_NOT_OPENED, vec![("target", target)])).await;
            }
        });
        Ok(())
    }

    fn close_window(&mut self) {
        self.window.close();
    }

    fn sign_in(&mut self, asked: Credentials, language: Language, reply: Option<oneshot::Sender<Reply>>) {
        tokio::spawn(self.gatekeeper.clone().sign_in(asked, language, reply));
    }

    fn sign_out(&mut self, language: Language, reply: Option<oneshot::Sender<Reply>>) {
        tokio::spawn(self.gatekeeper.clone().sign_out(language, reply));
    }

    fn checks(&self) -> Vec<Check> {
        let mut checks: Vec<Check> = self.signals.health().into_iter().map(check).collect();
        checks.extend(self.health.checks());
        checks.push(self.shortcut.check());
        checks.push(self.window.check());
        checks.push(Check {
            part: "program log".to_owned(),
            name: self.log_file.display().to_string(),
            state: if self.log_file.is_file() { CheckState::Working } else { CheckState::Absent },
            chosen: self.log_file.is_file(),
            why: "rotated at 1 MB; holds no messages and no names".to_owned(),
            advice: None,
            last: None,
        });
        checks.extend(self.policy_fault.as_ref().map(|fault| Check {
            part: "policy".to_owned(),
            name: fault.path.display().to_string(),
            state: CheckState::Failing,
            chosen: false,
            why: match fault.instead {
                Instead::Before => format!("{}; the policy from before is in force", fault.why),
                Instead::Shipped => format!("{}; the policy that Halo comes with is in force", fault.why),
            },
            advice: Some("correct the file or remove it, then: halo restart".to_owned()),
            last: None,
        }));
        checks
    }
}

fn check(source: SourceHealth) -> Check {
    let part = match source.signal {
        SignalKind::Idle => "idle",
        SignalKind::Lock => "lock",
        SignalKind::Sleep => "sleep",
        SignalKind::Screen => "screen",
        SignalKind::Call => "call",
    };
    let state = match source.state {
        SourceState::Working => CheckState::Working,
        SourceState::Absent => CheckState::Absent,
        SourceState::Failing => CheckState::Failing,
    };
    Check {
        part: part.to_owned(),
        name: source.source,
        state,
        chosen: source.chosen,
        why: source.why,
        advice: source.advice,
        last: source.last.map(|(at, what)| {
            let at = at.to_zoned(crate::zone::local()).strftime("%Y-%m-%d %H:%M:%S");
            format!("{what}, {at}")
        }),
    }
}
