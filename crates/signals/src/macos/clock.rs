//! The clock since boot, and what tells that the wall clock was set.

use std::io;
use std::sync::LazyLock;
use std::time::Duration;

use objc2_app_kit::{NSWorkspace, NSWorkspaceDidWakeNotification};
use objc2_foundation::{NSNotificationCenter, NSSystemClockDidChangeNotification};
use tokio::sync::watch;

use super::notices;

/// The raw monotonic clock, which counts sleep here: it is `mach_continuous_time` in nanoseconds.
#[expect(unsafe_code, reason = "the clock is read through libc")]
pub(crate) fn boot() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it writes one time, which is ours.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_RAW, &raw mut time) };
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[expect(unsafe_code, reason = "the kernel's variables are read through libc")]
pub(crate) fn boot_id() -> Option<String> {
    let mut text = [0_u8; 64];
    let mut length = text.len();
    // SAFETY: the name ends with zero; it writes at most as many bytes as it is told that there are.
    let status = unsafe {
        libc::sysctlbyname(
            c"kern.bootsessionuuid".as_ptr(),
            text.as_mut_ptr().cast(),
            &raw mut length,
            std::ptr::null_mut(),
            0,
        )
    };
    let id = std::ffi::CStr::from_bytes_until_nul(&text).ok()?.to_str().ok()?;
    (status == 0 && !id.is_empty()).then(|| id.to_owned())
}

/// Tells when the wall clock is set and when the machine wakes.
#[expect(clippy::unnecessary_wraps, reason = "on other systems it may fail")]
pub(crate) fn changes() -> io::Result<watch::Receiver<()>> {
    static CLOCK: LazyLock<watch::Sender<()>> = LazyLock::new(|| {
        let (clock, _) = watch::channel(());
        let tell = || {
            let clock = clock.clone();
            move || clock.send_replace(())
        };
        #[expect(unsafe_code, reason = "the names are constants of a library")]
        // SAFETY: the system sets them before the program starts, and never again.
        let (set, woke) = unsafe { (NSSystemClockDidChangeNotification, NSWorkspaceDidWakeNotification) };
        notices::hear(&NSNotificationCenter::defaultCenter(), set, tell());
        notices::hear(&NSWorkspace::sharedWorkspace().notificationCenter(), woke, tell());
        clock
    });
    Ok(CLOCK.subscribe())
}
