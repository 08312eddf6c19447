//! Intents: what a person asks for becomes facts, or a refusal that says what to do.

use std::ops::ControlFlow;

use jiff::{SignedDuration, Timestamp};
use presence::{By, End, LONGEST_MESSAGE, LONGEST_REASON, Moment, NothingToUndo, Status, What, one_line};
use protocol::service::Follow;
use protocol::{Connection, Intent, Lasts, Notice, Reply, Said, Trouble, target};
use tokio::sync::oneshot;
use words::{Key, Language, key};

use crate::controller::{Controller, Ending};
use crate::gate::{Notification, Tag, Urgency};
use crate::hub::{Account, Answer, Fetch, Refusal, TeamFetch, TeamService, no_service};
use crate::proposal::Wish;
use crate::settings::{SHORTCUT, START_WITH_SESSION, Settings};
use crate::shell::{Credentials, Shell};
use crate::shortcut::{NotBound, Shortcut};
use crate::speech::Speech;
use crate::{gate, settings, status_names};

/// What was done, if there is something to say of it.
pub(crate) type Done = Result<Option<Said>, Refusal>;

pub(crate) type Values<'a> = &'a [(&'static str, &'a str)];

/// The longest span that anything is asked to last: what is longer was meant otherwise, or has no end.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

impl<S: Shell> Controller<S> {
    /// What somebody reads, in both voices.
    pub(crate) fn said(&self, now: Moment, tell: impl Fn(&Speech<'_>) -> String) -> Said {
        let zone = self.zone();
        Said { line: tell(&self.english(now, &zone)), words: tell(&self.speech(now, &zone)) }
    }

    pub(crate) fn refusal(&self, key: Key, values: Values<'_>) -> Refusal {
        Refusal(Said { line: Language::English.say(key, values), words: self.language().say(key, values) })
    }

    pub(crate) fn act(
        &mut self,
        intent: Intent,
        reply: Option<oneshot::Sender<Reply>>,
        now: Moment,
    ) -> ControlFlow<Ending> {
        let mut flow = ControlFlow::Continue(());
        let done = match intent {
            Intent::Notify(notice) => match heard(notice) {
                Ok(notice) => return self.pass(notice, reply, now),
                Err(refusal) => Err(refusal),
            },
            Intent::Set { status, lasts, message } => self.set(status.as_str(), lasts, message, now),
            Intent::SetEnd { lasts } => self.set_end(lasts, now),
            Intent::Back => self.back(now),
            Intent::Undo => self.undo(now),
            Intent::Stay => self.stay(now),
            Intent::Message { text, lasts } => self.set_message(text, lasts, now),
            Intent::Snooze { lasts } => self.snooze(lasts, now),
            Intent::Pause { lasts } => self.pause(lasts, now),
            Intent::Resume => self.resume(now),
            Intent::ShowHeld => self.show_held(now),
            Intent::ClearHeld => self.clear_held(),
            Intent::ForgetHeld { id } => self.forget_held(id),
            Intent::OpenHeld { id } => self.open_held(id, now).map(Some),
            Intent::Configure { key, value } if key == SHORTCUT => {
                self.set_shortcut(&value, reply);
                return flow;
            }
            Intent::Configure { key, value } => self.configure(&key, &value, now),
            Intent::DeleteHistory => {
                self.recent_messages.clear();
                self.recorder.forget_events();
                self.show_again();
                self.hub.fetch(Fetch::DeleteHistory(done(reply)));
                return flow;
            }
            Intent::Revoke { device } => {
                self.fetch_of_team(TeamFetch::Revoke(device, done(reply)));
                return flow;
            }
            Intent::SignIn { service, name, password, this_run_only } => match self.account() {
                // A sign-in whose token may be lost is no reason to refuse another one.
                Some(account) if !matches!(account.trouble, Some(Trouble::SignedOut(_) | Trouble::TokenMissing)) => {
                    let known = [("service", account.service.as_str()), ("name", &account.name)];
                    Err(self.refusal(key::REFUSAL_SIGNED_IN, &known).hint(" To sign out: halo sign-out"))
                }
                _ => match self.settings.may_sign_in_to(&service) {
                    Ok(()) => {
                        let asked = Credentials { service, name, password, this_run_only };
                        self.shell.sign_in(asked, self.language(), reply);
                        return flow;
                    }
                    Err(fixed) => Err(Refusal(fixed.said(self.language()))),
                },
            },
            Intent::SignOut if self.hub.team().is_some() => {
                self.shell.sign_out(self.language(), reply);
                return flow;
            }
            Intent::SignOut => Err(no_service(self.language())),
            Intent::Favourite { person, on } => {
                let how = Follow::Favourite;
                self.fetch_of_team(TeamFetch::Follow { person, how, on, answer: done(reply) });
                return flow;
            }
            Intent::TellWhenFree { person, on } => {
                let how = Follow::TellWhenFree;
                self.fetch_of_team(TeamFetch::Follow { person, how, on, answer: done(reply) });
                return flow;
            }
            Intent::Correct { from, to, status, reason } => self.correct([from, to], status.as_str(), &reason, now),
            Intent::Propose(intent) => self.propose(*intent, now).map(Some),
            Intent::Decide { accept } => match self.decide(accept, now) {
                Ok(Some(Wish::Do(intent))) => return self.act(intent, reply, now),
                Ok(Some(Wish::Open(target))) => self.shell.open_target(&target).map(|()| None).map_err(Refusal::from),
                Ok(None) => Ok(None),
                Err(refusal) => Err(refusal),
            },
            Intent::Open => {
                let mut reply = reply;
                let opened = self.shell.open_window(&mut reply).map(|()| None).map_err(Refusal::from);
                self.answered(reply, opened);
                return flow;
            }
            Intent::Quit => {
                flow = self.leave(now);
                Ok(None)
            }
            Intent::Restart => {
                flow = ControlFlow::Break(Ending::Restart);
                Ok(None)
            }
        };
        self.answered(reply, done);
        flow
    }

    fn account(&self) -> Option<Account> {
        self.hub.team().map(TeamService::account)
    }

    /// Tells whoever asked, or the person, how it went.
    pub(crate) fn answered(&mut self, reply: Option<oneshot::Sender<Reply>>, done: Done) {
        match (reply, done) {
            // Whoever hung up before the answer needs none.
            (Some(reply), Ok(said)) => drop(reply.send(Reply::Done(said))),
            (Some(reply), Err(refusal)) => drop(reply.send(Reply::Refused(refusal.0))),
            (None, Err(refusal)) => {
                let language = self.language();
                self.shell.notify(Notification {
                    tag: Tag::Program,
                    summary: language.say(key::NOTICE_NOT_DONE, &[]),
                    body: refusal.0.words,
                    urgency: Urgency::Normal,
                    actions: Vec::new(),
                    expires_ms: None,
                    language,
                });
            }
            (None, Ok(_)) => {}
        }
    }

    /// Whether something could be done at this moment, for whoever is to be asked first; in words why not.
    pub(crate) fn check(&self, intent: &Intent, now: Moment) -> Result<(), Refusal> {
        match intent {
            // Whoever asks for somebody else must name the status exactly.
            Intent::Set { status, .. } if self.policy().status(status).is_none() => {
                Err(self.no_such_status(status.as_str(), self.policy().selectable()))
            }
            Intent::Set { status, lasts, message } => {
                self.choice(status.as_str(), *lasts, message.clone(), now).map(|_| ())
            }
            Intent::Back => self.way_back(now).map(|_| ()),
            Intent::Undo => self.undoable(now),
            Intent::Message { text, lasts } => {
                text.as_deref().map(|text| self.checked_message(text)).transpose()?;
                self.some_end(*lasts, now).map(|_| ())
            }
            Intent::Snooze { lasts } => self.some_end(*lasts, now).map(|_| ()),
            _ => Ok(()),
        }
    }

    fn set(&mut self, status: &str, lasts: Option<Lasts>, message: Option<String>, now: Moment) -> Done {
        let (whats, message) = self.choice(status, lasts, message, now)?;
        self.hub.ask_all(whats, now)?;
        self.touched(now);
        if let Some(text) = message {
            self.remember_message(&text);
        }
        Ok(self.unsent())
    }

    /// What a command line is told of a change that the service can't be told now. The window and the tray say it for
    /// as long as it is so.
    fn unsent(&self) -> Option<Said> {
        let account = self.account().filter(|_| self.hub.connection() == Connection::Reconnecting)?;
        let line = format!("{} isn't reached: this will be sent once you're connected", account.service);
        Some(Said { line, words: String::new() })
    }

    /// What choosing a status comes to, and the message as it will read.
    fn choice(
        &self,
        status: &str,
        lasts: Option<Lasts>,
        message: Option<String>,
        now: Moment,
    ) -> Result<(Vec<What>, Option<String>), Refusal> {
        let Some(entry) = status_names::find(&self.policy().statuses, status, self.language()) else {
            return Err(self.no_such_status(status, self.policy().selectable()));
        };
        if !entry.selectable {
            let known = ids(self.policy().selectable());
            let tell = |speech: &Speech<'_>| {
                let status = speech.label_of(entry);
                speech.say(key::REFUSAL_SYSTEM_ONLY, &[("status", status), ("known", &known)])
            };
            let refusal = Refusal(self.said(now, tell));
            return Err(if entry.id == self.policy().signed_out.status {
                refusal.hint(". To sign out: halo quit")
            } else {
                refusal
            });
        }
        let id = entry.id.clone();
        let until = self.some_end(lasts, now)?.or_else(|| entry.usual_end(now.wall));
        let message = message.map(|text| self.checked_message(&text)).transpose()?;
        let mut whats = vec![What::Chose { status: id, until, by: By::Person }];
        // The words come with the choice, so they go with its end.
        whats.extend(message.clone().map(|text| What::MessageSet { text: Some(text), until }));
        Ok((whats, message))
    }

    fn set_end(&mut self, lasts: Option<Lasts>, now: Moment) -> Done {
        let until = self.some_end(lasts, now)?;
        let effective = self.hub.effective(now.wall);
        if !effective.reason.source.is_by_hand() {
            return Err(self.refusal(key::REFUSAL_NOT_BY_HAND, &[]));
        }
        let what = match self.hub.state().choice() {
            Some(_) => What::EndSet { until },
            None if until.is_some() => What::Chose { status: effective.status, until, by: By::Person },
            None => return Ok(None),
        };
        self.hub.ask(what, now)?;
        self.touched(now);
        Ok(self.unsent())
    }

    fn back(&mut self, now: Moment) -> Done {
        self.hub.ask(self.way_back(now)?, now)?;
        self.touched(now);
        Ok(self.unsent())
    }

    /// What ends what holds.
    fn way_back(&self, now: Moment) -> Result<What, Refusal> {
        let effective = self.hub.effective(now.wall);
        if effective.reason.source.is_desk() || self.hub.state().choice().is_some() {
            Ok(What::WentBack)
        } else {
            Err(Refusal(self.said(now, |speech| {
                speech.say(key::REFUSAL_NO_CHOICE, &[("status", &speech.label(&effective.status))])
            })))
        }
    }

    fn undo(&mut self, now: Moment) -> Done {
        self.undoable(now)?;
        self.hub.ask(What::Undid, now)?;
        self.touched(now);
        Ok(self.unsent())
    }

    fn undoable(&self, now: Moment) -> Result<(), Refusal> {
        match self.hub.state().undo_target(self.policy()) {
            Ok(_) => Ok(()),
            Err(NothingToUndo::YourOwn { status, since }) => {
                let said = self.said(now, |speech| {
                    let (status, time) = (speech.label(&status), speech.said_time(since));
                    speech.say(key::REFUSAL_OWN_CHOICE, &[("status", &status), ("time", &time)])
                });
                Err(Refusal(said).hint(" To end it: halo back"))
            }
            Err(NothingToUndo::NothingChanged) => Err(self.refusal(key::REFUSAL_NOTHING_TO_UNDO, &[])),
        }
    }

    fn stay(&mut self, now: Moment) -> Done {
        let effective = self.hub.effective(now.wall);
        if effective.reason.source.is_desk() {
            return Err(self.refusal(key::REFUSAL_AWAY_ALREADY, &[]).hint(" To come back: halo back"));
        }
        let counted = self.visible_countdown(&effective).is_some();
        self.touched(now);
        Ok((!counted).then(|| self.said(now, |speech| speech.say(key::DONE_NO_COUNTDOWN, &[]))))
    }

    fn set_message(&mut self, text: Option<String>, lasts: Option<Lasts>, now: Moment) -> Done {
        let text = text.map(|text| self.checked_message(&text)).transpose()?;
        let until = self.some_end(lasts, now)?;
        self.hub.ask(What::MessageSet { text: text.clone(), until }, now)?;
        if let Some(text) = text {
            self.remember_message(&text);
        }
        Ok(self.unsent())
    }

    fn snooze(&mut self, lasts: Option<Lasts>, now: Moment) -> Done {
        let until = self.some_end(lasts, now)?;
        self.hub.ask(What::Snoozed { until }, now)?;
        Ok(until
            .map(|end| self.said(now, |speech| speech.say(key::DONE_SNOOZED, &[("until", &speech.said_time(end.at))]))))
    }

    fn pause(&mut self, lasts: Option<Lasts>, now: Moment) -> Done {
        let until = self.some_end(lasts, now)?;
        self.hub.ask(What::Paused { until }, now)?;
        let mut said = self.said(now, |speech| match until {
            Some(end) => speech.say(key::DONE_PAUSED_UNTIL, &[("until", &speech.said_time(end.at))]),
            None => speech.say(key::DONE_PAUSED, &[]),
        });
        said.line.push_str(" To sense again: halo pause off");
        Ok(Some(said))
    }

    fn resume(&mut self, now: Moment) -> Done {
        if self.is_paused() {
            self.hub.ask(What::Resumed, now)?;
        }
        Ok(None)
    }

    /// In the window, where each can be opened and forgotten; without one, as a notification.
    fn show_held(&mut self, now: Moment) -> Done {
        if self.shell.has_window() && self.shell.open_window(&mut None).is_ok() {
            return Ok(None);
        }
        let held = self.hub.held()?;
        let held: Vec<_> = held.iter().collect();
        let zone = self.zone();
        let digest = gate::digest(Tag::Held, &held, &self.speech(now, &zone));
        self.shell.notify(digest);
        Ok(None)
    }

    fn clear_held(&mut self) -> Done {
        self.hub.clear_held()?;
        self.shell.withdraw(Tag::Digest);
        self.shell.withdraw(Tag::Held);
        Ok(None)
    }

    fn forget_held(&mut self, id: u64) -> Done {
        if !self.hub.forget_held(id)? {
            return Err(self
                .refusal(key::REFUSAL_NOT_HELD, &[("number", &id.to_string())])
                .hint(" To list them: halo held"));
        }
        // They tell of something that is gone.
        self.shell.withdraw(Tag::Digest);
        self.shell.withdraw(Tag::Held);
        Ok(None)
    }

    fn open_held(&mut self, id: u64, now: Moment) -> Result<Said, Refusal> {
        let held = self.hub.held()?;
        let Some(item) = held.into_iter().find(|item| item.id == id) else {
            return Err(self
                .refusal(key::REFUSAL_NOT_HELD, &[("number", &id.to_string())])
                .hint(" To list them: halo held"));
        };
        let target = item.open.ok_or_else(|| self.refusal(key::REFUSAL_NOTHING_TO_OPEN, &[]))?;
        self.propose_to_open(&target, now)
    }

    fn configure(&mut self, key: &str, value: &str, now: Moment) -> Done {
        if key == START_WITH_SESSION {
            let may = self.settings.may_change(key).and_then(|()| settings::starts_with_session(value));
            let on = may.map_err(|error| Refusal(error.said(self.language())))?;
            let switched = self.shell.start_with_session(on);
            return switched.map(|()| None).map_err(|fault| self.refusal(key::REFUSAL_NOT_KEPT, &[("fault", &fault)]));
        }
        let settings = self.changed_settings(key, value)?;
        self.save(&settings)?;
        if settings.sign_in_status() != self.settings.sign_in_status() {
            self.hub.ask(What::DefaultSet { status: settings.sign_in_status().cloned() }, now)?;
        }
        if settings.covers() != self.settings.covers() {
            self.hub.ask(What::CoversSet { statuses: settings.covers().map(<[_]>::to_vec) }, now)?;
        }
        let tracker = settings.tracker(self.policy());
        self.settings = settings;
        self.hub.keep_history(self.settings.keep_history(), now);
        self.shell.tell_calls(self.settings.tells_calls());
        let signs = self.recorder.set(tracker, now);
        self.record_signs(signs, now);
        self.shell.arm(self.recorder.arm());
        self.show_again();
        Ok(None)
    }

    /// The settings with one of them changed, if they can be kept.
    fn changed_settings(&self, key: &str, value: &str) -> Result<Settings, Refusal> {
        let mut settings = self.settings.clone();
        settings.set(key, value, self.policy()).map_err(|error| Refusal(error.said(self.language())))?;
        Ok(settings)
    }

    fn save(&mut self, settings: &Settings) -> Result<(), Refusal> {
        self.shell.save_settings(&self.settings, settings).map_err(|fault| {
            let key = if self.settings_fault.is_some() { key::REFUSAL_SETTINGS_FILE } else { key::REFUSAL_NOT_KEPT };
            self.refusal(key, &[("fault", &fault)])
        })
    }

    /// Asks the desktop for a shortcut first: only one that works is kept.
    fn set_shortcut(&mut self, value: &str, reply: Option<oneshot::Sender<Reply>>) {
        let changed = match &self.binding {
            Some((other, _)) => Err(self.refusal(key::REFUSAL_SHORTCUT_BUSY, &[("keys", &other.to_string())])),
            None => self.changed_settings(SHORTCUT, value),
        };
        let wanted = match changed {
            Ok(settings) => settings.shortcut(),
            Err(refusal) => return self.answered(reply, Err(refusal)),
        };
        self.shell.bind_shortcut(wanted.as_ref());
        if let Some(wanted) = wanted {
            self.binding = Some((wanted, reply));
        } else {
            let done = self.keep_shortcut(value);
            self.answered(reply, done);
        }
    }

    /// The desktop has bound a shortcut, or refused it.
    pub(crate) fn bound(&mut self, shortcut: &Shortcut, result: Result<(), NotBound>) {
        if let Err(why) = &result {
            tracing::warn!("the shortcut {shortcut} was not bound: {}", why.say(shortcut, Language::English));
        }
        // At the start nobody waits for it: `halo doctor` says how it went.
        let Some((_, reply)) = self.binding.take_if(|(wanted, _)| wanted == shortcut) else { return };
        let done = match result {
            Ok(()) => self.keep_shortcut(&shortcut.to_string()),
            Err(why) => Err(Refusal(Said {
                line: why.say(shortcut, Language::English),
                words: why.say(shortcut, self.language()),
            })),
        };
        self.answered(reply, done);
    }

    /// Keeps it, or goes back to what was bound before.
    fn keep_shortcut(&mut self, value: &str) -> Done {
        let kept = self.changed_settings(SHORTCUT, value).and_then(|settings| {
            self.save(&settings)?;
            self.settings = settings;
            Ok(None)
        });
        if kept.is_err() {
            self.shell.bind_shortcut(self.settings.shortcut().as_ref());
        }
        kept
    }

    /// Says afterwards what a stretch of the past really was (R07).
    fn correct(&mut self, [from, to]: [Timestamp; 2], status: &str, reason: &str, now: Moment) -> Done {
        let Some(entry) = status_names::find(&self.policy().statuses, status, self.language()) else {
            return Err(self.no_such_status(status, self.policy().statuses.iter()));
        };
        let status = entry.id.clone();
        // The log keeps whole milliseconds, and "now" was read a moment ago from a finer clock.
        let whole = |at: Timestamp| Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
        let ahead = to.duration_since(now.wall);
        let (from, to) = (whole(from), if ahead < SignedDuration::from_secs(1) { whole(to).min(now.wall) } else { to });
        if from >= to {
            return Err(self.refusal(key::REFUSAL_CORRECT_ORDER, &[]));
        }
        if to > now.wall {
            return Err(self.refusal(key::REFUSAL_CORRECT_FUTURE, &[]));
        }
        let reason = self.checked_reason(reason)?;
        let kept = self.hub.kept_since()?.unwrap_or(now.wall);
        // A time of whole minutes may lie seconds before what it means.
        if kept.duration_since(from) >= SignedDuration::from_mins(1) {
            let tell = |speech: &Speech<'_>| speech.say(key::REFUSAL_CORRECT_BEFORE, &[("time", &speech.time(kept))]);
            return Err(Refusal(self.said(now, tell)));
        }
        self.hub.ask(What::Corrected { from: from.max(kept), to, status, reason }, now)?;
        self.show_again();
        Ok(None)
    }

    fn no_such_status<'s>(&self, status: &str, known: impl Iterator<Item = &'s Status>) -> Refusal {
        self.refusal(key::REFUSAL_NO_SUCH_STATUS, &[("status", status), ("known", &ids(known))])
    }

    /// An end, if it lies ahead.
    fn some_end(&self, lasts: Option<Lasts>, now: Moment) -> Result<Option<End>, Refusal> {
        let end = match lasts {
            None => return Ok(None),
            Some(Lasts::For(seconds)) => {
                let seconds = i64::try_from(seconds).ok().filter(|seconds| *seconds <= LONGEST.as_secs());
                let span = seconds.map(SignedDuration::from_secs);
                let at = span.and_then(|span| now.wall.checked_add(span).ok());
                let at = at.ok_or_else(|| self.refusal(key::REFUSAL_TOO_LONG, &[]))?;
                End { at, fixed: false }
            }
            Some(Lasts::Until(at)) if at <= now.wall => {
                let tell = |speech: &Speech<'_>| speech.say(key::REFUSAL_PASSED, &[("time", &speech.time(at))]);
                return Err(Refusal(self.said(now, tell)));
            }
            Some(Lasts::Until(at)) => End { at, fixed: true },
        };
        Ok(Some(end))
    }

    fn checked_message(&self, text: &str) -> Result<String, Refusal> {
        // It stands in one line beside what others wrote.
        let text = one_line(text);
        if text.is_empty() {
            return Err(self.refusal(key::REFUSAL_EMPTY_MESSAGE, &[]).hint(" To clear it: halo message"));
        }
        let count = text.chars().count();
        if count > LONGEST_MESSAGE {
            let (most, count) = (LONGEST_MESSAGE.to_string(), count.to_string());
            return Err(self.refusal(key::REFUSAL_LONG_MESSAGE, &[("most", &most), ("count", &count)]));
        }
        Ok(text)
    }

    fn checked_reason(&self, text: &str) -> Result<String, Refusal> {
        // It stands in one line of a table, as a message does.
        let text = one_line(text);
        if text.is_empty() {
            return Err(self.refusal(key::REFUSAL_NO_REASON, &[]));
        }
        let count = text.chars().count();
        if count > LONGEST_REASON {
            let (most, count) = (LONGEST_REASON.to_string(), count.to_string());
            return Err(self.refusal(key::REFUSAL_LONG_REASON, &[("most", &most), ("count", &count)]));
        }
        Ok(text)
    }
}

/// Tells whoever asked that it is done; whoever does not listen needs no answer.
fn done(reply: Option<oneshot::Sender<Reply>>) -> Answer<()> {
    Answer::to(reply.unwrap_or_else(|| oneshot::channel().0), |()| Reply::Done(None))
}

/// A notice as it is taken in: plain words in one line each, and an address that may be opened.
fn heard(notice: Notice) -> Result<Notice, Refusal> {
    if let Some(open) = &notice.open {
        target(open).map_err(|why| Refusal::from(why.to_string()))?;
    }
    let from = notice.from.as_deref().map(one_line).filter(|from| !from.is_empty());
    let text = one_line(&notice.text);
    if text.is_empty() && from.is_none() {
        return Err(Refusal::from("a notification says something, or who it is from: give it words".to_owned()));
    }
    Ok(Notice { from, text, ..notice })
}

fn ids<'s>(statuses: impl Iterator<Item = &'s Status>) -> String {
    statuses.map(|status| status.id.as_str()).collect::<Vec<_>>().join(", ")
}
