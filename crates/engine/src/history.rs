//! History: the intervals that the log comes to.

use jiff::SignedDuration;
use log::LogError;
use presence::{Correction, Interval, Span, Timestamp, corrected};
use roster::{Keeper, PersonId, Seat};

use crate::entries::{facts, subject};
use crate::{Engine, Moment};

impl<K: Keeper> Engine<K> {
    /// The intervals of a span in the order in which they were recorded, as corrected since; the last one of all lasts.
    pub fn history(&self, person: PersonId, span: &Span) -> Result<Vec<Interval>, LogError> {
        let (mut found, whole) = self.keeper.intervals(person, span)?;
        if whole {
            let recent = self.unwritten(person).iter().cloned().chain(self.state(person).current_interval());
            found.extend(recent.filter(|interval| span.covers(interval)));
        }
        let Some(from) = found.iter().map(|interval| interval.start).min() else { return Ok(found) };
        let ends = found.iter().map(|interval| interval.end.unwrap_or(Timestamp::MAX));
        let to = ends.max().unwrap_or(Timestamp::MAX);
        let mut corrections = self.corrections(person, from, to)?;
        let recent = self.persons.get(&person).into_iter().flat_map(|kept| &kept.corrections);
        corrections.extend(recent.map(|(_, correction)| correction.clone()));
        let mut found = corrected(found, &corrections);
        found.retain(|interval| span.covers(interval));
        Ok(found)
    }

    /// The corrections of a stretch that are projected.
    fn corrections(&self, person: PersonId, from: Timestamp, to: Timestamp) -> Result<Vec<Correction>, LogError> {
        let mut corrections = Vec::new();
        for seq in self.keeper.corrections(person, from, to)? {
            let found = self.keeper.read(&subject(person), seq.saturating_sub(1), 1)?;
            let facts = found.iter().flat_map(|stored| facts(&stored.entry)).filter(|fact| fact.seq == seq);
            corrections.extend(facts.filter_map(|fact| Correction::of(&fact)));
        }
        Ok(corrections)
    }

    /// Where what is kept begins; `None` before the first sign-in.
    pub fn kept_since(&self, person: PersonId) -> Result<Option<Timestamp>, LogError> {
        let written = self.keeper.first_interval(person)?;
        let recent = self.unwritten(person).first().cloned().or_else(|| self.state(person).current_interval());
        Ok(written.or(recent).map(|interval| interval.start))
    }

    /// Erases everything before now, in the file as well. What holds now goes on.
    pub fn delete_history(&mut self, seat: &Seat) -> Result<(), LogError> {
        self.forget(seat, None)?;
        self.keeper.shrink()
    }

    /// Forgets of what is older than `keep` the oldest day; returns how many writes that were. How often that may be
    /// asked for is for [`Retention`](crate::Retention) to say.
    pub fn forget_a_day(&mut self, seat: &Seat, keep: SignedDuration, now: Timestamp) -> Result<usize, LogError> {
        let oldest = self.oldest(seat.person)?;
        let Some((oldest, limit)) = oldest.zip(now.checked_sub(keep).ok()) else { return Ok(0) };
        if oldest >= limit {
            return Ok(0);
        }
        let a_day_further = oldest.checked_add(SignedDuration::from_hours(24)).unwrap_or(limit);
        self.forget(seat, Some(limit.min(a_day_further)))
    }

    /// Forgets what is older than the retention at once; returns how many writes that were. For when the person asks.
    pub fn forget_before(&mut self, seat: &Seat, before: Timestamp) -> Result<usize, LogError> {
        self.forget(seat, Some(before))
    }

    /// When the oldest of what retention could take came to its end: an interval, or a write that nothing else needs.
    fn oldest(&self, person: PersonId) -> Result<Option<Timestamp>, LogError> {
        let interval = self.keeper.first_interval(person)?.and_then(|interval| interval.end);
        let corrections = self.keeper.corrections(person, Timestamp::MIN, Timestamp::MAX)?;
        let last = self.keeper.last(&subject(person))?.map_or(0, |last| last.seq);
        let mut after = 0;
        let entry = loop {
            let Some(stored) = self.keeper.read(&subject(person), after, 1)?.pop() else { break None };
            let places = stored.entry.first()..=stored.entry.seq;
            if stored.entry.seq == last {
                break None;
            }
            if !corrections.iter().any(|seq| places.contains(seq)) {
                break Some(Moment::of(&stored.entry.recorded).wall);
            }
            after = stored.entry.seq;
        };
        Ok(interval.into_iter().chain(entry).min())
    }
}
