//! Writes that the service has not confirmed yet, and what becomes of them when the session they belong to ends.

use jiff::Timestamp;
use presence::{DeviceId, Fact, Policy, What};
use protocol::service::{Write, Writing};
use protocol::{Change, Stamped};

/// A write on its way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pending {
    pub write: Write,
    /// When it was asked for, by the service's clock.
    pub recorded: Timestamp,
    /// How many of its changes have come back as facts, before the answer to all of it.
    pub confirmed: usize,
    /// Its place among all writes of this run, by which what it holds is known until the service gives it a number.
    pub place: u64,
}

impl Pending {
    /// A write that is asked for now.
    pub(crate) fn new(write: Write, recorded: Timestamp, place: u64) -> Self {
        Self { write, recorded, confirmed: 0, place }
    }

    /// A write that an earlier run of the program left behind.
    pub(crate) fn found(write: Write, otherwise: Timestamp, place: u64) -> Self {
        let recorded = changes(&write).iter().map(|stamped| stamped.at).max().unwrap_or(otherwise);
        Self::new(write, recorded, place)
    }

    /// Whether somebody asked for it, and wants to know if it is refused.
    pub(crate) fn is_asked(&self) -> bool {
        match &self.write.what {
            Writing::Changes(changes) => changes.iter().any(|stamped| {
                !matches!(
                    stamped.change,
                    Change::Signal { .. }
                        | Change::Call { .. }
                        | Change::Knows { .. }
                        | Change::Activity { .. }
                        | Change::Quit
                )
            }),
            Writing::Favourite { .. } | Writing::TellWhenFree { .. } => true,
            Writing::Hold(_) | Writing::Told(_) | Writing::ClearHeld(_) | Writing::ForgetHeld(_) => false,
        }
    }

    /// Whether all its changes have come back as facts.
    pub(crate) fn is_confirmed(&self) -> bool {
        self.confirmed >= self.changes().len()
    }

    /// Takes note if a fact is what its next change came to.
    pub(crate) fn confirm(&mut self, fact: &Fact) {
        let next = self.changes().get(self.confirmed);
        if next.is_some_and(|stamped| What::from(stamped.change.clone()) == fact.what) {
            self.confirmed += 1;
        }
    }

    /// What it asks to be recorded.
    pub(crate) fn changes(&self) -> &[Stamped] {
        changes(&self.write)
    }

    /// The facts that it will come to if nothing comes between.
    pub(crate) fn facts<'p>(&'p self, after: u64, device: &'p DeviceId) -> impl Iterator<Item = Fact> + 'p {
        self.changes().iter().skip(self.confirmed).zip(after + 1..).map(|(stamped, seq)| Fact {
            seq,
            at: stamped.at.min(self.recorded),
            recorded: self.recorded,
            device: device.clone(),
            what: stamped.change.clone().into(),
        })
    }
}

fn changes(write: &Write) -> &[Stamped] {
    match &write.what {
        Writing::Changes(changes) => changes,
        _ => &[],
    }
}

/// A new write's key: nobody else's is the same.
pub(crate) fn new_key() -> String {
    use base64ct::{Base64UrlUnpadded, Encoding};
    let mut random = [0; 16];
    getrandom::fill(&mut random).expect("the system has random numbers");
    Base64UrlUnpadded::encode_string(&random)
}

/// What of the writes that an earlier run left behind still means something.
///
/// A session that ended (the person quit, or the machine went down) takes with it what was chosen and sensed in it: a
/// sign-in does not bring back yesterday's Busy (G01), but for what the policy keeps (C11, G11). What belongs to the
/// person, such as a message (C14), stays. The quit itself has become plain for all to see by the silence.
pub(crate) fn outlive(writes: Vec<Write>, other_boot: bool, policy: &Policy) -> Vec<Write> {
    let quits = |write: &Write| changes(write).iter().any(|stamped| stamped.change == Change::Quit);
    let ended = if other_boot { writes.len() } else { writes.iter().rposition(quits).map_or(0, |last| last + 1) };
    let mut kept = Vec::with_capacity(writes.len());
    for (place, mut write) in writes.into_iter().enumerate() {
        if place < ended
            && let Writing::Changes(changes) = &mut write.what
        {
            changes.retain(|stamped| outlives(&stamped.change, policy));
            if changes.is_empty() {
                continue;
            }
        }
        kept.push(write);
    }
    kept
}

fn outlives(change: &Change, policy: &Policy) -> bool {
    match change {
        Change::Choose { status, until } => until.is_some() && policy.lists(&policy.sign_in.keeps, status),
        Change::Message { .. }
        | Change::Snooze { .. }
        | Change::Default { .. }
        | Change::Covers { .. }
        | Change::Correct { .. } => true,
        Change::SetEnd { .. }
        | Change::Back
        | Change::Undo
        | Change::Pause { .. }
        | Change::Resume
        | Change::Signal { .. }
        | Change::Call { .. }
        | Change::Knows { .. }
        | Change::Claim { .. }
        | Change::EndClaim { .. }
        | Change::Activity { .. }
        | Change::Quit => false,
    }
}
