//! The domain: what a person's status is at an instant, why, since when, and what comes next.
//!
//! It exists so that the desktop, a service and a test say the same of the same facts. Facts go in through
//! [`State::apply`]; [`State::effective`] answers; [`State::next_change`] says how long that answer holds, so that a
//! caller can sleep exactly until then.
//!
//! **It must not know** of I/O, clocks, threads, an operating system, a network or a user interface. Time is an
//! argument. What differs between organisations is a [`Policy`], which is data.

mod choice;
mod claim;
mod correction;
mod desk;
mod effective;
mod fact;
mod interruption;
mod naming;
mod policy;
mod policy_check;
mod policy_keys;
mod resolve;
mod said;
mod state;
mod status;
mod text;
mod timeline;
mod undo;
mod work;

pub use choice::{By, Choice, End};
pub use claim::{Claim, Source};
pub use correction::{Corrected, Correction, corrected};
pub use desk::{DeskSignal, Edge, Pause, Session};
pub use effective::{Activity, Effective, Message, Reason};
pub use fact::{DeviceId, Fact, UnknownFact, What};
pub use interruption::{InteractionKind, Treatment};
pub use jiff::Timestamp;
pub use policy::{AfterTimed, Covers, Policy, PolicyError};
pub use policy_check::{Finding, check_policy};
pub use policy_keys::NoSuchKey;
pub use state::State;
pub use status::{Color, Glyph, Primary, Status, StatusId};
pub use text::one_line;
pub use timeline::{Interval, Span};
pub use undo::{NothingToUndo, Undo};

/// The longest message, in characters.
pub const LONGEST_MESSAGE: usize = 500;

/// The longest reason of a correction or a claim, in characters.
pub const LONGEST_REASON: usize = 200;

/// What a person shows, folded from facts: one call for tests, reports and whoever has no running [`State`].
///
/// Facts are taken in the order given; those recorded after `now` are left out.
pub fn effective<'f>(facts: impl IntoIterator<Item = &'f Fact>, policy: &Policy, now: Timestamp) -> Effective {
    let mut state = State::default();
    for fact in facts.into_iter().filter(|fact| fact.recorded <= now) {
        state.apply(fact, policy);
    }
    state.effective(policy, now)
}
