//! What keeps all of it.

use log::{Log, LogError};

use crate::{Accounts, Devices, Follows, Held, Projections};

/// A log, and what is kept beside it.
pub trait Keeper: Log + Accounts + Devices + Follows + Held + Projections {
    /// Where it is, for people.
    fn place(&self) -> String;

    /// Whether it can be written now, by writing to it, and has room for a while.
    fn probe(&mut self) -> Result<(), LogError>;

    /// A number that changes when another program writes to it.
    fn changed_by_others(&self) -> Result<i64, LogError>;

    /// Much was removed, and somebody wants it gone for good: nothing of it is left behind, and no room taken for it.
    fn shrink(&mut self) -> Result<(), LogError>;
}
