//! The log itself.

use jiff::SignedDuration;
use log::{Base, Cut, Entry, Key, Last, Log, LogError, Outcome, Position, Recorded, Stored, Subject};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::Sqlite;

/// For how long a second copy of a write is known as one: longer than a device could be away and still try again.
const KEYS_KEPT: SignedDuration = SignedDuration::from_hours(15 * 24);

const COLUMNS: &str = "position, subjects.name, seq, version, key, digest, origin, at, recorded, boot, boot_id, facts
    FROM entries JOIN subjects ON subjects.id = subject";

impl Log for Sqlite {
    fn append(&mut self, entries: &[Entry]) -> Result<Vec<Outcome>, LogError> {
        if let Some(entry) = entries.iter().find(|entry| !entry.is_whole()) {
            return Err(LogError::NotWhole(entry.subject.to_string()));
        }
        self.in_one(|db| {
            if let Some(now) = entries.iter().map(|entry| entry.recorded.wall).max() {
                forget_keys(db, now)?;
            }
            let outcomes = entries.iter().map(|entry| append_one(db, entry)).collect::<rusqlite::Result<_>>()?;
            Ok(outcomes)
        })
    }

    fn read(&self, subject: &Subject, after: u64, most: usize) -> Result<Vec<Stored>, LogError> {
        let read = || {
            let query = format!(
                "SELECT {COLUMNS} WHERE subject = (SELECT id FROM subjects WHERE name = ?1) AND seq > ?2 ORDER BY seq LIMIT ?3"
            );
            let mut read = self.db.prepare_cached(&query)?;
            read.query_map(params![subject.as_str(), signed(after), signed(most as u64)], stored)?.collect()
        };
        self.said(read())
    }

    fn follow(&self, after: Position, most: usize) -> Result<Vec<Stored>, LogError> {
        let read = || {
            let query = format!("SELECT {COLUMNS} WHERE position > ?1 ORDER BY position LIMIT ?2");
            self.db.prepare_cached(&query)?.query_map(params![signed(after.0), signed(most as u64)], stored)?.collect()
        };
        self.said(read())
    }

    fn last(&self, subject: &Subject) -> Result<Option<Last>, LogError> {
        let last = || {
            let last = "SELECT seq, recorded, boot, boot_id FROM entries
                WHERE subject = (SELECT id FROM subjects WHERE name = ?1) ORDER BY seq DESC LIMIT 1";
            let row = |row: &Row<'_>| Ok(Last { seq: unsigned(row, 0)?, recorded: recorded(row, 1)? });
            self.db.prepare_cached(last)?.query_row([subject.as_str()], row).optional()
        };
        self.said(last())
    }

    fn find(&self, subject: &Subject, key: &Key) -> Result<Option<Outcome>, LogError> {
        let find = || {
            let subject = subject_of(&self.db, subject)?;
            subject.map_or(Ok(None), |subject| find_key(&self.db, subject, key))
        };
        self.said(find())
    }

    fn base(&self, subject: &Subject) -> Result<Option<Base>, LogError> {
        let base = || {
            let base = "SELECT base_seq, base FROM subjects WHERE name = ?1 AND base IS NOT NULL";
            let row = |row: &Row<'_>| Ok(Base { seq: unsigned(row, 0)?, body: row.get::<_, String>(1)?.into() });
            self.db.prepare_cached(base)?.query_row([subject.as_str()], row).optional()
        };
        self.said(base())
    }

    fn cut(&mut self, subject: &Subject, cut: &Cut) -> Result<usize, LogError> {
        self.in_one(|db| {
            let Some(id) = subject_of(db, subject)? else { return Ok(0) };
            let further = "SELECT EXISTS (SELECT 1 FROM subjects WHERE id = ?1 AND base_seq > ?2)";
            if db.prepare_cached(further)?.query_row(params![id, signed(cut.base.seq)], |row| row.get(0))? {
                return Ok(0);
            }
            let old = "SELECT seq FROM entries WHERE subject = ?1 AND seq <= ?2
                AND seq < (SELECT max(seq) FROM entries WHERE subject = ?1)";
            let old: Vec<i64> = db
                .prepare_cached(old)?
                .query_map(params![id, signed(cut.base.seq)], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let mut removed = 0;
            for seq in old.into_iter().filter(|seq| !cut.but.contains(&seq.unsigned_abs())) {
                let remove = "DELETE FROM entries WHERE subject = ?1 AND seq = ?2";
                removed += db.prepare_cached(remove)?.execute([id, seq])?;
            }
            let note = "UPDATE subjects SET base_seq = ?2, base = ?3 WHERE id = ?1";
            db.execute(note, params![id, signed(cut.base.seq), &*cut.base.body])?;
            Ok(removed)
        })
    }

    fn remove(&mut self, subject: &Subject) -> Result<(), LogError> {
        // Its entries and keys go with it.
        let removed = self.db.execute("DELETE FROM subjects WHERE name = ?1", [subject.as_str()]);
        self.said(removed.map(drop))
    }
}

fn append_one(db: &Connection, entry: &Entry) -> rusqlite::Result<Outcome> {
    let subject = match subject_of(db, &entry.subject)? {
        Some(subject) => subject,
        None => add_subject(db, &entry.subject)?,
    };
    if let Some(before) = entry.key.as_ref().map(|key| find_key(db, subject, key)).transpose()?.flatten() {
        return Ok(before);
    }
    let last = "SELECT max(seq) FROM entries WHERE subject = ?1";
    let last: Option<i64> = db.prepare_cached(last)?.query_row([subject], |row| row.get(0))?;
    let last = last.unwrap_or(0).unsigned_abs();
    if entry.after() != last {
        return Ok(Outcome::Conflict(last));
    }
    let (key, digest) = entry.key.as_ref().map(|key| (&*key.id, &*key.digest)).unzip();
    db.prepare_cached(
        "INSERT INTO entries (subject, seq, version, key, digest, origin, at, recorded, boot, boot_id, facts)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        subject,
        signed(entry.seq),
        entry.version,
        key,
        digest,
        entry.origin.to_string(),
        entry.at,
        entry.recorded.wall,
        signed(entry.recorded.boot),
        &*entry.recorded.boot_id,
        entry.facts.join("\n"),
    ])?;
    let position = Position(db.last_insert_rowid().unsigned_abs());
    if let Some(key) = &entry.key {
        insert_key(db, subject, key, entry.seq, entry.recorded.wall)?;
    }
    Ok(Outcome::Kept(position))
}

/// The number of a subject in this file.
pub(crate) fn subject_of(db: &Connection, subject: &Subject) -> rusqlite::Result<Option<i64>> {
    let find = "SELECT id FROM subjects WHERE name = ?1";
    db.prepare_cached(find)?.query_row([subject.as_str()], |row| row.get(0)).optional()
}

pub(crate) fn add_subject(db: &Connection, subject: &Subject) -> rusqlite::Result<i64> {
    db.execute("INSERT INTO subjects (name) VALUES (?1)", [subject.as_str()])?;
    Ok(db.last_insert_rowid())
}

/// What was kept under a key.
pub(crate) fn find_key(db: &Connection, subject: i64, key: &Key) -> rusqlite::Result<Option<Outcome>> {
    let find = "SELECT digest = ?3, seq FROM keys WHERE subject = ?1 AND key = ?2";
    let row = |row: &Row<'_>| Ok(if row.get(0)? { Outcome::Before(unsigned(row, 1)?) } else { Outcome::OtherThing });
    db.prepare_cached(find)?.query_row(params![subject, &*key.id, &*key.digest], row).optional()
}

pub(crate) fn insert_key(db: &Connection, subject: i64, key: &Key, seq: u64, at: i64) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO keys (subject, key, digest, seq, recorded) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![subject, &*key.id, &*key.digest, signed(seq), at])
        .map(drop)
}

/// Forgets keys that nobody will try again.
pub(crate) fn forget_keys(db: &Connection, now: i64) -> rusqlite::Result<()> {
    let until = now.saturating_sub(i64::try_from(KEYS_KEPT.as_millis()).unwrap_or(i64::MAX));
    db.prepare_cached("DELETE FROM keys WHERE recorded < ?1")?.execute([until]).map(drop)
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let subject: String = row.get(1)?;
    let key: Option<String> = row.get(4)?;
    let digest: Option<Vec<u8>> = row.get(5)?;
    let origin: String = row.get(6)?;
    let facts: String = row.get(11)?;
    let entry = Entry {
        version: row.get(3)?,
        subject: subject.parse().map_err(|wrong| {
            rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, Box::new(wrong))
        })?,
        seq: unsigned(row, 2)?,
        key: key.zip(digest).map(|(id, digest)| Key { id: id.into(), digest: digest.into() }),
        origin: origin.parse().unwrap_or_else(|never| match never {}),
        at: row.get(7)?,
        recorded: recorded(row, 8)?,
        facts: facts.split('\n').map(Box::from).collect(),
    };
    Ok(Stored { position: Position(unsigned(row, 0)?), entry })
}

fn recorded(row: &Row<'_>, first: usize) -> rusqlite::Result<Recorded> {
    let boot_id: String = row.get(first + 2)?;
    Ok(Recorded { wall: row.get(first)?, boot: unsigned(row, first + 1)?, boot_id: boot_id.into() })
}

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.unsigned_abs())
}

pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
