//! The server's clocks.

use std::time::{Duration, SystemTime};

use engine::Moment;
use jiff::SignedDuration;
use presence::Timestamp;

/// Tells the time, in whole milliseconds as the log keeps it.
#[derive(Debug, Clone)]
pub struct Clock {
    boot_id: Box<str>,
}

impl Clock {
    /// The clocks of this machine.
    pub fn new() -> Self {
        let boot_id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Self { boot_id: boot_id.trim().into() }
    }

    /// The present.
    pub fn now(&self) -> Moment {
        let wall = Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH);
        let wall = Timestamp::from_millisecond(wall.as_millisecond()).unwrap_or(wall);
        Moment { wall, boot: boot(), boot_id: self.boot_id.clone() }
    }
}

#[cfg(target_os = "linux")]
/// The time since boot, suspend included.
pub fn boot() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(not(target_os = "linux"))]
pub fn boot() -> Duration {
    static BEGAN: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    BEGAN.elapsed()
}

/// A wall clock that was set ahead by more than this is not believed at once.
const AHEAD: SignedDuration = SignedDuration::from_hours(1);

/// It is once it has stayed so for so long.
const STAYS: Duration = Duration::from_secs(3600);

/// The wall clock as far as it is to be believed: one that was set ahead a moment ago ends nobody's sign-in, for it may
/// be set back as soon.
#[derive(Debug)]
pub struct Believed {
    /// When both clocks were last in step.
    wall: Timestamp,
    boot: Duration,
    /// Since when the wall clock has been ahead.
    ahead_since: Option<Duration>,
}

impl Believed {
    /// Begins with a clock that is believed.
    pub fn new(now: &Moment) -> Self {
        Self { wall: now.wall, boot: now.boot, ahead_since: None }
    }

    /// What to believe now.
    pub fn take(&mut self, now: &Moment) -> Timestamp {
        let lived = now.boot.saturating_sub(self.boot);
        let expected = self.wall.saturating_add(lived).unwrap_or(Timestamp::MAX);
        if now.wall.duration_since(expected) > AHEAD {
            let since = *self.ahead_since.get_or_insert(now.boot);
            if now.boot.saturating_sub(since) < STAYS {
                return expected;
            }
        }
        *self = Self::new(now);
        now.wall
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may stop at once")]
mod tests {
    use super::*;

    /// So many seconds after the start, with the wall clock off by so many more.
    fn at(seconds: u64, off: i64) -> Moment {
        let wall = Timestamp::from_second(1_800_000_000 + i64::try_from(seconds).unwrap() + off).unwrap();
        Moment { wall, boot: Duration::from_secs(seconds), boot_id: "boot".into() }
    }

    #[test]
    fn a_clock_that_is_ahead_for_a_moment_is_not_believed() {
        let mut believed = Believed::new(&at(0, 0));
        assert_eq!(believed.take(&at(10, 401 * 86400)), at(10, 0).wall);
        assert_eq!(believed.take(&at(14, 401 * 86400)), at(14, 0).wall);
        assert_eq!(believed.take(&at(20, 0)), at(20, 0).wall);
        // A later step has its own hour.
        assert_eq!(believed.take(&at(7200, 86400)), at(7200, 0).wall);
    }

    #[test]
    fn a_clock_that_stays_ahead_is_believed_after_an_hour() {
        let mut believed = Believed::new(&at(0, 0));
        assert_eq!(believed.take(&at(10, 86400)), at(10, 0).wall);
        assert_eq!(believed.take(&at(3609, 86400)), at(3609, 0).wall);
        assert_eq!(believed.take(&at(3610, 86400)), at(3610, 86400).wall);
    }

    #[test]
    fn small_steps_and_steps_back_are_believed_at_once() {
        let mut believed = Believed::new(&at(0, 0));
        for (seconds, off) in [(10, 1800), (20, 3600), (30, -86400), (40, -86400)] {
            assert_eq!(believed.take(&at(seconds, off)), at(seconds, off).wall);
        }
    }
}
