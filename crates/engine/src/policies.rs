//! The policies that were in force: the past is judged by the one of its time (C22).
//!
//! The log tells from when on another policy holds. Each one that ever held is kept, by its digest, and facts are folded
//! anew stretch by stretch.

use std::fmt::Write as _;

use presence::{DeviceId, Fact, Interval, Policy, State, Timestamp, What};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::{Moment, PersonId};

/// A policy, with what names it in the log.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub policy: Policy,
    pub digest: String,
}

impl Named {
    pub(crate) fn new(policy: Policy) -> Self {
        let digest = Sha256::digest(body(&policy));
        let digest = digest[..16].iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Self { policy, digest }
    }

    /// Keeps it for whoever folds the log later.
    pub(crate) fn keep(&self, db: &Connection, since: Timestamp) -> rusqlite::Result<()> {
        db.prepare_cached("INSERT OR IGNORE INTO policies (digest, body, since) VALUES (?1, ?2, ?3)")?
            .execute(params![self.digest, body(&self.policy), since.as_millisecond()])
            .map(|_| ())
    }

    /// The fact that it holds from now on.
    pub(crate) fn taken(&self, seq: u64, now: &Moment) -> Fact {
        let what = What::PolicyTaken { digest: self.digest.clone() };
        Fact { seq, at: now.wall, recorded: now.wall, device: DeviceId::from("service"), what }
    }
}

fn body(policy: &Policy) -> String {
    serde_json::to_string(policy).expect("a policy is plain data")
}

/// A policy that held once, if it is still known.
pub(crate) fn find(db: &Connection, digest: &str) -> rusqlite::Result<Option<Policy>> {
    let mut find = db.prepare_cached("SELECT body FROM policies WHERE digest = ?1")?;
    let body: Option<String> = find.query_row([digest], |row| row.get(0)).optional()?;
    let policy = body.and_then(|body| serde_json::from_str(&body).ok());
    if policy.is_none() {
        tracing::warn!("the policy {digest} of the log is not known; the one before it goes on there");
    }
    Ok(policy)
}

/// Folds a person's facts in the order of the log, each stretch by its own policy.
pub(crate) struct Fold<'a> {
    db: &'a Connection,
    policy: Policy,
    pub(crate) state: State,
}

impl<'a> Fold<'a> {
    /// From the state that the removed beginning of the log came to. `otherwise`: what holds where the log says nothing.
    pub(crate) fn new(db: &'a Connection, person: PersonId, base: State, otherwise: &Policy) -> rusqlite::Result<Self> {
        let first = match base.policy() {
            Some(digest) => Some(digest.to_owned()),
            None => first_taken(db, person)?,
        };
        let known = first.map(|digest| find(db, &digest)).transpose()?.flatten();
        Ok(Self { db, policy: known.unwrap_or_else(|| otherwise.clone()), state: base })
    }

    /// Takes the next fact; the intervals that it closes.
    pub(crate) fn take(&mut self, fact: &Fact) -> rusqlite::Result<Vec<Interval>> {
        let mut closed = Vec::new();
        if let What::PolicyTaken { digest } = &fact.what {
            closed.extend(self.state.advance(&self.policy, fact.recorded));
            if let Some(policy) = find(self.db, digest)? {
                self.policy = policy;
            }
        }
        closed.extend(self.state.apply(fact, &self.policy));
        Ok(closed)
    }
}

/// The first policy that a log tells of: what was before, before policies were kept, can only be judged by that one.
fn first_taken(db: &Connection, person: PersonId) -> rusqlite::Result<Option<String>> {
    let mut facts =
        db.prepare_cached("SELECT fact FROM facts WHERE person = ?1 AND fact LIKE '%\"policy_taken\"%' ORDER BY seq")?;
    let mut rows = facts.query([person.0])?;
    while let Some(row) = rows.next()? {
        if let Ok(Fact { what: What::PolicyTaken { digest }, .. }) = serde_json::from_str(row.get_ref(0)?.as_str()?) {
            return Ok(Some(digest));
        }
    }
    Ok(None)
}
