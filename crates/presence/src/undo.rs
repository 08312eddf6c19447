//! Undo: what the last automatic change was, and what takes it back (C13).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::choice::Choice;
use crate::claim::Source;
use crate::policy::Policy;
use crate::state::State;
use crate::status::StatusId;

/// What an undo does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// The claim that the system began is dismissed until a new edge (C05).
    Dismiss {
        /// Whose claim.
        source: Source,
        /// What shows then.
        shows: StatusId,
    },
    /// The choice that ended comes back: without end, or with its own where that is still to come.
    Restore(Choice),
}

/// Why there is nothing to take back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NothingToUndo {
    /// The last change was the person's own.
    #[error("the last change was yours")]
    YourOwn {
        /// What they chose.
        status: StatusId,
        /// When.
        since: Timestamp,
    },
    /// Nothing has changed by itself.
    #[error("nothing that changed by itself stands")]
    NothingChanged,
}

impl State {
    /// What an undo would take back now.
    pub fn undo_target(&self, policy: &Policy) -> Result<Undo, NothingToUndo> {
        let resolved = self.resolve(policy);
        let began = matches!(
            resolved.source,
            Source::Idle
                | Source::Lock
                | Source::Sleep
                | Source::Call
                | Source::Calendar
                | Source::Schedule
                | Source::Missed
                | Source::Rejected
                | Source::Capacity
        );
        match &self.ended {
            // Where a choice's end uncovered what stood beneath, its end is the change that the person saw. What began
            // by itself after that has made it forgotten.
            Some((choice, _)) => Ok(Undo::Restore(choice.clone())),
            _ if began => Ok(Undo::Dismiss { source: resolved.source, shows: self.without(resolved.source, policy) }),
            _ => match self.choice() {
                Some(choice) if choice.by.is_person() => {
                    Err(NothingToUndo::YourOwn { status: choice.status.clone(), since: choice.since })
                }
                _ => Err(NothingToUndo::NothingChanged),
            },
        }
    }

    /// What a "back" shows: the end of Away by the desk, or of the choice. `None` if there is neither, or nothing would
    /// show differently.
    pub fn after_back(&self, policy: &Policy) -> Option<StatusId> {
        let resolved = self.resolve(policy);
        if self.choice().is_none() && !resolved.source.is_desk() {
            return None;
        }
        let mut back = self.clone();
        back.go_back(policy, self.as_of?);
        let shows = back.resolve(policy).status;
        (shows != resolved.status).then_some(shows)
    }

    /// Takes the last automatic change back, unless that came after the person said so (C21).
    pub(crate) fn undo(&mut self, policy: &Policy, at: Timestamp) {
        match self.undo_target(policy) {
            Ok(Undo::Restore(choice)) => {
                if self.ended.as_ref().is_some_and(|(_, ended)| *ended <= at) {
                    self.restore(choice, at);
                }
            }
            Ok(Undo::Dismiss { source, .. }) => self.dismiss(source, self.seq, at),
            Err(_) => {}
        }
    }

    fn dismiss(&mut self, source: Source, seq: u64, at: Timestamp) {
        match source {
            Source::Missed | Source::Rejected => drop(self.incident.take_if(|claim| claim.since <= at)),
            Source::Capacity => drop(self.capacity.take_if(|claim| claim.since <= at)),
            _ => {
                self.dismissed = seq;
                self.dismissed_at = Some(at);
            }
        }
    }

    fn without(&self, source: Source, policy: &Policy) -> StatusId {
        let mut without = self.clone();
        without.dismiss(source, u64::MAX, self.as_of.unwrap_or(Timestamp::MAX));
        without.resolve(policy).status
    }
}
