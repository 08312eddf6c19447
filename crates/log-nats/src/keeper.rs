//! The keeper: each question over a connection that works, within its time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::try_join_all;
use log::{Base, Cut, Entry, Key, Last, Log, LogError, Outcome, Position, Stored, Subject};
use tokio::time::Instant;

use crate::known::Memory;
use crate::line::Line;
use crate::options::Options;
use crate::shelf::Shelf;
use crate::{read, remove, write};

/// A log on NATS JetStream.
///
/// Its calls wait for the server, so they panic where an asynchronous runtime would have to wait with them.
pub struct Nats {
    options: Options,
    open: Mutex<Option<Arc<Open>>>,
}

/// A connection, and what was learned over it: who loses it knows nothing for sure.
struct Open {
    line: Line,
    shelf: Shelf,
    memory: Mutex<Memory>,
}

/// So many messages are removed in one step.
const STEP: usize = 500;

impl Nats {
    /// Opens a log, or begins one where there is none.
    ///
    /// # Errors
    ///
    /// If no server answers in time, or if what is there can't hold a log.
    pub fn open(options: Options) -> Result<Self, LogError> {
        let open = Open::new(&options, Instant::now() + options.limit, false)?;
        Ok(Self { options, open: Mutex::new(Some(Arc::new(open))) })
    }

    /// Asks, over a new connection if the last one is lost.
    fn ask<T>(&self, question: impl AsyncFnOnce(&Shelf) -> Result<T, LogError>) -> Result<T, LogError> {
        let deadline = Instant::now() + self.options.limit;
        let open = self.connected(deadline)?;
        let answer = open.line.wait(deadline, self.options.limit, question(&open.shelf));
        self.dropped_if_silent(&open, answer)
    }

    /// Asks what takes knowing subjects.
    fn ask_knowing<T>(
        &self,
        question: impl AsyncFnOnce(&Shelf, &mut Memory) -> Result<T, LogError>,
    ) -> Result<T, LogError> {
        let deadline = Instant::now() + self.options.limit;
        let open = self.connected(deadline)?;
        let answer = open.line.wait(deadline, self.options.limit, question(&open.shelf, &mut lock(&open.memory)));
        self.dropped_if_silent(&open, answer)
    }

    /// Drops a connection that gave no answer, with all that waits in it.
    fn dropped_if_silent<T>(&self, used: &Arc<Open>, answer: Result<T, LogError>) -> Result<T, LogError> {
        if matches!(answer, Err(LogError::Unreachable { .. })) {
            lock(&self.open).take_if(|open| Arc::ptr_eq(open, used));
        }
        answer
    }

    fn connected(&self, deadline: Instant) -> Result<Arc<Open>, LogError> {
        let mut open = lock(&self.open);
        if open.as_ref().is_none_or(|open| open.line.is_lost()) {
            *open = None;
            *open = Some(Arc::new(Open::new(&self.options, deadline, true)?));
        }
        open.clone().ok_or_else(|| LogError::Missing(self.options.stream.clone()))
    }

    /// Removes messages of entries, the last one after all others.
    fn erase(&self, messages: &[u64]) -> Result<(), LogError> {
        let Some((last, others)) = messages.split_last() else { return Ok(()) };
        for step in others.chunks(STEP).chain([std::slice::from_ref(last)]) {
            self.ask(async |shelf| {
                try_join_all(step.iter().map(|message| shelf.erase(&shelf.entries, *message))).await
            })?;
        }
        Ok(())
    }
}

impl Open {
    fn new(options: &Options, deadline: Instant, must: bool) -> Result<Self, LogError> {
        let line = Line::connect(options, deadline)?;
        let shelf = line.wait(deadline, options.limit, Shelf::open(&line, options, must))?;
        Ok(Self { line, shelf, memory: Mutex::default() })
    }
}

impl Log for Nats {
    fn append(&mut self, entries: &[Entry]) -> Result<Vec<Outcome>, LogError> {
        if let Some(entry) = entries.iter().find(|entry| !entry.is_whole()) {
            return Err(LogError::NotWhole(entry.subject.to_string()));
        }
        self.ask_knowing(async |shelf, memory| write::append(shelf, memory, entries).await)
    }

    fn read(&self, subject: &Subject, after: u64, most: usize) -> Result<Vec<Stored>, LogError> {
        self.ask(async |shelf| read::subject(shelf, subject, after, most).await)
    }

    fn follow(&self, after: Position, most: usize) -> Result<Vec<Stored>, LogError> {
        self.ask(async |shelf| read::all(shelf, after, most).await)
    }

    fn last(&self, subject: &Subject) -> Result<Option<Last>, LogError> {
        self.ask(async |shelf| read::last(shelf, subject).await)
    }

    fn find(&self, subject: &Subject, key: &Key) -> Result<Option<Outcome>, LogError> {
        self.ask_knowing(async |shelf, memory| Ok(write::renewed(shelf, memory, subject).await?.find(key)))
    }

    fn base(&self, subject: &Subject) -> Result<Option<Base>, LogError> {
        self.ask(async |shelf| remove::base(shelf, subject).await)
    }

    fn cut(&mut self, subject: &Subject, cut: &Cut) -> Result<usize, LogError> {
        let goes = self.ask(async |shelf| remove::prepare_cut(shelf, subject, cut).await)?;
        self.erase(&goes)?;
        Ok(goes.len())
    }

    fn remove(&mut self, subject: &Subject) -> Result<(), LogError> {
        let goes = self.ask(async |shelf| remove::prepare_removal(shelf, subject).await)?;
        self.erase(&goes)
    }
}

/// What a thread left that panicked is as good as before: it is only remembered, and the server has the last word.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
