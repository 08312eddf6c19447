//! Whose presence, and on which of their devices.

use presence::DeviceId;

use crate::PersonId;

/// Whose presence, and on which of their devices something happens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seat {
    /// Whose.
    pub person: PersonId,
    /// On which device.
    pub device: DeviceId,
}
