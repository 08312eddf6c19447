//! A desktop portal that binds shortcuts, as the one of a Wayland desktop does.

#![expect(
    clippy::unused_self,
    clippy::needless_pass_by_value,
    clippy::used_underscore_binding,
    reason = "the shape of an interface's methods"
)]

use std::collections::HashMap;
use std::sync::mpsc::{self, Receiver, Sender};

use e2e::{Desktop, SOON};
use zbus::Connection;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

use super::peer::Peer;

const NAME: &str = "org.freedesktop.portal.Desktop";
const OBJECT: &str = "/org/freedesktop/portal/desktop";
const INTERFACE: &str = "org.freedesktop.portal.GlobalShortcuts";
const SESSION: &str = "/org/freedesktop/portal/desktop/session/1";

type Options = HashMap<String, OwnedValue>;

pub struct Portal {
    peer: Peer,
    triggers: Receiver<String>,
}

impl Portal {
    /// Takes the portal's place; the person at the desktop allows what is asked for, or not.
    pub fn start(desktop: &Desktop, allows: bool) -> Self {
        let (noted, triggers) = mpsc::channel();
        let peer = Peer::connect(&desktop.session_bus().address(), move |builder| {
            builder.serve_at(OBJECT, Shortcuts { allows, noted })?.name(NAME)
        });
        Self { peer, triggers }
    }

    /// The trigger that was asked for.
    #[track_caller]
    pub fn trigger(&self) -> String {
        self.triggers.recv_timeout(SOON).expect("no shortcut was asked for")
    }

    /// The person presses the keys.
    pub fn press(&self) {
        let session = ObjectPath::try_from(SESSION).expect("a sound path");
        let body = (session, "open", 0_u64, HashMap::<&str, Value<'_>>::new());
        let connection = self.peer.connection();
        self.peer.wait(connection.emit_signal(None::<&str>, OBJECT, INTERFACE, "Activated", &body)).expect("a signal");
    }

    /// The person takes the keys away in the desktop's settings.
    pub fn end(&self) {
        let nothing = (HashMap::<&str, Value<'_>>::new(),);
        let connection = self.peer.connection();
        let ended = connection.emit_signal(None::<&str>, SESSION, "org.freedesktop.portal.Session", "Closed", &nothing);
        self.peer.wait(ended).expect("a signal");
    }
}

struct Shortcuts {
    allows: bool,
    noted: Sender<String>,
}

/// The answer comes as a signal, after the handle.
fn answers(
    connection: &Connection,
    token: &str,
    code: u32,
    results: HashMap<&'static str, Value<'static>>,
) -> OwnedObjectPath {
    let request = ObjectPath::try_from(format!("{OBJECT}/request/1/{token}")).expect("a sound path");
    let (connection, path) = (connection.clone(), request.to_owned());
    tokio::spawn(async move {
        let interface = "org.freedesktop.portal.Request";
        connection.emit_signal(None::<&str>, path, interface, "Response", &(code, results)).await
    });
    request.into()
}

fn token(options: &Options) -> String {
    options.get("handle_token").and_then(|token| String::try_from(token.clone()).ok()).expect("a token")
}

#[zbus::interface(name = "org.freedesktop.portal.GlobalShortcuts")]
impl Shortcuts {
    fn create_session(&self, options: Options, #[zbus(connection)] connection: &Connection) -> OwnedObjectPath {
        answers(connection, &token(&options), 0, HashMap::from([("session_handle", SESSION.into())]))
    }

    fn bind_shortcuts(
        &self,
        session: OwnedObjectPath,
        shortcuts: Vec<(String, Options)>,
        _parent: &str,
        options: Options,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        assert_eq!((session.as_str(), shortcuts.len(), shortcuts[0].0.as_str()), (SESSION, 1, "open"));
        let trigger = shortcuts[0].1.get("preferred_trigger").cloned();
        let _ = self.noted.send(trigger.and_then(|trigger| String::try_from(trigger).ok()).unwrap_or_default());
        answers(connection, &token(&options), u32::from(!self.allows), HashMap::new())
    }

    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        1
    }
}
