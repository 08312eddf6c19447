//! Policies: everything in which organisations differ, as data that an administrator can read.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::claim::Source;
use crate::interruption::{Row, rows_for};
use crate::status::{Status, StatusId};

/// An organisation's rules and its catalogue of statuses. See `policies/genesys.toml` for the shape, with comments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// What the policy is called.
    pub name: String,
    /// What signing in does.
    pub sign_in: SignIn,
    /// What others see of a person without a session.
    pub signed_out: SignedOut,
    /// What a lost connection does.
    pub connection: Connection,
    /// How choices end.
    pub choices: Choices,
    /// What leaving the desk does.
    pub desk: Desk,
    /// What calendars and schedules may cover.
    pub plan: Covering,
    /// What a call does.
    pub call: Call,
    /// What work in hand does; without it, work never changes a status.
    #[serde(default)]
    pub work: Option<Work>,
    /// Which notifications pass in which status, by row name.
    pub interruptions: BTreeMap<String, Row>,
    /// The catalogue, in the order in which people see it.
    #[serde(rename = "status")]
    pub statuses: Vec<Status>,
}

/// G01, G11, C11.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignIn {
    /// The status after signing in, unless the person has a default of their own.
    pub status: StatusId,
    /// Statuses that a sign-in keeps as long as their end lies ahead.
    pub keeps: Vec<StatusId>,
}

/// G11.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignedOut {
    /// The status of a person who is not signed in.
    pub status: StatusId,
    /// Statuses that stay visible after signing out, and what they are shown as.
    #[serde(default)]
    pub shown_as: BTreeMap<String, StatusId>,
}

/// G12, C12, O08.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    /// How long a connection may be gone before coming back counts as anew.
    pub grace_seconds: u32,
    /// What shows after that.
    pub after_grace: AfterTimed,
    /// What others see while it is gone.
    pub lost_status: StatusId,
    /// About how often a service asks a device whether it is still there, in seconds.
    #[serde(default = "ping_seconds")]
    pub ping_seconds: u32,
    /// After how long without an answer the connection counts as lost, in seconds: within that time a device may come
    /// back unseen.
    #[serde(default = "lost_seconds")]
    pub lost_seconds: u32,
    /// The same after the connection was closed by its other end, in seconds.
    #[serde(default = "suspect_seconds")]
    pub suspect_seconds: u32,
}

fn ping_seconds() -> u32 {
    20
}

fn lost_seconds() -> u32 {
    45
}

fn suspect_seconds() -> u32 {
    10
}

fn settle_seconds() -> u32 {
    5
}

/// C03, C09.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choices {
    /// What shows when a timed choice ends.
    pub after_timed: AfterTimed,
    /// Chosen statuses that end when work is counted anew.
    #[serde(default)]
    pub yields_to_work: Vec<StatusId>,
}

/// What shows when something timed ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterTimed {
    /// What lies under it.
    Previous,
    /// The default.
    Default,
}

/// G06, G19, D06.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Desk {
    /// The status of a person who left the desk.
    pub status: StatusId,
    /// The idle time unless the person sets another, in seconds.
    pub idle_seconds: u32,
    /// The shortest and the longest idle time that may be set, in seconds.
    pub idle_seconds_range: [u32; 2],
    /// The last part of the idle time, shown as a countdown; at most a third of it.
    pub countdown_seconds: u32,
    /// Somebody who comes back twice within so many seconds is shown to others as back once they stay so long (D06).
    #[serde(default = "settle_seconds")]
    pub settle_seconds: u32,
    /// What idleness may cover.
    pub idle: Covering,
    /// What a lock may cover.
    pub lock: Covering,
    /// What sleep may cover.
    pub sleep: Covering,
}

/// C02, D05.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The status during a call that a device tells of. Without it, such a call stands beside the status only.
    #[serde(default)]
    pub status: Option<StatusId>,
    /// The statuses that a call may cover.
    pub replaces: Vec<Covers>,
}

/// The statuses that a kind of claim may cover (C02).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Covering {
    /// The list.
    pub replaces: Vec<Covers>,
}

/// A status that may be covered, possibly only when it comes from one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Covers {
    /// The status (or all statuses of that primary one), wherever it comes from.
    Any(StatusId),
    /// The status when it comes from one source.
    From {
        /// The status or primary status.
        status: StatusId,
        /// Its source.
        from: Source,
    },
}

/// O02–O07, O12.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// With no capacity in use.
    pub unused: StatusId,
    /// With some in use.
    pub partly: StatusId,
    /// With all in use, or with as many open sessions as there may be.
    pub full: StatusId,
    /// As many sessions as may be open.
    pub sessions: u32,
    /// After a missed offer, if that is turned on.
    #[serde(default)]
    pub missed: Option<StatusId>,
    /// After a rejected offer, if that is turned on.
    #[serde(default)]
    pub rejected: Option<StatusId>,
    /// Defaults that work leaves alone.
    #[serde(default)]
    pub leaves: Vec<StatusId>,
}

/// A key of a policy file that means nothing.
#[derive(Debug, thiserror::Error)]
#[error("there is no key “{key}” in {table}, but {known}: correct it")]
pub struct NoSuchKey {
    /// Its line, from 1.
    pub line: usize,
    pub(crate) key: String,
    pub(crate) table: String,
    pub(crate) known: String,
}

/// A policy file that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, or not this shape.
    #[error("the policy can't be read: {0}")]
    Shape(#[from] toml::de::Error),
    /// A key that means nothing.
    #[error("the policy can't be read: line {line}: {0}", line = .0.line)]
    NoSuchKey(NoSuchKey),
    /// A name that the catalogue doesn't have.
    #[error(
        "the policy names the status “{0}” in {1}, but its catalogue has none of that id: add it or correct the name"
    )]
    NoSuchStatus(String, &'static str),
    /// A row that the interruption table doesn't have.
    #[error("the status “{0}” needs the interruption row “{1}”, which the policy doesn't have: add it")]
    NoSuchRow(StatusId, String),
    /// A status without an English label.
    #[error("the status “{0}” has no label for “en”: add one, it is what others fall back to")]
    NoLabel(StatusId),
    /// Devices would be asked whether they are there without a pause.
    #[error("connection.ping_seconds must be at least 1")]
    NoPing,
    /// A lease that ends before it could be renewed.
    #[error("connection.lost_seconds must be longer than connection.ping_seconds")]
    Lease,
    /// An idle time outside of its own range.
    #[error("the idle time must lie within idle_seconds_range")]
    IdleRange,
}

impl Policy {
    /// The shipped policy of a business user of Genesys Cloud.
    pub fn genesys() -> Self {
        Self::from_toml(include_str!("../policies/genesys.toml")).expect("the shipped policy is tested")
    }

    /// The entry of the catalogue with this id.
    pub fn status(&self, id: &StatusId) -> Option<&Status> {
        self.statuses.iter().find(|status| status.id == *id)
    }

    /// The statuses that a person may choose, in the catalogue's order.
    pub fn selectable(&self) -> impl Iterator<Item = &Status> {
        self.statuses.iter().filter(|status| status.selectable)
    }

    /// How long before the idle time its countdown begins (D06): never more than a third of it.
    pub fn countdown(&self, idle_after: Duration) -> Duration {
        Duration::from_secs(self.desk.countdown_seconds.into()).min(idle_after / 3)
    }

    pub(crate) fn check(&self) -> Result<(), PolicyError> {
        let known = |id: &StatusId, place| match self.status(id) {
            Some(_) => Ok(()),
            None => Err(PolicyError::NoSuchStatus(id.to_string(), place)),
        };
        // A list may name a primary status that has no entry of its own, for those under it (C18).
        let named = |ids: &[StatusId], place| {
            ids.iter()
                .find(|id| !self.has(id))
                .map_or(Ok(()), |id| Err(PolicyError::NoSuchStatus(id.to_string(), place)))
        };
        known(&self.sign_in.status, "sign_in.status")?;
        named(&self.sign_in.keeps, "sign_in.keeps")?;
        known(&self.signed_out.status, "signed_out.status")?;
        self.signed_out.shown_as.values().try_for_each(|id| known(id, "signed_out.shown_as"))?;
        let kept: Vec<StatusId> = self.signed_out.shown_as.keys().map(|id| id.as_str().into()).collect();
        named(&kept, "signed_out.shown_as")?;
        known(&self.connection.lost_status, "connection.lost_status")?;
        named(&self.choices.yields_to_work, "choices.yields_to_work")?;
        if self.connection.ping_seconds == 0 {
            return Err(PolicyError::NoPing);
        }
        if self.connection.lost_seconds <= self.connection.ping_seconds {
            return Err(PolicyError::Lease);
        }
        known(&self.desk.status, "desk.status")?;
        self.call.status.iter().try_for_each(|id| known(id, "call.status"))?;
        if let Some(work) = &self.work {
            let shown = [&work.unused, &work.partly, &work.full].into_iter();
            shown.chain(&work.missed).chain(&work.rejected).try_for_each(|id| known(id, "work"))?;
            named(&work.leaves, "work.leaves")?;
        }
        for status in &self.statuses {
            status.shown_as.iter().try_for_each(|id| known(id, "status.shown_as"))?;
            if !status.labels.contains_key("en") {
                return Err(PolicyError::NoLabel(status.id.clone()));
            }
            for row in rows_for(status) {
                if !self.interruptions.contains_key(row) {
                    return Err(PolicyError::NoSuchRow(status.id.clone(), row.to_owned()));
                }
            }
        }
        let [shortest, longest] = self.desk.idle_seconds_range;
        if !(shortest..=longest).contains(&self.desk.idle_seconds) {
            return Err(PolicyError::IdleRange);
        }
        Ok(())
    }
}
