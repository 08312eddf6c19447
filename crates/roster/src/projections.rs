//! What the logs of people have come to. Any of it can be dropped, and folded anew.

use log::LogError;
use presence::{Correction, Interval, Span, Timestamp};

use crate::PersonId;

/// What a person's log had come to at a place of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    /// The place of the last fact in it.
    pub seq: u64,
    /// The state, as text.
    pub state: String,
}

/// What is added to a projection.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Written<'a> {
    /// How facts are folded: projections of another number are not read.
    pub fold: u32,
    /// The place of the last fact in it.
    pub seq: u64,
    /// The state, as text.
    pub state: &'a str,
    /// The intervals that closed since it was written last.
    pub closed: &'a [Interval],
    /// The corrections since then, with the places of their facts.
    pub corrections: &'a [(u64, Correction)],
}

/// What logs have come to, and the policies by which that was found out.
pub trait Projections {
    /// What a person's log had come to, by this way of folding.
    fn projection(&self, person: PersonId, fold: u32) -> Result<Option<Projection>, LogError>;

    /// Adds to what the logs of people have come to, in one. What was not written is folded again from the log: it is not
    /// synced.
    fn project(&mut self, written: &[(PersonId, Written<'_>)]) -> Result<(), LogError>;

    /// Drops what a person's log has come to.
    fn drop_projection(&mut self, person: PersonId) -> Result<(), LogError>;

    /// The intervals of a span, in the order in which they closed, as they were recorded; and whether these are all.
    fn intervals(&self, person: PersonId, span: &Span) -> Result<(Vec<Interval>, bool), LogError>;

    /// The places of the facts that correct a stretch, in order. What they say, and why, stands in the log only.
    fn corrections(&self, person: PersonId, from: Timestamp, to: Timestamp) -> Result<Vec<u64>, LogError>;

    /// The interval that ended first.
    fn first_interval(&self, person: PersonId) -> Result<Option<Interval>, LogError>;

    /// Forgets intervals that ended before a moment, and corrections of what was up to another one.
    fn forget_intervals(
        &mut self,
        person: PersonId,
        intervals: Timestamp,
        corrections: Timestamp,
    ) -> Result<(), LogError>;

    /// A policy that held once, as text.
    fn policy(&self, digest: &str) -> Result<Option<String>, LogError>;

    /// Keeps a policy for whoever folds a log later.
    fn keep_policy(&mut self, digest: &str, body: &str, since: Timestamp) -> Result<(), LogError>;
}
