//! The clock since boot, and what tells that the wall clock was set.

use std::io;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use windows_registry::CURRENT_USER;
use windows_sys::Win32::System::SystemInformation::GetTickCount64;

use super::window;

/// A key that is never written to disk, and gone when the user's part of the registry is unloaded.
const BOOT: &str = r"Software\Halo boot";

/// The tick counter, which counts sleep, and in which Windows says when the last input was.
pub(crate) fn boot() -> Duration {
    // SAFETY: it takes and changes nothing.
    Duration::from_millis(unsafe { GetTickCount64() })
}

/// Windows has no name for a boot that a program without privileges can read: the first of ours gives it one. Signing out
/// of Windows ends it too, and nothing of ours lives through that.
pub(crate) fn boot_id() -> Option<String> {
    let key = CURRENT_USER.options().read().write().create().volatile().open(BOOT).ok()?;
    if let Ok(id) = key.get_string("id") {
        return Some(id);
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    key.set_string("id", format!("{}-{}", now.as_nanos(), std::process::id())).ok()?;
    // Whatever stands there now, should two programs have begun at once.
    key.get_string("id").ok()
}

/// Tells when the wall clock is set and when the machine wakes.
pub(crate) fn changes() -> io::Result<watch::Receiver<()>> {
    window::open()?;
    Ok(window::CLOCK.subscribe())
}
