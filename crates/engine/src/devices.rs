//! Devices: where a person is signed in, by which token, and how a session begins and goes on.

use base64ct::{Base64UrlUnpadded, Encoding};
use jiff::SignedDuration;
use log::LogError;
use presence::{DeviceId, Fact, Timestamp, What};
use protocol::service::{DeviceView, Hello};
use protocol::{Secret, Stamped};
use roster::{Devices, Keeper, PersonId, Renewal, Seat, Token};
use sha2::{Digest, Sha256};

use crate::engine::Write;
use crate::{Engine, Moment, WriteKey};

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
    /// The same, by its newest token for the first time: those before it are to be [spent](Engine::spend).
    FirstUse(Bearer),
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

impl<K: Keeper> Engine<K> {
    /// Signs a person in on a new device: its id and its token.
    pub fn add_device(
        &mut self,
        person: PersonId,
        label: &str,
        ends: Timestamp,
        now: Timestamp,
    ) -> Result<(DeviceId, Secret), LogError> {
        self.load_if_new(person)?;
        // People type it: no sign that a command line would take for an option.
        let device = DeviceId::from(format!("{:016x}", u64::from_be_bytes(random())).as_str());
        let token = random_token();
        let seat = Seat { person, device };
        self.keeper.add_device(&seat, label, now, &digest(&token), ends)?;
        Ok((seat.device, token))
    }

    /// The newest token of a device is in use: those before it are spent.
    pub fn spend(&mut self, device: &DeviceId, now: Timestamp) -> Result<(), LogError> {
        self.keeper.spend(device, now)
    }

    /// Until when a device is signed in; `None` if it isn't any more.
    pub fn signed_in_until(&self, device: &DeviceId, now: Timestamp) -> Result<Option<Timestamp>, LogError> {
        self.keeper.signed_in_until(device, now)
    }

    /// Gives a device another token, and says when that ends; those it has go on for a few minutes, or until the new one
    /// is used.
    pub fn renew_token(
        &mut self,
        device: &DeviceId,
        ends: Timestamp,
        now: Timestamp,
    ) -> Result<(Secret, Timestamp), LogError> {
        let token = random_token();
        let overlap = now.saturating_add(OVERLAP).unwrap_or(now);
        let digest = digest(&token);
        let renewal = Renewal { device, digest: &digest, ends, longest: LONGEST_SIGN_IN, overlap, now };
        let ends = self.keeper.renew(&renewal)?;
        Ok((token, ends))
    }

    /// Where a person is signed in, the latest first. `connected` and `this` are for the caller to say.
    pub fn devices(&self, person: PersonId, now: Timestamp) -> Result<Vec<DeviceView>, LogError> {
        self.keeper.devices(person, now)
    }

    /// Signs a device of a person out for good: its session ends, its tokens go. `None` if the person has no such one.
    pub fn remove_device(&mut self, seat: &Seat, now: &Moment) -> Result<Option<Vec<Fact>>, LogError> {
        if !self.keeper.remove_device(seat)? {
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
    ) -> Result<Vec<Fact>, LogError> {
        self.load_if_new(seat.person)?;
        let boot = self.note_boot(seat, &hello.boot, now.wall)?;
        let other_boot = boot.is_some_and(|boot| boot != hello.boot);
        let mut begins = Vec::new();
        match self.state(seat.person).session(&seat.device) {
            None => begins.push((now.wall, What::SignedIn)),
            Some(session) if hello.starts && other_boot => {
                let proven = session.lost.or(last_heard).unwrap_or(session.since);
                begins.extend([(proven, What::Vanished), (now.wall, What::SignedIn)]);
            }
            Some(session) if session.lost.is_some() => begins.push((now.wall, What::ConnectionRestored)),
            Some(_) => {}
        }
        let mut writes: Vec<Write<'_>> = Vec::new();
        if !begins.is_empty() {
            writes.push((None, begins));
        }
        for write in meanwhile {
            let twice = writes.iter().filter_map(|(key, _)| *key).any(|known| known.key == write.key.key);
            if !twice && self.written_before(seat.person, write.key)?.is_none() {
                let changes = write.changes.iter().map(|stamped| set_right(stamped, hello, last_heard, now.wall));
                writes.push((Some(write.key), changes.map(|stamped| (stamped.at, stamped.change.into())).collect()));
            }
        }
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        self.notice_clock(seat, now);
        self.write_or_refuse(seat, writes, now)
    }

    /// Notes that a device was heard.
    pub fn note_seen(&mut self, device: &DeviceId, at: Timestamp) -> Result<(), LogError> {
        self.keeper.note_seen(device, at)
    }

    /// Notes a device's boot, if it is another one; which one it said before.
    fn note_boot(&mut self, seat: &Seat, boot: &str, now: Timestamp) -> Result<Option<String>, LogError> {
        let known = self.keeper.boot(&seat.device)?;
        if known.as_deref() != Some(boot)
            && let Err(error) = self.keeper.note_boot(&seat.device, boot, now)
        {
            // A full disk keeps nobody from coming back.
            tracing::error!("{error}");
        }
        Ok(known)
    }
}

/// Whose a token is, by what is kept of it: from any thread, for nothing is changed.
pub fn bearer(keeper: &impl Devices, token: &Secret, now: Timestamp) -> Result<TokenOf, LogError> {
    let Some(Token { seat, ends, is_first_use, spent }) = keeper.token(&digest(token))? else {
        return Ok(TokenOf::Nobody);
    };
    let bearer = Bearer { seat, ends };
    if let Some(spent) = spent {
        let on_its_way = now.duration_since(spent) < ON_ITS_WAY;
        return Ok(if on_its_way { TokenOf::Device(bearer) } else { TokenOf::Copied(bearer.seat) });
    }
    Ok(match ends <= now {
        true => TokenOf::Nobody,
        false if is_first_use => TokenOf::FirstUse(bearer),
        false => TokenOf::Device(bearer),
    })
}

/// A change as the service's clock stamps it (C21). What a device without that clock says lies between when it was last
/// heard and now, whatever its own shows.
fn set_right(stamped: &Stamped, hello: &Hello, last_heard: Option<Timestamp>, now: Timestamp) -> Stamped {
    let stamped = stamped.clone();
    let Some(own) = hello.own_clock.filter(|own| stamped.at >= own.since) else { return stamped };
    let right = stamped.moved(now.duration_since(own.shows));
    Stamped { at: right.at.min(now).max(last_heard.unwrap_or(right.at)).min(now), ..right }
}

pub(crate) fn random<const BYTES: usize>() -> [u8; BYTES] {
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
