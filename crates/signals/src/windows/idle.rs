//! Idle by `GetLastInputInfo`, which knows the input of this session, and gives no events.

use std::io;
use std::ptr::null;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use windows_sys::Win32::System::Power::{CallNtPowerInformation, ES_DISPLAY_REQUIRED, SystemExecutionState};
use windows_sys::Win32::UI::Input::KeyboardAndMouse::{GetLastInputInfo, LASTINPUTINFO};

use super::clock;
use crate::polled::Asked;
use crate::ticks::LastInput;

/// The counter of input.
#[derive(Default)]
pub(super) struct Counter(Mutex<LastInput>);

impl Asked for Counter {
    const NAME: &str = "GetLastInputInfo";
    const WHY: &str = "asked near each deadline, and once a second while input is waited for";

    async fn idle(&self) -> Result<Duration, String> {
        let stamp = stamp().map_err(|error| format!("Windows does not tell the last input: {error}"))?;
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).idle(stamp, clock::boot()))
    }

    fn screen_kept(&self) -> Option<bool> {
        display_required()
    }
}

/// Whether a program has asked for the display to stay on. `None`: Windows does not tell.
fn display_required() -> Option<bool> {
    let mut state = 0_u32;
    let size = u32::try_from(size_of_val(&state)).ok()?;
    // SAFETY: it asks for no input, and the number is ours and as long as we say.
    let status = unsafe { CallNtPowerInformation(SystemExecutionState, null(), 0, (&raw mut state).cast(), size) };
    (status == 0).then_some(state & ES_DISPLAY_REQUIRED != 0)
}

fn stamp() -> io::Result<u32> {
    let size = u32::try_from(size_of::<LASTINPUTINFO>()).map_err(io::Error::other)?;
    let mut info = LASTINPUTINFO { cbSize: size, dwTime: 0 };
    // SAFETY: the structure is ours, and says its size.
    if unsafe { GetLastInputInfo(&raw mut info) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(info.dwTime)
}
