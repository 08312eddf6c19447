//! Where the logs of subjects end, remembered so that it isn't asked at each write.

use std::collections::HashMap;

use log::Subject;
use rusqlite::{Connection, OptionalExtension, Row};

/// The end of a subject's log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    /// The number of the subject in this file.
    pub subject: i64,
    /// The place of its last fact.
    pub seq: u64,
}

/// What is remembered, as long as no other program writes.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    by_subject: HashMap<Subject, End>,
    version: i64,
}

impl Ends {
    /// Forgets everything if another program has written. To be asked inside of a transaction that writes: from then on
    /// nobody else does.
    pub fn refresh(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let version = db.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if version != self.version {
            self.by_subject.clear();
            self.version = version;
        }
        Ok(())
    }

    /// Where a subject's log ends; a subject that is new is added.
    pub fn of(&mut self, db: &Connection, subject: &Subject) -> rusqlite::Result<End> {
        if let Some(end) = self.by_subject.get(subject) {
            return Ok(*end);
        }
        let number = match number_of(db, subject)? {
            Some(number) => number,
            None => add(db, subject)?,
        };
        let last = "SELECT max(seq) FROM entries WHERE subject = ?1";
        let last: Option<i64> = db.prepare_cached(last)?.query_row([number], |row| row.get(0))?;
        let end = End { subject: number, seq: last.unwrap_or(0).unsigned_abs() };
        self.by_subject.insert(subject.clone(), end);
        Ok(end)
    }

    /// An entry was written.
    pub fn moved(&mut self, subject: &Subject, end: End) {
        self.by_subject.insert(subject.clone(), end);
    }

    /// What was written is not there after all, or something was removed.
    pub fn forget(&mut self) {
        self.by_subject.clear();
    }
}

/// The number of a subject in this file.
pub(crate) fn number_of(db: &Connection, subject: &Subject) -> rusqlite::Result<Option<i64>> {
    let find = "SELECT id FROM subjects WHERE name = ?1";
    db.prepare_cached(find)?.query_row([subject.as_str()], |row: &Row<'_>| row.get(0)).optional()
}

pub(crate) fn add(db: &Connection, subject: &Subject) -> rusqlite::Result<i64> {
    db.prepare_cached("INSERT INTO subjects (name) VALUES (?1)")?.execute([subject.as_str()])?;
    Ok(db.last_insert_rowid())
}
