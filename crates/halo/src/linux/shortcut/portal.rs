//! Keys on Wayland: the desktop binds them itself, asks the person, and tells through the portal.

use std::collections::HashMap;
use std::time::Duration;

use agent::{NotBound, Shortcut};
use futures_util::StreamExt;
use zbus::message::Type;
use zbus::proxy::SignalStream;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, MatchRule, MessageStream, Proxy};

use super::keys;

pub const NAME: &str = "GlobalShortcuts portal";

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const OBJECT: &str = "/org/freedesktop/portal/desktop";
const INTERFACE: &str = "org.freedesktop.portal.GlobalShortcuts";
const REQUEST: &str = "org.freedesktop.portal.Request";
const SESSION: &str = "org.freedesktop.portal.Session";
/// By which programs of the host say who they are; older portals lack it.
const REGISTRY: &str = "org.freedesktop.host.portal.Registry";

/// The only shortcut of the session.
const OPEN: &str = "open";

/// How long the portal may take to answer. The person may take longer, and is not waited for.
const PATIENCE: Duration = Duration::from_secs(5);

type Options<'v> = HashMap<&'v str, Value<'v>>;

/// Session, shortcut, time, options.
type Press<'v> = (ObjectPath<'v>, &'v str, u64, Options<'v>);

/// Keys that are ours as long as the connection lives.
#[derive(Debug)]
pub struct Session {
    activated: SignalStream<'static>,
    responses: MessageStream,
    closed: MessageStream,
    /// The request that the person has not answered yet.
    asked: Option<OwnedObjectPath>,
    _connection: Connection,
}

impl Session {
    /// Asks the desktop to bind the keys.
    pub async fn open(shortcut: &Shortcut) -> Result<Self, NotBound> {
        match tokio::time::timeout(2 * PATIENCE, ask(shortcut)).await {
            Ok(Ok(session)) => session,
            // Without a bus or without the interface.
            Ok(Err(error)) => {
                tracing::info!("no shortcut by the portal: {error}");
                Err(NotBound::NotOffered)
            }
            Err(_) => Err(NotBound::Failed("the desktop does not answer".to_owned())),
        }
    }

    /// Calls `pressed` at each press, until the desktop takes the keys away.
    pub async fn listen(mut self, pressed: impl Fn()) -> NotBound {
        let gone = || NotBound::Failed("the desktop has ended the shortcut".to_owned());
        loop {
            tokio::select! {
                press = self.activated.next() => match press {
                    Some(press) => {
                        let body = press.body();
                        if body.deserialize::<Press<'_>>().is_ok_and(|(_, shortcut, ..)| shortcut == OPEN) {
                            pressed();
                        }
                    }
                    None => return gone(),
                },
                answer = answer(&mut self.responses, self.asked.as_ref()) => match answer {
                    Ok(results) if is_bound(&results) == Some(false) => return NotBound::NotAllowed,
                    Ok(_) => self.asked = None,
                    Err(fault) => return fault,
                },
                _ = self.closed.next() => return gone(),
            }
        }
    }
}

/// The outer error is of the bus, the inner one is an answer.
async fn ask(shortcut: &Shortcut) -> zbus::Result<Result<Session, NotBound>> {
    let connection = Connection::session().await?;
    let portal = Proxy::new(&connection, PORTAL, OBJECT, INTERFACE).await?;
    let version: u32 = portal.get_property("version").await?;
    tracing::debug!("the desktop has version {version} of the shortcuts portal");
    // Where it isn't known, the portal finds the name itself, or does without.
    let nothing = Options::new();
    let _ = connection.call_method(Some(PORTAL), OBJECT, Some(REGISTRY), "Register", &("halo", &nothing)).await;
    let activated = portal.receive_signal("Activated").await?;
    let signals = |interface: &'static str, member: &'static str| {
        let rule = MatchRule::builder().msg_type(Type::Signal).sender(PORTAL)?.interface(interface)?.member(member)?;
        zbus::Result::Ok(rule.build())
    };
    let mut responses = MessageStream::for_match_rule(signals(REQUEST, "Response")?, &connection, None).await?;
    let closed = MessageStream::for_match_rule(signals(SESSION, "Closed")?, &connection, None).await?;

    let keys = keys::trigger(shortcut);
    let about = || Options::from([("description", "Open Halo".into()), ("preferred_trigger", keys.as_str().into())]);
    let options = Options::from([
        ("handle_token", "halo_session".into()),
        ("session_handle_token", "halo".into()),
        // Plasma 5 binds them here, and opens its settings when it is asked as others are.
        ("shortcuts", Value::from(vec![(OPEN, about())])),
    ]);
    let request: OwnedObjectPath = portal.call("CreateSession", &(options,)).await?;
    let mut results = match answer(&mut responses, Some(&request)).await {
        Ok(results) => results,
        Err(fault) => return Ok(Err(fault)),
    };
    let session = results.remove("session_handle").and_then(|handle| String::try_from(handle).ok());
    let session = ObjectPath::try_from(session.unwrap_or_default())?;
    if is_bound(&results) == Some(true) {
        return Ok(Ok(Session { activated, responses, closed, asked: None, _connection: connection }));
    }

    let options = Options::from([("handle_token", "halo_bind".into())]);
    let request: OwnedObjectPath = portal.call("BindShortcuts", &(session, vec![(OPEN, about())], "", options)).await?;
    let mut asked = Some(request);
    // Most desktops ask the person, who may take their time.
    if let Ok(answer) = tokio::time::timeout(PATIENCE, answer(&mut responses, asked.as_ref())).await {
        match answer {
            Err(fault) => return Ok(Err(fault)),
            Ok(results) if is_bound(&results) == Some(false) => return Ok(Err(NotBound::NotAllowed)),
            Ok(_) => asked = None,
        }
    }
    Ok(Ok(Session { activated, responses, closed, asked, _connection: connection }))
}

/// Whether an answer lists our shortcut among those that are bound; `None` if it lists nothing at all.
fn is_bound(results: &HashMap<String, OwnedValue>) -> Option<bool> {
    let listed = results.get("shortcuts")?.try_clone().ok()?;
    let listed = Vec::<(String, HashMap<String, OwnedValue>)>::try_from(listed).ok()?;
    Some(listed.iter().any(|(id, _)| id == OPEN))
}

/// What the portal answers to a request; never, if there is none.
async fn answer(
    responses: &mut MessageStream,
    request: Option<&OwnedObjectPath>,
) -> Result<HashMap<String, OwnedValue>, NotBound> {
    let Some(request) = request else { return std::future::pending().await };
    while let Some(response) = responses.next().await {
        let Ok(response) = response else { continue };
        if response.header().path() != Some(&**request) {
            continue;
        }
        return match response.body().deserialize::<(u32, HashMap<String, OwnedValue>)>() {
            Ok((0, results)) => Ok(results),
            _ => Err(NotBound::NotAllowed),
        };
    }
    Err(NotBound::Failed("the session bus is gone".to_owned()))
}
