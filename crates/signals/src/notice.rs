//! What the system says of the session and of sleep, and who in this program listens to it (Windows, macOS).

use std::sync::{Mutex, MutexGuard, PoisonError, mpsc as blocking};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

/// How long sleep is held back at most. Windows itself waits two seconds.
pub(crate) const PATIENCE: Duration = Duration::from_millis(1_500);

/// What the system says.
#[derive(Debug)]
pub(crate) enum Notice {
    /// The screen was locked, or unlocked.
    Locked(bool),
    /// The session is in front of the person, or no longer: another user's is, or the remote connection is cut.
    Shown(bool),
    /// Something about the session may have changed that is not told: it must be asked for.
    Look,
    /// The machine is about to sleep, and waits until this is dropped.
    Sleeping(Held),
    /// It is awake.
    Awake,
}

/// Holds back sleep while it lives.
pub(crate) type Held = blocking::Sender<()>;

/// Those in this program who listen to the system.
pub(crate) struct Listeners(Mutex<Vec<UnboundedSender<Notice>>>);

impl Listeners {
    pub(crate) const fn none() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    pub(crate) fn add(&self, listener: UnboundedSender<Notice>) {
        self.list().push(listener);
    }

    pub(crate) fn tell(&self, notice: impl Fn() -> Notice) {
        self.list().retain(|listener| listener.send(notice()).is_ok());
    }

    /// Tells that the machine is about to sleep, and returns when that is noted down, or nobody listens, or time is up.
    pub(crate) fn hold_back_sleep(&self) {
        let (held, released) = blocking::channel();
        self.tell(|| Notice::Sleeping(held.clone()));
        drop(held);
        // It ends with an error in any case: nothing is ever sent.
        let _ = released.recv_timeout(PATIENCE);
    }

    fn list(&self) -> MutexGuard<'_, Vec<UnboundedSender<Notice>>> {
        // A panic leaves nothing half done in it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
