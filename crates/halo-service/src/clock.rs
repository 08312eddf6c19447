//! The server's clocks.

use std::time::{Duration, SystemTime};

use presence::Timestamp;
use service::Moment;

/// Tells the time, in whole milliseconds as the log keeps it.
#[derive(Debug, Clone)]
pub struct Clock {
    boot_id: Box<str>,
}

impl Clock {
    /// The clocks of this machine.
    pub fn new() -> Self {
        let boot_id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Self { boot_id: boot_id.trim().into() }
    }

    /// The present.
    pub fn now(&self) -> Moment {
        let wall = Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH);
        let wall = Timestamp::from_millisecond(wall.as_millisecond()).unwrap_or(wall);
        Moment { wall, boot: boot(), boot_id: self.boot_id.clone() }
    }
}

#[cfg(target_os = "linux")]
fn boot() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(not(target_os = "linux"))]
fn boot() -> Duration {
    static BEGAN: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    BEGAN.elapsed()
}
