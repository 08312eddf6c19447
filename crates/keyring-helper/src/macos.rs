//! The login keychain: unlocked by the log-in. It prompts where another program made the entry.

use std::io;

use keyring::Error::NoStorageAccess;
use keyring_helper::Kind;

/// How many UTF-16 units a secret may have: as many as one likes.
pub const LONGEST: usize = usize::MAX;

/// What to do where a service answers that keeps nothing.
pub const NO_KEYRING: &str = "there is no login keychain to keep it in: make one in Keychain Access";

/// Whether new secrets would wait for a person: not told without asking for one.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it is asked, and may fail")]
pub fn is_locked() -> keyring::Result<Option<bool>> {
    Ok(Some(false))
}

/// Has the person make a keyring: here one comes with the log-in.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it is asked, and may fail")]
pub fn make_keyring() -> keyring::Result<()> {
    Ok(())
}

/// Why a keyring could not be spoken to, in words that say what to do.
pub fn not_spoken_to(error: &keyring::Error) -> String {
    let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    format!("no keyring answers; unlock the login keychain in Keychain Access ({cause})")
}

/// What kind of failure this is.
pub fn kind(error: &keyring::Error) -> Kind {
    if matches!(error, NoStorageAccess(_)) { Kind::Locked } else { Kind::Other }
}

/// Has this process end when the one that started it does: macOS offers no such thing. While a prompt waits, what was
/// asked may be done after Halo itself was killed.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it may be refused")]
pub fn end_with_parent() -> io::Result<()> {
    Ok(())
}
