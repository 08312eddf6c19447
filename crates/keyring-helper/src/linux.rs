//! The Secret Service, where the crate `keyring` can't be asked without a prompt.

use std::io;

use keyring::Error::{NoStorageAccess, PlatformFailure};
use keyring_helper::Kind;
use rustix::process::{Signal, set_parent_process_death_signal};
use secret_service::blocking::SecretService;
use secret_service::{EncryptionType, Error as Cause};

/// What to do where no keyring answers.
pub const ADVICE: &str = "start one, such as GNOME Keyring or KWallet";

/// What to do where a service answers that keeps nothing.
pub const NO_KEYRING: &str =
    "the keyring service has no keyring to keep it in: make one, with Passwords and Keys or KWalletManager";

/// How the Secret Service itself refuses, where it does not prompt.
const IS_LOCKED: &str = "org.freedesktop.Secret.Error.IsLocked";

/// Whether new secrets would wait for a person; `None` if there is no keyring to keep them in. The crate `keyring` can
/// only try, and whoever tries prompts: a prompt stays on the screen even when nobody waits for it any more.
pub fn is_locked() -> keyring::Result<Option<bool>> {
    let asked = || {
        // Nothing secret is asked: no need to agree on a key.
        let service = SecretService::connect(EncryptionType::Plain)?;
        match service.get_default_collection() {
            Ok(collection) => collection.is_locked().map(Some),
            Err(Cause::NoResult) => Ok(None),
            Err(error) => Err(error),
        }
    };
    asked().map_err(|cause| NoStorageAccess(Box::new(cause)))
}

/// What kind of failure this is.
pub fn kind(error: &keyring::Error) -> Kind {
    let (NoStorageAccess(cause) | PlatformFailure(cause)) = error else { return Kind::Other };
    match cause.downcast_ref::<Cause>() {
        Some(Cause::Prompt) => Kind::Dismissed,
        Some(Cause::Locked) => Kind::Locked,
        Some(Cause::Zbus(zbus::Error::MethodError(name, ..))) if name.as_str() == IS_LOCKED => Kind::Locked,
        Some(Cause::NoResult) => Kind::Missing,
        _ => Kind::Other,
    }
}

/// Has this process end when the one that started it does.
pub fn end_with_parent() -> io::Result<()> {
    Ok(set_parent_process_death_signal(Some(Signal::KILL))?)
}
