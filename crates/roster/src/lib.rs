//! What is kept beside the log: who there is, where they are signed in, whom they follow, what waits for them; and what
//! their logs have come to.
//!
//! Traits and plain values only, one trait a file; a keeper has all of them. **It must not know** what may be done by
//! whom, nor how any of it is kept.

mod accounts;
mod devices;
mod follows;
mod held;
mod keeper;
mod person_id;
mod projections;
mod seat;

pub use accounts::Accounts;
pub use devices::{Devices, Renewal, Token};
pub use follows::{Following, Follows};
pub use held::{Held, Holding};
pub use keeper::Keeper;
pub use person_id::{NotAPersonId, PersonId};
pub use projections::{Projection, Projections, Written};
pub use seat::Seat;
