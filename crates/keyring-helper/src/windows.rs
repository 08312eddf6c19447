//! The Credential Manager: unlocked as long as the person is logged in, and it never prompts.

use std::io;

use keyring::Error::NoStorageAccess;
use keyring_helper::Kind;

/// How many UTF-16 units a secret may have: a credential has 2560 bytes.
pub const LONGEST: usize = 2560 / 2;

/// What to do where a service answers that keeps nothing.
pub const NO_KEYRING: &str =
    "Windows keeps no credentials for this log-in: see “Credential Manager” in the Control Panel";

/// Whether new secrets would wait for a person.
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
    format!("no keyring answers; start the service “Credential Manager” (VaultSvc) ({cause})")
}

/// What kind of failure this is.
pub fn kind(error: &keyring::Error) -> Kind {
    // No log-in session that could keep any, as for a service.
    if matches!(error, NoStorageAccess(_)) { Kind::Missing } else { Kind::Other }
}

/// Has this process end when the one that started it does. Windows never prompts for a keyring: the helper ends by
/// itself, within milliseconds.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it may be refused")]
pub fn end_with_parent() -> io::Result<()> {
    Ok(())
}
