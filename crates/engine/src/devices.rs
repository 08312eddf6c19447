//! Devices: where a person is signed in, by which token, and how a session begins and goes on.

use base64ct::{Base64UrlUnpadded, Encoding};
use jiff::SignedDuration;
use presence::{DeviceId, Fact, Timestamp, What};
use protocol::service::{DeviceView, Hello};
use protocol::{Secret, Stamped};
use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::rows::timestamp;
use crate::{Engine, EngineError, Moment, PersonId, Seat, WriteKey};

/// For how long a token that was renewed still counts: the answer may have been lost on its way.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);

/// For how long after the first use of a new token the one before may still be on its way in another request. Whoever
/// uses it later has it from somewhere else.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_secs(30);

/// After so long a person signs in anew, however often the token was renewed.
const LONGEST_SIGN_IN: SignedDuration = SignedDuration::from_hours(365 * 24);

/// Whose a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenOf {
    /// A signed-in device's.
    Device(Bearer),
    /// Nobody's, or nobody's any more.
    Nobody,
    /// It was a device's that has used the one after it: somebody has a copy.
    Copied(Seat),
}

/// Who a token belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// Whose, on which device.
    pub seat: Seat,
    /// When the token ends.
    pub ends: Timestamp,
}

/// A write of changes that came with a hello.
#[derive(Debug, Clone, Copy)]
pub struct Meanwhile<'a> {
    /// Its key.
    pub key: WriteKey<'a>,
    /// The changes.
    pub changes: &'a [Stamped],
}

impl Engine {
    /// Signs a person in on a new device: its id and its token.
    pub fn add_device(
        &mut self,
        person: PersonId,
        label: &str,
        ends: Timestamp,
        now: Timestamp,
    ) -> Result<(DeviceId, Secret), EngineError> {
        self.load_person(person)?;
        // People type it: no sign that a command line would take for an option.
        let device = format!("{:016x}", u64::from_be_bytes(random()));
        let token = random_token();
        let mut add = || {
            let transaction = self.db.transaction()?;
            let since = now.as_millisecond();
            transaction.execute(
                "INSERT INTO devices (id, person, label, since) VALUES (?1, ?2, ?3, ?4)",
                params![device, person.0, label, since],
            )?;
            transaction.execute(
                "INSERT INTO tokens (digest, device, ends) VALUES (?1, ?2, ?3)",
                params![digest(&token), device, ends.as_millisecond()],
            )?;
            transaction.commit()
        };
        add().map_err(|error| EngineError::of(&error, self.path()))?;
        Ok((DeviceId::from(device.as_str()), token))
    }

    /// Whose token this is. The first use of a new one ends the one before.
    pub fn bearer(&self, token: &Secret, now: Timestamp) -> Result<TokenOf, EngineError> {
        let digest = digest(token);
        let of = |error| EngineError::of(&error, self.path());
        let Some((seat, ends, replaced, spent)) = self.token(&digest).map_err(of)? else { return Ok(TokenOf::Nobody) };
        if let Some(spent) = spent {
            let on_its_way = now.duration_since(spent) < ON_ITS_WAY;
            return Ok(if on_its_way { TokenOf::Device(Bearer { seat, ends }) } else { TokenOf::Copied(seat) });
        }
        if ends <= now {
            return Ok(TokenOf::Nobody);
        }
        if !replaced && let Err(error) = self.spend_others(&seat.device, now) {
            // The device is the right one all the same.
            tracing::error!("{}", of(error));
        }
        Ok(TokenOf::Device(Bearer { seat, ends }))
    }

    /// A token as it is kept: whose, until when, whether another was asked for by it, and when that was first used.
    #[expect(clippy::type_complexity, reason = "one row, for the next function only")]
    fn token(&self, digest: &[u8]) -> rusqlite::Result<Option<(Seat, Timestamp, bool, Option<Timestamp>)>> {
        let mut find = self.db.prepare_cached(
            "SELECT person, device, ends, replaced, spent FROM tokens JOIN devices ON device = id WHERE digest = ?1",
        )?;
        find.query_row([digest], |row| {
            let device: String = row.get(1)?;
            let seat = Seat { person: PersonId(row.get(0)?), device: DeviceId::from(device.as_str()) };
            Ok((seat, timestamp(row.get(2)?), row.get(3)?, row.get::<_, Option<i64>>(4)?.map(timestamp)))
        })
        .optional()
    }

    /// The newest token of a device is in use: those before it are spent.
    fn spend_others(&self, device: &DeviceId, now: Timestamp) -> rusqlite::Result<()> {
        let waits = "SELECT EXISTS (SELECT 1 FROM tokens WHERE device = ?1 AND replaced = 1 AND spent IS NULL)";
        if self.db.prepare_cached(waits)?.query_row([device.as_str()], |row| row.get(0))? {
            let spend = "UPDATE tokens SET spent = ?2 WHERE device = ?1 AND replaced = 1 AND spent IS NULL";
            self.db.execute(spend, params![device.as_str(), now.as_millisecond()])?;
        }
        Ok(())
    }

    /// Until when a device is signed in; `None` if it isn't any more.
    pub fn signed_in_until(&self, device: &DeviceId, now: Timestamp) -> Result<Option<Timestamp>, EngineError> {
        let read = || -> rusqlite::Result<Option<i64>> {
            self.db
                .prepare_cached("SELECT max(ends) FROM tokens WHERE device = ?1 AND ends > ?2 AND spent IS NULL")?
                .query_row(params![device.as_str(), now.as_millisecond()], |row| row.get(0))
        };
        Ok(read().map_err(|error| EngineError::of(&error, self.path()))?.map(timestamp))
    }

    /// Gives a device another token, and says when that ends; those it has go on for a few minutes, or until the new one
    /// is used.
    pub fn renew_token(
        &mut self,
        device: &DeviceId,
        ends: Timestamp,
        now: Timestamp,
    ) -> Result<(Secret, Timestamp), EngineError> {
        let token = random_token();
        let overlap = now.saturating_add(OVERLAP).unwrap_or(now).as_millisecond();
        let mut renew = || {
            let transaction = self.db.transaction()?;
            let since = "SELECT since FROM devices WHERE id = ?1";
            let since: i64 = transaction.query_row(since, [device.as_str()], |row| row.get(0))?;
            let ends = timestamp(since).saturating_add(LONGEST_SIGN_IN).map_or(ends, |longest| ends.min(longest));
            let old = "UPDATE tokens SET ends = min(ends, ?2), replaced = 1 WHERE device = ?1";
            transaction.execute(old, params![device.as_str(), overlap])?;
            // Spent ones are kept as long as their device, to be known again.
            transaction.execute("DELETE FROM tokens WHERE ends <= ?1 AND spent IS NULL", [now.as_millisecond()])?;
            transaction.execute(
                "INSERT INTO tokens (digest, device, ends) VALUES (?1, ?2, ?3)",
                params![digest(&token), device.as_str(), ends.as_millisecond()],
            )?;
            transaction.commit()?;
            Ok(ends)
        };
        let ends = renew().map_err(|error| EngineError::of(&error, self.path()))?;
        Ok((token, ends))
    }

    /// Where a person is signed in, the latest first. `connected` and `this` are for the caller to say.
    pub fn devices(&self, person: PersonId, now: Timestamp) -> Result<Vec<DeviceView>, EngineError> {
        let read = || {
            let mut devices = self.db.prepare_cached(
                "SELECT id, label, since, seen FROM devices
                    WHERE person = ?1 AND EXISTS (SELECT 1 FROM tokens WHERE device = id AND ends > ?2 AND spent IS NULL)
                    ORDER BY since DESC",
            )?;
            let view = |row: &rusqlite::Row<'_>| {
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
            devices.query_map(params![person.0, now.as_millisecond()], view)?.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| EngineError::of(&error, self.path()))
    }

    /// Signs a device of a person out for good: its session ends, its tokens go. `None` if the person has no such one.
    pub fn remove_device(&mut self, seat: &Seat, now: &Moment) -> Result<Option<Vec<Fact>>, EngineError> {
        let removed = self
            .db
            .execute("DELETE FROM devices WHERE id = ?1 AND person = ?2", params![seat.device.as_str(), seat.person.0]);
        if removed.map_err(|error| EngineError::of(&error, self.path()))? == 0 {
            return Ok(None);
        }
        if self.state(seat.person).session(&seat.device).is_none() {
            return Ok(Some(Vec::new()));
        }
        self.record_asked(seat, [(now.wall, What::SignedOut)], now).map(Some)
    }

    /// A device says hello: its session begins, goes on, or is known to have ended and begins anew (C10, F06, G12).
    /// What was asked for on it meanwhile is recorded with that in one, so that nobody sees the one without the other
    /// (C12). Writes that are known already are left out.
    pub fn arrive(
        &mut self,
        seat: &Seat,
        hello: &Hello,
        last_heard: Option<Timestamp>,
        meanwhile: &[Meanwhile<'_>],
        now: &Moment,
    ) -> Result<Vec<Fact>, EngineError> {
        self.load_person(seat.person)?;
        let boot = self.note_boot(seat, &hello.boot, now.wall)?;
        let other_boot = boot.is_some_and(|boot| boot != hello.boot);
        let mut whats = Vec::new();
        match self.state(seat.person).session(&seat.device) {
            None => whats.push((now.wall, What::SignedIn)),
            Some(session) if hello.starts && other_boot => {
                let proven = session.lost.or(last_heard).unwrap_or(session.since);
                whats.extend([(proven, What::Vanished), (now.wall, What::SignedIn)]);
            }
            Some(session) if session.lost.is_some() => whats.push((now.wall, What::ConnectionRestored)),
            Some(_) => {}
        }
        let mut keys: Vec<WriteKey<'_>> = Vec::new();
        for write in meanwhile {
            let twice = keys.iter().any(|known| known.key == write.key.key);
            if !twice && self.written_before(seat.person, write.key)?.is_none() {
                let changes = write.changes.iter().map(|stamped| set_right(stamped, hello, last_heard, now.wall));
                whats.extend(changes.map(|stamped| (stamped.at, stamped.change.into())));
                keys.push(write.key);
            }
        }
        if whats.is_empty() {
            return Ok(Vec::new());
        }
        self.notice_clock(seat, now);
        self.write_or_keep(seat, whats, &keys, now)
    }

    /// Notes that a device was heard.
    pub fn note_seen(&mut self, device: &DeviceId, at: Timestamp) -> Result<(), EngineError> {
        let noted = self
            .db
            .execute("UPDATE devices SET seen = ?2 WHERE id = ?1", params![device.as_str(), at.as_millisecond()]);
        noted.map(|_| ()).map_err(|error| EngineError::of(&error, self.path()))
    }

    /// Notes a device's boot, if it is another one; which one it said before.
    fn note_boot(&mut self, seat: &Seat, boot: &str, now: Timestamp) -> Result<Option<String>, EngineError> {
        let known = "SELECT boot FROM devices WHERE id = ?1";
        let known = self.db.query_row(known, [seat.device.as_str()], |row| row.get::<_, Option<String>>(0)).optional();
        let known = known.map_err(|error| EngineError::of(&error, self.path()))?.flatten();
        if known.as_deref() != Some(boot) {
            let note = "UPDATE devices SET boot = ?2, seen = ?3 WHERE id = ?1";
            if let Err(error) = self.db.execute(note, params![seat.device.as_str(), boot, now.as_millisecond()]) {
                // A full disk keeps nobody from coming back.
                tracing::error!("{}", EngineError::of(&error, self.path()));
            }
        }
        Ok(known)
    }
}

/// A change as the service's clock stamps it (C21). What a device without that clock says lies between when it was last
/// heard and now, whatever its own shows.
fn set_right(stamped: &Stamped, hello: &Hello, last_heard: Option<Timestamp>, now: Timestamp) -> Stamped {
    let stamped = stamped.clone();
    let Some(own) = hello.own_clock.filter(|own| stamped.at >= own.since) else { return stamped };
    let right = stamped.moved(now.duration_since(own.shows));
    Stamped { at: right.at.min(now).max(last_heard.unwrap_or(right.at)).min(now), ..right }
}

fn random<const BYTES: usize>() -> [u8; BYTES] {
    let mut random = [0; BYTES];
    getrandom::fill(&mut random).expect("the system has random numbers");
    random
}

fn random_token() -> Secret {
    Secret::from(Base64UrlUnpadded::encode_string(&random::<32>()))
}

/// Tokens have 256 random bits: a plain digest can't be searched for them.
fn digest(token: &Secret) -> Vec<u8> {
    Sha256::digest(token.expose().as_bytes()).to_vec()
}
