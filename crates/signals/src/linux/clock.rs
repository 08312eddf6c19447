//! Both clocks by timerfd: nothing wakes up before the moment itself.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::io::Errno;
use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, clock_gettime, timerfd_create,
    timerfd_settime,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

pub(crate) fn boot() -> Duration {
    read_clock(ClockId::Boottime)
}

/// Time since boot that the machine was awake.
pub(super) fn awake() -> Duration {
    read_clock(ClockId::Monotonic)
}

fn read_clock(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

pub(crate) fn boot_id() -> Option<String> {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

/// A deadline on the clock of [`Moment::boot`](presence::Moment::boot) that can be set anew at any time. It goes
/// on through a suspend, and is over at once on waking if its moment has passed; it does not wake the machine.
#[derive(Debug)]
pub struct Alarm(AsyncFd<OwnedFd>);

impl Alarm {
    /// An alarm that is not set. Fails outside a tokio runtime with I/O, or without file descriptors to spare.
    pub fn new() -> io::Result<Self> {
        timer(TimerfdClockId::Boottime).map(Self)
    }

    /// Sets the deadline, as a boot time; a past one fires at once, `None` never.
    pub fn set(&mut self, deadline: Option<Duration>) {
        let value = match deadline {
            // Zero would mean "never" to the kernel.
            Some(at) => timespec(at.max(Duration::from_nanos(1))),
            None => timespec(Duration::ZERO),
        };
        if let Err(error) = arm(&self.0, TimerfdTimerFlags::ABSTIME, value) {
            tracing::error!(%error, "an alarm could not be set");
        }
    }

    /// Waits for the deadline, for ever if there is none; says it once. May be dropped and called anew.
    pub async fn fired(&mut self) {
        if let Err(error) = self.0.async_io(Interest::READABLE, read).await {
            tracing::error!(%error, "an alarm cannot be waited for");
            std::future::pending::<()>().await;
        }
    }
}

/// Tells when somebody or something sets the wall clock, and when the machine wakes from suspend.
#[derive(Debug)]
pub struct ClockChanges(AsyncFd<OwnedFd>);

impl ClockChanges {
    /// Starts watching. Fails outside a tokio runtime with I/O, or without file descriptors to spare.
    pub fn new() -> io::Result<Self> {
        let changes = Self(timer(TimerfdClockId::Realtime)?);
        changes.watch()?;
        Ok(changes)
    }

    /// Waits for the next step of the wall clock. Slewing, leap seconds and time zones are no steps. May be dropped
    /// and called anew.
    pub async fn stepped(&mut self) {
        let outcome = self.0.async_io(Interest::READABLE, read).await;
        match outcome {
            // The far end of the timer: no step, but what is to be done is the same.
            Ok(()) => {}
            Err(error) if Errno::from_io_error(&error) == Some(Errno::CANCELED) => {}
            Err(error) => {
                tracing::error!(%error, "the wall clock cannot be watched");
                std::future::pending::<()>().await;
            }
        }
        if let Err(error) = self.watch() {
            tracing::error!(%error, "the wall clock can no longer be watched");
        }
    }

    /// The timer itself is of no interest, only that the kernel cancels it when the clock is set.
    fn watch(&self) -> io::Result<()> {
        let never = Timespec { tv_sec: i64::from(i32::MAX) * 4, tv_nsec: 0 };
        arm(&self.0, TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET, never)
    }
}

#[expect(deprecated, reason = "an owned descriptor stays the same for its whole life; the new name for this is unsafe")]
fn timer(clock: TimerfdClockId) -> io::Result<AsyncFd<OwnedFd>> {
    let fd = timerfd_create(clock, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
    AsyncFd::with_interest(fd, Interest::READABLE)
}

fn arm(timer: &AsyncFd<OwnedFd>, flags: TimerfdTimerFlags, value: Timespec) -> io::Result<()> {
    timerfd_settime(timer, flags, &Itimerspec { it_interval: timespec(Duration::ZERO), it_value: value })?;
    Ok(())
}

fn read(fd: &OwnedFd) -> io::Result<()> {
    let mut expirations = [0; 8];
    rustix::io::read(fd, &mut expirations)?;
    Ok(())
}

fn timespec(duration: Duration) -> Timespec {
    let tv_sec = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    Timespec { tv_sec, tv_nsec: duration.subsec_nanos().into() }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(30);
    const LONG: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn a_dropped_wait_loses_nothing() {
        let mut alarm = Alarm::new().unwrap();
        alarm.set(Some(boot() + SOON));
        timeout(SOON / 3, alarm.fired()).await.unwrap_err();
        timeout(LONG, alarm.fired()).await.unwrap();
    }

    #[tokio::test]
    async fn a_steady_wall_clock_is_silent() {
        let mut changes = ClockChanges::new().unwrap();
        timeout(SOON, changes.stepped()).await.unwrap_err();
    }

    #[tokio::test]
    #[ignore = "sets the clock of the machine (to what it shows), which takes root"]
    async fn setting_the_wall_clock_is_heard_each_time() {
        let mut changes = ClockChanges::new().unwrap();
        for _ in 0..2 {
            timeout(SOON, changes.stepped()).await.unwrap_err();
            rustix::time::clock_settime(ClockId::Realtime, clock_gettime(ClockId::Realtime)).unwrap();
            timeout(LONG, changes.stepped()).await.unwrap();
        }
    }
}
