//! When what is older than the retention may be erased (C24).
//!
//! Erasing can't be taken back, and a clock may be wrong: a battery that is empty, a person who looked at next year's
//! calendar. So the wall clock says what is old, and the time since boot says how fast that may be believed.

use std::time::Duration;

use jiff::SignedDuration;
use presence::Timestamp;

use crate::moment::Moment;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// How long the clock must have run on between one erasing and the next, where nothing speaks against it.
const STEADY: Duration = Duration::from_secs(30 * 60);

/// A clock that is further than this from where the log ended is not believed at its word.
const FAR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A clock that moved against the time since boot by less than this was not set, only read in between.
const STEP: SignedDuration = SignedDuration::from_secs(2);

/// Says when one more day may be erased: never right after the clock was set, and a day at most for each day that was
/// really lived through while the clock is far from where the log ended.
#[derive(Debug)]
pub struct Retention {
    /// What the wall clock and the boot clock should show, had the last fact of before been the present.
    expected: Option<(Timestamp, Duration)>,
    looked: Moment,
    /// Since when the clock has run on, and nothing was erased.
    since: Duration,
    /// The clock was set, and no day has passed since.
    was_set: bool,
}

impl Retention {
    /// Begins to count. `last` is when the last fact was recorded, before anything of this run.
    pub fn new(last: Option<Timestamp>, now: &Moment) -> Self {
        let expected = last.map(|last| (last, now.boot));
        Self { expected, looked: now.clone(), since: now.boot, was_set: false }
    }

    /// Whether one more day may be erased; if so, that counts as done. To be asked at least at each fact, for a step of
    /// the clock is found by comparing with the last time.
    pub fn is_due(&mut self, now: &Moment) -> bool {
        let by_wall = now.wall.duration_since(self.looked.wall);
        let by_boot = signed(now.boot) - signed(self.looked.boot);
        self.looked = now.clone();
        if (by_wall - by_boot).abs() >= STEP {
            self.since = now.boot;
            self.was_set = true;
        }
        let wait = if self.was_set || self.is_far(now) { DAY } else { STEADY };
        if now.boot.saturating_sub(self.since) < wait {
            return false;
        }
        self.since = now.boot;
        self.was_set = false;
        true
    }

    /// Whether the clock shows a time far from where the log ended, by how much time has really passed.
    pub fn is_far(&self, now: &Moment) -> bool {
        self.expected.is_some_and(|(last, then)| {
            let lived = signed(now.boot.saturating_sub(then));
            (now.wall.duration_since(last) - lived).abs() > FAR
        })
    }
}

fn signed(span: Duration) -> SignedDuration {
    SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3600;

    /// So many seconds after the boot, with the wall clock off by so many days.
    fn at(seconds: u64, days_off: i64) -> Moment {
        let wall: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let off = SignedDuration::from_hours(24 * days_off);
        let boot = Duration::from_secs(seconds);
        Moment { wall: wall + signed(boot) + off, boot, boot_id: "this".into() }
    }

    fn begun(days_off: i64) -> Retention {
        Retention::new(Some(at(0, 0).wall), &at(10, days_off))
    }

    fn days_erased(retention: &mut Retention, hours: std::ops::Range<u64>, days_off: i64) -> usize {
        hours.filter(|hour| retention.is_due(&at(hour * HOUR, days_off))).count()
    }

    #[test]
    fn c24_a_day_goes_at_a_time_and_not_at_once() {
        let mut retention = begun(0);
        assert!(!retention.is_due(&at(20, 0)));
        assert!(retention.is_due(&at(HOUR, 0)));
        assert!(!retention.is_due(&at(HOUR + 1, 0)));
        assert!(retention.is_due(&at(2 * HOUR, 0)));
    }

    #[test]
    fn c24_a_start_with_a_wrong_clock_erases_a_day_for_each_day_lived_through() {
        for wrong in [732, -732, 8] {
            assert_eq!(days_erased(&mut begun(wrong), 1..24, wrong), 0, "{wrong}");
            assert_eq!(days_erased(&mut begun(wrong), 1..73, wrong), 2, "{wrong}");
        }
    }

    #[test]
    fn c24_a_clock_that_was_set_is_believed_after_a_day_and_one_set_back_at_once_too() {
        let mut retention = begun(0);
        assert!(!retention.is_due(&at(20, 732)));
        assert!(!retention.is_due(&at(30, 0)));
        assert_eq!(days_erased(&mut retention, 1..24, 0), 0);
        assert!(retention.is_due(&at(25 * HOUR, 0)));
        assert!(retention.is_due(&at(26 * HOUR, 0)), "after that day all is as ever");
    }

    #[test]
    fn c24_a_weekend_is_not_far_and_an_empty_log_has_nothing_to_compare() {
        assert!(!begun(3).is_far(&at(20, 3)) && begun(8).is_far(&at(20, 8)));
        assert!(!Retention::new(None, &at(0, 4000)).is_far(&at(0, 4000)));
    }
}
