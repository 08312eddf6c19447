//! Projections: what the log has come to. They are never the truth.

use log::{Base, Cut, LogError};
use presence::{Correction, Fact, State, Timestamp};
use roster::{Keeper, PersonId, Seat, Written};

use crate::entries::{facts, subject};
use crate::kept::Kept;
use crate::policies::{self, Fold, first_taken};
use crate::{Engine, Moment};

/// So many entries are read in one.
const PAGE: usize = 1000;

impl<K: Keeper> Engine<K> {
    /// Makes sure that a person who was added meanwhile is known.
    pub(crate) fn load_if_new(&mut self, person: PersonId) -> Result<(), LogError> {
        if self.persons.contains_key(&person) { Ok(()) } else { self.load(person) }
    }

    /// Takes up a person: the projection, and what the log has beyond it; or the whole log, if there is none.
    pub(crate) fn load(&mut self, person: PersonId) -> Result<(), LogError> {
        let last = self.keeper.last(&subject(person))?;
        let end = last.as_ref().map_or(0, |last| last.seq);
        let projection = self.keeper.projection(person, presence::FOLD_VERSION)?;
        let folded = projection.filter(|found| found.seq <= end).and_then(|found| {
            let state: State = serde_json::from_str(&found.state).ok()?;
            (state.seq() == found.seq).then_some(state)
        });
        let last = last.map(|last| Moment::of(&last.recorded));
        let mut kept = match folded {
            Some(state) => Kept { projected: state.seq(), state, ..Kept::default() },
            None => self.begin_anew(person)?,
        };
        let first = match kept.state.policy() {
            None if kept.state.seq() < end => self.first_policy(person)?,
            _ => None,
        };
        let mut fold = Fold::new(&self.keeper, std::mem::take(&mut kept.state), first, &self.named.policy)?;
        let mut after = kept.projected;
        loop {
            let page = self.keeper.read(&subject(person), after, PAGE)?;
            let Some(read) = page.last() else { break };
            after = read.entry.seq;
            for fact in page.iter().flat_map(|stored| facts(&stored.entry)) {
                kept.closed.extend(fold.take(&fact)?);
                kept.corrections.extend(Correction::of(&fact).map(|correction| (fact.seq, correction)));
            }
        }
        kept.state = fold.state;
        let other = kept.state.policy().filter(|digest| *digest != self.named.digest);
        kept.policy = other.map(|digest| policies::find(&self.keeper, digest)).transpose()?.flatten().map(Box::new);
        self.persons.insert(person, Kept { last, ..kept });
        Ok(())
    }

    /// Drops a person's projection; what the removed beginning of the log had come to.
    fn begin_anew(&mut self, person: PersonId) -> Result<Kept, LogError> {
        let base = self.keeper.base(&subject(person))?;
        self.keeper.drop_projection(person)?;
        let state = base.and_then(|base| serde_json::from_str(&base.body).ok()).unwrap_or_default();
        // Corrections may stand in the log before that beginning: it is read from its first entry on.
        Ok(Kept { state, ..Kept::default() })
    }

    fn first_policy(&self, person: PersonId) -> Result<Option<String>, LogError> {
        let mut after = 0;
        loop {
            let page = self.keeper.read(&subject(person), after, PAGE)?;
            let Some(read) = page.last() else { return Ok(None) };
            after = read.entry.seq;
            let all: Vec<Fact> = page.iter().flat_map(|stored| facts(&stored.entry)).collect();
            if let Some(digest) = first_taken(&all) {
                return Ok(Some(digest));
            }
        }
    }

    /// Writes the projections of everybody for whom one is behind.
    pub(crate) fn project_all(&mut self) {
        self.project(self.persons().collect::<Vec<_>>().into_iter(), 1);
    }

    /// Writes the projections of those for whom one is this many facts behind.
    pub(crate) fn project(&mut self, persons: impl Iterator<Item = PersonId>, behind: u64) {
        let is_behind = |kept: &Kept| {
            kept.waiting.is_empty()
                && (kept.state.seq() >= kept.projected + behind || kept.closed.len() as u64 >= behind)
        };
        let persons: Vec<_> = persons.filter(|person| self.persons.get(person).is_some_and(is_behind)).collect();
        let states: Vec<_> = persons.iter().map(|person| as_text(self.state(*person))).collect();
        let written: Vec<_> = persons
            .iter()
            .zip(&states)
            .filter_map(|(person, state)| {
                let kept = self.persons.get(person)?;
                let written = Written {
                    fold: presence::FOLD_VERSION,
                    seq: kept.state.seq(),
                    state,
                    closed: &kept.closed,
                    corrections: &kept.corrections,
                };
                Some((*person, written))
            })
            .collect();
        if written.is_empty() {
            return;
        }
        if let Err(error) = self.keeper.project(&written) {
            // Folded again at the next start.
            return tracing::warn!("{error}");
        }
        for person in persons {
            let kept = self.kept(person);
            kept.projected = kept.state.seq();
            kept.closed.clear();
            kept.corrections.clear();
        }
    }

    /// Makes what has happened up to now the new beginning of a person's log, and forgets facts recorded before
    /// `before`, or all; how many writes that were.
    pub(crate) fn forget(&mut self, seat: &Seat, before: Option<Timestamp>) -> Result<usize, LogError> {
        self.flush()?;
        let person = seat.person;
        if before.is_none() {
            // With the time of what was last: it says nothing of when it was erased, and the clock is judged by it later.
            let Some(last) = self.kept(person).last.clone() else { return Ok(0) };
            self.write(seat, vec![(None, vec![(last.wall, presence::What::Erased)])], &last)?;
            self.kept(person).state.forget_past();
        }
        self.project([person].into_iter(), 0);
        let Some(before) = before else {
            let state = self.state(person);
            let cut = Cut { base: Base { seq: state.seq(), body: as_text(state).into() }, but: Vec::new() };
            let removed = self.keeper.cut(&subject(person), &cut)?;
            self.keeper.forget_intervals(person, Timestamp::MAX, Timestamp::MAX)?;
            return Ok(removed);
        };
        // What ends later stays, and what corrects it.
        let later = presence::Span { limit: Some(1), ..presence::Span::since(just_before(before)) };
        let later = self.keeper.intervals(person, &later)?.0.into_iter().chain(self.state(person).current_interval());
        let stays_from = later.map(|interval| interval.start).min().unwrap_or(before);
        let cut = self.beginning_before(person, before, stays_from)?;
        let removed = self.keeper.cut(&subject(person), &cut)?;
        self.keeper.forget_intervals(person, before, stays_from)?;
        Ok(removed)
    }

    /// What a person's facts that were recorded before a moment came to, and which of them correct what stays.
    fn beginning_before(&self, person: PersonId, before: Timestamp, stays_from: Timestamp) -> Result<Cut, LogError> {
        let base = self.keeper.base(&subject(person))?;
        let state: State = base.and_then(|base| serde_json::from_str(&base.body).ok()).unwrap_or_default();
        let first = if state.policy().is_none() { self.first_policy(person)? } else { None };
        let mut fold = Fold::new(&self.keeper, state, first, &self.named.policy)?;
        let corrections = self.keeper.corrections(person, stays_from, Timestamp::MAX)?;
        let mut but = Vec::new();
        let mut after = 0;
        'read: loop {
            let page = self.keeper.read(&subject(person), after, PAGE)?;
            let Some(read) = page.last() else { break };
            after = read.entry.seq;
            for stored in &page {
                let entry = &stored.entry;
                if entry.recorded.wall >= before.as_millisecond() {
                    break 'read;
                }
                if corrections.iter().any(|seq| (entry.first()..=entry.seq).contains(seq)) {
                    but.push(entry.seq);
                }
                for fact in facts(entry) {
                    fold.take(&fact)?;
                }
            }
        }
        Ok(Cut { base: Base { seq: fold.state.seq(), body: as_text(&fold.state).into() }, but })
    }
}

impl<K: Keeper> Drop for Engine<K> {
    fn drop(&mut self) {
        self.project_all();
    }
}

fn just_before(at: Timestamp) -> Timestamp {
    at.checked_sub(jiff::SignedDuration::from_nanos(1)).unwrap_or(at)
}

fn as_text(state: &State) -> String {
    serde_json::to_string(state).expect("a state is plain data")
}
