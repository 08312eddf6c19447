//! The alarm and the watch over the wall clock where timers stand still while the machine sleeps: both look anew when
//! the system says that it woke or that somebody set its clock.

use std::io;
use std::time::Duration;

use tokio::sync::watch;

use crate::os::clock::{boot, changes};

/// A deadline on the clock of [`Moment::boot`](crate::clock::Moment::boot) that can be set anew at any time. It is over
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

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(60);
    const LONG: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn an_alarm_fires_at_its_moment_once() {
        let mut alarm = Alarm::new().unwrap();
        let deadline = boot() + SOON;
        alarm.set(Some(deadline));
        timeout(SOON / 3, alarm.fired()).await.unwrap_err();
        timeout(LONG, alarm.fired()).await.unwrap();
        assert!(boot() >= deadline);
        timeout(SOON, alarm.fired()).await.unwrap_err();
    }

    #[tokio::test]
    async fn a_past_moment_fires_at_once_and_none_never() {
        let mut alarm = Alarm::new().unwrap();
        timeout(SOON, alarm.fired()).await.unwrap_err();
        alarm.set(Some(Duration::ZERO));
        timeout(LONG, alarm.fired()).await.unwrap();
        alarm.set(Some(boot() + SOON / 2));
        alarm.set(None);
        timeout(SOON, alarm.fired()).await.unwrap_err();
    }
}
