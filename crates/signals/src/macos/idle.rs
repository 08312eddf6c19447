//! Idle by Quartz Event Services, which give no events without the right to read every key. Asking takes no right.

use std::time::Duration;

use objc2_core_foundation::{CFDictionary, CFNumber, CFRetained, CFString, CFType};
use objc2_core_graphics::{CGEventSource, CGEventSourceStateID, CGEventType};
use objc2_io_kit::{IOPMCopyAssertionsStatus, kIOReturnSuccess};

use crate::polled::Asked;

/// `kCGAnyInputEventType`: the keyboard, the pointer and tablets.
const ANY_INPUT: CGEventType = CGEventType(u32::MAX);

/// What a program asserts that keeps the screen on: `kIOPMAssertPreventUserIdleDisplaySleep`, and its older name.
const KEEP_SCREEN: [&str; 2] = ["PreventUserIdleDisplaySleep", "NoDisplaySleepAssertion"];

/// What programs assert at this moment, by kind.
#[expect(unsafe_code, reason = "power management is a C interface")]
fn assertions() -> Option<CFRetained<CFDictionary<CFString, CFType>>> {
    let mut held = std::ptr::null();
    // SAFETY: it writes a pointer, which is ours.
    let result = unsafe { IOPMCopyAssertionsStatus(&raw mut held) };
    let held = std::ptr::NonNull::new(held.cast_mut()).filter(|_| result == kIOReturnSuccess)?;
    // SAFETY: it is ours to release, once; its keys are strings, and its values of whatever kind.
    Some(unsafe { CFRetained::cast_unchecked(CFRetained::<CFDictionary>::from_raw(held)) })
}

/// What the hardware sends.
pub(super) struct EventSource;

impl Asked for EventSource {
    const NAME: &str = "CGEventSource";
    const WHY: &str = "asked near each deadline, and once a second while input is waited for (not yet tried on a Mac)";

    async fn idle(&self) -> Result<Duration, String> {
        let seconds = CGEventSource::seconds_since_last_event_type(CGEventSourceStateID::HIDSystemState, ANY_INPUT);
        Duration::try_from_secs_f64(seconds).map_err(|error| format!("the time since the last input is none: {error}"))
    }

    fn screen_kept(&self) -> Option<bool> {
        let held = assertions()?;
        let level =
            |kind: &'static str| held.get(&CFString::from_static_str(kind))?.downcast_ref::<CFNumber>()?.as_i32();
        Some(KEEP_SCREEN.iter().any(|kind| level(kind).is_some_and(|level| level > 0)))
    }
}
