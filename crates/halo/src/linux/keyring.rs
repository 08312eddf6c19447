//! Changes of the keyring, told by the Secret Service: a keyring that comes late or is unlocked need not be looked for.

use futures_util::StreamExt;
use zbus::message::Type;
use zbus::{Connection, MatchRule, MessageStream};

/// Whoever keeps secrets has this name on the session bus.
const NAME: &str = "org.freedesktop.secrets";

const BUS: &str = "org.freedesktop.DBus";

/// Ends when a keyring came, went, was unlocked, or holds something else. Where no bus tells, it never ends.
pub async fn keyring_changed() {
    if let Err(error) = change().await {
        tracing::info!("nobody tells of changes of the keyring: {error}");
        std::future::pending::<()>().await;
    }
}

async fn change() -> zbus::Result<()> {
    // Of its own, and only while something is waited for: it asks nobody anything, so nobody can keep it waiting.
    let connection = Connection::session().await?;
    let signals = || MatchRule::builder().msg_type(Type::Signal);
    let owners = signals().sender(BUS)?.interface(BUS)?.member("NameOwnerChanged")?.arg(0, NAME)?.build();
    let secrets = signals().sender(NAME)?.build();
    let mut owners = MessageStream::for_match_rule(owners, &connection, None).await?;
    let mut secrets = MessageStream::for_match_rule(secrets, &connection, None).await?;
    let told = tokio::select! {
        told = owners.next() => told,
        told = secrets.next() => told,
    };
    match told {
        Some(told) => told.map(|_| ()),
        // The bus is gone, and with it what lived there.
        None => std::future::pending().await,
    }
}
