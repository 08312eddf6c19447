//! Notifications that wait (D09). They survive a crash, and go when the person clears them.

use presence::{Timestamp, one_line};
use protocol::service::Hold;
use protocol::{HeldAs, HeldItem, Notice};
use rusqlite::params;

use crate::engine::{Once, WriteKey};
use crate::rows::{insert_key, written_before};
use crate::{Engine, EngineError, PersonId};

/// So many notifications of one person are kept.
const MOST_HELD: i64 = 500;

impl Engine {
    /// Keeps notifications in one, those of which that was not done before under the same key; what became of each.
    pub fn hold_once(
        &mut self,
        person: PersonId,
        wanted: &[(WriteKey<'_>, &Hold)],
        at: Timestamp,
    ) -> Result<Vec<Once>, EngineError> {
        let version = self.state(person).seq();
        let mut outcomes = Vec::with_capacity(wanted.len());
        let mut hold = || {
            let transaction = self.db.transaction()?;
            for (key, hold) in wanted {
                outcomes.push(if let Some(before) = written_before(&transaction, person, *key)? {
                    before
                } else {
                    // What comes is never of the future, whatever the device's clock says.
                    let came = hold.at.unwrap_or(at).min(at);
                    let json = as_json(&hold.notice, hold.held_as, came);
                    transaction.execute("INSERT INTO held (person, item) VALUES (?1, ?2)", params![person.0, json])?;
                    insert_key(&transaction, person, *key, version, at)?;
                    Once::Now(Vec::new())
                });
            }
            // Of more than anybody reads, the oldest go.
            transaction.execute(
                "DELETE FROM held WHERE person = ?1 AND id <=
                    (SELECT id FROM held WHERE person = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                params![person.0, MOST_HELD],
            )?;
            transaction.commit()
        };
        hold().map_err(|error| EngineError::of(&error, self.path()))?;
        Ok(outcomes)
    }

    /// Keeps a notification; its number.
    pub fn hold(
        &mut self,
        person: PersonId,
        notice: &Notice,
        held_as: HeldAs,
        at: Timestamp,
    ) -> Result<u64, EngineError> {
        let json = as_json(notice, held_as, at);
        self.db
            .execute("INSERT INTO held (person, item) VALUES (?1, ?2)", params![person.0, json])
            .map_err(|error| EngineError::of(&error, self.path()))?;
        Ok(self.db.last_insert_rowid().unsigned_abs())
    }

    /// What is held, the oldest first.
    pub fn held(&self, person: PersonId) -> Result<Vec<HeldItem>, EngineError> {
        let read = (|| {
            let mut held = self.db.prepare_cached("SELECT id, item, told FROM held WHERE person = ?1 ORDER BY id")?;
            let rows = held.query_map([person.0], |row| {
                Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, String>(1)?, row.get::<_, bool>(2)?))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })();
        let read = read.map_err(|error| EngineError::of(&error, self.path()))?;
        let item = |(id, json, told): (u64, String, bool)| {
            let item: HeldItem = serde_json::from_str(&json).ok()?;
            Some(HeldItem { id, told, ..item })
        };
        Ok(read.into_iter().filter_map(item).collect())
    }

    /// A digest has told of what is held up to this number.
    pub fn mark_told(&mut self, person: PersonId, up_to: u64) -> Result<(), EngineError> {
        let up_to = i64::try_from(up_to).unwrap_or(i64::MAX);
        self.db
            .execute("UPDATE held SET told = 1 WHERE person = ?1 AND told = 0 AND id <= ?2", [person.0, up_to])
            .map(|_| ())
            .map_err(|error| EngineError::of(&error, self.path()))
    }

    /// Forgets what is held up to this number; how many that were.
    pub fn clear_held(&mut self, person: PersonId, up_to: u64) -> Result<usize, EngineError> {
        let up_to = i64::try_from(up_to).unwrap_or(i64::MAX);
        self.db
            .execute("DELETE FROM held WHERE person = ?1 AND id <= ?2", [person.0, up_to])
            .map_err(|error| EngineError::of(&error, self.path()))
    }

    /// Forgets one of the held; whether it was there.
    pub fn forget_held(&mut self, person: PersonId, id: u64) -> Result<bool, EngineError> {
        let id = i64::try_from(id).unwrap_or(i64::MAX);
        self.db
            .execute("DELETE FROM held WHERE person = ?1 AND id = ?2", [person.0, id])
            .map(|count| count > 0)
            .map_err(|error| EngineError::of(&error, self.path()))
    }
}

/// Whoever wrote it, it is one line of plain words from here on.
fn as_json(notice: &Notice, held_as: HeldAs, at: Timestamp) -> String {
    let item = HeldItem {
        id: 0,
        at,
        kind: notice.kind,
        from: notice.from.as_deref().map(one_line).filter(|from| !from.is_empty()),
        text: one_line(&notice.text),
        urgent: notice.urgent,
        held_as,
        told: false,
        open: notice.open.clone(),
    };
    serde_json::to_string(&item).expect("a held item is plain data")
}
