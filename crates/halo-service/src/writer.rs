//! The writer: one thread that owns the log, and everybody who is to hear of it.
//!
//! Requests hand it jobs; it does them in order, and then tells whoever watches what came of them. So a fact is written
//! before anyone hears of it, and everyone hears of facts in the order of the log.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use engine::{
    Bearer, Engine, EngineError, Follow, Found, Leases, Moment, PersonId, Retention, Seat, Whereabouts, is_free,
};
use presence::{DeviceId, Fact, State, Timestamp, What};
use protocol::service::{Down, Snapshot};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};

use crate::account_changes::{Accounts, Changed};
use crate::backup;
use crate::clock::{Believed, Clock};
use crate::metrics::Metrics;
use crate::shown::Shown;

/// How many messages a device may fall behind before it has to take a snapshot anew.
const BACKLOG: usize = 256;

/// And how many bytes. What a person holds is told whole each time, and may be megabytes; one message may be longer.
const BACKLOG_BYTES: usize = 4 * 1024 * 1024;

/// The longest time between two looks at leases, timers and what could not be written.
const LOOK: Duration = Duration::from_secs(1);

/// How far back a snapshot's intervals go: today and yesterday, in every time zone.
const RECENT: jiff::SignedDuration = jiff::SignedDuration::from_hours(48);

/// What an administrator changes beside the service, and sign-ins that end, are looked for this often while devices
/// listen: what was taken from somebody is gone within a second.
const LOOK_FOR_CHANGES: Duration = Duration::from_millis(500);

/// Whoever has not looked for so long stood still: a paused machine, a disk that hung. Then nobody could be heard.
const STOOD_STILL: Duration = Duration::from_secs(2);

/// Jobs that wait are done before the next look, but for no longer than this.
const WITHOUT_LOOK: Duration = Duration::from_millis(50);

type Job = Box<dyn FnOnce(&mut Writer, &Moment) + Send>;

/// Hands jobs to the writer.
#[derive(Debug, Clone)]
pub struct Handle {
    jobs: Sender<Job>,
}

/// The writer's thread has ended: the program is about to.
#[derive(Debug, thiserror::Error)]
#[error("the service is shutting down")]
pub struct Closed;

impl Handle {
    /// Has the writer do something, and gives what came of it.
    pub async fn ask<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Writer, &Moment) -> R + Send + 'static,
    ) -> Result<R, Closed> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |writer, now| {
            // Whoever hung up meanwhile needs no answer.
            let _ = answer.send(job(writer, now));
        });
        self.jobs.send(job).map_err(|_| Closed)?;
        answered.await.map_err(|_| Closed)
    }
}

/// A device that listens.
#[derive(Debug)]
struct Stream {
    number: u64,
    messages: mpsc::Sender<Told>,
    /// How many bytes of them it has not taken yet.
    waiting: Arc<AtomicUsize>,
}

/// A message as it is sent: written once, however many devices it is for.
#[derive(Debug, Clone)]
pub struct Told {
    text: Utf8Bytes,
    /// Whether nothing comes after it.
    pub is_last: bool,
    waiting: Arc<AtomicUsize>,
}

impl Told {
    /// What is sent. It counts as taken from here on.
    pub fn take(self) -> Utf8Bytes {
        self.waiting.fetch_sub(self.text.len(), Ordering::Relaxed);
        self.text
    }
}

/// The log and all who listen.
#[derive(Debug)]
pub struct Writer {
    /// The log.
    pub engine: Engine,
    /// Which devices are there.
    pub leases: Leases,
    metrics: Metrics,
    streams: BTreeMap<Seat, Stream>,
    streams_made: u64,
    /// The time by which tokens end: the wall clock, unless that was set ahead just now.
    pub token_time: Timestamp,
    accounts: Accounts,
    /// What others were last told of each person.
    shown: BTreeMap<PersonId, Shown>,
    /// Whose presence may have changed in this job, and whether somebody did something on purpose.
    touched: BTreeMap<PersonId, bool>,
    /// When each person's presence changes by itself.
    due: BTreeMap<PersonId, Timestamp>,
    /// How long history is kept.
    keep: jiff::SignedDuration,
    /// When a day of what is too old may go.
    retention: Retention,
    /// Of whom such a day is still to be forgotten.
    forgetting: Vec<PersonId>,
    whereabouts: Whereabouts,
    /// Held, so that nobody else serves or replaces this log.
    lock: File,
    /// Why the log's file, which is gone, can't be written anew, while that is so.
    pub gone: Option<String>,
    /// Why the writer can't go on, once that is so.
    ended: Option<String>,
}

/// Starts the writer's thread; it ends when the last handle is gone. Where it can't go on it says so by `end`, and why when
/// it is joined.
pub fn start(
    engine: Engine,
    metrics: Metrics,
    keep: jiff::SignedDuration,
    lock: File,
    end: watch::Sender<bool>,
) -> std::io::Result<(Handle, std::thread::JoinHandle<Option<String>>)> {
    let (jobs, queue) = channel();
    let retention = Retention::new(engine.last_recorded(), &Clock::new().now());
    let mut writer = Writer {
        whereabouts: Whereabouts::of(&engine),
        engine,
        leases: Leases::default(),
        metrics,
        streams: BTreeMap::new(),
        streams_made: 0,
        token_time: Timestamp::UNIX_EPOCH,
        accounts: Accounts::default(),
        shown: BTreeMap::new(),
        touched: BTreeMap::new(),
        due: BTreeMap::new(),
        keep,
        retention,
        forgetting: Vec::new(),
        lock,
        gone: None,
        ended: None,
    };
    let work = move || {
        writer.work(&queue);
        let _ = end.send(true);
        writer.ended
    };
    let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(work)?;
    Ok((Handle { jobs }, thread))
}

impl Writer {
    fn work(&mut self, queue: &Receiver<Job>) {
        let clock = Clock::new();
        let mut looked = clock.now();
        let mut believed = Believed::new(&looked);
        self.open(&looked);
        loop {
            let mut next = match queue.recv_timeout(self.until_next_look(&clock.now())) {
                Ok(job) => Some(job),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            // Nobody is judged by a silence that is only here: what waits to be heard comes first.
            let began = clock.now().boot;
            while let Some(job) = next.take() {
                let now = clock.now();
                self.token_time = believed.take(&now);
                job(self, &now);
                self.tell_others(&now);
                if now.boot.saturating_sub(began) < WITHOUT_LOOK {
                    next = queue.try_recv().ok();
                }
            }
            let now = clock.now();
            self.token_time = believed.take(&now);
            let span = now.boot.saturating_sub(looked.boot);
            if span > STOOD_STILL {
                tracing::warn!(seconds = span.as_secs(), "the service stood still: every device has its time anew");
                self.leases.stood_still(span, self.engine.policy(), &now);
            }
            looked = now.clone();
            self.look_after_the_file();
            if self.ended.is_some() {
                break;
            }
            self.look(&now);
            self.tell_others(&now);
        }
        tracing::info!("the log is closed");
    }

    /// After a restart every session has its time anew, and nobody is told of anything (C12).
    fn open(&mut self, now: &Moment) {
        if let Err(error) = self.engine.take_policy(now) {
            // It comes before each person's next fact then.
            tracing::error!("{error}");
        }
        for person in self.engine.persons().collect::<Vec<_>>() {
            let state = self.engine.state(person);
            for (device, session) in state.sessions() {
                if session.lost.is_none() {
                    let seat = Seat { person, device: device.clone() };
                    self.leases.heard(&seat, self.engine.policy(), now);
                }
            }
            let effective = self.engine.effective(person, now.wall);
            self.shown.insert(person, Shown::new(&effective, self.engine.policy()));
            self.remember(person);
        }
        let looked = self.accounts.look(&self.engine).and_then(|_| self.take_what_administrators_did(now));
        if let Err(error) = looked {
            tracing::error!("{error}");
        }
    }

    fn until_next_look(&self, now: &Moment) -> Duration {
        let look = if self.streams.is_empty() { LOOK } else { LOOK_FOR_CHANGES };
        let due = self.due.values().min().map(|due| due.duration_since(now.wall));
        due.map_or(look, |due| Duration::try_from(due).unwrap_or_default().min(look))
    }

    /// A log that is removed is written anew. One that somebody put in its place is theirs: what was kept is beside it,
    /// and the next start goes on with theirs.
    fn look_after_the_file(&mut self) {
        if self.ended.is_some() {
            return;
        }
        let path = self.engine.path().display().to_string();
        match self.whereabouts.look(&mut self.engine) {
            Found::InPlace => self.gone = None,
            Found::WrittenAnew => {
                self.gone = None;
                // The lock's file may have gone with it. Where it hasn't, it is ours still, and can't be taken twice.
                if let Some(lock) = self.engine.path().parent().and_then(|data| backup::lock(data).ok()) {
                    self.lock = lock;
                }
                tracing::error!("{path} was removed, and is written anew: nothing is lost");
            }
            Found::Gone(error) => {
                let why = format!("{path} was removed, and can't be written anew: {error}");
                // It is tried again twice a second.
                if self.gone.as_ref() != Some(&why) {
                    tracing::error!("{why}");
                }
                self.gone = Some(why);
            }
            Found::Replaced(kept) => {
                self.ended = Some(format!(
                    "another file has taken the place of {path}, so nothing more can be kept. What was kept is in {kept}. Put the right one there, and start again"
                ));
            }
        }
    }

    /// Refuses what would be kept nowhere, or in a file that nobody will find.
    pub fn may_promise(&mut self) -> Result<(), EngineError> {
        self.look_after_the_file();
        let is_kept = self.gone.is_none() && self.ended.is_none();
        if is_kept { Ok(()) } else { Err(EngineError::Damaged(self.engine.path().to_owned())) }
    }

    /// History was erased, and the file may be smaller for it.
    pub fn may_be_shorter(&mut self) {
        self.whereabouts.may_be_shorter();
    }

    /// What happens by itself: leases that end, timers that run out, a disk that has room again.
    fn look(&mut self, now: &Moment) {
        for (seat, heard) in self.leases.run_out(now) {
            self.drop_stream(&seat);
            let there = |session: &presence::Session| session.lost.is_none();
            if !self.engine.state(seat.person).session(&seat.device).is_some_and(there) {
                continue;
            }
            tracing::info!(person = seat.person.number(), device = seat.device.as_str(), "the connection is lost");
            self.metrics.leases_lost.inc();
            let lost = self.engine.record(&seat, heard, What::ConnectionLost, engine::Weight::Sensed, now);
            match lost {
                Ok(facts) => self.tell_facts(seat.person, &facts),
                Err(error) => tracing::error!("{error}"),
            }
            if let Err(error) = self.engine.note_seen(&seat.device, heard) {
                tracing::warn!("{error}");
            }
        }
        let due: Vec<_> = self.due.iter().filter(|(_, due)| **due <= now.wall).map(|(person, _)| *person).collect();
        for person in due {
            self.engine.advance(person, now);
            self.touched.entry(person).or_default();
        }
        if self.engine.waiting() > 0
            && let Err(error) = self.engine.flush()
        {
            tracing::warn!("{error}");
        }
        self.look_for_changes(now);
        self.forget_old(now);
    }

    /// Whether an administrator changed something beside the service, or a sign-in ran out.
    fn look_for_changes(&mut self, now: &Moment) {
        if !self.accounts.is_due(now, LOOK_FOR_CHANGES) {
            return;
        }
        let changed = match self.accounts.look(&self.engine) {
            Ok(changed) => changed,
            Err(error) => return tracing::error!("{error}"),
        };
        if changed.is_some()
            && let Err(error) = self.take_what_administrators_did(now)
        {
            tracing::error!("{error}");
        }
        if changed.is_some() || self.accounts.sign_ins_end <= self.token_time {
            self.end_sign_ins(now);
        }
        for change in changed.unwrap_or_default() {
            if let Err(error) = self.take_account(change, now) {
                tracing::error!("{error}");
            }
        }
    }

    /// Ends the sessions of sign-ins that were ended, whether or not their devices are there, and tells of who is gone.
    fn take_what_administrators_did(&mut self, now: &Moment) -> Result<(), EngineError> {
        for seat in self.engine.take_ended()? {
            self.end_sign_in(&seat, "Your sign-in has ended. Sign in again", now);
        }
        for (follower, name) in self.engine.take_departed()? {
            self.tell_own(follower, &Down::Forget(name));
        }
        Ok(())
    }

    /// Cuts off the devices that are not signed in any more.
    fn end_sign_ins(&mut self, now: &Moment) {
        self.accounts.sign_ins_end = Timestamp::MAX;
        for seat in self.streams.keys().cloned().collect::<Vec<_>>() {
            match self.engine.signed_in_until(&seat.device, self.token_time) {
                Ok(Some(until)) => self.accounts.sign_ins_end = self.accounts.sign_ins_end.min(until),
                Ok(None) => self.end_sign_in(&seat, "Your sign-in has ended. Sign in again", now),
                Err(error) => tracing::error!("{error}"),
            }
        }
    }

    /// A device's sign-in has ended: it is told why and cut off, and its session ends.
    pub fn end_sign_in(&mut self, seat: &Seat, why: &str, now: &Moment) {
        tracing::info!(person = seat.person.number(), device = seat.device.as_str(), "a sign-in has ended");
        self.sign_out(seat, why);
        match self.engine.remove_device(seat, now) {
            Ok(facts) => self.tell_facts(seat.person, &facts.unwrap_or_default()),
            Err(error) => tracing::error!("{error}"),
        }
    }

    /// What changed of an account holds at once, for the person and for those who follow them.
    fn take_account(&mut self, change: Changed, now: &Moment) -> Result<(), EngineError> {
        let person = match change {
            Changed::Removed(person) => {
                self.engine.forget_person(person);
                self.shown.remove(&person);
                self.due.remove(&person);
                self.touched.remove(&person);
                return Ok(());
            }
            Changed::Account(person) => person,
        };
        // What they may see, and what they are called, stands in their snapshot.
        self.resync(person);
        let Some(account) = self.engine.person(person)? else { return Ok(()) };
        for follower in self.engine.followers(person)? {
            if self.streams_of(follower).next().is_none() {
                continue;
            }
            match self.engine.person_seen_by(follower, &account.name, now.wall)? {
                Some((_, view)) => self.tell_followed(follower, view),
                None => self.tell_own(follower, &Down::Forget(account.name.clone())),
            }
        }
        Ok(())
    }

    /// Forgets what is older than is to be kept: a day of it at most whenever a day may go, for a clock may be wrong (C24),
    /// and one person at a time, so that nobody waits for it.
    fn forget_old(&mut self, now: &Moment) {
        if self.retention.is_due(now) {
            self.forgetting = self.engine.persons().collect();
        }
        let Some(person) = self.forgetting.pop() else { return };
        let seat = Seat { person, device: DeviceId::from("service") };
        if let Err(error) = self.engine.forget_a_day(&seat, self.keep, now.wall) {
            tracing::warn!("{error}");
        }
    }

    /// Tells a person's devices of the facts that were recorded in one, as one; and marks the person as one of whom
    /// others may have to hear.
    pub fn tell_facts(&mut self, person: PersonId, facts: &[Fact]) {
        if facts.is_empty() {
            return;
        }
        self.metrics.facts.inc_by(facts.len() as u64);
        self.tell_own(person, &Down::Facts(facts.to_vec()));
        let sensed = |fact: &Fact| matches!(fact.what, What::Desk { .. } | What::Call { .. } | What::Knows { .. });
        *self.touched.entry(person).or_default() |= !facts.iter().all(sensed);
    }

    /// Tells all devices of a person something.
    pub fn tell_own(&mut self, person: PersonId, message: &Down) {
        let seats: Vec<_> = self.streams_of(person).cloned().collect();
        if seats.is_empty() {
            return;
        }
        let Some(text) = as_text(message) else { return };
        for seat in seats {
            self.tell_text(&seat, text.clone(), matches!(message, Down::SignedOut(_)));
        }
    }

    /// Tells all devices of a person what is held.
    pub fn tell_held(&mut self, person: PersonId) -> Result<(), EngineError> {
        if self.streams_of(person).next().is_some() {
            let held = self.engine.held(person)?;
            self.tell_own(person, &Down::Held(held));
        }
        Ok(())
    }

    /// Tells one device something. One that reads too slowly is cut off, so that it takes a snapshot anew.
    pub fn tell(&mut self, seat: &Seat, message: &Down) {
        if let Some(text) = as_text(message) {
            self.tell_text(seat, text, matches!(message, Down::SignedOut(_)));
        }
    }

    fn tell_text(&mut self, seat: &Seat, text: Utf8Bytes, is_last: bool) {
        let Some(stream) = self.streams.get(seat) else { return };
        let length = text.len();
        let before = stream.waiting.fetch_add(length, Ordering::Relaxed);
        let too_much = before > 0 && before + length > BACKLOG_BYTES;
        let told = Told { text, is_last, waiting: Arc::clone(&stream.waiting) };
        match stream.messages.try_send(told) {
            Ok(()) if !too_much => {}
            Ok(()) | Err(TrySendError::Full(_)) => {
                tracing::warn!(device = seat.device.as_str(), "a device fell behind and is cut off");
                self.drop_stream(seat);
            }
            // It has hung up, which is about to be heard here.
            Err(TrySendError::Closed(_)) => self.drop_stream(seat),
        }
    }

    fn streams_of(&self, person: PersonId) -> impl Iterator<Item = &Seat> {
        let first = Seat { person, device: DeviceId::from("") };
        self.streams.range(first..).map(|(seat, _)| seat).take_while(move |seat| seat.person == person)
    }

    fn drop_stream(&mut self, seat: &Seat) {
        self.streams.remove(seat);
        self.metrics.connections.set(i64::try_from(self.streams.len()).unwrap_or(i64::MAX));
    }

    /// A device listens from now on; one that did before under the same name is cut off.
    pub fn listen(&mut self, bearer: &Bearer) -> (u64, mpsc::Receiver<Told>) {
        let seat = &bearer.seat;
        self.accounts.sign_ins_end = self.accounts.sign_ins_end.min(bearer.ends);
        let (messages, received) = mpsc::channel(BACKLOG);
        self.streams_made += 1;
        self.streams.insert(seat.clone(), Stream { number: self.streams_made, messages, waiting: Arc::default() });
        self.metrics.connections.set(i64::try_from(self.streams.len()).unwrap_or(i64::MAX));
        (self.streams_made, received)
    }

    /// A device's stream has closed, unless another has taken its place.
    pub fn hang_up(&mut self, seat: &Seat, number: u64, now: &Moment) {
        if self.streams.get(seat).is_some_and(|stream| stream.number != number) {
            return;
        }
        self.drop_stream(seat);
        if self.engine.state(seat.person).session(&seat.device).is_some() {
            self.leases.closed(seat, self.engine.policy(), now);
        } else {
            self.leases.ended(seat);
        }
    }

    /// Whether a device listens.
    pub fn is_connected(&self, seat: &Seat) -> bool {
        self.streams.contains_key(seat)
    }

    /// A device's session has ended. As long as it listens, it is to answer all the same: its stream has a lease of its
    /// own.
    pub fn end(&mut self, seat: &Seat) {
        if !self.is_connected(seat) {
            self.leases.ended(seat);
        }
    }

    /// A device is signed out for good: it is told why, and cut off.
    pub fn sign_out(&mut self, seat: &Seat, why: &str) {
        self.tell(seat, &Down::SignedOut(why.to_owned()));
        self.drop_stream(seat);
        self.leases.ended(seat);
    }

    /// Nothing that a person's devices know holds any more: they come back for a snapshot, which nobody else notices.
    pub fn resync(&mut self, person: PersonId) {
        for seat in self.streams_of(person).cloned().collect::<Vec<_>>() {
            self.drop_stream(&seat);
        }
    }

    /// Everything that a device needs to go on.
    pub fn snapshot(&mut self, bearer: &Bearer, now: &Moment) -> Result<Snapshot, EngineError> {
        let person = bearer.seat.person;
        self.engine.advance(person, now);
        let since = now.wall.checked_sub(RECENT).ok();
        let mut recent = self.engine.history(person, &presence::Span { since, ..presence::Span::default() })?;
        recent.retain(|interval| interval.end.is_some());
        let connection = &self.engine.policy().connection;
        let lease =
            protocol::service::Lease { ping_seconds: connection.ping_seconds, lost_seconds: connection.lost_seconds };
        Ok(Snapshot {
            person: self.engine.person(person)?.unwrap_or_else(nobody),
            device: bearer.seat.device.clone(),
            now: now.wall,
            policy: self.engine.policy().clone(),
            state: self.engine.state(person).clone(),
            recent,
            kept_since: self.engine.kept_since(person)?,
            held: self.engine.held(person)?,
            people: self.engine.followed(person, now.wall)?,
            lease,
            expires_at: self.engine.signed_in_until(&bearer.seat.device, self.token_time)?.unwrap_or(bearer.ends),
            capabilities: protocol::service::capabilities(),
        })
    }

    /// Notes when to look at a person again.
    fn remember(&mut self, person: PersonId) {
        let settled = self.shown.get(&person).and_then(Shown::due);
        match self.engine.state(person).next_change().into_iter().chain(settled).min() {
            Some(due) => self.due.insert(person, due),
            None => self.due.remove(&person),
        };
    }

    /// Tells those who follow somebody what changed of what they may see (R04, G16).
    fn tell_others(&mut self, now: &Moment) {
        for (person, on_purpose) in std::mem::take(&mut self.touched) {
            let effective = self.engine.effective(person, now.wall);
            let policy = self.engine.policy();
            let nobody = || Shown::new(&State::default().effective(policy, now.wall), policy);
            let shown = self.shown.entry(person).or_insert_with(nobody);
            let before = shown.take(&effective, policy, on_purpose, now.wall);
            let is_free_now = is_free(&shown.presence);
            self.remember(person);
            let Some(before) = before else { continue };
            let became_free = is_free_now && !is_free(&before);
            if let Err(error) = self.tell_followers(person, became_free, now) {
                tracing::error!("{error}");
            }
        }
    }

    fn tell_followers(&mut self, person: PersonId, became_free: bool, now: &Moment) -> Result<(), EngineError> {
        let Some(followed) = self.engine.person(person)? else { return Ok(()) };
        for follower in self.engine.followers(person)? {
            if self.streams_of(follower).next().is_none() {
                continue;
            }
            let seen = self.engine.person_seen_by(follower, &followed.name, now.wall)?;
            let Some((_, mut view)) = seen else { continue };
            if became_free && view.tell_when_free {
                self.engine.follow(follower, &followed.name, Follow::TellWhenFree, false, now.wall)?;
                view.tell_when_free = false;
                self.tell_own(follower, &Down::Free(Box::new(view.clone())));
            }
            self.tell_followed(follower, view);
        }
        Ok(())
    }

    /// Tells a person of those whom they awaited and who are free by now.
    pub fn tell_of_free(&mut self, person: PersonId, now: &Moment) -> Result<(), EngineError> {
        for mut view in self.engine.followed(person, now.wall)? {
            if view.tell_when_free && is_free(&view.presence) {
                self.engine.follow(person, &view.name, Follow::TellWhenFree, false, now.wall)?;
                view.tell_when_free = false;
                self.tell_own(person, &Down::Free(Box::new(view.clone())));
                self.tell_followed(person, view);
            }
        }
        Ok(())
    }

    /// Tells a person of somebody whom they follow, or no longer do.
    pub fn tell_followed(&mut self, follower: PersonId, view: protocol::service::PersonView) {
        let message =
            if view.favourite || view.tell_when_free { Down::Person(Box::new(view)) } else { Down::Forget(view.name) };
        self.tell_own(follower, &message);
    }
}

/// A message as it is sent. That plain data can't be written never happens; if it did, the log would say so.
fn as_text(message: &Down) -> Option<Utf8Bytes> {
    serde_json::to_string(message).map(Utf8Bytes::from).map_err(|error| tracing::error!("{error}")).ok()
}

/// Somebody who was removed this very moment.
fn nobody() -> protocol::service::Person {
    protocol::service::Person {
        name: String::new(),
        label: String::new(),
        role: protocol::service::Role::Agent,
        group: None,
    }
}
