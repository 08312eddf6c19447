//! What every D-Bus source needs: a connection, owners of names, messages, and an end that is noticed.
//!
//! Methods are called on the *owner* of a name, never on the name itself, so that asking can never start a program.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::SelectAll;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use zbus::message::Type;
use zbus::names::OwnedUniqueName;
use zbus::zvariant::OwnedValue;
use zbus::{Connection, MatchRule, Message, MessageStream, connection};

use crate::outlet::Ended;

/// What tells of sessions and sleep on the system bus, and what people look it up by.
pub(super) const LOGIND: &str = "org.freedesktop.login1";
pub(super) const LOGIND_NAME: &str = "logind";

const BUS: &str = "org.freedesktop.DBus";
const BUS_PATH: &str = "/org/freedesktop/DBus";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
/// Room for what comes before it is taken in; all of it is set aside for each subscription.
const QUEUE: usize = 2;
/// How much may wait to be heard. Whoever says more is asked anew how things are.
const WAITING: usize = 1024;
const PATIENCE: Duration = Duration::from_secs(3);

impl From<zbus::Error> for Ended {
    fn from(error: zbus::Error) -> Self {
        Self::Lost(error.to_string())
    }
}

/// Signals of several kinds, as they come.
///
/// A task of its own takes them in, whatever their listener waits for meanwhile. While a queue of a connection is full,
/// nothing else of it is read, not even the answer that the listener may be waiting for.
pub(super) struct Messages {
    taken: mpsc::Receiver<Message>,
    taking: JoinHandle<()>,
}

impl Drop for Messages {
    fn drop(&mut self) {
        self.taking.abort();
    }
}

/// One connection to a bus for all that listen there.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    address: Arc<str>,
    conn: Arc<Mutex<Option<Connection>>>,
}

impl Shared {
    pub(super) fn new(address: &str) -> Self {
        Self { address: address.into(), conn: Arc::default() }
    }

    /// The connection, made when it is first needed and anew when it is gone. The error is for people.
    pub(super) async fn get(&self) -> Result<Connection, String> {
        let mut shared = self.conn.lock().await;
        if let Some(conn) = shared.as_ref().filter(|conn| !conn.is_closed()) {
            return Ok(conn.clone());
        }
        Ok(shared.insert(connect(&self.address).await?).clone())
    }
}

/// Connects to the first bus that answers of an address list.
async fn connect(addresses: &str) -> Result<Connection, String> {
    let mut why = "the bus has no address".to_owned();
    for address in addresses.split(';').filter(|address| !address.is_empty()) {
        match timeout(PATIENCE, connect_to(address)).await {
            Ok(Ok(conn)) => return Ok(conn),
            Ok(Err(error)) => why = format!("the bus at {address} cannot be reached: {error}"),
            Err(_) => why = format!("the bus at {address} does not answer"),
        }
    }
    Err(why)
}

async fn connect_to(address: &str) -> zbus::Result<Connection> {
    connection::Builder::address(address)?.method_timeout(PATIENCE).build().await
}

/// Subscribes to signals. Some time after it, the present state must be asked for.
pub(super) async fn listen(conn: &Connection, rules: Vec<MatchRule<'static>>) -> Result<Messages, Ended> {
    let (take, taken) = mpsc::channel(WAITING);
    let (subscribe, subscribed) = oneshot::channel();
    let messages = Messages { taken, taking: tokio::spawn(take_in(conn.clone(), rules, subscribe, take)) };
    match subscribed.await {
        Ok(subscribed) => subscribed?,
        Err(_) => return Err(lost()),
    }
    Ok(messages)
}

/// Until the bus is gone, or more is said than is heard.
async fn take_in(
    conn: Connection,
    rules: Vec<MatchRule<'static>>,
    subscribed: oneshot::Sender<zbus::Result<()>>,
    take: mpsc::Sender<Message>,
) {
    let mut streams = SelectAll::new();
    for rule in rules {
        // Apart from this task's own room, which it keeps for good.
        let mut subscription = Box::pin(MessageStream::for_match_rule(rule, &conn, Some(QUEUE)));
        let stream = loop {
            tokio::select! {
                stream = &mut subscription => break stream,
                Some(message) = streams.next() => {
                    if !passed_on(message, &take) {
                        return;
                    }
                }
            }
        };
        match stream {
            Ok(stream) => streams.push(stream),
            Err(error) => return drop(subscribed.send(Err(error))),
        }
    }
    drop(conn);
    let _ = subscribed.send(Ok(()));
    while let Some(message) = streams.next().await {
        if !passed_on(message, &take) {
            return;
        }
    }
}

fn passed_on(message: zbus::Result<Message>, take: &mpsc::Sender<Message>) -> bool {
    message.is_ok_and(|message| take.try_send(message).is_ok())
}

fn lost() -> Ended {
    Ended::Lost("the bus is gone".to_owned())
}

/// The next signal; an error when the bus is gone, or more was said than could be heard.
pub(super) async fn next(messages: &mut Messages) -> Result<Message, Ended> {
    messages.taken.recv().await.ok_or_else(lost)
}

/// Signals of one member that the owner of a name sends.
pub(super) fn signal(
    name: &'static str,
    interface: &'static str,
    member: &'static str,
) -> zbus::Result<MatchRule<'static>> {
    Ok(MatchRule::builder().msg_type(Type::Signal).sender(name)?.interface(interface)?.member(member)?.build())
}

/// Signals that say that a name has a new owner, or none.
pub(super) fn owner_changes(name: &'static str) -> zbus::Result<MatchRule<'static>> {
    let rule = MatchRule::builder().msg_type(Type::Signal).sender(BUS)?.interface(BUS)?;
    Ok(rule.path(BUS_PATH)?.member("NameOwnerChanged")?.add_arg(name)?.build())
}

/// Reads such a signal: the name, and its owner now. `None` for any other message.
pub(super) fn owner_changed(message: &Message) -> Option<(String, Option<OwnedUniqueName>)> {
    let header = message.header();
    // Any program may send a signal of this name to us; only the bus sends as itself.
    if header.member()? != "NameOwnerChanged" || header.sender()? != BUS {
        return None;
    }
    let body = message.body();
    let (name, _, new): (String, String, String) = body.deserialize().ok()?;
    let owner = if new.is_empty() { None } else { Some(OwnedUniqueName::try_from(new).ok()?) };
    Some((name, owner))
}

/// Who owns a name, if anybody does.
pub(super) async fn owner(conn: &Connection, name: &str) -> Result<Option<OwnedUniqueName>, Ended> {
    match conn.call_method(Some(BUS), BUS_PATH, Some(BUS), "GetNameOwner", &name).await {
        Ok(reply) => Ok(Some(reply.body().deserialize()?)),
        Err(zbus::Error::MethodError(error, ..)) if error == "org.freedesktop.DBus.Error.NameHasNoOwner" => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether a signal comes from the owner of a name. The owner known so far may be older than the signal, as the two
/// come by different ways: then the bus is asked.
pub(super) async fn is_from(
    conn: &Connection,
    message: &Message,
    name: &str,
    known: &mut Option<OwnedUniqueName>,
) -> Result<bool, Ended> {
    let sender = message.header().sender().map(|sender| OwnedUniqueName::from(sender.to_owned()));
    if sender.is_some() && sender == *known {
        return Ok(true);
    }
    *known = owner(conn, name).await?;
    Ok(sender.is_some() && sender == *known)
}

/// What was answered to a call; `None`: a refusal. Silence is an error.
pub(super) fn answered<T>(answer: zbus::Result<T>) -> zbus::Result<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(zbus::Error::MethodError(..)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads a property.
pub(super) async fn property(
    conn: &Connection,
    owner: &OwnedUniqueName,
    path: &str,
    interface: &str,
    name: &str,
) -> zbus::Result<OwnedValue> {
    let reply = conn.call_method(Some(owner), path, Some(PROPERTIES), "Get", &(interface, name)).await?;
    reply.body().deserialize()
}

/// Signals that say that properties of an object have changed.
pub(super) fn property_changes(name: &'static str, path: String) -> zbus::Result<MatchRule<'static>> {
    let rule = MatchRule::builder().msg_type(Type::Signal).sender(name)?.interface(PROPERTIES)?;
    Ok(rule.member("PropertiesChanged")?.path(path)?.build())
}
