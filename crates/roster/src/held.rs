//! What waits for a person to look at it.

use log::{Key, LogError, Outcome};
use presence::Timestamp;
use protocol::HeldItem;

use crate::PersonId;

/// Something to keep.
#[derive(Debug, Clone, PartialEq)]
pub struct Holding {
    /// By which a second copy is known. It is one of the keys of the person's log.
    pub key: Option<Key>,
    /// What; its number is given here.
    pub item: HeldItem,
}

/// Notifications that wait. No facts of presence: they go when the person clears them.
pub trait Held {
    /// Keeps several in one, those of which that are not kept under their keys, and of all of them the last `most`; what
    /// became of each. `version`: the person's place in the log.
    fn hold(
        &mut self,
        person: PersonId,
        wanted: &[Holding],
        version: u64,
        most: usize,
        at: Timestamp,
    ) -> Result<Vec<Outcome>, LogError>;

    /// What is held, the oldest first.
    fn held(&self, person: PersonId) -> Result<Vec<HeldItem>, LogError>;

    /// A digest has told of what is held up to this number.
    fn mark_told(&mut self, person: PersonId, up_to: u64) -> Result<(), LogError>;

    /// Forgets what is held up to this number; how many that were.
    fn clear_held(&mut self, person: PersonId, up_to: u64) -> Result<usize, LogError>;

    /// Forgets one of the held; whether it was there.
    fn forget_held(&mut self, person: PersonId, id: u64) -> Result<bool, LogError>;
}
