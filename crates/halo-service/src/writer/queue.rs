//! The queue: how requests reach the writer.

use std::sync::mpsc::Sender;

use engine::Moment;
use presence::Timestamp;
use tokio::sync::oneshot;

use super::Writer;
use crate::readers::Readers;

/// Something for the writer to do.
pub(super) enum Job {
    /// It may be done again from the start, and together with others: what it writes is kept in one with what they write,
    /// and nobody hears of it before.
    Together(Box<dyn Repeated + Send>),
    /// It is done on its own, once.
    Alone(Once),
}

type Once = Box<dyn FnOnce(&mut Writer, &Moment) + Send>;

/// A job that may be done again, and its answer, which is given once what it wrote is kept.
pub(super) trait Repeated {
    fn run(&mut self, writer: &mut Writer, now: &Moment);
    fn answer(self: Box<Self>);
}

struct Asked<R, F> {
    job: F,
    came_to: Option<R>,
    answer: oneshot::Sender<R>,
}

impl<R, F: FnMut(&mut Writer, &Moment) -> R> Repeated for Asked<R, F> {
    fn run(&mut self, writer: &mut Writer, now: &Moment) {
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
#[derive(Debug, Clone)]
pub struct Handle {
    /// Into the log beside the writer. Closed before the writer is, which tidies up once it is the last one in there.
    pub readers: Readers,
    pub(super) jobs: Sender<Job>,
    /// The time by which tokens end, in milliseconds since 1970.
    pub(super) token_time: std::sync::Arc<std::sync::atomic::AtomicI64>,
}

/// The writer's thread has ended: the program is about to.
#[derive(Debug, thiserror::Error)]
#[error("the service is shutting down")]
pub struct Closed;

impl Handle {
    /// Has the writer do something on its own, and gives what came of it.
    pub async fn ask<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Writer, &Moment) -> R + Send + 'static,
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
        job: impl FnMut(&mut Writer, &Moment) -> R + Send + 'static,
    ) -> Result<R, Closed> {
        let (answer, answered) = oneshot::channel();
        let job = Job::Together(Box::new(Asked { job, came_to: None, answer }));
        self.jobs.send(job).map_err(|_| Closed)?;
        answered.await.map_err(|_| Closed)
    }

    /// The time by which tokens end: the wall clock, unless that was set ahead just now.
    pub fn token_time(&self) -> Timestamp {
        let milliseconds = self.token_time.load(std::sync::atomic::Ordering::Relaxed);
        Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}
