//! Windows' counter of milliseconds in 32 bits, in which it says when the last input was. It begins anew every 49.7 days.

use std::time::Duration;

/// The stamp of an input may be a little ahead of a clock that is read after it.
const AHEAD: u32 = 60_000;

/// The last input, followed through the counter's new beginnings.
#[derive(Debug, Default)]
pub(crate) struct LastInput {
    /// Its stamp, and its time by the counter of 64 bits.
    known: Option<(u32, Duration)>,
}

impl LastInput {
    /// The time since the last input, which bears this stamp; `now` is by the counter of 64 bits, of which the stamp has
    /// the low ones.
    pub(crate) fn idle(&mut self, stamp: u32, now: Duration) -> Duration {
        let at = match self.known {
            // As long as the stamp is the same, so is the input, however often the counter began anew since.
            Some((known, at)) if known == stamp => at,
            _ => now.saturating_sub(since(stamp, now)),
        };
        self.known = Some((stamp, at));
        now.saturating_sub(at)
    }
}

fn since(stamp: u32, now: Duration) -> Duration {
    let counter = now.as_millis() & u128::from(u32::MAX);
    let past = u32::try_from(counter).unwrap_or(0).wrapping_sub(stamp);
    if past > u32::MAX - AHEAD { Duration::ZERO } else { Duration::from_millis(past.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND: u64 = 1 << 32;

    fn millis(time: u64) -> Duration {
        Duration::from_millis(time)
    }

    fn idle(stamp: u32, now: u64) -> Duration {
        LastInput::default().idle(stamp, millis(now))
    }

    #[test]
    fn the_idle_time_is_the_time_since_the_stamp() {
        assert_eq!(idle(1_000, 301_000), millis(300_000));
        assert_eq!(idle(1_000, 1_000), Duration::ZERO);
    }

    #[test]
    fn d07_after_49_days_the_counter_begins_anew_and_the_idle_time_does_not() {
        assert_eq!(idle(u32::MAX - 999, ROUND + 4_000), millis(5_000));
        assert_eq!(idle(2_000, 3 * ROUND + 7_000), millis(5_000));
    }

    #[test]
    fn a_stamp_just_ahead_of_the_clock_is_input_now_and_not_49_days_ago() {
        assert_eq!(idle(1_016, 1_000), Duration::ZERO);
        assert_eq!(idle(3, ROUND - 5), Duration::ZERO);
    }

    #[test]
    fn d03_nobody_comes_back_because_the_counter_began_anew_while_they_were_away() {
        let mut last = LastInput::default();
        assert_eq!(last.idle(1_000, millis(2_000)), millis(1_000));
        for rounds in 1..4 {
            assert_eq!(last.idle(1_000, millis(rounds * ROUND + 1_500)), millis(rounds * ROUND + 500));
        }
        assert_eq!(last.idle(1_600, millis(3 * ROUND + 1_700)), millis(100));
    }
}
