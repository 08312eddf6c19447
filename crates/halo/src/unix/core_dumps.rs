//! No picture of this process's memory on a disk: it may hold a secret.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// One byte, not none. Where core dumps go to a program (apport, systemd-coredump), the kernel doesn't look at the
/// limit, and a zero only asks that program to be kind. One is the value at which the kernel itself dumps to nobody,
/// and it is less than any file could begin with (`fs/coredump.c`).
const LIMIT: u64 = 1;

/// From now on this process, and those that it starts, leave no core dump, and can't change that again.
///
/// Not `PR_SET_DUMPABLE`, which would also hand `/proc/PID` to root: the desktop portal reads `/proc/PID/root` of
/// whoever calls it, as the same person, and would refuse the shortcut.
pub fn forbid_core_dumps() -> io::Result<()> {
    // A limit that is zero already can't be raised.
    let limit = getrlimit(Resource::Core).maximum.map_or(LIMIT, |allowed| allowed.min(LIMIT));
    Ok(setrlimit(Resource::Core, Rlimit { current: Some(limit), maximum: Some(limit) })?)
}
