//! The domain: what a person's status is at an instant, why, since when, and what comes next.
//!
//! It exists so that the desktop, a service and a test say the same of the same facts. Facts go in through
//! [`State::apply`]; [`State::effective`] answers; [`State::next_change`] says how long that answer holds, so that a
//! caller can sleep exactly until then.
//!
//! **It must not know** of I/O, clocks, threads, an operating system, a network or a user interface. Time is an
//! argument. What differs between organisations is a [`Policy`], which is data.

mod beside;
mod choice;
mod choosing;
mod claim;
mod correction;
mod desk;
mod effective;
mod end;
mod fact;
mod interruption;
mod interval;
mod moment;
mod naming;
mod policy;
mod policy_check;
mod policy_file;
mod resolve;
mod said;
mod session;
mod state;
mod status;
mod text;
mod timeline;
mod treatment;
mod undo;
mod work;

pub use beside::{Activity, Message};
pub use choice::{By, Choice};
pub use claim::{Claim, Source};
pub use correction::{Correction, corrected};
pub use desk::{DeskSignal, Edge, Pause};
pub use effective::{Effective, Reason};
pub use end::End;
pub use fact::{DeviceId, Fact, UnknownFact, What};
pub use interruption::{InteractionKind, Treatment};
pub use interval::{Corrected, Interval, Span};
pub use jiff::Timestamp;
pub use moment::Moment;
pub use policy::{AfterTimed, Covers, NoSuchKey, Policy, PolicyError};
pub use policy_check::{Finding, check_policy};
pub use session::Session;
pub use state::{FOLD_VERSION, State};
pub use status::{Color, Glyph, Primary, Status, StatusId};
pub use text::one_line;
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
