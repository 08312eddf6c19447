//! The queue: how requests reach the writer.

use std::sync::mpsc::Sender;

use engine::Moment;
use presence::Timestamp;
use tokio::sync::oneshot;

use crate::clock;
use crate::readers::Readers;

/// Something for the writer to do.
pub(super) enum Job<W> {
    /// It may be done again from the start, and together with others: what it writes is kept in one with what they write,
    /// and nobody hears of it before.
    Together(Box<dyn Repeated<W> + Send>),
    /// It is done on its own, once.
    Alone(Once<W>),
}

type Once<W> = Box<dyn FnOnce(&mut W, &Moment) + Send>;

/// A job that may be done again, and its answer, which is given once what it wrote is kept.
pub(super) trait Repeated<W> {
    fn run(&mut self, writer: &mut W, now: &Moment);
    fn answer(self: Box<Self>);
}

struct Asked<R, F> {
    job: F,
    came_to: Option<R>,
    answer: oneshot::Sender<R>,
}

impl<W, R, F: FnMut(&mut W, &Moment) -> R> Repeated<W> for Asked<R, F> {
    fn run(&mut self, writer: &mut W, now: &Moment) {
        self.came_to = Some((self.job)(writer, now));
    }

    fn answer(self: Box<Self>) {
        if let Some(came_to) = self.came_to {
            // Whoever hung up meanwhile needs no answer.
            let _ = self.answer.send(came_to);
        }
    }
}

/// Hands jobs to the writer.
pub struct Handle<W> {
    /// Into the log beside the writer. Closed before the writer is, which tidies up once it is the last one in there.
    pub readers: Readers,
    pub(super) jobs: Sender<Job<W>>,
    /// By how many milliseconds the time by which tokens end, since 1970, is ahead of that since boot.
    pub(super) token_time: std::sync::Arc<std::sync::atomic::AtomicI64>,
}

/// The writer's thread has ended: the program is about to.
#[derive(Debug, thiserror::Error)]
#[error("the service is shutting down")]
pub struct Closed;

impl<W> std::fmt::Debug for Handle<W> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Handle").finish_non_exhaustive()
    }
}

impl<W> Clone for Handle<W> {
    fn clone(&self) -> Self {
        let Self { readers, jobs, token_time } = self;
        Self { readers: readers.clone(), jobs: jobs.clone(), token_time: token_time.clone() }
    }
}

impl<W: 'static> Handle<W> {
    /// Has the writer do something on its own, and gives what came of it.
    pub async fn ask<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut W, &Moment) -> R + Send + 'static,
    ) -> Result<R, Closed> {
        let (answer, answered) = oneshot::channel();
        let job = Job::Alone(Box::new(move |writer, now| {
            // Whoever hung up meanwhile needs no answer.
            let _ = answer.send(job(writer, now));
        }));
        self.jobs.send(job).map_err(|_| Closed)?;
        answered.await.map_err(|_| Closed)
    }

    /// Has the writer do something together with what others ask for, and gives what came of it once that is kept. It may
    /// be done twice: if what was asked for together can't be kept, each is tried on its own.
    pub async fn ask_together<R: Send + 'static>(
        &self,
        job: impl FnMut(&mut W, &Moment) -> R + Send + 'static,
    ) -> Result<R, Closed> {
        let (answer, answered) = oneshot::channel();
        let job = Job::Together(Box::new(Asked { job, came_to: None, answer }));
        self.jobs.send(job).map_err(|_| Closed)?;
        answered.await.map_err(|_| Closed)
    }

    /// The time by which tokens end: the wall clock, unless that was set ahead just now.
    pub fn token_time(&self) -> Timestamp {
        let ahead = self.token_time.load(std::sync::atomic::Ordering::Relaxed);
        let boot = i64::try_from(clock::boot().as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millisecond(ahead.saturating_add(boot)).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}
