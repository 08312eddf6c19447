//! Allowances: how much of the writer's time one person's requests may take, so that others wait for nobody.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use engine::PersonId;

/// So much of each second is one person's.
const SHARE: f64 = 0.25;

/// What was not used is kept, up to so many seconds of the writer's time.
const MOST: f64 = 2.0;

/// One job costs at most so many: a disk that hangs is nobody's fault.
const MOST_OF_A_JOB: f64 = 0.25;

/// With more people than this, those who used nothing of late are forgotten.
const REMEMBERED: usize = 1000;

/// What each person has left.
#[derive(Debug, Default)]
pub struct Allowances {
    by_person: Mutex<HashMap<PersonId, Allowance>>,
}

#[derive(Debug)]
struct Allowance {
    /// Seconds of the writer's time; below nought while too much was taken.
    left: f64,
    at: Instant,
    turn: Turn,
}

/// Held while a job of the person's waits for the writer or is done: one at a time, for what all of them take is known
/// only afterwards.
pub type Turn = Arc<tokio::sync::Mutex<()>>;

impl Allowance {
    fn full(now: Instant) -> Self {
        Self { left: MOST, at: now, turn: Turn::default() }
    }

    fn left_at(&self, now: Instant) -> f64 {
        let earned = now.duration_since(self.at).as_secs_f64() * SHARE;
        (self.left + earned).min(MOST)
    }

    fn is_of_use(&self, now: Instant) -> bool {
        self.left_at(now) < MOST || Arc::strong_count(&self.turn) > 1
    }
}

impl Allowances {
    /// How long a person has to wait before the next job.
    pub fn wait(&self, person: PersonId, now: Instant) -> Duration {
        let left = self.all().get(&person).map_or(MOST, |allowance| allowance.left_at(now));
        if left > 0.0 { Duration::ZERO } else { Duration::from_secs_f64((0.001 - left) / SHARE) }
    }

    /// The person's turn, to be held for each job.
    pub fn turn(&self, person: PersonId, now: Instant) -> Turn {
        let mut all = self.all();
        if all.len() >= REMEMBERED {
            all.retain(|_, allowance| allowance.is_of_use(now));
        }
        Arc::clone(&all.entry(person).or_insert_with(|| Allowance::full(now)).turn)
    }

    /// A job of a person's took so long.
    pub fn spend(&self, person: PersonId, took: Duration, now: Instant) {
        let mut all = self.all();
        let allowance = all.entry(person).or_insert_with(|| Allowance::full(now));
        allowance.left = allowance.left_at(now) - took.as_secs_f64().min(MOST_OF_A_JOB);
        allowance.at = now;
    }

    fn all(&self) -> MutexGuard<'_, HashMap<PersonId, Allowance>> {
        self.by_person.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may stop at once")]
mod tests {
    use super::*;

    const ADA: PersonId = PersonId::LOCAL;

    #[test]
    fn whoever_takes_more_than_their_share_waits_and_has_it_back_later() {
        let allowances = Allowances::default();
        let now = Instant::now();
        assert_eq!(allowances.wait(ADA, now), Duration::ZERO);
        for _ in 0..20 {
            allowances.spend(ADA, Duration::from_millis(200), now);
        }
        // Twice of what there is: the second half is earned in eight seconds.
        let wait = allowances.wait(ADA, now);
        assert!((Duration::from_secs(8)..Duration::from_millis(8100)).contains(&wait), "{wait:?}");
        assert_eq!(allowances.wait(ADA, now + Duration::from_millis(8100)), Duration::ZERO);
    }

    #[test]
    fn a_disk_that_hangs_is_nobodys_fault() {
        let allowances = Allowances::default();
        let now = Instant::now();
        allowances.spend(ADA, Duration::from_secs(3600), now);
        assert_eq!(allowances.wait(ADA, now), Duration::ZERO);
    }
}
