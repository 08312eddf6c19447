//! The log: what happened, entry by entry, and what every keeper of one promises.
//!
//! An entry is one write, whole or not at all. A keeper (a file, a broker) keeps entries by subject, in order, and says of a
//! write that comes twice that it was there before. **It must not know** what a fact means: a payload is text to it.

mod entry;
mod error;
mod keeper;
mod memory;
mod origin;
mod subject;
#[cfg(feature = "suite")]
pub mod suite;

pub use entry::{Entry, Key, Recorded};
pub use error::LogError;
pub use keeper::{Base, Cut, Last, Log, Outcome, Position, Stored};
pub use memory::Memory;
pub use origin::Origin;
pub use subject::{NotASubject, Subject};
