//! Readers: connections of their own into the log, beside the writer's. Whoever only wants to know something waits for
//! nobody who writes.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use engine::LogError;
use log_sqlite::Sqlite;
use tokio::sync::Semaphore;

/// So many read at once.
const READERS: usize = 4;

/// The connections.
#[derive(Debug, Clone)]
pub struct Readers {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    idle: Mutex<Vec<Sqlite>>,
    turns: Semaphore,
}

impl Readers {
    /// Into the log of this path. None is opened before it is needed.
    pub fn new(path: PathBuf) -> Self {
        let shared = Shared { path, idle: Mutex::default(), turns: Semaphore::new(READERS) };
        Self { shared: Arc::new(shared) }
    }

    /// Reads something, on a thread that may wait for a disk.
    ///
    /// # Errors
    ///
    /// If the log can't be read: it may have been removed just now, and the writer has it still.
    pub async fn read<R: Send + 'static>(
        &self,
        question: impl FnOnce(&Sqlite) -> Result<R, LogError> + Send + 'static,
    ) -> Result<R, LogError> {
        let _turn = self.shared.turns.acquire().await;
        let shared = Arc::clone(&self.shared);
        let path = self.shared.path.display().to_string();
        let read = tokio::task::spawn_blocking(move || {
            let idle = shared.take_idle();
            let reader = idle.map_or_else(|| Sqlite::reader(&shared.path), Ok)?;
            let answer = question(&reader)?;
            shared.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
            Ok(answer)
        });
        read.await.unwrap_or_else(|error| Err(LogError::Other { place: path, cause: error.to_string() }))
    }
}

impl Shared {
    /// One that is open, and in the file that lies at the path: another may have taken its place.
    fn take_idle(&self) -> Option<Sqlite> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find(Sqlite::is_in_place)
    }
}
