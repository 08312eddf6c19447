//! How long a link waits for what, and how long before another attempt.

use std::time::Duration;

use tokio::time::Instant;

use crate::tokens::Soon;

/// How long the link waits for what.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// The longest first wait before another attempt; each further one may be twice as long.
    pub first_wait: Duration,
    /// The longest wait before another attempt.
    pub longest_wait: Duration,
    /// The longest wait before another attempt if the service itself said how long to wait.
    pub longest_told_wait: Duration,
    /// The longest wait before the place with the token is asked again though nobody told of a change there.
    pub longest_wait_for_token: Duration,
    /// How soon after an attempt another one may follow because the place with the token changed.
    pub token_settles_within: Duration,
    /// A connection that lasted for so long was a good one: the next wait is a first one again.
    pub steady_after: Duration,
    /// For how long a write, or the hello, may stay without an answer.
    pub answer_within: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(10),
            longest_told_wait: Duration::from_secs(5 * 60),
            longest_wait_for_token: Duration::from_secs(60),
            token_settles_within: Duration::from_secs(1),
            steady_after: Duration::from_secs(30),
            answer_within: Duration::from_secs(10),
        }
    }
}

/// Why no attempt is made for a while.
pub(super) enum Why {
    /// The service is out of reach, or the connection broke.
    OutOfReach,
    /// The service said for how long.
    Told(Duration),
    /// There is no token for an attempt.
    NoToken {
        /// Tells of a change where it should be.
        changed: Option<Soon<()>>,
        /// How soon it may be asked for again. A change comes as many small ones, and what asks may itself be one of
        /// them.
        settled: Instant,
    },
}

impl Why {
    /// Any time up to one that grows with each failure: those who were cut off together don't come back together. If the
    /// service said how long, that time comes before it. A token is waited for on this machine alone, and for the whole
    /// of that time.
    pub(super) fn wait(&self, failures: u32, timing: Timing, random: f64) -> Duration {
        let growing = timing.first_wait.saturating_mul(1 << failures.saturating_sub(1).min(16));
        let out_of_reach = growing.min(timing.longest_wait);
        match self {
            Self::NoToken { .. } => growing.min(timing.longest_wait_for_token),
            Self::OutOfReach => out_of_reach.mul_f64(random),
            Self::Told(told) => {
                // Of the longest wait, too, a part is left to chance.
                let told = (*told).min(timing.longest_told_wait * 4 / 5);
                let spread = out_of_reach.max(told / 4).min(timing.longest_told_wait.saturating_sub(told));
                told + spread.mul_f64(random)
            }
        }
    }

    pub(super) fn into_changed(self) -> Option<Soon<()>> {
        match self {
            Self::NoToken { changed, .. } => changed,
            Self::OutOfReach | Self::Told(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(why: &Why, failures: u32, random: f64) -> u128 {
        why.wait(failures, Timing::default(), random).as_millis()
    }

    #[test]
    fn waits_grow_with_each_failure_and_are_left_to_chance() {
        let longest = [0, 1, 2, 3, 6, 7, 99].map(|failures| wait(&Why::OutOfReach, failures, 1.0));
        assert_eq!(longest, [200, 200, 400, 800, 6400, 10_000, 10_000]);
        assert_eq!(wait(&Why::OutOfReach, 99, 0.5), 5000);
        assert_eq!(wait(&Why::OutOfReach, 99, 0.0), 0);
    }

    #[test]
    fn a_service_that_says_how_long_is_given_that_and_a_random_part_of_more() {
        let waits = |told, random| wait(&Why::Told(Duration::from_secs(told)), 1, random);
        assert_eq!([waits(40, 0.0), waits(40, 0.5), waits(40, 1.0)], [40_000, 45_000, 50_000]);
        assert_eq!([waits(0, 0.0), waits(0, 1.0)], [0, 200], "which is no less than without a word");
        assert_eq!([waits(3600, 0.0), waits(3600, 1.0)], [240_000, 300_000], "but no more than five minutes in all");
        assert_eq!(waits(u64::MAX, 1.0), 300_000);
    }

    #[test]
    fn d08_a_token_is_waited_for_without_chance() {
        let why = Why::NoToken { changed: None, settled: Instant::now() };
        assert_eq!([1, 2, 99].map(|failures| wait(&why, failures, 0.3)), [200, 400, 60_000]);
    }
}
