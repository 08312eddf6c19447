//! Idle by a screen saver that can be asked for it. Some count milliseconds and some seconds, and some answer always
//! the same: which it is shows by how the answers grow.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use zbus::Connection;
use zbus::names::OwnedUniqueName;

use super::bus;
use super::bus::Shared;
use crate::outlet::Ended;
use crate::polled::Asked;

const SAVER: &str = "org.freedesktop.ScreenSaver";
const PLACES: [&str; 3] = ["/org/freedesktop/ScreenSaver", "/ScreenSaver", "/"];
const METHOD: &str = "GetSessionIdleTime";
/// Long enough for a whole second to pass between two answers.
const BETWEEN: Duration = Duration::from_millis(1_200);
/// What an answer may be early or late.
const SLACK: Duration = Duration::from_secs(2);

pub(super) struct Saver {
    conn: Connection,
    owner: OwnedUniqueName,
    place: &'static str,
    unit: Duration,
    /// The last answer, and when it came.
    last: Mutex<(Duration, Instant)>,
}

impl Saver {
    /// Finds a saver that counts, and asks it.
    pub(super) async fn open(bus: &Shared) -> Result<Self, Ended> {
        let conn = bus.get().await.map_err(Ended::Lost)?;
        let owner = bus::owner(&conn, SAVER).await?;
        let owner = owner.ok_or_else(|| Ended::Lost("no program on the session bus has this name".to_owned()))?;
        let mut why = String::new();
        for place in PLACES {
            match read(&conn, &owner, place).await {
                Ok(_) => return Self::learn(conn, owner, place).await.map_err(Ended::Lost),
                Err(error) => why = error,
            }
        }
        Err(Ended::Lost(why))
    }

    /// Learns what it counts in.
    async fn learn(conn: Connection, owner: OwnedUniqueName, place: &'static str) -> Result<Self, String> {
        let mut answers = [0; 3];
        let began = Instant::now();
        for (index, answer) in (0..).zip(&mut answers) {
            sleep_until(began + BETWEEN * index).await;
            *answer = read(&conn, &owner, place).await?;
        }
        let unit = unit(answers).ok_or("its answers do not grow while nobody gives input")?;
        let last = Mutex::new((unit * answers[2], Instant::now()));
        Ok(Self { conn, owner, place, unit, last })
    }
}

impl Asked for Saver {
    const NAME: &str = SAVER;
    const WHY: &str = "asked near each deadline, as it tells of the lock only";

    async fn idle(&self) -> Result<Duration, String> {
        let idle = self.unit * read(&self.conn, &self.owner, self.place).await?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, when) = *last;
        if idle > before + when.elapsed() + SLACK {
            return Err("its answers grow faster than time".to_owned());
        }
        *last = (idle, Instant::now());
        Ok(idle)
    }
}

async fn read(conn: &Connection, owner: &OwnedUniqueName, place: &str) -> Result<u32, String> {
    let reply = conn.call_method(Some(owner), place, Some(SAVER), METHOD, &()).await;
    let reply = reply.map_err(|error| format!("it cannot say: {error}"))?;
    reply.body().deserialize().map_err(|error| format!("its answer makes no sense: {error}"))
}

/// What answers at even distances are counted in; `None` if they do not count.
fn unit(answers: [u32; 3]) -> Option<Duration> {
    let [first, second, third] = answers;
    let steps = [second.checked_sub(first)?, third.checked_sub(second)?];
    if steps.into_iter().all(|step| u128::from(step).abs_diff(BETWEEN.as_millis()) < 500) {
        Some(Duration::from_millis(1))
    } else if steps.into_iter().all(|step| (1..=2).contains(&step)) {
        Some(Duration::from_secs(1))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_shows_by_how_the_answers_grow() {
        let (milliseconds, seconds) = (Some(Duration::from_millis(1)), Some(Duration::from_secs(1)));
        for (answers, expected) in [
            ([40_000, 41_203, 42_410], milliseconds),
            ([0, 1_190, 2_420], milliseconds),
            ([40, 41, 42], seconds),
            ([40, 41, 43], seconds),
            ([0, 0, 0], None),
            ([300, 300, 300], None),
            ([12, 85, 3], None),
            ([5_000, 6_200, 90], None),
            ([12, 700, 90], None),
        ] {
            assert_eq!(unit(answers), expected, "{answers:?}");
        }
    }
}
