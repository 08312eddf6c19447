//! The notification daemon: what it is called, and how it differs from others.

use std::time::Duration;

use zbus::Connection;

/// The name of whoever shows notifications; its interface has the same.
pub const DAEMON: &str = "org.freedesktop.Notifications";
pub const OBJECT: &str = "/org/freedesktop/Notifications";

/// How long a daemon may take to answer; a locked-up one must not hold up whoever asked.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// What daemons do differently.
#[derive(Debug, Clone, Copy)]
pub struct Manners {
    /// Plain text must be escaped.
    pub read_markup: bool,
    /// A click beside the buttons only closes: what it would mean is drawn as one more button.
    pub draws_default: bool,
}

impl Manners {
    /// Of one that can't say.
    pub const UNSAID: Self = Self { read_markup: true, draws_default: false };

    /// What the daemon says of itself.
    pub async fn of_daemon(connection: &Connection) -> zbus::Result<Self> {
        let capabilities: Option<Vec<String>> = said_by_daemon(connection, "GetCapabilities").await?;
        let information: Option<(String, String, String, String)> =
            said_by_daemon(connection, "GetServerInformation").await?;
        Ok(Self {
            read_markup: capabilities
                .map_or(Self::UNSAID.read_markup, |all| all.iter().any(|capability| capability == "body-markup")),
            draws_default: information.is_some_and(|(name, ..)| name == "Xfce Notify Daemon"),
        })
    }
}

/// `None` from one that doesn't know the question, or gives something else.
async fn said_by_daemon<T: serde::de::DeserializeOwned + zbus::zvariant::Type>(
    connection: &Connection,
    question: &str,
) -> zbus::Result<Option<T>> {
    match connection.call_method(Some(DAEMON), OBJECT, Some(DAEMON), question, &()).await {
        Ok(reply) => Ok(reply.body().deserialize().ok()),
        Err(zbus::Error::MethodError(name, ..)) if name.as_str().ends_with(".UnknownMethod") => Ok(None),
        Err(error) => Err(error),
    }
}
