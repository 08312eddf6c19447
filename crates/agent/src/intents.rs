//! Intents: what a person asks for becomes facts, or a refusal that says what to do.

use std::ops::ControlFlow;

use jiff::SignedDuration;
use presence::{By, End, NothingToUndo, What};
use protocol::{HeldAs, Intent, Lasts, Notice, Outcome, Reply, Said};
use signals::clock::Moment;
use tokio::sync::oneshot;

use crate::gate::{self, Notification, Tag, Urgency, Verdict};
use crate::{Controller, Hub, Refusal, Shell, words};

/// The longest message, in characters.
const LONGEST_MESSAGE: usize = 500;

/// What was done, if there is something to say of it.
type Done = Result<Option<Said>, Refusal>;

fn refuse<T>(why: impl Into<Said>) -> Result<T, Refusal> {
    Err(Refusal(why.into()))
}

impl<H: Hub, S: Shell> Controller<H, S> {
    pub(crate) fn act(
        &mut self,
        intent: Intent,
        reply: Option<oneshot::Sender<Reply>>,
        now: Moment,
    ) -> ControlFlow<()> {
        let mut flow = ControlFlow::Continue(());
        let done = match intent {
            Intent::Notify(notice) => return self.pass(notice, reply, now),
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
            Intent::Configure { key, value } => self.configure(&key, &value, now),
            Intent::DeleteHistory => {
                self.recent_messages.clear();
                self.hub.delete_history().map(|()| None)
            }
            Intent::Correct { .. } | Intent::Propose(_) | Intent::Decide { .. } | Intent::Restart => {
                refuse("this Halo can't do that yet")
            }
            Intent::Open => self.shell.open_window().map(|()| None).map_err(Refusal::from),
            Intent::Quit => {
                flow = self.leave(now);
                Ok(None)
            }
        };
        match (reply, done) {
            // Whoever hung up before the answer needs none.
            (Some(reply), Ok(said)) => drop(reply.send(Reply::Done(said))),
            (Some(reply), Err(refusal)) => drop(reply.send(Reply::Refused(refusal.0))),
            (None, Err(refusal)) => self.shell.notify(Notification {
                tag: Tag::Program,
                summary: "Not done".to_owned(),
                body: refusal.0.words,
                urgency: Urgency::Normal,
                actions: Vec::new(),
                expires_ms: None,
            }),
            (None, Ok(_)) => {}
        }
        flow
    }

    fn set(&mut self, status: &str, lasts: Option<Lasts>, message: Option<String>, now: Moment) -> Done {
        let known = || {
            let ids: Vec<_> = self.policy().selectable().map(|status| status.id.as_str()).collect();
            ids.join(", ")
        };
        let Some(entry) = self.policy().statuses.iter().find(|entry| entry.id.as_str() == status) else {
            return refuse(format!("there is no status “{status}”. Known: {}", known()));
        };
        if !entry.selectable {
            let hint = if status == "offline" { " (halo quit signs you out)" } else { "" };
            return refuse(format!("{} is set by the system only{hint}. To choose: {}", entry.label("en"), known()));
        }
        let own_duration = entry.minutes.map(|minutes| Lasts::For(u64::from(minutes) * 60));
        let id = entry.id.clone();
        let until = some_end(lasts.or(own_duration), now)?;
        let message = message.map(|text| checked_message(&text)).transpose()?;
        let mut whats = vec![What::Chose { status: id, until, by: By::Person }];
        // The words come with the choice, so they go with its end.
        whats.extend(message.clone().map(|text| What::MessageSet { text: Some(text), until }));
        self.hub.ask_all(whats, now)?;
        self.touched(now);
        if let Some(text) = message {
            self.remember_message(&text);
        }
        Ok(None)
    }

    fn set_end(&mut self, lasts: Option<Lasts>, now: Moment) -> Done {
        let until = some_end(lasts, now)?;
        let effective = self.hub.effective(now.wall);
        if !effective.reason.source.is_by_hand() {
            return refuse("the system set this status: choose one yourself to give it an end");
        }
        let what = match self.hub.state().choice() {
            Some(_) => What::EndSet { until },
            None if until.is_some() => What::Chose { status: effective.status, until, by: By::Person },
            None => return Ok(None),
        };
        self.hub.ask(what, now)?;
        self.touched(now);
        Ok(None)
    }

    fn back(&mut self, now: Moment) -> Done {
        let effective = self.hub.effective(now.wall);
        if effective.reason.source.is_desk() {
            // "I'm back": what lies beneath shows, whatever it is.
            self.hub.ask(What::Undid, now)?;
        } else if self.hub.state().choice().is_some() {
            self.hub.ask(What::WentBack, now)?;
        } else {
            let label = words::label(&effective.status, self.policy());
            return refuse(format!("there is no choice to end: you are {label} already, without having chosen it"));
        }
        self.touched(now);
        Ok(None)
    }

    fn undo(&mut self, now: Moment) -> Done {
        match self.hub.state().undo_target(self.policy()) {
            Ok(_) => {
                self.hub.ask(What::Undid, now)?;
                self.touched(now);
                Ok(None)
            }
            Err(NothingToUndo::YourOwn { status, since }) => {
                let label = words::label(&status, self.policy());
                let since = words::clock_time(since, now.wall, &self.zone());
                refuse(format!("there is nothing to undo: you chose {label} yourself at {since}. To end it: halo back"))
            }
            Err(NothingToUndo::NothingChanged) => refuse("there is nothing to undo: nothing has changed by itself"),
        }
    }

    fn stay(&mut self, now: Moment) -> Done {
        let effective = self.hub.effective(now.wall);
        if effective.reason.source.is_desk() {
            return refuse("you are Away already. To come back: halo back");
        }
        self.touched(now);
        Ok(None)
    }

    fn set_message(&mut self, text: Option<String>, lasts: Option<Lasts>, now: Moment) -> Done {
        let text = text.map(|text| checked_message(&text)).transpose()?;
        let until = some_end(lasts, now)?;
        self.hub.ask(What::MessageSet { text: text.clone(), until }, now)?;
        if let Some(text) = text {
            self.remember_message(&text);
        }
        Ok(None)
    }

    fn snooze(&mut self, lasts: Option<Lasts>, now: Moment) -> Done {
        let until = some_end(lasts, now)?;
        self.hub.ask(What::Snoozed { until }, now)?;
        Ok(until.map(|end| format!("Notifications wait until {}.", self.said(end, now)).into()))
    }

    fn pause(&mut self, lasts: Option<Lasts>, now: Moment) -> Done {
        let until = some_end(lasts, now)?;
        self.hub.ask(What::Paused { until }, now)?;
        let until = until.map(|end| format!(" until {}", self.said(end, now)));
        Ok(Some(format!("Nothing is sensed{}. To sense again: halo pause off", until.unwrap_or_default()).into()))
    }

    fn resume(&mut self, now: Moment) -> Done {
        if self.is_paused() {
            self.hub.ask(What::Resumed, now)?;
        }
        Ok(None)
    }

    fn show_held(&mut self, now: Moment) -> Done {
        let held = self.hub.held()?;
        let held: Vec<_> = held.iter().collect();
        self.shell.notify(gate::digest(Tag::Held, &held, now.wall, &self.zone()));
        Ok(None)
    }

    fn clear_held(&mut self) -> Done {
        self.hub.clear_held()?;
        self.shell.withdraw(Tag::Digest);
        self.shell.withdraw(Tag::Held);
        Ok(None)
    }

    fn configure(&mut self, key: &str, value: &str, now: Moment) -> Done {
        if let Some(fault) = &self.settings_fault {
            return refuse(format!(
                "nothing was changed: {fault}. Correct the file or remove it, then start Halo again"
            ));
        }
        let mut settings = self.settings.clone();
        settings.set(key, value, self.policy()).map_err(|error| Refusal::from(error.to_string()))?;
        self.shell.save_settings(&settings).map_err(Refusal::from)?;
        if settings.sign_in_status() != self.settings.sign_in_status() {
            self.hub.ask(What::DefaultSet { status: settings.sign_in_status().cloned() }, now)?;
        }
        let tracker = settings.tracker(self.policy());
        self.settings = settings;
        self.hub.keep_history(self.settings.keep_history(), now);
        let signs = self.tracker.set(tracker, now);
        self.record_signs(signs, now);
        self.shell.arm(self.tracker.arm());
        Ok(None)
    }

    /// Lets a notice through the gate, or keeps it.
    fn pass(&mut self, notice: Notice, reply: Option<oneshot::Sender<Reply>>, now: Moment) -> ControlFlow<()> {
        let effective = self.hub.effective(now.wall);
        match gate::judge(&notice, &effective, self.policy(), self.is_locked()) {
            Verdict::Show { missed_if_unanswered } => {
                let notification = self.gate.show(notice, missed_if_unanswered, reply);
                self.shell.notify(notification);
            }
            Verdict::Keep(held_as) => self.keep(&notice, held_as, reply, now),
        }
        ControlFlow::Continue(())
    }

    fn keep(&mut self, notice: &Notice, held_as: HeldAs, reply: Option<oneshot::Sender<Reply>>, now: Moment) {
        let answer = match self.hub.hold(notice, held_as, now) {
            Ok(()) if held_as == HeldAs::Blocked => Reply::Notified(Outcome::Blocked),
            Ok(()) => Reply::Notified(Outcome::Held),
            Err(refusal) => {
                tracing::error!("a notification could not be held: {refusal}");
                Reply::Refused(refusal.0)
            }
        };
        if let Some(reply) = reply {
            // Whoever hung up before the answer needs none.
            let _ = reply.send(answer);
        }
    }

    /// A notification got to the screen, or did not: then it waits, so that it is not lost.
    pub(crate) fn shown(&mut self, tag: Tag, result: &Result<(), String>, now: Moment) {
        self.gate.daemon_fails = result.is_err();
        if let Err(why) = result {
            tracing::warn!("a notification could not be shown: {why}");
        }
        match tag {
            Tag::Digest => {
                let Some(up_to) = self.gate.digest_under_way.take().filter(|_| result.is_ok()) else { return };
                self.gate.told_up_to = up_to;
                if let Err(refusal) = self.hub.mark_told(up_to) {
                    tracing::error!("{refusal}");
                }
            }
            Tag::Notice(id) => {
                let Some(mut showing) = self.gate.showing.remove(&id) else { return };
                let reply = showing.reply.take();
                if result.is_err() {
                    let call = showing.notice.kind == protocol::NoticeKind::Call;
                    let held_as = if call { HeldAs::MissedCall } else { HeldAs::Held };
                    self.keep(&showing.notice, held_as, reply, now);
                    return;
                }
                if let Some(reply) = reply {
                    let _ = reply.send(Reply::Notified(Outcome::Shown));
                }
                self.gate.showing.insert(id, showing);
            }
            Tag::Countdown | Tag::Own | Tag::Held | Tag::Program => {}
        }
    }

    /// A call that nobody answered is a missed one (G07).
    pub(crate) fn gone(&mut self, tag: Tag, expired: bool, now: Moment) {
        let Tag::Notice(id) = tag else { return };
        let Some(showing) = self.gate.showing.remove(&id) else { return };
        if expired && showing.missed_if_unanswered {
            self.keep(&showing.notice, HeldAs::MissedCall, None, now);
        }
    }

    fn said(&self, end: End, now: Moment) -> String {
        words::clock_time(end.at, now.wall, &self.zone())
    }
}

/// A choice's end, if it lies ahead.
fn end(lasts: Lasts, now: Moment) -> Result<End, String> {
    match lasts {
        Lasts::For(seconds) => {
            let too_long = || "that is too long: at most a few thousand years".to_owned();
            let seconds = i64::try_from(seconds).map_err(|_| too_long())?;
            let at = now.wall.checked_add(SignedDuration::from_secs(seconds)).map_err(|_| too_long())?;
            Ok(End { at, fixed: false })
        }
        Lasts::Until(at) if at <= now.wall => Err(format!("{at} has passed already: give an end that lies ahead")),
        Lasts::Until(at) => Ok(End { at, fixed: true }),
    }
}

fn some_end(lasts: Option<Lasts>, now: Moment) -> Result<Option<End>, Refusal> {
    lasts.map(|lasts| end(lasts, now)).transpose().map_err(Refusal::from)
}

fn checked_message(text: &str) -> Result<String, Refusal> {
    // Line feeds and control characters would break the one line in which others see it.
    let line = words::one_line(text);
    let text = line.trim();
    if text.is_empty() {
        return refuse("a message needs words. To clear it: halo message");
    }
    let length = text.chars().count();
    if length > LONGEST_MESSAGE {
        return refuse(format!(
            "a message has at most {LONGEST_MESSAGE} characters, this one has {length}: shorten it"
        ));
    }
    Ok(text.to_owned())
}
