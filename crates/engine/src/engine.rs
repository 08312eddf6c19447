//! Each person's presence, kept: facts are written first, then they count.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::Duration;

use log::{Entry, LogError, Outcome};
use presence::{DeviceId, Effective, Fact, Interval, Policy, State, Timestamp, What};
use roster::{Keeper, PersonId, Seat};

use crate::Moment;
use crate::directory::Directory;
use crate::entries::{entry, subject};
use crate::kept::{Kept, Mark};
use crate::policies::Named;
use crate::write_key::{Once, WriteKey};

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

/// What is to be recorded under one key, or none: when it happened, and what.
pub(crate) type Write<'a> = (Option<WriteKey<'a>>, Vec<(Timestamp, What)>);

/// A clock that moved against the time since boot by less than this was not set, only read in between.
const STEP: Duration = Duration::from_secs(2);

/// The presence of many: the log of facts of its persons, and what it comes to.
#[derive(Debug)]
pub struct Engine<K: Keeper> {
    pub(crate) keeper: K,
    pub(crate) named: Named,
    pub(crate) persons: BTreeMap<PersonId, Kept>,
    pub(crate) directory: Directory,
    /// Whose facts count but could not be written.
    behind: BTreeSet<PersonId>,
    /// What is to be written in one, while that is being gathered.
    gathered: Option<Gathered>,
}

/// Writes of several, to be kept in one.
#[derive(Debug, Default)]
struct Gathered {
    entries: Vec<Entry>,
    /// How each person's presence stood before.
    marks: BTreeMap<PersonId, Mark>,
    keeps_policy: bool,
}

impl<K: Keeper> Engine<K> {
    /// Takes up what is kept.
    ///
    /// # Errors
    ///
    /// If it can't be read, or is damaged.
    pub fn new(keeper: K, policy: Policy) -> Result<Self, LogError> {
        let directory = Directory::read(&keeper)?;
        let mut engine = Self::with(keeper, policy, directory);
        for person in engine.directory.ids().collect::<Vec<_>>() {
            engine.load(person)?;
        }
        engine.project_all();
        Ok(engine)
    }

    pub(crate) fn with(keeper: K, policy: Policy, directory: Directory) -> Self {
        Self {
            keeper,
            named: Named::new(policy),
            persons: BTreeMap::new(),
            directory,
            behind: BTreeSet::new(),
            gathered: None,
        }
    }

    /// What keeps the log.
    pub fn keeper(&self) -> &K {
        &self.keeper
    }

    /// What keeps the log, to be looked after: nothing of a person's may be changed by it.
    pub fn keeper_mut(&mut self) -> &mut K {
        &mut self.keeper
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
    pub fn begin(&mut self, seat: &Seat, now: &Moment) -> Result<Beginning, LogError> {
        let kept = self.kept(seat.person);
        if kept.state.session(&seat.device).is_some() {
            let last = kept.last.clone().unwrap_or_else(|| now.clone());
            if last.boot_id == now.boot_id {
                self.notice_clock(seat, now);
                self.take_policy(now)?;
                return Ok(Beginning::Resumed);
            }
            self.write(seat, vec![(None, vec![(last.wall, What::Vanished)])], now)?;
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
    ) -> Result<Vec<Fact>, LogError> {
        self.notice_clock(seat, now);
        let writes = vec![(None, vec![(at, what)])];
        match weight {
            Weight::Asked => self.write(seat, writes, now),
            Weight::Sensed => Ok(self.write_or_keep(seat, writes, now)),
        }
    }

    /// Records several facts that somebody asked for in one: all are kept, or none.
    pub fn record_asked(
        &mut self,
        seat: &Seat,
        whats: impl IntoIterator<Item = (Timestamp, What)>,
        now: &Moment,
    ) -> Result<Vec<Fact>, LogError> {
        self.notice_clock(seat, now);
        self.write(seat, vec![(None, whats.into_iter().collect())], now)
    }

    /// The same, unless that was done before under the same key.
    pub fn record_once(
        &mut self,
        seat: &Seat,
        key: WriteKey<'_>,
        whats: impl IntoIterator<Item = (Timestamp, What)>,
        now: &Moment,
    ) -> Result<Once, LogError> {
        if let Some(before) = self.written_before(seat.person, key)? {
            return Ok(before);
        }
        self.notice_clock(seat, now);
        self.write_or_refuse(seat, vec![(Some(key), whats.into_iter().collect())], now).map(Once::Now)
    }

    /// Writes facts. If that is not possible now and all of them are true in any case, they count all the same, and are
    /// written later.
    pub(crate) fn write_or_refuse(
        &mut self,
        seat: &Seat,
        writes: Vec<Write<'_>>,
        now: &Moment,
    ) -> Result<Vec<Fact>, LogError> {
        if writes.iter().flat_map(|(_, whats)| whats).all(|(_, what)| is_sensed(what)) {
            Ok(self.write_or_keep(seat, writes, now))
        } else {
            self.write(seat, writes, now)
        }
    }

    /// Whether anything was written under a key.
    pub fn is_written(&self, person: PersonId, key: WriteKey<'_>) -> Result<bool, LogError> {
        Ok(self.written_before(person, key)?.is_some())
    }

    /// What was written under a key, if anything was.
    pub(crate) fn written_before(&self, person: PersonId, key: WriteKey<'_>) -> Result<Option<Once>, LogError> {
        let subject = subject(person);
        let waiting = self.persons.get(&person).into_iter().flat_map(|kept| &kept.waiting);
        let gathered = self.gathered.iter().flat_map(|gathered| &gathered.entries);
        let own = waiting.chain(gathered.filter(|entry| entry.subject == subject));
        let mut keyed = own.filter_map(|entry| Some((entry.key.as_ref()?, entry.seq)));
        if let Some((kept, seq)) = keyed.find(|(kept, _)| *kept.id == *key.key) {
            return Ok(Some(key.compared(kept, seq)));
        }
        Ok(match self.keeper.find(&subject, &key.of_log())? {
            Some(Outcome::Before(seq)) => Some(Once::Before(seq)),
            Some(_) => Some(Once::OtherThing),
            None => None,
        })
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
    pub fn take_policy(&mut self, now: &Moment) -> Result<(), LogError> {
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
        let service = |person| Seat { person, device: DeviceId::from("service") };
        for person in &others {
            self.notice_clock(&service(*person), now);
        }
        self.gather();
        for person in others {
            // The fact that tells of the policy comes before each one that it judges; here it stands alone.
            self.write(&service(person), vec![(None, Vec::new())], now)?;
        }
        self.keep_gathered()
    }

    /// How many facts count but could not be written yet.
    pub fn waiting(&self) -> usize {
        self.waiting_entries().map(|entry| entry.facts.len()).sum()
    }

    /// Tries again to write what could not be written. Does nothing if nothing waits.
    pub fn flush(&mut self) -> Result<(), LogError> {
        let waiting = self.waiting_entries().cloned().collect::<Vec<_>>();
        let Some(first) = waiting.first() else { return Ok(()) };
        self.named.keep(&mut self.keeper, &Moment::of(&first.recorded))?;
        append(&mut self.keeper, &waiting)?;
        for person in std::mem::take(&mut self.behind) {
            self.kept(person).waiting.clear();
        }
        Ok(())
    }

    fn waiting_entries(&self) -> impl Iterator<Item = &Entry> {
        self.behind.iter().filter_map(|person| self.persons.get(person)).flat_map(|kept| &kept.waiting)
    }

    /// From here on what is written is gathered, and counts at once. It is kept by [`keep_gathered`](Self::keep_gathered),
    /// and nobody may be told of it before.
    pub fn gather(&mut self) {
        self.gathered.get_or_insert_default();
    }

    /// Keeps all that was gathered, in one.
    ///
    /// # Errors
    ///
    /// If it can't be kept: then nothing of it counts any more.
    pub fn keep_gathered(&mut self) -> Result<(), LogError> {
        let Some(gathered) = self.gathered.take() else { return Ok(()) };
        if gathered.entries.is_empty() {
            return Ok(());
        }
        let persons: Vec<_> = gathered.marks.keys().copied().collect();
        let waiting = persons.iter().filter_map(|person| self.persons.get(person)).flat_map(|kept| &kept.waiting);
        // What could not be written before comes before.
        let entries: Vec<_> = waiting.cloned().chain(gathered.entries).collect();
        let mut kept = Ok(());
        if gathered.keeps_policy {
            kept = self.named.keep(&mut self.keeper, &Moment::of(&entries[0].recorded));
        }
        match kept.and_then(|()| append(&mut self.keeper, &entries)) {
            Ok(()) => {
                for person in &persons {
                    self.kept(*person).waiting.clear();
                    self.behind.remove(person);
                }
                self.project(persons.into_iter(), TAIL);
                Ok(())
            }
            Err(error) => {
                for (person, mark) in gathered.marks {
                    self.kept(person).back_to(mark);
                }
                Err(error)
            }
        }
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
        self.write_or_keep(seat, vec![(None, vec![(now.wall, What::ClockStepped { by_ms })])], now);
    }

    /// Takes up a person who was added meanwhile.
    pub(crate) fn kept(&mut self, person: PersonId) -> &mut Kept {
        self.persons.entry(person).or_default()
    }

    /// Writes facts, or lets them count until they can be.
    fn write_or_keep(&mut self, seat: &Seat, writes: Vec<Write<'_>>, now: &Moment) -> Vec<Fact> {
        let error = match self.write(seat, writes.clone(), now) {
            Ok(facts) => return facts,
            Err(error) => error,
        };
        tracing::error!("{error}; kept in memory");
        let (facts, entries) = self.count_all(seat, writes, now);
        self.kept(seat.person).waiting.extend(entries);
        self.behind.insert(seat.person);
        facts
    }

    /// Writes facts, with all that waits, in one; only then do they count.
    pub(crate) fn write(&mut self, seat: &Seat, writes: Vec<Write<'_>>, now: &Moment) -> Result<Vec<Fact>, LogError> {
        let alone = self.gathered.is_none();
        self.gather();
        let mark = self.kept(seat.person).mark();
        let (facts, entries) = self.count_all(seat, writes, now);
        let takes_policy = facts.iter().any(|fact| matches!(fact.what, What::PolicyTaken { .. }));
        if let Some(gathered) = &mut self.gathered {
            gathered.marks.entry(seat.person).or_insert(mark);
            gathered.entries.extend(entries);
            gathered.keeps_policy |= takes_policy;
        }
        if alone {
            self.keep_gathered()?;
        }
        Ok(facts)
    }

    /// Lets writes count; their facts, and an entry for each.
    fn count_all(&mut self, seat: &Seat, writes: Vec<Write<'_>>, now: &Moment) -> (Vec<Fact>, Vec<Entry>) {
        let (mut all, mut entries) = (Vec::new(), Vec::new());
        for (key, whats) in writes {
            let facts = self.count(seat, whats, now);
            if !facts.is_empty() {
                entries.push(entry(seat, &facts, key.map(WriteKey::of_log), now));
            }
            all.extend(facts);
        }
        (all, entries)
    }

    /// Lets something count, and before it the policy by which it does, if the log doesn't know that yet.
    fn count(&mut self, seat: &Seat, whats: Vec<(Timestamp, What)>, now: &Moment) -> Vec<Fact> {
        let named = &self.named;
        let kept = self.persons.entry(seat.person).or_default();
        let mut facts = Vec::with_capacity(whats.len());
        // What was before a clock was set, or a machine went down, is no matter of what holds now.
        let of_before = |(_, what): &(Timestamp, What)| matches!(what, What::ClockStepped { .. } | What::Vanished);
        let mut whats = whats.into_iter().peekable();
        loop {
            if !whats.peek().is_some_and(of_before) && kept.state.policy() != Some(&named.digest) {
                kept.advance(&named.policy, now.wall);
                kept.policy = None;
                let fact = named.taken(kept.state.seq() + 1, now);
                kept.apply(&fact, &named.policy);
                facts.push(fact);
            }
            let Some((at, what)) = whats.next() else { break };
            let at = at.min(now.wall);
            let fact = Fact { seq: kept.state.seq() + 1, at, recorded: now.wall, device: seat.device.clone(), what };
            kept.apply(&fact, &named.policy);
            facts.push(fact);
        }
        kept.last = Some(now.clone());
        facts
    }

    /// The intervals that the state has closed and the projection doesn't have.
    pub(crate) fn unwritten(&self, person: PersonId) -> &[Interval] {
        self.persons.get(&person).map_or(&[], |kept| &kept.closed)
    }
}

/// A projection is written when it is this many facts behind its log: a start folds no more than that of anybody's.
const TAIL: u64 = 16;

/// Appends entries, all of which follow what is known.
fn append(keeper: &mut impl Keeper, entries: &[Entry]) -> Result<(), LogError> {
    let outcomes = keeper.append(entries)?;
    let odd = entries.iter().zip(outcomes).find(|(_, outcome)| !matches!(outcome, Outcome::Kept(_)));
    odd.map_or(Ok(()), |(entry, outcome)| {
        let cause = format!("another program writes to {} as well ({outcome:?}): end one of them", entry.subject);
        Err(LogError::Other { place: keeper.place(), cause })
    })
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
