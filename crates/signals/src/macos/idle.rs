//! Idle by Quartz Event Services, which give no events without the right to read every key. Asking takes no right.

use std::time::Duration;

use objc2_core_graphics::{CGEventSource, CGEventSourceStateID, CGEventType};

use crate::polled::Asked;

/// `kCGAnyInputEventType`: the keyboard, the pointer and tablets.
const ANY_INPUT: CGEventType = CGEventType(u32::MAX);

/// What the hardware sends.
pub(super) struct EventSource;

impl Asked for EventSource {
    const NAME: &str = "CGEventSource";
    const WHY: &str = "asked near each deadline, and once a second while input is waited for (not yet tried on a Mac)";

    async fn idle(&self) -> Result<Duration, String> {
        let seconds = CGEventSource::seconds_since_last_event_type(CGEventSourceStateID::HIDSystemState, ANY_INPUT);
        Duration::try_from_secs_f64(seconds).map_err(|error| format!("the time since the last input is none: {error}"))
    }
}
