//! What a device may ask for: the same bounds for whoever asks, by whatever way.

use presence::{LONGEST_MESSAGE, LONGEST_REASON, Policy, Source, StatusId, Timestamp, one_line};
use protocol::{Change, Stamped};

/// Why a change can't be recorded, in words that say what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAskable {
    /// A status that the policy doesn't have.
    #[error("there is no status “{0}”: use an id of the policy's catalogue ({1})")]
    NoSuchStatus(StatusId, String),
    /// A status that only the system sets.
    #[error("“{0}” is set by the system only: choose one of {1}")]
    SystemOnly(StatusId, String),
    /// Words that are empty, of more than one line, or that change how what stands beside them reads.
    #[error(
        "{0} must be one line of at least one character that can be seen, without control characters and marks of direction; leave it out to clear it"
    )]
    NotALine(&'static str),
    /// Words that are too long.
    #[error("{0} has {1} characters: at most {2} are kept")]
    TooLong(&'static str, usize, usize),
    /// More than there are.
    #[error("there are {0} statuses: name each once at most")]
    TooMany(usize),
    /// A claim by somebody who can't make one here.
    #[error("a claim's source is call, calendar or schedule")]
    NotASource,
    /// A stretch without length, or one that lies ahead.
    #[error("a correction is of a stretch of the past: `from` before `to`, and `to` not after now")]
    NotPast,
}

/// Whether a change is within bounds.
pub fn askable(stamped: &Stamped, policy: &Policy, now: Timestamp) -> Result<(), NotAskable> {
    match &stamped.change {
        Change::Choose { status, .. } | Change::Default { status: Some(status) } => selectable(status, policy),
        Change::Covers { statuses: Some(statuses) } if statuses.len() > policy.statuses.len() => {
            Err(NotAskable::TooMany(policy.statuses.len()))
        }
        Change::Covers { statuses: Some(statuses) } => statuses.iter().try_for_each(|status| known(status, policy)),
        Change::Message { text: Some(text), .. } => line("the message", text, LONGEST_MESSAGE),
        Change::Claim { source: Source::Call | Source::Calendar | Source::Schedule, status, detail, .. } => {
            known(status, policy)?;
            detail.as_ref().map_or(Ok(()), |detail| line("the detail", detail, LONGEST_REASON))
        }
        Change::Claim { .. } => Err(NotAskable::NotASource),
        Change::Correct { from, to, status, reason } => {
            known(status, policy)?;
            line("the reason", reason, LONGEST_REASON)?;
            if from < to && *to <= now { Ok(()) } else { Err(NotAskable::NotPast) }
        }
        _ => Ok(()),
    }
}

/// A choice that says no end has the one that the policy gives its status: devices fill it in, other clients need not.
pub fn with_usual_end(stamped: &Stamped, policy: &Policy) -> Change {
    match &stamped.change {
        Change::Choose { status, until: None } => {
            let until = policy.status(status).and_then(|status| status.usual_end(stamped.at));
            Change::Choose { status: status.clone(), until }
        }
        other => other.clone(),
    }
}

fn known(status: &StatusId, policy: &Policy) -> Result<(), NotAskable> {
    let ids = || policy.statuses.iter().map(|status| status.id.as_str()).collect::<Vec<_>>().join(", ");
    policy.status(status).map(|_| ()).ok_or_else(|| NotAskable::NoSuchStatus(status.clone(), ids()))
}

fn selectable(status: &StatusId, policy: &Policy) -> Result<(), NotAskable> {
    known(status, policy)?;
    let ids = || policy.selectable().map(|status| status.id.as_str()).collect::<Vec<_>>().join(", ");
    if policy.selectable().any(|entry| entry.id == *status) {
        Ok(())
    } else {
        Err(NotAskable::SystemOnly(status.clone(), ids()))
    }
}

pub(crate) fn line(what: &'static str, text: &str, longest: usize) -> Result<(), NotAskable> {
    let count = text.chars().count();
    if count > longest {
        return Err(NotAskable::TooLong(what, count, longest));
    }
    // Blanks around it are no harm; a line break or a mark of direction there is as much of one as anywhere.
    let line = one_line(text);
    if line.is_empty() || line != text.trim_matches(' ') { Err(NotAskable::NotALine(what)) } else { Ok(()) }
}
