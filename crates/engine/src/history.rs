//! History: the intervals that the log comes to.

use jiff::SignedDuration;
use presence::{Correction, Interval, Span, Timestamp, corrected};

use crate::rows::{kept_since, oldest};
use crate::{Engine, EngineError, PersonId, Seat, Sharing};

impl Engine {
    /// The intervals of a span in the order in which they were recorded, as corrected since; the last one of all lasts.
    pub fn history(&self, person: PersonId, span: &Span) -> Result<Vec<Interval>, EngineError> {
        let read = || -> rusqlite::Result<Vec<Interval>> {
            let (mut found, whole) = self.written(person, span)?;
            if whole {
                let recent = self.unwritten(person).iter().cloned().chain(self.state(person).current_interval());
                found.extend(recent.filter(|interval| span.covers(interval)));
            }
            let corrections = self.corrections(person, &found)?;
            let mut found = corrected(found, &corrections);
            found.retain(|interval| span.covers(interval));
            Ok(found)
        };
        read().map_err(|error| EngineError::of(&error, self.path()))
    }

    /// Where what is kept begins; `None` before the first sign-in.
    pub fn kept_since(&self, person: PersonId) -> Result<Option<Timestamp>, EngineError> {
        let written = kept_since(&self.db, person).map_err(|error| EngineError::of(&error, self.path()))?;
        let recent = self.unwritten(person).first().cloned().or_else(|| self.state(person).current_interval());
        Ok(written.or(recent.map(|interval| interval.start)))
    }

    /// What of a span is in the file, and whether that is all of it.
    fn written(&self, person: PersonId, span: &Span) -> rusqlite::Result<(Vec<Interval>, bool)> {
        let since = span.since.map_or(i64::MIN, Timestamp::as_millisecond);
        let until = span.until.map_or(i64::MAX, Timestamp::as_millisecond);
        let mut kept = self.db.prepare_cached(
            "SELECT ended, rowid, interval FROM intervals
                WHERE person = ?3 AND ended > ?1 AND start < ?2 ORDER BY ended, start",
        )?;
        let mut rows = kept.query([since, until, person.0])?;
        let mut found = Vec::new();
        let mut whole = true;
        let mut last = None;
        while let Some(row) = rows.next()? {
            let ended: i64 = row.get(0)?;
            if span.limit.is_some_and(|limit| found.len() >= limit) && last != Some(ended) {
                whole = false;
                break;
            }
            last = Some(ended);
            let place: i64 = row.get(1)?;
            let interval = row.get_ref(2)?.as_str().ok().and_then(|json| serde_json::from_str(json).ok());
            found.extend(interval.map(|interval: Interval| (place, interval)));
        }
        // Once found by their ends: a clock that was set back must not shuffle what happened.
        found.sort_by_key(|(place, _)| *place);
        Ok((found.into_iter().map(|(_, interval)| interval).collect(), whole))
    }

    /// The corrections that may touch these intervals, in the order in which they were made.
    fn corrections(&self, person: PersonId, intervals: &[Interval]) -> rusqlite::Result<Vec<Correction>> {
        let Some(from) = intervals.iter().map(|interval| interval.start).min() else { return Ok(Vec::new()) };
        let ends = intervals.iter().map(|interval| interval.end.unwrap_or(Timestamp::MAX));
        let to = ends.max().unwrap_or(Timestamp::MAX);
        let mut kept = self.db.prepare_cached(
            "SELECT fact FROM corrections JOIN facts USING (person, seq)
                WHERE person = ?3 AND ended > ?1 AND start < ?2 ORDER BY seq",
        )?;
        let span = [from.as_millisecond(), to.as_millisecond(), person.0];
        let facts = kept.query_map(span, |row| row.get::<_, String>(0))?;
        let facts = facts.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(facts.iter().filter_map(|fact| Correction::of(&serde_json::from_str(fact).ok()?)).collect())
    }

    /// Erases everything before now, in the file as well. What holds now goes on.
    pub fn delete_history(&mut self, seat: &Seat) -> Result<(), EngineError> {
        self.forget(seat, None)?;
        // Deleted rows are overwritten (secure_delete); a person's own file is made small again as well.
        let vacuum = if self.sharing == Sharing::Alone { "VACUUM;" } else { "" };
        let erased = self
            .db
            .execute_batch(&format!("PRAGMA wal_checkpoint(TRUNCATE); {vacuum} PRAGMA wal_checkpoint(TRUNCATE);"));
        erased.map_err(|error| EngineError::of(&error, self.path()))
    }

    /// Forgets of what is older than `keep` the oldest day; returns how many facts that were. How often that may be
    /// asked for is for [`Retention`](crate::Retention) to say.
    pub fn forget_a_day(&mut self, seat: &Seat, keep: SignedDuration, now: Timestamp) -> Result<usize, EngineError> {
        let oldest = oldest(&self.db, seat.person).map_err(|error| EngineError::of(&error, self.path()))?;
        let Some((oldest, limit)) = oldest.zip(now.checked_sub(keep).ok()) else { return Ok(0) };
        if oldest >= limit {
            return Ok(0);
        }
        let a_day_further = oldest.checked_add(SignedDuration::from_hours(24)).unwrap_or(limit);
        self.forget(seat, Some(limit.min(a_day_further)))
    }

    /// Forgets what is older than the retention at once; returns how many facts that were. For when the person asks.
    pub fn forget_before(&mut self, seat: &Seat, before: Timestamp) -> Result<usize, EngineError> {
        self.forget(seat, Some(before))
    }
}
