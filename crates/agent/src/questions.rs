//! Questions: what is asked of the agent without changing anything.

use std::ops::ControlFlow;

use presence::{Moment, Span};
use protocol::service::PersonView;
use protocol::{Check, CheckState, Reply, Request, Setting, WindowView};
use tokio::sync::oneshot;

use crate::bad_setting::BadSetting;
use crate::controller::{Controller, Ending};
use crate::hub::{Answer, Fetch, TeamFetch, no_service};
use crate::people::person_row;
use crate::shell::Shell;
use crate::window_view::window_view;

impl<S: Shell> Controller<S> {
    /// Answers, or has somebody answer who needs a while.
    pub(crate) fn asked(
        &mut self,
        request: Request,
        reply: oneshot::Sender<Reply>,
        now: Moment,
    ) -> ControlFlow<Ending> {
        let answer = match request {
            Request::Do(intent) => return self.act(intent, Some(reply), now),
            Request::History { since, until, limit } => {
                let limit = limit.and_then(|limit| usize::try_from(limit).ok());
                let answer = Answer::to(reply, Reply::History);
                self.hub.fetch(Fetch::History(Span { since, until, limit }, answer));
                return ControlFlow::Continue(());
            }
            Request::People { search } => {
                let (policy, language) = (self.policy().clone(), self.language());
                let rows = move |people: Vec<PersonView>| {
                    Reply::People(people.iter().map(|person| person_row(person, &policy, language)).collect())
                };
                self.fetch_of_team(TeamFetch::People(search, Answer::to(reply, rows)));
                return ControlFlow::Continue(());
            }
            Request::Devices => {
                self.fetch_of_team(TeamFetch::Devices(Answer::to(reply, Reply::Devices)));
                return ControlFlow::Continue(());
            }
            Request::Status | Request::Watch => {
                let effective = self.hub.effective(now.wall);
                let zone = self.zone();
                let english = self.english(now, &zone);
                let countdown = self.visible_countdown(&effective);
                let line = self.line(&effective, &english, countdown.as_ref());
                let report = self.report(&effective, &english, countdown);
                Reply::Status { report: Box::new(report), line }
            }
            Request::Window => Reply::Window(Box::new(self.window(now))),
            Request::Held => match self.hub.held() {
                Ok(held) => Reply::Held(held),
                Err(refusal) => Reply::Refused(refusal.0),
            },
            Request::Doctor => Reply::Doctor(self.checks()),
            Request::Trace => self.trace(),
            Request::Settings { key } => match self.settings_now(key.as_deref()) {
                Ok(settings) => Reply::Settings(settings),
                Err(error) => Reply::Refused(error.said(self.language())),
            },
        };
        // Whoever hung up before the answer needs none.
        let _ = reply.send(answer);
        ControlFlow::Continue(())
    }

    /// Asks the team's service, if there is one.
    pub(crate) fn fetch_of_team(&self, fetch: TeamFetch) {
        match self.hub.team() {
            Some(team) => team.fetch(fetch),
            None => fetch.refuse(no_service(self.language())),
        }
    }

    fn settings_now(&self, key: Option<&str>) -> Result<Vec<Setting>, BadSetting> {
        self.settings.list(key, self.policy(), || self.shell.starts_with_session())
    }

    fn window(&self, now: Moment) -> WindowView {
        let zone = self.zone();
        let today = now.wall.to_zoned(zone.clone()).start_of_day().ok().map(|start| start.timestamp());
        let history = self.hub.recent(&Span { since: today, ..Span::default() }).unwrap_or_default();
        let model = self.model(self.hub.effective(now.wall), now.wall);
        // Everybody has one name: a team's is the one by which colleagues know them.
        let own = self.settings.name().filter(|_| self.hub.team().is_none());
        let person = own.map_or_else(|| self.hub.person(), str::to_owned);
        window_view(&model, &person, &history, self.hub.connection(), &model.speech(now.wall, &zone))
    }

    fn trace(&self) -> Reply {
        let program = format!("halo {} on {}", env!("CARGO_PKG_VERSION"), std::env::consts::OS);
        let checks = self.shell.checks();
        let sources = checks.iter().filter(|check| ["idle", "lock", "sleep", "call"].contains(&check.part.as_str()));
        // Why a source is as it is may name folders and people.
        let state = |check: &Check| {
            let chosen = if check.chosen { ", chosen" } else { "" };
            format!("{}: {}, {:?}{chosen}", check.part, check.name, check.state)
        };
        let trace = self.recorder.trace().about(program, sources.map(state).collect());
        Reply::Trace { events: trace.steps().len(), text: trace.to_string() }
    }

    fn checks(&self) -> Vec<Check> {
        let mut checks = self.shell.checks();
        checks.extend(self.hub.checks());
        checks.push(match &self.settings_fault {
            None => Check {
                part: "settings".to_owned(),
                name: "config.toml".to_owned(),
                state: CheckState::Working,
                chosen: true,
                why: "read".to_owned(),
                advice: None,
                last: None,
            },
            Some(fault) => Check {
                part: "settings".to_owned(),
                name: "config.toml".to_owned(),
                state: CheckState::Failing,
                chosen: false,
                why: format!("{fault}; all other settings are in force, and what these would sense is off"),
                advice: Some("correct the file or remove it, then: halo restart".to_owned()),
                last: None,
            },
        });
        let managed = self.settings.managed();
        if let Some(about) = managed.about() {
            let fault = managed.fault.as_ref();
            checks.push(Check {
                part: "settings".to_owned(),
                name: managed.place.clone(),
                state: if fault.is_some() { CheckState::Failing } else { CheckState::Working },
                chosen: true,
                why: fault.map_or_else(|| about.clone(), |fault| format!("{fault}; in force: {about}")),
                advice: fault.map(|_| "whoever looks after this computer can mend it; then: halo restart".to_owned()),
                last: None,
            });
        }
        if self.is_paused() {
            checks.push(Check {
                part: "privacy".to_owned(),
                name: "pause".to_owned(),
                state: CheckState::Working,
                chosen: true,
                why: "you paused sensing: nothing is sensed or sent".to_owned(),
                advice: Some("to sense again: halo pause off".to_owned()),
                last: None,
            });
        }
        checks
    }
}
