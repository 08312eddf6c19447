//! Each person's presence, kept: facts are written first, then they count.

mod open;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

pub use open::Opened;
use presence::{DeviceId, Effective, Fact, Interval, Policy, State, Timestamp, What};
use rusqlite::{Connection, OptionalExtension, params};

use crate::EngineError;
use crate::place::room;
use crate::policies::{self, Fold, Named};
use crate::rows::{
    erase, forget_facts, index_correction, insert_fact, insert_key, kept_since, project, timestamp, written_before,
};
use crate::schema::{self, Sharing};

/// When something happens: by the wall clock, and by one that nobody sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The wall clock.
    pub wall: Timestamp,
    /// The time since boot, suspend included.
    pub boot: Duration,
    /// Which boot that was.
    pub boot_id: Box<str>,
}

/// How a fact came about, which decides what a full disk means for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Somebody asked for it and is told that it holds: refused unless it is kept.
    Asked,
    /// A device sensed it: true in any case, so it counts now and is written when that is possible again.
    Sensed,
}

/// What a start of the program meant for the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginning {
    /// The session of before goes on: the program had died (F06).
    Resumed,
    /// A session began (G01).
    SignedIn,
}

/// A clock that moved against the time since boot by less than this was not set, only read in between.
const STEP: Duration = Duration::from_secs(2);

/// With less room than this on its disk, in bytes, a log is as good as full. What is left of its write-ahead log takes a
/// small write even then.
const ENOUGH_ROOM: u64 = 256 * 1024;

/// Names a person of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(pub(crate) i64);

impl PersonId {
    /// The only person of an embedded service.
    pub const LOCAL: Self = Self(1);

    /// The number, for a log: it names nobody.
    pub fn number(self) -> i64 {
        self.0
    }
}

/// Whose presence, and on which of their devices something happens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seat {
    /// Whose.
    pub person: PersonId,
    /// On which device.
    pub device: DeviceId,
}

/// One person's presence, as far as it is folded.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) state: State,
    /// The policy by which it is folded, where the log doesn't say yet that the service's own holds (C22).
    policy: Option<Box<Policy>>,
    pub(crate) last: Option<Moment>,
    /// Facts that count but could not be written.
    waiting: Vec<(Fact, Moment)>,
    /// The keys under which those were asked to be recorded, with what stood under them and the place after it.
    waiting_keys: Vec<(String, Vec<u8>, u64)>,
    /// Intervals that closed since the last write.
    pub(crate) closed: Vec<Interval>,
}

impl Kept {
    /// Runs timers by the policy of that time.
    fn advance(&mut self, policy: &Policy, now: Timestamp) {
        let closed = self.state.advance(self.policy.as_deref().unwrap_or(policy), now);
        self.closed.extend(closed);
    }

    fn apply(&mut self, fact: &Fact, policy: &Policy) {
        let closed = self.state.apply(fact, self.policy.as_deref().unwrap_or(policy));
        self.closed.extend(closed);
    }
}

/// What becomes of a write that may be a second copy (RFC-style idempotency keys).
#[derive(Debug, Clone, PartialEq)]
pub enum Once {
    /// It is recorded now, as these facts.
    Now(Vec<Fact>),
    /// It was recorded before, up to this place in the log.
    Before(u64),
    /// Something else was recorded under this key.
    OtherThing,
}

/// A key of the person's, and what was asked for under it.
#[derive(Debug, Clone, Copy)]
pub struct WriteKey<'a> {
    /// The key.
    pub key: &'a str,
    /// What distinguishes one thing that was asked for from another.
    pub digest: &'a [u8],
}

/// The presence service: the log of facts of its persons, and what it comes to.
#[derive(Debug)]
pub struct Engine {
    pub(crate) db: Connection,
    path: PathBuf,
    named: Named,
    pub(crate) sharing: Sharing,
    persons: BTreeMap<PersonId, Kept>,
    /// The folder, locked while a command is in it.
    #[expect(dead_code, reason = "the lock lasts as long as it is open")]
    in_it: Option<fs::File>,
}

impl Engine {
    /// Makes sure that a person who was added meanwhile is known.
    pub(crate) fn load_person(&mut self, person: PersonId) -> Result<(), EngineError> {
        if self.persons.contains_key(&person) {
            return Ok(());
        }
        self.load(person).map_err(|error| EngineError::of(&error, &self.path))
    }

    /// Forgets a person who was removed.
    pub fn forget_person(&mut self, person: PersonId) {
        self.persons.remove(&person);
    }

    /// The persons whose presence is kept here.
    pub fn persons(&self) -> impl Iterator<Item = PersonId> {
        self.persons.keys().copied()
    }

    /// When the last fact of all was recorded.
    pub fn last_recorded(&self) -> Option<Timestamp> {
        self.persons.values().filter_map(|kept| kept.last.as_ref()).map(|last| last.wall).max()
    }

    /// Takes up the session of before, or signs in (C10).
    pub fn begin(&mut self, seat: &Seat, now: &Moment) -> Result<Beginning, EngineError> {
        let kept = self.kept(seat.person);
        if kept.state.session(&seat.device).is_some() {
            let last = kept.last.clone().unwrap_or_else(|| now.clone());
            if last.boot_id == now.boot_id {
                self.notice_clock(seat, now);
                self.take_policy(now)?;
                return Ok(Beginning::Resumed);
            }
            self.write_all(seat, [(last.wall, What::Vanished)], &[], now)?;
        }
        self.record(seat, now.wall, What::SignedIn, Weight::Asked, now)?;
        Ok(Beginning::SignedIn)
    }

    /// Records a fact: writes it, then lets it count. `at` is when it happened, `now` when it became known.
    pub fn record(
        &mut self,
        seat: &Seat,
        at: Timestamp,
        what: What,
        weight: Weight,
        now: &Moment,
    ) -> Result<Vec<Fact>, EngineError> {
        self.notice_clock(seat, now);
        match self.write_all(seat, [(at, what.clone())], &[], now) {
            Err(error) if weight == Weight::Sensed => {
                tracing::error!("{error}; kept in memory");
                Ok(self.keep_in_memory(seat, at, what, now))
            }
            written => written,
        }
    }

    /// Records several facts that somebody asked for in one: all are kept, or none.
    pub fn record_asked(
        &mut self,
        seat: &Seat,
        whats: impl IntoIterator<Item = (Timestamp, What)>,
        now: &Moment,
    ) -> Result<Vec<Fact>, EngineError> {
        self.notice_clock(seat, now);
        self.write_all(seat, whats, &[], now)
    }

    /// The same, unless that was done before under the same key.
    pub fn record_once(
        &mut self,
        seat: &Seat,
        key: WriteKey<'_>,
        whats: impl IntoIterator<Item = (Timestamp, What)>,
        now: &Moment,
    ) -> Result<Once, EngineError> {
        if let Some(before) = self.written_before(seat.person, key)? {
            return Ok(before);
        }
        let whats: Vec<_> = whats.into_iter().collect();
        self.notice_clock(seat, now);
        self.write_or_keep(seat, whats, &[key], now).map(Once::Now)
    }

    /// Writes facts. If that is not possible now and all of them are true in any case, they count all the same, and are
    /// written later.
    pub(crate) fn write_or_keep(
        &mut self,
        seat: &Seat,
        whats: Vec<(Timestamp, What)>,
        keys: &[WriteKey<'_>],
        now: &Moment,
    ) -> Result<Vec<Fact>, EngineError> {
        let is_sensed = whats.iter().all(|(_, what)| is_sensed(what));
        match self.write_all(seat, whats.iter().cloned(), keys, now) {
            Err(error) if is_sensed => {
                tracing::error!("{error}; kept in memory");
                let facts = whats.into_iter().flat_map(|(at, what)| self.keep_in_memory(seat, at, what, now)).collect();
                let kept = self.kept(seat.person);
                let version = kept.state.seq();
                kept.waiting_keys.extend(keys.iter().map(|key| (key.key.to_owned(), key.digest.to_owned(), version)));
                Ok(facts)
            }
            written => written,
        }
    }

    /// Whether anything was written under a key.
    pub fn is_written(&self, person: PersonId, key: WriteKey<'_>) -> Result<bool, EngineError> {
        Ok(self.written_before(person, key)?.is_some())
    }

    /// What was written under a key, if anything was.
    pub(crate) fn written_before(&self, person: PersonId, key: WriteKey<'_>) -> Result<Option<Once>, EngineError> {
        let waiting =
            self.persons.get(&person).and_then(|kept| kept.waiting_keys.iter().find(|(own, ..)| own == key.key));
        if let Some((_, digest, version)) = waiting {
            return Ok(Some(if digest == key.digest { Once::Before(*version) } else { Once::OtherThing }));
        }
        written_before(&self.db, person, key).map_err(|error| EngineError::of(&error, &self.path))
    }

    /// Runs a person's timers up to now.
    pub fn advance(&mut self, person: PersonId, now: &Moment) {
        self.notice_clock(&Seat { person, device: DeviceId::from("service") }, now);
        let Some(kept) = self.persons.get_mut(&person) else { return };
        kept.advance(&self.named.policy, now.wall);
    }

    /// The effective status.
    pub fn effective(&self, person: PersonId, now: Timestamp) -> Effective {
        self.state(person).effective(&self.named.policy, now)
    }

    /// The state, for questions that [`Effective`] doesn't answer.
    pub fn state(&self, person: PersonId) -> &State {
        static NOBODY: LazyLock<State> = LazyLock::new(State::default);
        self.persons.get(&person).map_or(&NOBODY, |kept| &kept.state)
    }

    /// The organisation's policy.
    pub fn policy(&self) -> &Policy {
        &self.named.policy
    }

    /// Lets the log say of everybody that this policy is in force from now on, if it says otherwise (C22).
    pub fn take_policy(&mut self, now: &Moment) -> Result<(), EngineError> {
        let others = |(person, kept): (&PersonId, &Kept)| {
            let knows = kept.state.policy() == Some(&self.named.digest) || kept.state.seq() == 0;
            (!knows).then_some(*person)
        };
        let others: Vec<_> = self.persons.iter().filter_map(others).collect();
        if others.is_empty() {
            return Ok(());
        }
        tracing::info!("another policy is in force from now on");
        self.flush()?;
        for person in &others {
            self.notice_clock(&Seat { person: *person, device: DeviceId::from("service") }, now);
        }
        let write = || {
            let transaction = self.db.transaction()?;
            let mut taken = Vec::with_capacity(others.len());
            for person in &others {
                let kept = self.persons.entry(*person).or_default();
                let (mut state, mut closed) = (kept.state.clone(), kept.closed.clone());
                let old = kept.policy.as_deref().unwrap_or(&self.named.policy);
                closed.extend(state.advance(old, now.wall));
                let fact = self.named.taken(state.seq() + 1, now);
                closed.extend(state.apply(&fact, &self.named.policy));
                insert_fact(&transaction, *person, &fact, now)?;
                project(&transaction, *person, &state, &closed)?;
                taken.push((*person, state));
            }
            self.named.keep(&transaction, now.wall)?;
            transaction.commit()?;
            Ok(taken)
        };
        let mut write = write;
        let taken = write().map_err(|error| EngineError::of(&error, &self.path))?;
        for (person, state) in taken {
            self.persons.insert(person, Kept { state, last: Some(now.clone()), ..Kept::default() });
        }
        Ok(())
    }

    /// Where the log is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many facts count but could not be written yet.
    pub fn waiting(&self) -> usize {
        self.persons.values().map(|kept| kept.waiting.len()).sum()
    }

    /// Tries again to write what could not be written. Does nothing if nothing waits.
    pub fn flush(&mut self) -> Result<(), EngineError> {
        let waits = |(person, kept): (&PersonId, &Kept)| (!kept.waiting.is_empty()).then_some(*person);
        let waiting: Vec<_> = self.persons.iter().filter_map(waits).collect();
        waiting.into_iter().try_for_each(|person| self.save(person, &[], &[], Timestamp::UNIX_EPOCH))
    }

    /// Whether the log can be written now, by writing to it, and has room for a while.
    pub fn probe(&mut self) -> Result<(), EngineError> {
        if room(&self.path).is_some_and(|room| room < ENOUGH_ROOM) {
            return Err(EngineError::Full(self.path.clone()));
        }
        // A page that is written anew as it is, and synced.
        let written = self.db.execute("UPDATE numbers SET last_person = last_person", []);
        written.map(|_| ()).map_err(|error| EngineError::of(&error, &self.path))
    }

    /// A number that changes when another program writes to the log.
    pub fn changed_by_others(&self) -> Result<i64, EngineError> {
        let version = self.db.query_row("PRAGMA data_version", [], |row| row.get(0));
        version.map_err(|error| EngineError::of(&error, &self.path))
    }

    /// Whether the wall clock was set since the person's last fact, and by how much (D07).
    pub(crate) fn notice_clock(&mut self, seat: &Seat, now: &Moment) {
        let last = self.persons.get(&seat.person).and_then(|kept| kept.last.as_ref());
        let Some(last) = last.filter(|last| last.boot_id == now.boot_id) else { return };
        let by_wall = now.wall.duration_since(last.wall).as_millis();
        let by_boot =
            i128::try_from(now.boot.as_millis()).unwrap_or(0) - i128::try_from(last.boot.as_millis()).unwrap_or(0);
        let by_ms = by_wall - by_boot;
        if by_ms.unsigned_abs() < STEP.as_millis() {
            return;
        }
        let by_ms = i64::try_from(by_ms).unwrap_or(0);
        tracing::info!("the wall clock was set by {by_ms} ms; running times are kept");
        let what = What::ClockStepped { by_ms };
        if let Err(error) = self.write_all(seat, [(now.wall, what.clone())], &[], now) {
            tracing::error!("{error}; kept in memory");
            self.keep_in_memory(seat, now.wall, what, now);
        }
    }

    fn kept(&mut self, person: PersonId) -> &mut Kept {
        self.persons.entry(person).or_default()
    }

    /// Lets a fact count that can't be written now.
    fn keep_in_memory(&mut self, seat: &Seat, at: Timestamp, what: What, now: &Moment) -> Vec<Fact> {
        let facts = self.count(seat, at, what, now);
        self.kept(seat.person).waiting.extend(facts.iter().map(|fact| (fact.clone(), now.clone())));
        facts
    }

    /// Lets something count, and before it the policy by which it does, if the log doesn't know that yet.
    fn count(&mut self, seat: &Seat, at: Timestamp, what: What, now: &Moment) -> Vec<Fact> {
        let named = &self.named;
        let kept = self.persons.entry(seat.person).or_default();
        let mut facts = Vec::new();
        // What was before a clock was set, or a machine went down, is no matter of what holds now.
        let of_before = matches!(what, What::ClockStepped { .. } | What::Vanished);
        if !of_before && kept.state.policy() != Some(&named.digest) {
            kept.advance(&named.policy, now.wall);
            kept.policy = None;
            facts.push(named.taken(kept.state.seq() + 1, now));
            kept.apply(&facts[0], &named.policy);
        }
        let at = at.min(now.wall);
        let fact = Fact { seq: kept.state.seq() + 1, at, recorded: now.wall, device: seat.device.clone(), what };
        kept.apply(&fact, &named.policy);
        facts.push(fact);
        kept.last = Some(now.clone());
        facts
    }

    /// Writes facts, with all that waits, in one transaction; only then do they count.
    pub(crate) fn write_all(
        &mut self,
        seat: &Seat,
        whats: impl IntoIterator<Item = (Timestamp, What)>,
        keys: &[WriteKey<'_>],
        now: &Moment,
    ) -> Result<Vec<Fact>, EngineError> {
        let kept = self.kept(seat.person);
        let before = (kept.state.clone(), kept.closed.len(), kept.last.clone(), kept.policy.clone());
        let counted = whats.into_iter().flat_map(|(at, what)| self.count(seat, at, what, now));
        let facts: Vec<_> = counted.map(|fact| (fact, now.clone())).collect();
        let saved = self.save(seat.person, &facts, keys, now.wall);
        if let Err(error) = saved {
            let kept = self.kept(seat.person);
            kept.state = before.0;
            kept.closed.truncate(before.1);
            kept.last = before.2;
            kept.policy = before.3;
            return Err(error);
        }
        Ok(facts.into_iter().map(|(fact, _)| fact).collect())
    }

    fn save(
        &mut self,
        person: PersonId,
        facts: &[(Fact, Moment)],
        keys: &[WriteKey<'_>],
        at: Timestamp,
    ) -> Result<(), EngineError> {
        let kept = self.persons.entry(person).or_default();
        let saved = (|| {
            let transaction = self.db.transaction()?;
            for (fact, moment) in kept.waiting.iter().chain(facts) {
                insert_fact(&transaction, person, fact, moment)?;
                if matches!(fact.what, What::PolicyTaken { .. }) {
                    self.named.keep(&transaction, fact.recorded)?;
                }
            }
            for key in keys {
                insert_key(&transaction, person, *key, kept.state.seq(), at)?;
            }
            for (key, digest, version) in &kept.waiting_keys {
                let recorded = kept.last.as_ref().map_or(at, |last| last.wall);
                insert_key(&transaction, person, WriteKey { key, digest }, *version, recorded)?;
            }
            project(&transaction, person, &kept.state, &kept.closed)?;
            transaction.commit()
        })();
        saved.map_err(|error| EngineError::of(&error, &self.path))?;
        kept.waiting.clear();
        kept.waiting_keys.clear();
        kept.closed.clear();
        Ok(())
    }

    fn load(&mut self, person: PersonId) -> rusqlite::Result<()> {
        let last = "SELECT recorded, boot, boot_id FROM facts WHERE person = ?1 ORDER BY seq DESC LIMIT 1";
        let last = self
            .db
            .query_row(last, [person.0], |row| {
                let boot = Duration::from_millis(row.get::<_, i64>(1)?.unsigned_abs());
                Ok(Moment { wall: timestamp(row.get(0)?), boot, boot_id: row.get::<_, String>(2)?.into() })
            })
            .optional()?;
        let kept = "SELECT state FROM projections WHERE person = ?1 AND version = ?2";
        let kept: Option<String> =
            self.db.query_row(kept, params![person.0, schema::PROJECTION], |row| row.get(0)).optional()?;
        let state = kept.and_then(|state| serde_json::from_str(&state).ok());
        let state = state.map_or_else(|| self.rebuild(person), Ok)?;
        let other = state.policy().filter(|digest| *digest != self.named.digest);
        let policy = other.map(|digest| policies::find(&self.db, digest)).transpose()?.flatten().map(Box::new);
        self.persons.insert(person, Kept { state, policy, last, ..Kept::default() });
        Ok(())
    }

    /// Folds the log again: projections are never the truth.
    fn rebuild(&mut self, person: PersonId) -> rusqlite::Result<State> {
        let base = self.base(person)?;
        let transaction = self.db.transaction()?;
        transaction.execute("DELETE FROM intervals WHERE person = ?1", [person.0])?;
        transaction.execute("DELETE FROM corrections WHERE person = ?1", [person.0])?;
        let state = {
            let mut fold = Fold::new(&transaction, person, base, &self.named.policy)?;
            let mut closed = Vec::new();
            let mut facts = transaction.prepare("SELECT fact FROM facts WHERE person = ?1 ORDER BY seq")?;
            for fact in facts.query_map([person.0], |row| row.get::<_, String>(0))? {
                match serde_json::from_str::<Fact>(&fact?) {
                    Ok(fact) => {
                        index_correction(&transaction, person, &fact)?;
                        if fact.seq > fold.state.seq() {
                            closed.extend(fold.take(&fact)?);
                        }
                    }
                    Err(error) => tracing::warn!("a fact of the log is not understood and left out: {error}"),
                }
            }
            project(&transaction, person, &fold.state, &closed)?;
            fold.state
        };
        transaction.commit()?;
        Ok(state)
    }

    /// What the removed beginning of a person's log had come to.
    fn base(&self, person: PersonId) -> rusqlite::Result<State> {
        let base = "SELECT state FROM bases WHERE person = ?1";
        let base: Option<String> = self.db.query_row(base, [person.0], |row| row.get(0)).optional()?;
        Ok(base.and_then(|base| serde_json::from_str(&base).ok()).unwrap_or_default())
    }

    /// Makes what has happened up to now the new beginning of a person's log, and forgets facts recorded before
    /// `before`.
    pub(crate) fn forget(&mut self, seat: &Seat, before: Option<Timestamp>) -> Result<usize, EngineError> {
        self.flush()?;
        self.try_forget(seat, before).map_err(|error| EngineError::of(&error, &self.path))
    }

    fn try_forget(&mut self, seat: &Seat, before: Option<Timestamp>) -> rusqlite::Result<usize> {
        let person = seat.person;
        let until = before.map_or(i64::MAX, Timestamp::as_millisecond);
        let mut base = self.base(person)?;
        let kept = self.persons.entry(person).or_default();
        if before.is_none() {
            kept.state.forget_past();
            base = kept.state.clone();
        } else {
            let facts = "SELECT fact FROM facts WHERE person = ?1 AND recorded < ?2 ORDER BY seq";
            let mut facts = self.db.prepare(facts)?;
            let mut fold = Fold::new(&self.db, person, base, &self.named.policy)?;
            for fact in facts.query_map([person.0, until], |row| row.get::<_, String>(0))? {
                // A correction may have stayed when what came before it went.
                if let Ok(fact) = serde_json::from_str::<Fact>(&fact?)
                    && fact.seq > fold.state.seq()
                {
                    fold.take(&fact)?;
                }
            }
            base = fold.state;
        }
        let base = serde_json::to_string(&base).expect("a state is plain data");
        let transaction = self.db.transaction()?;
        transaction.execute("DELETE FROM intervals WHERE person = ?1 AND ended < ?2", [person.0, until])?;
        let facts = if before.is_none() {
            erase(&transaction, seat, kept.state.seq(), kept.last.as_ref())?
        } else {
            let recent = kept.closed.iter().cloned().chain(kept.state.current_interval());
            let oldest =
                kept_since(&transaction, person)?.into_iter().chain(recent.map(|interval| interval.start)).min();
            forget_facts(&transaction, person, until, oldest)?
        };
        transaction.execute("INSERT OR REPLACE INTO bases (person, state) VALUES (?1, ?2)", params![person.0, base])?;
        // What ended by itself and is not written yet is erased as well, or written now.
        let closed = if before.is_none() { &[] } else { &kept.closed[..] };
        project(&transaction, person, &kept.state, closed)?;
        transaction.commit()?;
        kept.closed.clear();
        Ok(facts)
    }

    /// Lets the file grow no further, or again: what a full disk looks like from here.
    #[doc(hidden)]
    pub fn fill_disk_for_tests(&mut self, full: bool) {
        let pages = if full { 1 } else { 1_000_000 };
        // SQLite raises a limit below the present size to that size.
        self.db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).ok();
    }

    /// The intervals that the state has closed but not written.
    pub(crate) fn unwritten(&self, person: PersonId) -> &[Interval] {
        self.persons.get(&person).map_or(&[], |kept| &kept.closed)
    }
}

/// Whether something is true whether it is kept or not: what a device senses, and that it is there or not.
fn is_sensed(what: &What) -> bool {
    matches!(
        what,
        What::Desk { .. }
            | What::Call { .. }
            | What::Knows { .. }
            | What::Activity(_)
            | What::SignedIn
            | What::SignedOut
            | What::Vanished
            | What::ConnectionLost
            | What::ConnectionRestored
    )
}
