//! The presence service: persons, their devices and accounts, an append-only log of facts, and what is projected from it.
//!
//! It runs inside the resident program for one local person, or on a server for a team. **It must not know** of a
//! network, an async runtime, a desktop or a user interface; and it reads no clock: each call brings its [`Moment`].

mod accounts;
mod askable;
mod devices;
mod directory;
mod engine;
mod error;
mod files;
mod held;
mod history;
mod leases;
mod place;
mod policies;
mod rescue;
mod retention;
mod rows;
mod schema;
mod whereabouts;

pub use accounts::{AccountChange, AccountError, Hashed, LONGEST_PASSWORD, SHORTEST_PASSWORD, check_name};
pub use askable::{NotAskable, askable, with_usual_end};
pub use devices::{Bearer, Meanwhile, TokenOf};
pub use directory::{Follow, may_see, public};
pub use engine::{Beginning, Engine, Moment, Once, Opened, PersonId, Seat, Weight, WriteKey};
pub use error::EngineError;
pub use files::make_private;
pub use leases::Leases;
pub use place::network_file_system;
pub use retention::Retention;
pub use schema::{LogFile, Sharing, examine};
pub use whereabouts::{Found, Whereabouts};
