//! What waits for a person to look at it.

use log::{LogError, Outcome, Position, Subject};
use presence::Timestamp;
use protocol::HeldItem;
use roster::{Held, Holding, PersonId};
use rusqlite::{Connection, params};

use crate::Sqlite;
use crate::entries::{add_subject, find_key, forget_keys, insert_key, signed, subject_of};

impl Held for Sqlite {
    fn hold(
        &mut self,
        person: PersonId,
        wanted: &[Holding],
        version: u64,
        most: usize,
        at: Timestamp,
    ) -> Result<Vec<Outcome>, LogError> {
        self.in_one(|db| {
            forget_keys(db, at.as_millisecond())?;
            let outcomes = wanted
                .iter()
                .map(|holding| hold_one(db, person, holding, version, at))
                .collect::<rusqlite::Result<_>>()?;
            // Of more than anybody reads, the oldest go.
            db.execute(
                "DELETE FROM held WHERE person = ?1 AND id <=
                    (SELECT id FROM held WHERE person = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                params![person.to_bytes(), signed(most as u64)],
            )?;
            Ok(outcomes)
        })
    }

    fn held(&self, person: PersonId) -> Result<Vec<HeldItem>, LogError> {
        let read = || {
            let mut held = self.db.prepare_cached("SELECT id, item, told FROM held WHERE person = ?1 ORDER BY id")?;
            let rows = held.query_map([person.to_bytes()], |row| {
                Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, String>(1)?, row.get::<_, bool>(2)?))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        let item = |(id, json, told): (u64, String, bool)| {
            let item: HeldItem = serde_json::from_str(&json).ok()?;
            Some(HeldItem { id, told, ..item })
        };
        Ok(self.said(read())?.into_iter().filter_map(item).collect())
    }

    fn mark_told(&mut self, person: PersonId, up_to: u64) -> Result<(), LogError> {
        let mark = "UPDATE held SET told = 1 WHERE person = ?1 AND told = 0 AND id <= ?2";
        let marked = self.db.execute(mark, params![person.to_bytes(), signed(up_to)]);
        self.said(marked.map(drop))
    }

    fn clear_held(&mut self, person: PersonId, up_to: u64) -> Result<usize, LogError> {
        let clear = "DELETE FROM held WHERE person = ?1 AND id <= ?2";
        self.said(self.db.execute(clear, params![person.to_bytes(), signed(up_to)]))
    }

    fn forget_held(&mut self, person: PersonId, id: u64) -> Result<bool, LogError> {
        let forget = "DELETE FROM held WHERE person = ?1 AND id = ?2";
        let forgotten = self.db.execute(forget, params![person.to_bytes(), signed(id)]);
        self.said(forgotten.map(|forgotten| forgotten > 0))
    }
}

fn hold_one(
    db: &Connection,
    person: PersonId,
    holding: &Holding,
    version: u64,
    at: Timestamp,
) -> rusqlite::Result<Outcome> {
    if let Some(key) = &holding.key {
        let subject: Subject = format!("person/{person}").parse().expect("an id is one of a subject");
        let subject = match subject_of(db, &subject)? {
            Some(subject) => subject,
            None => add_subject(db, &subject)?,
        };
        if let Some(before) = find_key(db, subject, key)? {
            return Ok(before);
        }
        insert_key(db, subject, key, version, at.as_millisecond())?;
    }
    let item = serde_json::to_string(&holding.item).expect("a held item is plain data");
    db.execute("INSERT INTO held (person, item) VALUES (?1, ?2)", params![person.to_bytes(), item])?;
    Ok(Outcome::Kept(Position(db.last_insert_rowid().unsigned_abs())))
}
