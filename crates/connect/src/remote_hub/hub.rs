//! The hub itself: what it knows, and what it takes in of what the link tells.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use presence::{DeviceId, Effective, Fact, Interval, Moment, Policy, Span, State, StatusId, What};
use protocol::service::{Down, Person, PersonView, Write};
use protocol::{Connection, HeldItem, News, Trouble};
use tokio::sync::mpsc;

use crate::client::Client;
use crate::clock::ServiceClock;
use crate::link::{Event, LinkHandle};
use crate::outbox::{Outbox, OutboxError};
use crate::replica::{Effect, Replica};
use crate::tokens::Tokens;

/// What is kept for a start without the service is written anew at most so often.
const SAVE_AFTER: Duration = Duration::from_secs(60);

/// So many kinds of what this version doesn't know are told apart.
const MOST_UNKNOWN: usize = 20;

/// The service of a team, from one device.
pub struct RemoteHub {
    pub(super) replica: Replica,
    pub(super) clock: Arc<ServiceClock>,
    pub(super) link: LinkHandle,
    pub(super) events: mpsc::UnboundedReceiver<Event>,
    pub(super) client: Arc<Client>,
    pub(super) tokens: Arc<dyn Tokens>,
    pub(super) now: fn() -> Moment,
    pub(super) boot_id: String,
    pub(super) folder: PathBuf,
    pub(super) outbox: Option<Outbox>,
    /// Writes that could not be put there.
    pub(super) unsaved: Vec<Write>,
    /// Why the outbox can't be used, while it can't.
    pub(super) fault: Option<String>,
    /// When the replica was saved last, in time since boot.
    pub(super) saved: Option<Duration>,
    /// Whether it changed since.
    pub(super) dirty: bool,
    pub(super) trouble: Option<Trouble>,
    pub(super) news: Vec<News>,
    /// What the service said that this version doesn't know, and how often.
    pub(super) unknown: BTreeMap<String, usize>,
}

impl RemoteHub {
    /// The service's clock at this moment. A moment of the service stays what it is.
    pub fn clock(&self, now: Moment) -> Moment {
        self.clock.at(now)
    }

    /// The device woke, or its network changed: what was connected before may not be any more.
    pub fn woke(&mut self) {
        if !self.is_signed_out() {
            self.link.reconnect();
        }
    }

    /// Takes in what the service said, and runs timers up to now.
    pub fn advance(&mut self, now: Moment) {
        while let Ok(event) = self.events.try_recv() {
            // By the clock that the event may have told.
            let now = self.clock(now);
            self.take(event, now);
        }
        let now = self.clock(now);
        self.replica.advance(now);
        self.try_again();
        if self.dirty && self.saved.is_none_or(|saved| now.boot >= saved + SAVE_AFTER) {
            self.save(now);
        }
    }

    fn take(&mut self, event: Event, now: Moment) {
        match event {
            Event::Heard(said) => {
                match &*said {
                    Down::Snapshot(_) => (self.trouble, self.saved) = (None, None),
                    Down::Facts(facts) => facts.iter().for_each(|fact| self.note_if_unknown(fact)),
                    _ => {}
                }
                self.dirty = true;
                for effect in self.replica.hear(*said, now) {
                    self.heed(effect, now);
                }
            }
            Event::Lost { why, heard, closed } => {
                let heard = self.clock(Moment { wall: now.wall, boot: heard });
                self.replica.lost(heard, closed, now);
                if let Some(why) = why
                    && !self.is_signed_out()
                {
                    self.trouble = Some(Trouble::Unreachable(why));
                }
                if self.dirty {
                    self.save(now);
                }
            }
            Event::Unknown(what) => self.note_unknown(what),
            Event::Failed(Trouble::SignedOut(why)) => self.sign_in_ended(why, now),
            Event::Failed(trouble) => self.trouble = Some(trouble),
        }
    }

    fn heed(&mut self, effect: Effect, now: Moment) {
        match effect {
            Effect::Settled(key) => self.settled(&key),
            Effect::Refused(why) => self.news.push(News::Refused(why)),
            Effect::Free(person) => self.news.push(News::Free(person)),
            Effect::Write(what) => self.write(what, now),
            Effect::Gap => {
                tracing::warn!("something of the log was missed; connecting anew");
                self.link.reconnect();
            }
            Effect::SignedOut(why) => self.sign_in_ended(why, now),
        }
    }

    fn note_if_unknown(&mut self, fact: &Fact) {
        if let What::Unknown(unknown) = &fact.what {
            self.note_unknown(format!("the fact {}", unknown.kind()));
        }
    }

    /// Counts what is left out, and says so once of each kind. A peer that makes kinds up fills no memory.
    fn note_unknown(&mut self, what: String) {
        if let Some(count) = self.unknown.get_mut(&what) {
            *count += 1;
        } else if self.unknown.len() < MOST_UNKNOWN {
            tracing::warn!("the service says {what}, which this version doesn't know; it is left out");
            self.unknown.insert(what, 1);
        }
    }

    fn sign_in_ended(&mut self, why: String, now: Moment) {
        self.trouble = Some(Trouble::SignedOut(why));
        self.replica.sign_in_ended(now);
    }

    /// The effective status.
    pub fn effective(&self, now: Timestamp) -> Effective {
        self.replica.effective(now)
    }

    /// The presence as it shows here: what the service confirmed, and on top of it what waits to be.
    pub fn state(&self) -> &State {
        self.replica.state()
    }

    /// When the answer can change though nothing is heard, in time since boot.
    pub fn next_change(&self, now: Moment) -> Option<Duration> {
        self.replica.next_change(self.clock(now))
    }

    /// The organisation's policy.
    pub fn policy(&self) -> &Policy {
        self.replica.policy()
    }

    /// Who is signed in.
    pub fn person(&self) -> &Person {
        self.replica.person()
    }

    /// This device's id at the service.
    pub fn device(&self) -> &DeviceId {
        self.replica.device()
    }

    /// Whether something could not be kept for the case of a crash yet, and should be tried again.
    pub fn is_behind(&self) -> bool {
        !self.unsaved.is_empty()
    }

    /// How the service is reached.
    pub fn connection(&self) -> Connection {
        match () {
            () if self.is_signed_out() => Connection::SignedOut,
            () if self.replica.is_online() => Connection::Online,
            () => Connection::Reconnecting,
        }
    }

    /// What keeps this device from the service, while it is kept from it.
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    fn is_signed_out(&self) -> bool {
        matches!(self.trouble, Some(Trouble::SignedOut(_)))
    }

    /// The status that was asked for and is not confirmed, while the service is out of reach. Once the sign-in has
    /// ended it waits no longer: the next one begins with the default (G01).
    pub fn asked(&self) -> Option<StatusId> {
        if self.is_signed_out() { None } else { self.replica.asked() }
    }

    /// Whether the message beside it waits as well.
    pub fn message_waits(&self) -> bool {
        !self.is_signed_out() && self.replica.message_waits()
    }

    /// What others see while the service is out of reach, and since when they do.
    pub fn others_see(&self, now: Timestamp) -> Option<(StatusId, Timestamp)> {
        if self.is_signed_out() { None } else { self.replica.others_see(now) }
    }

    /// What the service said in this run that this version doesn't know, and how often.
    pub fn unknown(&self) -> &BTreeMap<String, usize> {
        &self.unknown
    }

    /// How many writes wait for the service's answer.
    pub fn waiting(&self) -> usize {
        self.replica.pending().count()
    }

    /// The file of what waits, and why it can't be used, while it can't.
    pub fn outbox(&self) -> (PathBuf, Option<&str>) {
        (self.folder.join("outbox.db"), self.fault.as_deref())
    }

    /// The intervals of a span of the last two days, as corrected.
    pub fn recent(&self, span: &Span) -> Vec<Interval> {
        self.replica.recent(span)
    }

    /// Where what is kept begins; `None` where nothing is.
    pub fn kept_since(&self) -> Option<Timestamp> {
        self.replica.kept_since()
    }

    /// What is held.
    pub fn held(&self) -> &[HeldItem] {
        self.replica.held()
    }

    /// The favourites and those awaited, as far as they are known.
    pub fn people(&self) -> &[PersonView] {
        self.replica.people()
    }

    /// What the service told since the last call.
    pub fn take_news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }
}

pub(super) fn note(fault: &mut Option<String>, error: &OutboxError) {
    tracing::error!("{error}");
    *fault = Some(error.cause.clone());
}
