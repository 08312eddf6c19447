//! The two clocks that presence needs: the wall's, and one that goes on during suspend and never steps.

use std::time::SystemTime;

use jiff::Timestamp;
use presence::Moment;

use crate::os::clock as os;

#[cfg(not(target_os = "linux"))]
pub use crate::alarm::{Alarm, ClockChanges};
#[cfg(target_os = "linux")]
pub use os::{Alarm, ClockChanges};

/// The present.
pub fn now() -> Moment {
    // By way of the standard library, so that a test can put a fake wall clock under the whole program.
    let wall = Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH);
    // Whole milliseconds are what the log keeps; what is shown and what is kept are the same.
    let wall = Timestamp::from_millisecond(wall.as_millisecond()).unwrap_or(wall);
    Moment { wall, boot: os::boot() }
}

/// Names this boot of the machine: the same from boot to shutdown (on Windows to signing out, if that is before), another
/// after it. Where the system does not say, it is always `unknown`.
pub fn boot_id() -> String {
    os::boot_id().unwrap_or_else(|| "unknown".to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(60);
    const LONG: Duration = Duration::from_secs(5);

    #[test]
    fn now_is_now_on_both_clocks() {
        let first = now();
        let second = now();
        assert!(first.wall > "2024-01-01T00:00:00Z".parse().unwrap());
        assert!(first.boot <= second.boot);
        assert_eq!(boot_id(), boot_id());
        assert!(!boot_id().is_empty());
    }

    #[tokio::test]
    async fn an_alarm_fires_at_its_moment_once() {
        let mut alarm = Alarm::new().unwrap();
        let deadline = now().boot + SOON;
        alarm.set(Some(deadline));
        timeout(LONG, alarm.fired()).await.unwrap();
        assert!(now().boot >= deadline);
        timeout(SOON, alarm.fired()).await.unwrap_err();
    }

    #[tokio::test]
    async fn a_past_moment_fires_at_once_and_none_never() {
        let mut alarm = Alarm::new().unwrap();
        timeout(SOON, alarm.fired()).await.unwrap_err();
        alarm.set(Some(Duration::ZERO));
        timeout(LONG, alarm.fired()).await.unwrap();
        alarm.set(Some(now().boot + SOON / 2));
        alarm.set(None);
        timeout(SOON, alarm.fired()).await.unwrap_err();
    }
}
