//! What all requests share, and how they reach the writer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{Hashed, Moment, PersonId};
use jiff::SignedDuration;
use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::fault::Fault;
use crate::allowances::Allowances;
use crate::callers::Callers;
use crate::guard::Guard;
use crate::metrics::Metrics;
use crate::writer::{Handle, Writer};

/// So many hellos wait for the writer at once; whoever comes then waits in front of it.
const HELLOS: usize = 64;

/// So many passwords are hashed at once: each takes a core and 19 MiB.
const HASHING: usize = 2;

/// Requests wait for so long at most before they are refused.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Held while a job of a person's waits for the writer or is done: one at a time.
pub type Turn = OwnedMutexGuard<()>;

/// What was found when it was last asked whether the log can be written.
#[derive(Debug)]
pub struct Readiness {
    pub found: Instant,
    pub ready: bool,
}

/// What all requests share.
#[derive(Debug, Clone)]
pub struct App {
    pub(super) writer: Handle,
    pub(super) guard: Arc<Guard>,
    pub(super) allowances: Arc<Allowances>,
    pub(super) callers: Arc<Callers>,
    pub(super) readiness: Arc<Mutex<Option<Readiness>>>,
    pub(super) metrics: Metrics,
    pub(super) hashing: Arc<Semaphore>,
    pub(super) hellos: Arc<Semaphore>,
    /// What passwords of nobody are held against.
    pub(super) nobody: Hashed,
    pub(super) token_lifetime: SignedDuration,
    pub(super) ping_seconds: u32,
    pub(super) ending: watch::Receiver<bool>,
}

impl App {
    /// What requests share; `ending` turns true when the service ends.
    pub fn new(
        writer: Handle,
        metrics: Metrics,
        callers: Arc<Callers>,
        nobody: Hashed,
        token_lifetime: SignedDuration,
        ping_seconds: u32,
        ending: watch::Receiver<bool>,
    ) -> Self {
        let hashing = Arc::new(Semaphore::new(HASHING));
        let guard = Arc::new(Guard::default());
        let (allowances, readiness) = Default::default();
        Self {
            writer,
            guard,
            allowances,
            callers,
            readiness,
            metrics,
            hashing,
            hellos: Arc::new(Semaphore::new(HELLOS)),
            nobody,
            token_lifetime,
            ping_seconds,
            ending,
        }
    }

    /// Has the writer do something for a person on its own, once they have time of it left. Whoever would have to wait for
    /// too long is told how long.
    pub(super) async fn ask<R: Send + 'static>(
        &self,
        person: PersonId,
        job: impl FnOnce(&mut Writer, &Moment) -> R + Send + 'static,
    ) -> Result<R, Fault> {
        let turn = self.turn_soon(person).await?;
        let allowances = Arc::clone(&self.allowances);
        let timed = move |writer: &mut Writer, now: &Moment| {
            // Kept until the job is done, whether or not whoever asked still waits for it.
            let _turn = turn;
            let began = Instant::now();
            let done = job(writer, now);
            allowances.spend(person, began.elapsed(), Instant::now());
            done
        };
        Ok(self.writer.ask(timed).await?)
    }

    /// Has the writer do something in a person's turn together with what others ask for: it may be done twice, and is
    /// answered once what it writes is kept.
    pub(super) async fn ask_together<R: Send + 'static>(
        &self,
        person: PersonId,
        turn: Turn,
        mut job: impl FnMut(&mut Writer, &Moment) -> R + Send + 'static,
    ) -> Result<R, Fault> {
        let allowances = Arc::clone(&self.allowances);
        let timed = move |writer: &mut Writer, now: &Moment| {
            let _turn = &turn;
            let began = Instant::now();
            let done = job(writer, now);
            allowances.spend(person, began.elapsed(), Instant::now());
            done
        };
        Ok(self.writer.ask_together(timed).await?)
    }

    /// A person's turn, with time of the writer's left. Whoever would have to wait for too long is told how long.
    pub(super) async fn turn_soon(&self, person: PersonId) -> Result<Turn, Fault> {
        let turn = self.allowances.turn(person, Instant::now());
        let too_many = |wait: Duration| Fault::too_many(wait.as_secs().max(1));
        let turn = timeout(LONGEST_WAIT, turn.lock_owned()).await.map_err(|_| too_many(LONGEST_WAIT))?;
        let wait = self.allowances.wait(person, Instant::now());
        if wait > LONGEST_WAIT {
            return Err(too_many(wait));
        }
        self.wait_for(person).await;
        Ok(turn)
    }

    /// The same for a device that waits for its turn, however long.
    pub(super) async fn turn(&self, person: PersonId) -> Turn {
        let turn = self.allowances.turn(person, Instant::now()).lock_owned().await;
        self.wait_for(person).await;
        turn
    }

    /// Waits until a person has time of the writer's left.
    async fn wait_for(&self, person: PersonId) {
        let wait = self.allowances.wait(person, Instant::now());
        // A pause of nothing would be one until the clock's next tick.
        if !wait.is_zero() {
            sleep(wait).await;
        }
    }

    /// When to ask a device again whether it is there: not all of them at once.
    pub(super) fn ping_after(&self) -> Duration {
        let mut random = [0];
        // Without random numbers, all at once it is.
        let _ = getrandom::fill(&mut random);
        let jitter = 0.85 + 0.3 * f64::from(random[0]) / 255.0;
        Duration::from_secs(self.ping_seconds.into()).mul_f64(jitter)
    }

    /// Until the service ends.
    pub(super) async fn ending(&self) {
        let mut ending = self.ending.clone();
        // An error means that it has ended.
        let _ = ending.wait_for(|ending| *ending).await;
    }
}
