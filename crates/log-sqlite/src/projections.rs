//! What the logs of people have come to. It is written without a sync of its own: what is lost is folded again.

use log::LogError;
use presence::{Correction, Interval, Primary, Source, Span, StatusId, Timestamp};
use roster::{PersonId, Projection, Projections, Written};
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::Value;

use crate::Sqlite;
use crate::entries::signed;

impl Projections for Sqlite {
    fn projection(&self, person: PersonId, fold: u32) -> Result<Option<Projection>, LogError> {
        let read = || {
            let kept = "SELECT seq, state FROM projections WHERE person = ?1 AND fold = ?2";
            let row = |row: &Row<'_>| Ok(Projection { seq: row.get::<_, i64>(0)?.unsigned_abs(), state: row.get(1)? });
            self.db.prepare_cached(kept)?.query_row(params![person.to_bytes(), fold], row).optional()
        };
        self.said(read())
    }

    fn project(&mut self, written: &[(PersonId, Written<'_>)]) -> Result<(), LogError> {
        self.unsynced(|db| {
            for (person, written) in written {
                let person = person.to_bytes();
                for interval in written.closed {
                    insert_interval(db, person, interval)?;
                }
                for (seq, correction) in written.corrections {
                    insert_correction(db, person, *seq, correction)?;
                }
                let project = "INSERT OR REPLACE INTO projections (person, fold, seq, state) VALUES (?1, ?2, ?3, ?4)";
                db.prepare_cached(project)?.execute(params![
                    person,
                    written.fold,
                    signed(written.seq),
                    written.state
                ])?;
            }
            Ok(())
        })
    }

    fn drop_projection(&mut self, person: PersonId) -> Result<(), LogError> {
        self.unsynced(|db| {
            for table in ["projections", "intervals", "corrections"] {
                db.execute(&format!("DELETE FROM {table} WHERE person = ?1"), [person.to_bytes()])?;
            }
            Ok(())
        })
    }

    fn intervals(&self, person: PersonId, span: &Span) -> Result<(Vec<Interval>, bool), LogError> {
        let since = span.since.map_or(i64::MIN, nanoseconds);
        let until = span.until.map_or(i64::MAX, nanoseconds);
        let read = || {
            let mut kept = self.db.prepare_cached(
                "SELECT ended, rowid, start, status, primary_status, source, detail, message FROM intervals
                    WHERE person = ?3 AND ended > ?1 AND start < ?2 ORDER BY ended, start",
            )?;
            let mut rows = kept.query(params![since, until, person.to_bytes()])?;
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
                found.push((row.get::<_, i64>(1)?, interval(row)?));
            }
            // Once found by their ends: a clock that was set back must not shuffle what happened.
            found.sort_by_key(|(place, _)| *place);
            Ok((found.into_iter().map(|(_, interval)| interval).collect(), whole))
        };
        self.said(read())
    }

    fn corrections(&self, person: PersonId, from: Timestamp, to: Timestamp) -> Result<Vec<u64>, LogError> {
        let read = || {
            let places = "SELECT seq FROM corrections WHERE person = ?3 AND ended > ?1 AND start < ?2 ORDER BY seq";
            let span = params![nanoseconds(from), nanoseconds(to), person.to_bytes()];
            let mut places = self.db.prepare_cached(places)?;
            places.query_map(span, |row| Ok(row.get::<_, i64>(0)?.unsigned_abs()))?.collect()
        };
        self.said(read())
    }

    fn first_interval(&self, person: PersonId) -> Result<Option<Interval>, LogError> {
        let read = || {
            let first = "SELECT ended, rowid, start, status, primary_status, source, detail, message FROM intervals
                WHERE person = ?1 ORDER BY ended, start LIMIT 1";
            self.db.prepare_cached(first)?.query_row([person.to_bytes()], interval).optional()
        };
        self.said(read())
    }

    fn forget_intervals(
        &mut self,
        person: PersonId,
        intervals: Timestamp,
        corrections: Timestamp,
    ) -> Result<(), LogError> {
        let person = person.to_bytes();
        self.in_one(|db| {
            let old = "DELETE FROM intervals WHERE person = ?1 AND ended < ?2";
            db.execute(old, params![person, nanoseconds(intervals)])?;
            let old = "DELETE FROM corrections WHERE person = ?1 AND ended <= ?2";
            db.execute(old, params![person, nanoseconds(corrections)])?;
            Ok(())
        })
    }

    fn policy(&self, digest: &str) -> Result<Option<String>, LogError> {
        let read = || {
            let find = "SELECT body FROM policies WHERE digest = ?1";
            self.db.prepare_cached(find)?.query_row([digest], |row| row.get(0)).optional()
        };
        self.said(read())
    }

    fn keep_policy(&mut self, digest: &str, body: &str, since: Timestamp) -> Result<(), LogError> {
        let keep = "INSERT OR IGNORE INTO policies (digest, body, since) VALUES (?1, ?2, ?3)";
        let kept = self.db.execute(keep, params![digest, body, since.as_millisecond()]);
        self.said(kept.map(drop))
    }
}

fn insert_interval(db: &Transaction<'_>, person: [u8; 16], interval: &Interval) -> rusqlite::Result<()> {
    let Some(end) = interval.end else { return Ok(()) };
    db.prepare_cached(
        "INSERT INTO intervals (person, start, ended, status, primary_status, source, detail, message)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        person,
        nanoseconds(interval.start),
        nanoseconds(end),
        interval.status.as_ref().map(StatusId::as_str),
        interval.primary.and_then(word),
        word(interval.source),
        interval.detail,
        interval.message,
    ])
    .map(drop)
}

fn insert_correction(
    db: &Transaction<'_>,
    person: [u8; 16],
    seq: u64,
    correction: &Correction,
) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO corrections (person, seq, start, ended) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![person, signed(seq), nanoseconds(correction.from), nanoseconds(correction.to)])
        .map(drop)
}

fn interval(row: &Row<'_>) -> rusqlite::Result<Interval> {
    let status: Option<String> = row.get(3)?;
    let primary: Option<String> = row.get(4)?;
    let source: String = row.get(5)?;
    Ok(Interval {
        status: status.as_deref().map(StatusId::from),
        primary: primary.map(|primary| read_word::<Primary>(primary, 4)).transpose()?,
        source: read_word::<Source>(source, 5)?,
        detail: row.get(6)?,
        message: row.get(7)?,
        start: moment(row.get(2)?),
        end: Some(moment(row.get(0)?)),
        correction: None,
    })
}

/// The word that a value is written as.
fn word(value: impl serde::Serialize) -> Option<String> {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => Some(word),
        _ => None,
    }
}

fn read_word<T: serde::de::DeserializeOwned>(word: String, column: usize) -> rusqlite::Result<T> {
    serde_json::from_value(Value::String(word))
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// Whole nanoseconds since 1970, as far as they fit: about 290 years either way.
fn nanoseconds(at: Timestamp) -> i64 {
    i64::try_from(at.as_nanosecond()).unwrap_or(if at < Timestamp::UNIX_EPOCH { i64::MIN } else { i64::MAX })
}

fn moment(nanoseconds: i64) -> Timestamp {
    Timestamp::from_nanosecond(nanoseconds.into()).unwrap_or(Timestamp::UNIX_EPOCH)
}
