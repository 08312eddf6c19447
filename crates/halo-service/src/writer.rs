//! The writer: one thread that owns the log, and everybody who is to hear of it.
//!
//! Requests hand it jobs. It does those that came meanwhile together: what they write is kept in one, then they are
//! answered, then whoever watches is told. So a fact is written before anyone hears of it, and everyone hears of facts in
//! the order of the log.

mod due;
mod queue;
mod streams;

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use engine::{Bearer, Follow, Leases, LogError, Moment, PersonId, Retention, Seat};
use log_sqlite::{Found, Whereabouts};
use presence::{DeviceId, Fact, State, Timestamp, What};
use protocol::service::{Down, Hello, Person, PersonView, Role, SHORT, Shows, Snapshot};
use roster::Keeper as _;
use tokio::sync::{mpsc, watch};

use self::due::Due;
pub use self::queue::Closed;
use self::queue::Job;
pub use self::streams::Told;
use self::streams::{Streams, as_text};
use crate::account_changes::{Accounts, Changed};
use crate::backup;
use crate::clock::{Believed, Clock};
use crate::kept::Engine;
use crate::metrics::Metrics;
use crate::readers::Readers;
use crate::shown::Shown;

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

/// So many are kept in one at most: whoever came first waits for all of them.
const MOST_TOGETHER: usize = 256;

/// The log and all who listen.
#[derive(Debug)]
pub struct Writer {
    /// The log.
    pub engine: Engine,
    /// Which devices are there.
    pub leases: Leases,
    metrics: Metrics,
    streams: Streams,
    /// The time by which tokens end: the wall clock, unless that was set ahead just now.
    pub token_time: Timestamp,
    accounts: Accounts,
    /// What others were last told of each person.
    shown: BTreeMap<PersonId, Shown>,
    /// Whose presence may have changed in this job, and whether somebody did something on purpose.
    touched: BTreeMap<PersonId, bool>,
    /// When each person's presence changes by itself.
    due: Due,
    /// How long history is kept.
    keep: jiff::SignedDuration,
    /// When a day of what is too old may go.
    retention: Retention,
    /// Of whom such a day is still to be forgotten.
    forgetting: Vec<PersonId>,
    whereabouts: Whereabouts,
    /// Held, so that nobody else serves or replaces this log.
    lock: File,
    /// Whether jobs are being done together.
    is_together: bool,
    /// Why the log's file, which is gone, can't be written anew, while that is so.
    pub gone: Option<String>,
    /// Why the writer can't go on, once that is so.
    ended: Option<String>,
}

/// Hands jobs to the writer.
pub type Handle = queue::Handle<Writer>;

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
    let readers = Readers::new(engine.keeper().path().to_owned());
    let retention = Retention::new(engine.last_recorded(), &Clock::new().now());
    let mut writer = Writer {
        whereabouts: Whereabouts::of(engine.keeper()),
        engine,
        leases: Leases::default(),
        metrics,
        streams: Streams::default(),
        token_time: Timestamp::UNIX_EPOCH,
        accounts: Accounts::default(),
        shown: BTreeMap::new(),
        touched: BTreeMap::new(),
        due: Due::default(),
        keep,
        retention,
        forgetting: Vec::new(),
        lock,
        is_together: false,
        gone: None,
        ended: None,
    };
    let token_time = Arc::new(AtomicI64::new(ahead(Timestamp::now(), crate::clock::boot())));
    let for_others = Arc::clone(&token_time);
    let work = move || {
        writer.work(&queue, &for_others);
        let _ = end.send(true);
        writer.ended
    };
    let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(work)?;
    Ok((Handle { readers, jobs, token_time }, thread))
}

impl Writer {
    fn work(&mut self, queue: &Receiver<Job<Self>>, token_time: &AtomicI64) {
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
            let began = clock.now();
            self.token_time = believed.take(&began);
            token_time.store(ahead(self.token_time, began.boot), Ordering::Relaxed);
            if next.is_some() {
                self.look_for_changes(&began);
            }
            while next.is_some() {
                next = self.perform(next, queue, &clock);
                let now = clock.now();
                self.tell_others(&now);
                if next.is_none() && now.boot.saturating_sub(began.boot) < WITHOUT_LOOK {
                    next = queue.try_recv().ok();
                }
            }
            let now = clock.now();
            let span = now.boot.saturating_sub(looked.boot);
            if span > STOOD_STILL {
                tracing::warn!(seconds = span.as_secs(), "the service stood still: every device has its time anew");
                self.leases.stood_still(span, &now);
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

    /// Does jobs that may be done together until one comes that may not, which is given back, or none waits.
    fn perform(&mut self, first: Option<Job<Self>>, queue: &Receiver<Job<Self>>, clock: &Clock) -> Option<Job<Self>> {
        let mut next = first;
        let mut together = Vec::new();
        self.look_after_the_file();
        self.is_together = true;
        self.engine.gather();
        self.streams.hold_back();
        while together.len() < MOST_TOGETHER {
            let Some(Job::Together(mut job)) = next else { break };
            job.run(self, &clock.now());
            together.push(job);
            next = queue.try_recv().ok();
        }
        self.is_together = false;
        if let Err(error) = self.engine.keep_gathered() {
            tracing::warn!("{error}; each is tried on its own");
            // Nobody has heard of any of it.
            self.streams.forget();
            for job in &mut together {
                job.run(self, &clock.now());
            }
        }
        self.streams.let_go();
        together.into_iter().for_each(queue::Repeated::answer);
        match next {
            Some(Job::Alone(job)) => {
                job(self, &clock.now());
                None
            }
            together => together,
        }
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
        let looked = self.accounts.look(&mut self.engine).and_then(|_| self.take_what_administrators_did(now));
        if let Err(error) = looked {
            tracing::error!("{error}");
        }
    }

    fn until_next_look(&self, now: &Moment) -> Duration {
        let look = if self.streams.count() == 0 { LOOK } else { LOOK_FOR_CHANGES };
        let due = self.due.next().map(|due| Duration::try_from(due.duration_since(now.wall)).unwrap_or_default());
        let lease = self.leases.next_end().map(|end| end.saturating_sub(now.boot));
        due.into_iter().chain(lease).min().map_or(look, |next| next.min(look))
    }

    /// A log that is removed is written anew. One that somebody put in its place is theirs: what was kept is beside it,
    /// and the next start goes on with theirs.
    fn look_after_the_file(&mut self) {
        if self.ended.is_some() {
            return;
        }
        let path = self.engine.keeper().path().display().to_string();
        match self.whereabouts.look(self.engine.keeper_mut()) {
            Found::InPlace => self.gone = None,
            Found::WrittenAnew => {
                self.gone = None;
                // The lock's file may have gone with it. Where it hasn't, it is ours still, and can't be taken twice.
                if let Some(lock) = self.engine.keeper().path().parent().and_then(|data| backup::lock(data).ok()) {
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
    pub fn may_promise(&mut self) -> Result<(), LogError> {
        // Of what is done together, once for all.
        if !self.is_together {
            self.look_after_the_file();
        }
        let is_kept = self.gone.is_none() && self.ended.is_none();
        if is_kept { Ok(()) } else { Err(LogError::Damaged(self.engine.keeper().place())) }
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
            tracing::info!(person = %seat.person, device = seat.device.as_str(), "the connection is lost");
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
        for person in self.due.by(now.wall) {
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
        match self.accounts.look(&mut self.engine) {
            Ok(None) => {}
            Ok(Some(changed)) => {
                if let Err(error) = self.take_what_administrators_did(now) {
                    tracing::error!("{error}");
                }
                for change in changed {
                    self.take_account(change, now);
                }
                // Whatever it was, it may have ended sign-ins, too: all of them are looked at.
                self.streams.may_end_now();
            }
            Err(error) => return tracing::error!("{error}"),
        }
        self.end_sign_ins(now);
    }

    /// Ends the sessions of sign-ins that were ended, whether or not their devices are there, and tells of who is gone.
    fn take_what_administrators_did(&mut self, now: &Moment) -> Result<(), LogError> {
        for seat in self.engine.take_ended()? {
            self.end_sign_in(&seat, "Your sign-in has ended. Sign in again", now);
        }
        for (follower, name) in self.engine.take_departed()? {
            self.tell_own(follower, &Down::Forget(name));
        }
        Ok(())
    }

    /// Cuts off the devices whose sign-in has run out.
    fn end_sign_ins(&mut self, now: &Moment) {
        for seat in self.streams.ending(self.token_time) {
            match self.engine.signed_in_until(&seat.device, self.token_time) {
                Ok(Some(until)) => self.streams.ends(&seat, until),
                Ok(None) => self.end_sign_in(&seat, "Your sign-in has ended. Sign in again", now),
                Err(error) => tracing::error!("{error}"),
            }
        }
    }

    /// A device's sign-in has ended: it is told why and cut off, and its session ends.
    pub fn end_sign_in(&mut self, seat: &Seat, why: &str, now: &Moment) {
        tracing::info!(person = %seat.person, device = seat.device.as_str(), "a sign-in has ended");
        self.sign_out(seat, why);
        match self.engine.remove_device(seat, now) {
            Ok(facts) => self.tell_facts(seat.person, &facts.unwrap_or_default()),
            Err(error) => tracing::error!("{error}"),
        }
    }

    /// What changed of an account holds at once, for the person and for those who follow them.
    fn take_account(&mut self, change: Changed, now: &Moment) {
        let person = match change {
            Changed::Removed(person) => {
                for seat in self.streams.of(person).cloned().collect::<Vec<_>>() {
                    self.sign_out(&seat, "Your sign-in has ended. Sign in again");
                }
                self.engine.forget_person(person);
                self.shown.remove(&person);
                self.due.set(person, None);
                self.touched.remove(&person);
                return;
            }
            Changed::Account(person) => person,
        };
        // What they may see, and what they are called, stands in their snapshot.
        self.resync(person);
        let followers: Vec<_> = self.engine.followers(person).collect();
        let Some(account) = self.engine.person(person).cloned() else { return };
        for follower in followers {
            if !self.streams.has(follower) {
                continue;
            }
            match self.engine.seen_by(follower, person, now.wall) {
                Some(view) => self.tell_followed(follower, view),
                None => self.tell_own(follower, &Down::Forget(account.name.clone())),
            }
        }
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
        if self.streams.has(person)
            && let Some(text) = as_text(message)
        {
            self.tell_text(person, &text);
        }
    }

    fn tell_text(&mut self, person: PersonId, text: &Utf8Bytes) {
        for seat in self.streams.of(person).cloned().collect::<Vec<_>>() {
            self.streams.tell(&seat, text.clone());
        }
    }

    /// Tells all devices of a person what is held.
    pub fn tell_held(&mut self, person: PersonId) -> Result<(), LogError> {
        if self.streams.has(person) {
            let held = self.engine.held(person)?;
            self.tell_own(person, &Down::Held(held));
        }
        Ok(())
    }

    /// Tells one device something.
    pub fn tell(&mut self, seat: &Seat, message: &Down) {
        if let Some(text) = as_text(message) {
            self.streams.tell(seat, text);
        }
    }

    fn drop_stream(&mut self, seat: &Seat) {
        self.streams.remove(seat);
        self.count_streams();
    }

    fn count_streams(&self) {
        self.metrics.connections.set(i64::try_from(self.streams.count()).unwrap_or(i64::MAX));
    }

    /// A device listens from now on; one that did before under the same name is cut off.
    pub fn listen(&mut self, bearer: &Bearer, hello: &Hello) -> (u64, mpsc::Receiver<Told>) {
        let takes_short = hello.capabilities.iter().any(|capability| capability == SHORT);
        let listening = self.streams.add(bearer, takes_short);
        self.count_streams();
        listening
    }

    /// A device's stream has closed, unless another has taken its place.
    pub fn hang_up(&mut self, seat: &Seat, number: u64, now: &Moment) {
        if self.streams.number(seat).is_some_and(|own| own != number) {
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
        self.streams.number(seat).is_some()
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
        if let Some(text) = as_text(&Down::SignedOut(why.to_owned())) {
            self.streams.dismiss(seat, text);
        }
        self.count_streams();
        self.leases.ended(seat);
    }

    /// Nothing that a person's devices know holds any more: they come back for a snapshot, which nobody else notices.
    pub fn resync(&mut self, person: PersonId) {
        for seat in self.streams.of(person).cloned().collect::<Vec<_>>() {
            self.drop_stream(&seat);
        }
    }

    /// Everything that a device needs to go on.
    pub fn snapshot(&mut self, bearer: &Bearer, now: &Moment) -> Result<Snapshot, LogError> {
        let person = bearer.seat.person;
        self.engine.advance(person, now);
        let since = now.wall.checked_sub(RECENT).ok();
        let mut recent = self.engine.history(person, &presence::Span { since, ..presence::Span::default() })?;
        recent.retain(|interval| interval.end.is_some());
        let connection = &self.engine.policy().connection;
        let lease =
            protocol::service::Lease { ping_seconds: connection.ping_seconds, lost_seconds: connection.lost_seconds };
        Ok(Snapshot {
            person: self.engine.person(person).cloned().unwrap_or_else(nobody),
            device: bearer.seat.device.clone(),
            now: now.wall,
            policy: self.engine.policy().clone(),
            state: self.engine.state(person).clone(),
            recent,
            kept_since: self.engine.kept_since(person)?,
            held: self.engine.held(person)?,
            people: self.engine.followed(person, now.wall),
            lease,
            expires_at: self.engine.signed_in_until(&bearer.seat.device, self.token_time)?.unwrap_or(bearer.ends),
            capabilities: protocol::service::capabilities(),
        })
    }

    /// Notes when to look at a person again.
    fn remember(&mut self, person: PersonId) {
        let settled = self.shown.get(&person).and_then(Shown::due);
        let due = self.engine.state(person).next_change().into_iter().chain(settled).min();
        self.due.set(person, due);
    }

    /// Tells those who follow somebody what changed of what they may see (R04, G16).
    fn tell_others(&mut self, now: &Moment) {
        for (person, on_purpose) in std::mem::take(&mut self.touched) {
            let effective = self.engine.effective(person, now.wall);
            let policy = self.engine.policy();
            let nobody = || Shown::new(&State::default().effective(policy, now.wall), policy);
            let shown = self.shown.entry(person).or_insert_with(nobody);
            let before = shown.take(&effective, policy, on_purpose, now.wall);
            let is_free_now = shown.presence.is_free(policy);
            let was_free = before.as_ref().is_some_and(|before| before.is_free(policy));
            self.remember(person);
            if before.is_none() {
                continue;
            }
            let became_free = is_free_now && !was_free;
            if let Err(error) = self.tell_followers(person, became_free, now) {
                tracing::error!("{error}");
            }
        }
    }

    /// What several see alike is written once; those who can take it shortly share one text.
    fn tell_followers(&mut self, person: PersonId, became_free: bool, now: &Moment) -> Result<(), LogError> {
        let mut texts: Vec<(PersonView, Utf8Bytes)> = Vec::new();
        let mut short: Option<Option<Utf8Bytes>> = None;
        for follower in self.engine.followers(person).collect::<Vec<_>>() {
            if !self.streams.has(follower) {
                continue;
            }
            let Some(mut view) = self.engine.seen_by(follower, person, now.wall) else { continue };
            let is_awaited_no_more = became_free && view.tell_when_free;
            if !is_awaited_no_more {
                let policy = self.engine.policy();
                let say = || as_text(&Down::Shows(Box::new(Shows::of(&view.name, &view.presence, policy)?)));
                if let Some(text) = short.get_or_insert_with(say).clone()
                    && self.streams.tell_short(follower, &text)
                {
                    continue;
                }
            }
            if became_free && view.tell_when_free {
                self.engine.follow(follower, &view.name, Follow::TellWhenFree, false, now.wall)?;
                view.tell_when_free = false;
                self.tell_own(follower, &Down::Free(Box::new(view.clone())));
            }
            let written = texts.iter().find(|(seen, _)| *seen == view).map(|(_, text)| text.clone());
            let Some(text) = written.or_else(|| as_text(&followed(view.clone()))) else { continue };
            self.tell_text(follower, &text);
            if texts.last().is_none_or(|(_, last)| *last != text) {
                texts.push((view, text));
            }
        }
        Ok(())
    }

    /// Tells a person of those whom they awaited and who are free by now.
    pub fn tell_of_free(&mut self, person: PersonId, now: &Moment) -> Result<(), LogError> {
        for mut view in self.engine.followed(person, now.wall) {
            if view.tell_when_free && view.presence.is_free(self.engine.policy()) {
                self.engine.follow(person, &view.name, Follow::TellWhenFree, false, now.wall)?;
                view.tell_when_free = false;
                self.tell_own(person, &Down::Free(Box::new(view.clone())));
                self.tell_followed(person, view);
            }
        }
        Ok(())
    }

    /// Tells a person of somebody whom they follow, or no longer do.
    pub fn tell_followed(&mut self, follower: PersonId, view: PersonView) {
        self.tell_own(follower, &followed(view));
    }
}

/// By how many milliseconds one clock is ahead of the time since boot.
fn ahead(time: Timestamp, boot: Duration) -> i64 {
    time.as_millisecond().saturating_sub(i64::try_from(boot.as_millis()).unwrap_or(i64::MAX))
}

fn followed(view: PersonView) -> Down {
    if view.favourite || view.tell_when_free { Down::Person(Box::new(view)) } else { Down::Forget(view.name) }
}

/// Somebody who was removed this very moment.
fn nobody() -> Person {
    Person { name: String::new(), label: String::new(), role: Role::Agent, group: None }
}
