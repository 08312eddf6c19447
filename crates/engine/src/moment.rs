//! Moments: when something happens, by two clocks.

use std::time::Duration;

use log::Recorded;
use presence::Timestamp;

/// When something happens: by the wall clock, and by one that nobody sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The wall clock.
    pub wall: Timestamp,
    /// The time since boot, suspend included.
    pub boot: Duration,
    /// Which boot that was.
    pub boot_id: Box<str>,
}

impl Moment {
    pub(crate) fn recorded(&self) -> Recorded {
        Recorded {
            wall: self.wall.as_millisecond(),
            boot: u64::try_from(self.boot.as_millis()).unwrap_or(u64::MAX),
            boot_id: self.boot_id.clone(),
        }
    }

    pub(crate) fn of(recorded: &Recorded) -> Self {
        Self {
            wall: Timestamp::from_millisecond(recorded.wall).unwrap_or(Timestamp::UNIX_EPOCH),
            boot: Duration::from_millis(recorded.boot),
            boot_id: recorded.boot_id.clone(),
        }
    }
}
