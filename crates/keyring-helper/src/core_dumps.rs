//! No picture of this process's memory on a disk: it may hold a secret.

use std::io;

#[cfg(unix)]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
#[cfg(windows)]
use windows_sys::Win32::System::Diagnostics::Debug::{SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SetErrorMode};

/// One byte, not none. Where core dumps go to a program (apport, systemd-coredump), the kernel doesn't look at the
/// limit, and a zero only asks that program to be kind. One is the value at which the kernel itself dumps to nobody,
/// and it is less than any file could begin with (`fs/coredump.c`).
#[cfg(unix)]
const LIMIT: u64 = 1;

/// From now on this process, and those that it starts, leave no core dump, and can't change that again.
///
/// Not `PR_SET_DUMPABLE`, which would also hand `/proc/PID` to root: the desktop portal reads `/proc/PID/root` of
/// whoever calls it, as the same person, and would refuse the shortcut.
#[cfg(unix)]
pub fn forbid_core_dumps() -> io::Result<()> {
    // A limit that is zero already can't be raised.
    let limit = getrlimit(Resource::Core).maximum.map_or(LIMIT, |allowed| allowed.min(LIMIT));
    Ok(setrlimit(Resource::Core, Rlimit { current: Some(limit), maximum: Some(limit) })?)
}

/// From now on no crash of this process, or of those that it starts, is reported with a picture of its memory.
#[cfg(windows)]
#[expect(unsafe_code, reason = "an OS call")]
pub fn forbid_core_dumps() -> io::Result<()> {
    // SAFETY: it takes flags and can't fail.
    unsafe { SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX) };
    Ok(())
}
