//! The engine: the presence of many persons, from a log of facts and a roster.
//!
//! It runs inside the resident program for one local person, or on a server for a team. **It must not know** of a
//! network, an async runtime, a desktop or a user interface, nor of what keeps the log: that is any
//! [`Keeper`](roster::Keeper). And it reads no clock: each call brings its [`Moment`].

mod accounts;
mod askable;
mod devices;
mod directory;
mod engine;
mod entries;
mod fold;
mod held;
mod history;
mod kept;
mod leases;
mod moment;
mod policies;
mod retention;
mod write_key;

pub use accounts::{AccountChange, AccountError, Hashed, LONGEST_PASSWORD, SHORTEST_PASSWORD, check_name};
pub use askable::{NotAskable, askable, with_usual_end};
pub use devices::{Bearer, Meanwhile, TokenOf, bearer};
pub use directory::{Follow, may_see, public};
pub use engine::{Beginning, Engine, Weight};
pub use leases::{Leases, Pulse};
pub use log::LogError;
pub use moment::Moment;
pub use retention::Retention;
pub use roster::{PersonId, Seat};
pub use write_key::{Once, WriteKey};
