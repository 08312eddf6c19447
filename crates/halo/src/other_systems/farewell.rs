//! Between the main thread, which hears that the session ends, and the program's life, which takes a moment to end.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

/// How long a log-off may be held up by a clean end. Windows ends whoever takes five seconds.
const PATIENCE: Duration = Duration::from_secs(4);

static ASKED: Notify = Notify::const_new();
static IS_OVER: Mutex<bool> = Mutex::new(false);
static OVER: Condvar = Condvar::new();

/// Asks the program's life to end.
pub fn ask() {
    ASKED.notify_one();
}

/// Waits until it is asked to end.
pub async fn asked() {
    ASKED.notified().await;
}

/// Says that it is over.
pub fn over() {
    *IS_OVER.lock().unwrap_or_else(PoisonError::into_inner) = true;
    OVER.notify_all();
}

/// Asks it to end, and waits until it is over: once the caller has returned, the process may be gone.
pub fn say() {
    ask();
    let is_over = IS_OVER.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = OVER.wait_timeout_while(is_over, PATIENCE, |is_over| !*is_over);
}
