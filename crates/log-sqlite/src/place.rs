//! Where the log lies: whether that place keeps what it is given.

use std::path::Path;

/// The network file system that holds `path`, if it is on one.
///
/// The locks and syncs of `SQLite` are only as good there as the server's; the person is told so.
#[cfg(target_os = "linux")]
pub fn network_file_system(path: &Path) -> Option<&'static str> {
    // The kernel's magic numbers (linux/magic.h); only the ones that people keep homes on.
    let kind = rustix::fs::statfs(path).ok()?.f_type;
    // A field of 32 or 64 bits by architecture; the magic numbers have 32.
    match u32::try_from(kind & 0xFFFF_FFFF).ok()? {
        0x6969 => Some("NFS"),
        0x517B | 0xFF53_4D42 | 0xFE53_4D42 => Some("SMB"),
        0x5346_414F => Some("AFS"),
        0x0102_1997 => Some("9P"),
        0x00C3_6400 => Some("Ceph"),
        _ => None,
    }
}

/// The network file system that holds `path`, if it is on one. Not known on this system.
#[cfg(not(target_os = "linux"))]
pub fn network_file_system(_path: &Path) -> Option<&'static str> {
    None
}

/// How many bytes are free for this program where `path` is, if that can be told.
#[cfg(unix)]
pub(crate) fn room(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// How many bytes are free for this program where `path` is. Not known on this system.
#[cfg(not(unix))]
pub(crate) fn room(_path: &Path) -> Option<u64> {
    None
}
