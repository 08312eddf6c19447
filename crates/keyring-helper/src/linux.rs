//! The Secret Service, where the crate `keyring` can't be asked without a prompt.

use std::io;
use std::time::{Duration, Instant};

use keyring::Error::{NoStorageAccess, PlatformFailure};
use keyring_helper::Kind;
use rustix::process::{Signal, set_parent_process_death_signal};
use secret_service::blocking::SecretService;
use secret_service::{EncryptionType, Error as Cause};

/// How many UTF-16 units a secret may have: as many as one likes.
pub const LONGEST: usize = usize::MAX;

/// What a keyring is called that is made here, as libsecret calls it.
const FIRST: &str = "Default keyring";

/// What to do where a service answers that keeps nothing.
pub const NO_KEYRING: &str =
    "the keyring service has no keyring to keep it in: make one, with Passwords and Keys or KWalletManager";

/// How the Secret Service itself refuses, where it does not prompt.
const IS_LOCKED: &str = "org.freedesktop.Secret.Error.IsLocked";

/// What the Secret Service is called on the bus.
const SECRETS: &str = "org.freedesktop.secrets";

/// The keyrings that answer to that name once they run, and that the bus may be able to start by their own name only:
/// `KWallet`, before a log-in has opened it.
const STARTED_BY_THEIR_OWN_NAME: [&str; 2] = ["org.kde.kwalletd6", "org.kde.kwalletd5"];

/// How long a keyring that was started may take until it answers.
const PATIENCE: Duration = Duration::from_secs(5);

/// Starts the desktop's keyring, where it is neither running nor started by asking for it. What fails here is said by
/// whoever asks for the Secret Service next.
pub fn wake() {
    let start = || -> zbus::Result<()> {
        let bus = zbus::blocking::fdo::DBusProxy::new(&zbus::blocking::Connection::session()?)?;
        let startable = bus.list_activatable_names()?;
        let is_startable = |name: &str| startable.iter().any(|one| one.as_str() == name);
        if is_startable(SECRETS) || bus.name_has_owner(SECRETS.try_into()?)? {
            return Ok(());
        }
        if let Some(keyring) = STARTED_BY_THEIR_OWN_NAME.into_iter().find(|name| is_startable(name)) {
            bus.start_service_by_name(keyring.try_into()?, 0)?;
            // It takes its own name first.
            let began = Instant::now();
            while !bus.name_has_owner(SECRETS.try_into()?)? && began.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        Ok(())
    };
    start().ok();
}

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

/// Has the person make a keyring, in the desktop's own dialog.
pub fn make_keyring() -> keyring::Result<()> {
    let made = || SecretService::connect(EncryptionType::Plain)?.create_collection(FIRST, "default").map(|_| ());
    made().map_err(|cause| NoStorageAccess(Box::new(cause)))
}

/// Why a keyring could not be spoken to, in words that say what to do.
pub fn not_spoken_to(error: &keyring::Error) -> String {
    let (NoStorageAccess(cause) | PlatformFailure(cause)) = error else { return no_keyring(error) };
    match cause.downcast_ref::<Cause>() {
        Some(Cause::Zbus(zbus::Error::MethodError(name, said, _))) if !is_absence(name) => {
            let said = said.as_deref().unwrap_or(name.as_str());
            format!(
                "a keyring answers, but refuses to speak with Halo ({said}). On KDE, install the Qt Cryptographic \
                 Architecture's plugins (libqca plugins), log in again, and try again"
            )
        }
        Some(cause) => no_keyring(cause),
        None => no_keyring(cause),
    }
}

fn no_keyring(cause: &dyn std::fmt::Display) -> String {
    format!("no keyring answers; start one, such as GNOME Keyring or KWallet ({cause})")
}

/// Whether the bus itself says that nobody is there, and nobody could be started.
fn is_absence(name: &zbus::names::ErrorName<'_>) -> bool {
    let name = name.as_str();
    ["ServiceUnknown", "NameHasNoOwner", "NoReply", "Disconnected", "Timeout", "Spawn"]
        .iter()
        .any(|absent| name.strip_prefix("org.freedesktop.DBus.Error.").is_some_and(|kind| kind.starts_with(absent)))
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
