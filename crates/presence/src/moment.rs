//! Moments: one instant, on the two clocks that presence needs.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// One instant, on both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// What a wall clock shows. It may step; durations must not be taken from it.
    pub wall: Timestamp,
    /// Time since the machine booted, suspend included.
    pub boot: Duration,
}

impl Moment {
    /// What this wall clock shows at another time since boot, if nobody sets it.
    pub fn wall_at(self, boot: Duration) -> Timestamp {
        let ahead = SignedDuration::try_from(boot.saturating_sub(self.boot)).unwrap_or_default();
        let behind = SignedDuration::try_from(self.boot.saturating_sub(boot)).unwrap_or_default();
        let shifted = self.wall.saturating_sub(behind).and_then(|at| at.saturating_add(ahead));
        shifted.unwrap_or(self.wall)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may stop at once")]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_that_nobody_sets_goes_on_with_the_time_since_boot() {
        let secs = Duration::from_secs;
        let now = Moment { wall: "2026-11-23T10:00:00Z".parse().unwrap(), boot: secs(1000) };
        assert_eq!(now.wall_at(secs(1090)), "2026-11-23T10:01:30Z".parse().unwrap());
        assert_eq!(now.wall_at(secs(910)), "2026-11-23T09:58:30Z".parse().unwrap());
        assert_eq!(now.wall_at(secs(1000)), now.wall);
    }
}
