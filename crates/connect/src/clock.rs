//! The service's clock, as this device knows it.
//!
//! A device's own clock may be wrong, and durations must be the same for everybody. So the service says what it shows,
//! at each snapshot and ping, and in between this device's time since boot carries on, suspend included (D07).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use presence::Moment;

/// What the service said is late by its way here, which differs from time to time: a later reading that is behind by
/// less than this is a slower way, not a clock that was set back.
const WAY: SignedDuration = SignedDuration::from_secs(1);

/// The service's clock: told by the connection, read by everybody else.
#[derive(Debug, Default)]
pub struct ServiceClock(Mutex<Readings>);

#[derive(Debug, Default, Clone, Copy)]
struct Readings {
    anchor: Option<Moment>,
    /// Where this device's own clock was when it began to count for want of the service's.
    own: Option<Moment>,
    heard: Option<Duration>,
}

impl ServiceClock {
    /// The service said what its clock shows.
    pub fn set(&self, service: Timestamp, boot: Duration) {
        let mut readings = self.readings();
        let heard = Moment { wall: service, boot };
        let ahead = readings.anchor.map(|anchor| service.duration_since(carried(anchor, boot)));
        if ahead.is_none_or(|ahead| ahead >= SignedDuration::ZERO || ahead < -WAY) {
            readings.anchor = Some(heard);
        }
    }

    /// Until the service is heard, this device's own clock counts, from this moment on and without being set: what it
    /// stamps can then be set right as a whole.
    pub fn begin(&self, own: Moment) {
        self.readings().own = Some(own);
    }

    /// Where this device's own clock began to count; `None` once the service's is known.
    pub fn own(&self) -> Option<Moment> {
        let readings = self.readings();
        readings.own.filter(|_| readings.anchor.is_none())
    }

    /// The service was heard.
    pub fn heard(&self, boot: Duration) {
        self.readings().heard = Some(boot);
    }

    /// When the service was last heard, in time since boot.
    pub fn last_heard(&self) -> Option<Duration> {
        self.readings().heard
    }

    /// What the service's clock shows at this moment; before it was ever heard: this device's own.
    pub fn at(&self, now: Moment) -> Moment {
        let readings = *self.readings();
        match readings.anchor.or(readings.own) {
            Some(anchor) => Moment { wall: carried(anchor, now.boot), boot: now.boot },
            None => now,
        }
    }

    fn readings(&self) -> MutexGuard<'_, Readings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a clock shows at another time since boot, if nobody sets it.
fn carried(anchor: Moment, boot: Duration) -> Timestamp {
    let wall = anchor.wall_at(boot);
    // Whole milliseconds are what the service keeps; what is shown and what is kept are the same.
    Timestamp::from_millisecond(wall.as_millisecond()).unwrap_or(wall)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall: &str, boot: u64) -> Moment {
        Moment { wall: wall.parse().unwrap(), boot: Duration::from_secs(boot) }
    }

    #[test]
    fn until_the_service_is_heard_the_devices_clock_counts() {
        let now = at("2026-01-05T10:00:00Z", 100);
        assert_eq!(ServiceClock::default().at(now), now);
    }

    #[test]
    fn c21_a_clock_of_ones_own_is_not_set_while_it_counts() {
        let clock = ServiceClock::default();
        clock.begin(at("2026-01-05T07:00:00Z", 100));
        assert_eq!(clock.at(at("2026-01-05T10:01:00Z", 160)), at("2026-01-05T07:01:00Z", 160));
        assert_eq!(clock.own(), Some(at("2026-01-05T07:00:00Z", 100)));
        clock.set("2026-01-05T10:02:00Z".parse().unwrap(), Duration::from_secs(220));
        assert_eq!(clock.at(at("2026-01-05T10:01:00Z", 220)), at("2026-01-05T10:02:00Z", 220));
        assert_eq!(clock.own(), None);
    }

    #[test]
    fn d07_a_devices_clock_that_is_wrong_or_set_changes_nothing() {
        let clock = ServiceClock::default();
        clock.set("2026-01-05T10:00:00Z".parse().unwrap(), Duration::from_secs(100));
        assert_eq!(clock.at(at("1999-01-01T00:00:00Z", 160)), at("2026-01-05T10:01:00Z", 160));
        // What is asked with a moment of the service is the same: both ways may be mixed.
        assert_eq!(clock.at(clock.at(at("1999-01-01T00:00:00Z", 160))), at("2026-01-05T10:01:00Z", 160));
    }

    #[test]
    fn d07_a_slow_ping_does_not_turn_the_clock_back_and_a_clock_that_was_set_is_followed() {
        let clock = ServiceClock::default();
        clock.set("2026-01-05T10:00:00Z".parse().unwrap(), Duration::from_secs(100));
        clock.set("2026-01-05T10:00:09.5Z".parse().unwrap(), Duration::from_secs(110));
        assert_eq!(clock.at(at("2026-01-05T10:00:00Z", 110)), at("2026-01-05T10:00:10Z", 110));
        clock.set("2026-01-05T09:00:00Z".parse().unwrap(), Duration::from_secs(120));
        assert_eq!(clock.at(at("2026-01-05T10:00:00Z", 120)), at("2026-01-05T09:00:00Z", 120));
        clock.set("2026-01-05T11:00:00Z".parse().unwrap(), Duration::from_secs(120));
        assert_eq!(clock.at(at("2026-01-05T10:00:00Z", 121)), at("2026-01-05T11:00:01Z", 121));
    }
}
