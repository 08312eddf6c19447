//! The alarm and the watch over the wall clock where timers stand still while the machine sleeps: both look anew when
//! the system says that it woke or that somebody set its clock.

use std::io;
use std::time::Duration;

use tokio::sync::watch;

use crate::os::clock::{boot, changes};

/// A deadline on the clock of [`Moment::boot`](presence::Moment::boot) that can be set anew at any time. It is over
/// at once on waking if its moment has passed; it does not wake the machine.
#[derive(Debug)]
pub struct Alarm {
    deadline: Option<Duration>,
    changes: watch::Receiver<()>,
}

impl Alarm {
    /// An alarm that is not set. Fails if the system's notices cannot be listened to.
    pub fn new() -> io::Result<Self> {
        Ok(Self { deadline: None, changes: changes()? })
    }

    /// Sets the deadline, as a boot time; a past one fires at once, `None` never.
    pub fn set(&mut self, deadline: Option<Duration>) {
        self.deadline = deadline;
    }

    /// Waits for the deadline, for ever if there is none; says it once. May be dropped and called anew.
    pub async fn fired(&mut self) {
        let Some(deadline) = self.deadline else { return std::future::pending().await };
        loop {
            let left = deadline.saturating_sub(boot());
            if left.is_zero() {
                self.deadline = None;
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                Ok(()) = self.changes.changed() => {}
            }
        }
    }
}

/// Tells when somebody or something sets the wall clock, and when the machine wakes.
#[derive(Debug)]
pub struct ClockChanges(watch::Receiver<()>);

impl ClockChanges {
    /// Starts watching. Fails if the system's notices cannot be listened to.
    pub fn new() -> io::Result<Self> {
        changes().map(Self)
    }

    /// Waits for the next step of the wall clock. May be dropped and called anew.
    pub async fn stepped(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
