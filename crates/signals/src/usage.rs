//! Windows' record of who uses a microphone or a camera: when each application's last use of it began and ended.

use std::time::Duration;

use jiff::Timestamp;
use presence::Moment;

/// An application's last use of a device, in Windows' time. Which application is never kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastUse {
    pub(crate) start: u64,
    /// Zero while it goes on.
    pub(crate) stop: u64,
}

impl LastUse {
    /// Whether it goes on. One that began before the machine did was cut off by a crash, which wrote down no end.
    pub(crate) fn goes_on(self, now: Moment) -> bool {
        self.start != 0 && self.stop == 0 && self.start >= filetime(now.wall_at(Duration::ZERO))
    }
}

/// Windows counts tenths of microseconds since the year 1601.
fn filetime(moment: Timestamp) -> u64 {
    const UNIX_EPOCH: i64 = 11_644_473_600_000_000;
    u64::try_from(moment.as_microsecond() + UNIX_EPOCH).unwrap_or(0) * 10
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 36_000_000_000;

    /// Ten hours after the machine began at midnight.
    fn now() -> Moment {
        Moment { wall: "2026-11-23T10:00:00Z".parse().unwrap(), boot: Duration::from_secs(10 * 3_600) }
    }

    fn hours_before_now(hours: u64) -> u64 {
        filetime(now().wall) - hours * HOUR
    }

    fn goes_on(start: u64, stop: u64) -> bool {
        LastUse { start, stop }.goes_on(now())
    }

    #[test]
    fn windows_counts_from_the_year_1601() {
        assert_eq!(filetime(Timestamp::UNIX_EPOCH), 116_444_736_000_000_000);
        assert_eq!(filetime("2001-09-09T01:46:40.123456Z".parse().unwrap()), 126_444_736_001_234_560);
    }

    #[test]
    fn a_use_goes_on_until_its_end_is_written_down() {
        assert!(goes_on(hours_before_now(1), 0));
        assert!(!goes_on(hours_before_now(2), hours_before_now(1)));
        assert!(!goes_on(0, 0), "allowed, and never used");
    }

    #[test]
    fn what_a_crash_left_behind_from_before_the_machine_began_is_no_use() {
        assert!(!goes_on(hours_before_now(11), 0));
        assert!(goes_on(hours_before_now(10), 0));
        assert!(goes_on(hours_before_now(9), 0));
    }

    #[test]
    fn a_use_that_begins_later_than_now_goes_on_for_somebody_set_the_clock_back() {
        assert!(goes_on(filetime(now().wall) + HOUR, 0));
    }
}
