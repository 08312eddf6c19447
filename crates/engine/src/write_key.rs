//! Writes that may be second copies.

use log::Key;
use presence::Fact;

/// What becomes of a write that may be a second copy (RFC-style idempotency keys).
#[derive(Debug, Clone, PartialEq)]
pub enum Once {
    /// It is recorded now, as these facts.
    Now(Vec<Fact>),
    /// It was recorded before, up to this place in the log.
    Before(u64),
    /// Something else was recorded under this key.
    OtherThing,
}

/// A key of the person's, and what was asked for under it.
#[derive(Debug, Clone, Copy)]
pub struct WriteKey<'a> {
    /// The key.
    pub key: &'a str,
    /// What distinguishes one thing that was asked for from another.
    pub digest: &'a [u8],
}

impl WriteKey<'_> {
    pub(crate) fn of_log(self) -> Key {
        Key { id: self.key.into(), digest: self.digest.into() }
    }

    /// What stands under it among what was kept up to a place.
    pub(crate) fn compared(self, kept: &Key, seq: u64) -> Once {
        if *kept.digest == *self.digest { Once::Before(seq) } else { Once::OtherThing }
    }
}
