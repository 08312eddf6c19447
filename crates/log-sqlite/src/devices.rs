//! Devices and their tokens.

use log::LogError;
use presence::{DeviceId, Timestamp};
use protocol::DeviceView;
use roster::{Devices, PersonId, Renewal, Seat, Token};
use rusqlite::{OptionalExtension, Row, params};

use crate::Sqlite;
use crate::accounts::id;

impl Devices for Sqlite {
    fn add_device(
        &mut self,
        seat: &Seat,
        label: &str,
        since: Timestamp,
        digest: &[u8],
        ends: Timestamp,
    ) -> Result<(), LogError> {
        let device = seat.device.as_str();
        self.in_one(|db| {
            db.execute(
                "INSERT INTO devices (id, person, label, since) VALUES (?1, ?2, ?3, ?4)",
                params![device, seat.person.to_bytes(), label, since.as_millisecond()],
            )?;
            db.execute(
                "INSERT INTO tokens (digest, device, ends) VALUES (?1, ?2, ?3)",
                params![digest, device, ends.as_millisecond()],
            )?;
            Ok(())
        })
    }

    fn token(&self, digest: &[u8]) -> Result<Option<Token>, LogError> {
        let find = || {
            let find = "SELECT person, device, ends, spent, NOT replaced AND EXISTS
                    (SELECT 1 FROM tokens other WHERE other.device = devices.id AND replaced = 1 AND spent IS NULL)
                FROM tokens JOIN devices ON device = id WHERE digest = ?1";
            let row = |row: &Row<'_>| {
                let spent: Option<i64> = row.get(3)?;
                Ok(Token {
                    seat: seat(row, 0)?,
                    ends: timestamp(row.get(2)?),
                    is_first_use: row.get(4)?,
                    spent: spent.map(timestamp),
                })
            };
            self.db.prepare_cached(find)?.query_row([digest], row).optional()
        };
        self.said(find())
    }

    fn spend(&mut self, device: &DeviceId, now: Timestamp) -> Result<(), LogError> {
        let spend = "UPDATE tokens SET spent = ?2 WHERE device = ?1 AND replaced = 1 AND spent IS NULL";
        let done = self.db.execute(spend, params![device.as_str(), now.as_millisecond()]);
        self.said(done.map(drop))
    }

    fn signed_in_until(&self, device: &DeviceId, now: Timestamp) -> Result<Option<Timestamp>, LogError> {
        let read = || {
            let until = "SELECT max(ends) FROM tokens WHERE device = ?1 AND ends > ?2 AND spent IS NULL";
            let until: Option<i64> = self
                .db
                .prepare_cached(until)?
                .query_row(params![device.as_str(), now.as_millisecond()], |row| row.get(0))?;
            Ok(until.map(timestamp))
        };
        self.said(read())
    }

    fn renew(&mut self, renewal: &Renewal<'_>) -> Result<Timestamp, LogError> {
        let device = renewal.device.as_str();
        self.in_one(|db| {
            let since = "SELECT since FROM devices WHERE id = ?1";
            let since: i64 = db.query_row(since, [device], |row| row.get(0))?;
            let longest = timestamp(since).saturating_add(renewal.longest);
            let ends = longest.map_or(renewal.ends, |longest| renewal.ends.min(longest));
            let old = "UPDATE tokens SET ends = min(ends, ?2), replaced = 1 WHERE device = ?1";
            db.execute(old, params![device, renewal.overlap.as_millisecond()])?;
            // Spent ones are kept as long as their device, to be known again.
            let ended = "DELETE FROM tokens WHERE ends <= ?1 AND spent IS NULL";
            db.execute(ended, [renewal.now.as_millisecond()])?;
            db.execute(
                "INSERT INTO tokens (digest, device, ends) VALUES (?1, ?2, ?3)",
                params![renewal.digest, device, ends.as_millisecond()],
            )?;
            Ok(ends)
        })
    }

    fn devices(&self, person: PersonId, now: Timestamp) -> Result<Vec<DeviceView>, LogError> {
        let read = || {
            let mut devices = self.db.prepare_cached(
                "SELECT id, label, since, seen FROM devices
                    WHERE person = ?1 AND EXISTS (SELECT 1 FROM tokens WHERE device = id AND ends > ?2 AND spent IS NULL)
                    ORDER BY since DESC",
            )?;
            let view = |row: &Row<'_>| {
                let seen: Option<i64> = row.get(3)?;
                Ok(DeviceView {
                    id: row.get(0)?,
                    label: row.get(1)?,
                    since: timestamp(row.get(2)?),
                    seen: seen.map(timestamp),
                    connected: false,
                    this: false,
                })
            };
            let of = params![person.to_bytes(), now.as_millisecond()];
            devices.query_map(of, view)?.collect::<rusqlite::Result<Vec<_>>>()
        };
        self.said(read())
    }

    fn remove_device(&mut self, seat: &Seat) -> Result<bool, LogError> {
        let remove = "DELETE FROM devices WHERE id = ?1 AND person = ?2";
        let removed = self.db.execute(remove, params![seat.device.as_str(), seat.person.to_bytes()]);
        self.said(removed.map(|removed| removed > 0))
    }

    fn note_seen(&mut self, device: &DeviceId, at: Timestamp) -> Result<(), LogError> {
        let note = "UPDATE devices SET seen = ?2 WHERE id = ?1";
        self.unsynced(|db| db.execute(note, params![device.as_str(), at.as_millisecond()]).map(drop))
    }

    fn boot(&self, device: &DeviceId) -> Result<Option<String>, LogError> {
        let boot = self.db.prepare_cached("SELECT boot FROM devices WHERE id = ?1");
        let boot = boot.and_then(|mut boot| boot.query_row([device.as_str()], |row| row.get(0)).optional());
        self.said(boot.map(Option::flatten))
    }

    fn note_boot(&mut self, device: &DeviceId, boot: &str, at: Timestamp) -> Result<(), LogError> {
        let note = "UPDATE devices SET boot = ?2, seen = ?3 WHERE id = ?1";
        self.unsynced(|db| db.execute(note, params![device.as_str(), boot, at.as_millisecond()]).map(drop))
    }
}

/// A person and, in the next column, their device.
pub(crate) fn seat(row: &Row<'_>, first: usize) -> rusqlite::Result<Seat> {
    let device: String = row.get(first + 1)?;
    Ok(Seat { person: id(row, first)?, device: DeviceId::from(device.as_str()) })
}

pub(crate) fn timestamp(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
