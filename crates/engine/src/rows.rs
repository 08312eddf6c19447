//! The rows of the log: facts, the keys of writes, and what is projected from them.

use presence::{Correction, Fact, Interval, State, Timestamp, What};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::engine::{Moment, Once, PersonId, Seat, WriteKey};
use crate::schema;

/// For how long a second copy of a write is known as one: longer than a device could be away and still try again.
const KEYS_KEPT_MS: i64 = 14 * 24 * 3600 * 1000;

pub(crate) fn timestamp(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(crate) fn insert_fact(
    db: &Transaction<'_>,
    person: PersonId,
    fact: &Fact,
    moment: &Moment,
) -> rusqlite::Result<()> {
    let json = serde_json::to_string(fact).expect("a fact is plain data");
    let boot = i64::try_from(moment.boot.as_millis()).unwrap_or(i64::MAX);
    let seq = i64::try_from(fact.seq).unwrap_or(i64::MAX);
    db.prepare_cached(
        "INSERT INTO facts (person, seq, recorded, boot_id, boot, fact) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![person.0, seq, fact.recorded.as_millisecond(), moment.boot_id, boot, json])?;
    index_correction(db, person, fact)
}

pub(crate) fn insert_key(
    db: &Transaction<'_>,
    person: PersonId,
    WriteKey { key, digest }: WriteKey<'_>,
    version: u64,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let version = i64::try_from(version).unwrap_or(i64::MAX);
    let at = at.as_millisecond();
    db.prepare_cached("DELETE FROM writes WHERE recorded < ?1")?.execute([at - KEYS_KEPT_MS])?;
    db.prepare_cached("INSERT INTO writes (person, key, digest, version, recorded) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![person.0, key, digest, version, at])?;
    Ok(())
}

/// What was written under a key, if anything was.
pub(crate) fn written_before(
    db: &Connection,
    person: PersonId,
    WriteKey { key, digest }: WriteKey<'_>,
) -> rusqlite::Result<Option<Once>> {
    let found = db
        .prepare_cached("SELECT digest = ?3, version FROM writes WHERE person = ?1 AND key = ?2")?
        .query_row(params![person.0, key, digest], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))
        .optional()?;
    Ok(found.map(|(same, version)| if same { Once::Before(version.unsigned_abs()) } else { Once::OtherThing }))
}

/// Notes which stretch a fact corrects, if it does.
pub(crate) fn index_correction(db: &Transaction<'_>, person: PersonId, fact: &Fact) -> rusqlite::Result<()> {
    let Some(correction) = Correction::of(fact) else { return Ok(()) };
    let seq = i64::try_from(fact.seq).unwrap_or(i64::MAX);
    db.prepare_cached("INSERT OR REPLACE INTO corrections (person, seq, start, ended) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![person.0, seq, correction.from.as_millisecond(), correction.to.as_millisecond()])?;
    Ok(())
}

/// Where the oldest interval that is written begins.
pub(crate) fn kept_since(db: &Connection, person: PersonId) -> rusqlite::Result<Option<Timestamp>> {
    let oldest = "SELECT start FROM intervals WHERE person = ?1 ORDER BY ended, start LIMIT 1";
    Ok(db.prepare_cached(oldest)?.query_row([person.0], |row| row.get(0)).optional()?.map(timestamp))
}

/// When the oldest of what retention could take came to its end: an interval, or a fact that nothing else needs.
pub(crate) fn oldest(db: &Connection, person: PersonId) -> rusqlite::Result<Option<Timestamp>> {
    let interval = "SELECT ended FROM intervals WHERE person = ?1 ORDER BY ended LIMIT 1";
    let fact = "SELECT recorded FROM facts WHERE person = ?1
        AND seq < (SELECT max(seq) FROM facts WHERE person = ?1)
        AND seq NOT IN (SELECT seq FROM corrections WHERE person = ?1) ORDER BY seq LIMIT 1";
    let mut found = Vec::new();
    for oldest in [interval, fact] {
        found.extend(db.prepare_cached(oldest)?.query_row([person.0], |row| row.get(0)).optional()?.map(timestamp));
    }
    Ok(found.into_iter().min())
}

/// Removes all facts; how many. A mark takes the place of the last one, for the next start counts and times from it;
/// what it said might be among what the person wants gone.
pub(crate) fn erase(db: &Transaction<'_>, seat: &Seat, seq: u64, last: Option<&Moment>) -> rusqlite::Result<usize> {
    db.execute("DELETE FROM corrections WHERE person = ?1", [seat.person.0])?;
    let facts = db.execute("DELETE FROM facts WHERE person = ?1", [seat.person.0])?;
    if let Some(last) = last {
        let mark = Fact { seq, at: last.wall, recorded: last.wall, device: seat.device.clone(), what: What::Erased };
        insert_fact(db, seat.person, &mark, last)?;
    }
    Ok(facts)
}

/// Removes the facts recorded before `until`, but for the last one and for corrections of what is kept; how many.
pub(crate) fn forget_facts(
    db: &Transaction<'_>,
    person: PersonId,
    until: i64,
    kept: Option<Timestamp>,
) -> rusqlite::Result<usize> {
    let kept = kept.map_or(i64::MAX, Timestamp::as_millisecond);
    db.execute("DELETE FROM corrections WHERE person = ?1 AND ended <= ?2", [person.0, kept])?;
    db.execute(
        "DELETE FROM facts WHERE person = ?1 AND recorded < ?2
            AND seq < (SELECT max(seq) FROM facts WHERE person = ?1)
            AND seq NOT IN (SELECT seq FROM corrections WHERE person = ?1)",
        [person.0, until],
    )
}

pub(crate) fn project(
    db: &Transaction<'_>,
    person: PersonId,
    state: &State,
    closed: &[Interval],
) -> rusqlite::Result<()> {
    for interval in closed {
        let Some(end) = interval.end else { continue };
        let json = serde_json::to_string(interval).expect("an interval is plain data");
        db.prepare_cached("INSERT INTO intervals (person, start, ended, interval) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![person.0, interval.start.as_millisecond(), end.as_millisecond(), json])?;
    }
    let state = serde_json::to_string(state).expect("a state is plain data");
    db.prepare_cached("INSERT OR REPLACE INTO projections (person, version, state) VALUES (?1, ?2, ?3)")?
        .execute(params![person.0, schema::PROJECTION, state])?;
    Ok(())
}
