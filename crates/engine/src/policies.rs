//! The policies that were in force: the past is judged by the one of its time (C22).
//!
//! The log tells from when on another policy holds. Each one that ever held is kept, by its digest, and facts are folded
//! anew stretch by stretch.

use std::fmt::Write as _;

use log::LogError;
use presence::{DeviceId, Fact, Interval, Policy, State, What};
use roster::Projections;
use sha2::{Digest, Sha256};

use crate::Moment;

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
    pub(crate) fn keep(&self, keeper: &mut impl Projections, now: &Moment) -> Result<(), LogError> {
        keeper.keep_policy(&self.digest, &body(&self.policy), now.wall)
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
pub(crate) fn find(keeper: &impl Projections, digest: &str) -> Result<Option<Policy>, LogError> {
    let policy = keeper.policy(digest)?.and_then(|body| serde_json::from_str(&body).ok());
    if policy.is_none() {
        tracing::warn!("the policy {digest} of the log is not known; the one before it goes on there");
    }
    Ok(policy)
}

/// Folds a person's facts in the order of the log, each stretch by its own policy.
pub(crate) struct Fold<'a, K> {
    keeper: &'a K,
    policy: Policy,
    pub(crate) state: State,
}

impl<'a, K: Projections> Fold<'a, K> {
    /// From a state that was folded before. `first`: the first policy that the log tells of, for what was before policies
    /// were kept can only be judged by that one. `otherwise`: what holds where the log says nothing.
    pub(crate) fn new(
        keeper: &'a K,
        state: State,
        first: Option<String>,
        otherwise: &Policy,
    ) -> Result<Self, LogError> {
        let digest = state.policy().map(str::to_owned).or(first);
        let known = digest.map(|digest| find(keeper, &digest)).transpose()?.flatten();
        Ok(Self { keeper, policy: known.unwrap_or_else(|| otherwise.clone()), state })
    }

    /// Takes the next fact; the intervals that it closes. One that is in the state already changes nothing.
    pub(crate) fn take(&mut self, fact: &Fact) -> Result<Vec<Interval>, LogError> {
        if fact.seq <= self.state.seq() {
            return Ok(Vec::new());
        }
        let mut closed = Vec::new();
        if let What::PolicyTaken { digest } = &fact.what {
            closed.extend(self.state.advance(&self.policy, fact.recorded));
            if let Some(policy) = find(self.keeper, digest)? {
                self.policy = policy;
            }
        }
        closed.extend(self.state.apply(fact, &self.policy));
        Ok(closed)
    }
}

/// The first policy that facts tell of.
pub(crate) fn first_taken(facts: &[Fact]) -> Option<String> {
    facts.iter().find_map(|fact| match &fact.what {
        What::PolicyTaken { digest } => Some(digest.clone()),
        _ => None,
    })
}
