//! Nothing is tried for a while.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::{Connecting, Entered, Event, Link, State, Timing};
use crate::tokens::Soon;

pub(super) struct Waiting {
    until: Instant,
    why: Why,
    /// How many attempts failed since the last good connection.
    failures: u32,
}

/// Why nothing is tried.
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

impl Waiting {
    pub(super) fn enter(link: &Link, why: Why, failures: u32, announced: Event) -> Entered {
        let random = f64::from(getrandom::u32().unwrap_or(u32::MAX / 2)) / f64::from(u32::MAX);
        let until = Instant::now() + why.wait(failures, link.setup.timing, random);
        (State::Waiting(Self { until, why, failures }), Some(announced))
    }

    pub(super) async fn stay(mut self, link: &mut Link) -> Entered {
        loop {
            let changed = async {
                match &mut self.why {
                    Why::NoToken { changed: Some(changed), .. } => changed.await,
                    _ => std::future::pending().await,
                }
            };
            tokio::select! {
                () = sleep_until(self.until) => {
                    return Connecting::enter(link, self.failures, self.why.into_changed(), None);
                }
                () = changed => self.look_soon(),
                command = link.commands.recv() => if let Some(order) = link.take(command) {
                    return order.obey(link, self.why.into_changed());
                },
            }
        }
    }

    /// Something changed where the token should be.
    fn look_soon(&mut self) {
        if let Why::NoToken { changed, settled } = &mut self.why {
            *changed = None;
            self.until = self.until.min(*settled);
        }
    }
}

impl Why {
    /// Any time up to one that grows with each failure: those who were cut off together don't come back together. If the
    /// service said how long, that time comes before it. A token is waited for on this machine alone, and for the whole
    /// of that time.
    fn wait(&self, failures: u32, timing: Timing, random: f64) -> Duration {
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

    fn into_changed(self) -> Option<Soon<()>> {
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
