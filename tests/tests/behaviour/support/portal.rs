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

/// What a portal does with shortcuts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It binds those that it is asked for, as the person at the desktop allows.
    Asks { allows: bool },
    /// Plasma 5.27: it binds those that come with the session. Asked as others are, it opens its settings, and answers
    /// with an empty list.
    Plasma5,
    /// It answers that nothing is bound.
    BindsNothing,
}

impl Portal {
    /// Takes the portal's place.
    pub fn start(desktop: &Desktop, kind: Kind) -> Self {
        let (noted, triggers) = mpsc::channel();
        let peer = Peer::connect(&desktop.session_bus().address(), move |builder| {
            builder.serve_at(OBJECT, Shortcuts { kind, noted })?.name(NAME)
        });
        Self { peer, triggers }
    }

    /// The trigger that was asked for.
    #[track_caller]
    pub fn trigger(&self) -> String {
        self.triggers.recv_timeout(SOON).expect("no shortcut was asked for")
    }

    /// Whether it opened its settings, which nobody asked for.
    pub fn opened_settings(&self) -> bool {
        self.triggers.try_iter().any(|trigger| trigger == SETTINGS)
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
    kind: Kind,
    noted: Sender<String>,
}

/// Noted in a trigger's place.
const SETTINGS: &str = "settings";

type Asked = Vec<(String, Options)>;

impl Shortcuts {
    /// Notes the trigger, and gives what is bound as an answer lists it.
    fn bind(&self, shortcuts: &Asked) -> Value<'static> {
        assert_eq!((shortcuts.len(), shortcuts[0].0.as_str()), (1, "open"));
        let trigger = shortcuts[0].1.get("preferred_trigger").cloned();
        let trigger = trigger.and_then(|trigger| String::try_from(trigger).ok()).unwrap_or_default();
        let about = HashMap::from([("trigger_description".to_owned(), Value::from(trigger.clone()))]);
        let _ = self.noted.send(trigger);
        Value::from(vec![("open".to_owned(), about)])
    }
}

/// No shortcut at all, as an answer lists it.
fn none() -> Value<'static> {
    Value::from(Vec::<(String, HashMap<String, Value<'static>>)>::new())
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
    fn create_session(&self, mut options: Options, #[zbus(connection)] connection: &Connection) -> OwnedObjectPath {
        let mut results = HashMap::from([("session_handle", SESSION.into())]);
        let shortcuts = options.remove("shortcuts").and_then(|shortcuts| Asked::try_from(shortcuts).ok());
        if let (Kind::Plasma5, Some(shortcuts)) = (self.kind, shortcuts) {
            results.insert("shortcuts", self.bind(&shortcuts));
        }
        answers(connection, &token(&options), 0, results)
    }

    fn bind_shortcuts(
        &self,
        session: OwnedObjectPath,
        shortcuts: Asked,
        _parent: &str,
        options: Options,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        assert_eq!(session.as_str(), SESSION);
        let (code, bound) = match self.kind {
            Kind::Asks { allows } => (u32::from(!allows), self.bind(&shortcuts)),
            Kind::Plasma5 => {
                let _ = self.noted.send(SETTINGS.to_owned());
                (0, none())
            }
            Kind::BindsNothing => (0, none()),
        };
        answers(connection, &token(&options), code, HashMap::from([("shortcuts", bound)]))
    }

    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        1
    }
}
