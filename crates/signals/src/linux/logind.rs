//! Lock by the `LockedHint` of our logind session. Its `Lock` and `Unlock` signals are requests to a locker and say
//! nothing about the state.

use std::collections::HashMap;
use std::convert::Infallible;

use tokio::sync::watch;
use zbus::names::OwnedUniqueName;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};
use zbus::{Connection, Message};

use super::bus::{self, answered};
use super::desk::Gauge;
use super::outlet::{Ended, Outlet, lock, stopped, unpaused};
use super::system::{LOGIND, NAME};
use crate::handle::Orders;
use crate::health::SignalKind::Lock;
use crate::raw::{LockSource, Raw};

const MANAGER: &str = "org.freedesktop.login1.Manager";
const MANAGER_PATH: &str = "/org/freedesktop/login1";
pub(super) const SESSION: &str = "org.freedesktop.login1.Session";
const USER: &str = "org.freedesktop.login1.User";
const HINT: &str = "LockedHint";
const NO_SESSION: &str = "Halo runs outside a log-in session; a screen saver may still tell of a lock.";

/// What is known of the lock, and what it takes to know more.
pub(super) struct Watch {
    session: Option<String>,
    outlet: Outlet,
    orders: watch::Receiver<Orders>,
    gauge: Gauge,
    /// What was last passed on.
    locked: Option<bool>,
}

impl Watch {
    pub(super) fn new(session: Option<String>, outlet: Outlet, orders: watch::Receiver<Orders>, gauge: Gauge) -> Self {
        Self { session, outlet, orders, gauge, locked: None }
    }

    /// Listens on a bus, pauses included, until it is lost or nobody wants to hear.
    pub(super) async fn run(&mut self, conn: &Connection) -> Result<Infallible, Ended> {
        loop {
            unpaused(&mut self.orders).await?;
            let mut orders = self.orders.clone();
            let ended = tokio::select! {
                ended = self.listen(conn) => ended,
                ended = stopped(&mut orders) => Err(ended),
            };
            match ended {
                Err(Ended::Paused) => {
                    self.outlet.board.unchoose(Lock);
                    self.locked = None;
                }
                other => return other,
            }
        }
    }

    /// The bus is gone.
    pub(super) async fn lost(&mut self) -> Result<(), Ended> {
        self.say(None, false).await
    }

    async fn listen(&mut self, conn: &Connection) -> Result<Infallible, Ended> {
        let mut comings = bus::listen(conn, vec![bus::owner_changes(LOGIND)?]).await?;
        let mut owner = bus::owner(conn, LOGIND).await?;
        loop {
            tokio::select! {
                ended = self.follow(conn, owner.as_ref()) => return ended,
                message = bus::next(&mut comings) => {
                    let message = message?;
                    if let Some((_, new)) = bus::owner_changed(&message) {
                        owner = new;
                    }
                }
            }
        }
    }

    /// Follows one run of logind; without one, waits.
    async fn follow(&mut self, conn: &Connection, owner: Option<&OwnedUniqueName>) -> Result<Infallible, Ended> {
        let Some(owner) = owner else {
            self.outlet.board.absent(Lock, NAME, "logind does not run", Some(NO_SESSION));
            self.say(None, false).await?;
            return std::future::pending().await;
        };
        let path = self.find_session(conn, owner).await?;
        let mut changes = bus::listen(conn, vec![bus::property_changes(LOGIND, path.to_string())?]).await?;
        self.ask(conn, owner, &path, false).await?;
        let mut sender = Some(owner.clone());
        loop {
            let message = bus::next(&mut changes).await?;
            if !bus::is_from(conn, &message, LOGIND, &mut sender).await? {
                continue;
            }
            match hint(&message) {
                Hint::Now(locked) => self.say(Some(locked), true).await?,
                Hint::Changed => self.ask(conn, owner, &path, true).await?,
                Hint::Same => {}
            }
        }
    }

    /// Finds our session, waiting for one to begin if there is none yet.
    async fn find_session(&mut self, conn: &Connection, owner: &OwnedUniqueName) -> Result<OwnedObjectPath, Ended> {
        let mut beginnings = bus::listen(conn, vec![bus::signal(LOGIND, MANAGER, "SessionNew")?]).await?;
        loop {
            match own_session(conn, owner, self.session.as_deref()).await {
                Ok(path) => return Ok(path),
                Err(why) => {
                    // Who says nothing may have a session of ours all the same.
                    let why @ zbus::Error::MethodError(..) = why else { return Err(why.into()) };
                    let why = format!("our session was not found: {why}");
                    self.outlet.board.absent(Lock, NAME, &why, Some(NO_SESSION));
                    self.say(None, false).await?;
                }
            }
            bus::next(&mut beginnings).await?;
        }
    }

    async fn ask(
        &mut self,
        conn: &Connection,
        owner: &OwnedUniqueName,
        path: &OwnedObjectPath,
        as_it_happens: bool,
    ) -> Result<(), Ended> {
        let answer = bus::property(conn, owner, path.as_str(), SESSION, HINT).await;
        match answer.and_then(|value| bool::try_from(value).map_err(Into::into)) {
            Ok(locked) => {
                self.outlet.board.working(Lock, NAME, &format!("LockedHint of {}", path.as_str()));
                self.say(Some(locked), as_it_happens).await
            }
            Err(error @ (zbus::Error::MethodError(..) | zbus::Error::Variant(_))) => {
                self.outlet.board.failing(Lock, NAME, &format!("it does not tell the LockedHint: {error}"), None);
                self.say(None, false).await
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn say(&mut self, locked: Option<bool>, as_it_happens: bool) -> Result<(), Ended> {
        if std::mem::replace(&mut self.locked, locked) == locked {
            return Ok(());
        }
        let mut raw = lock(LockSource::Logind, locked);
        if let Raw::Lock { idle, .. } = &mut raw
            && as_it_happens
            && locked == Some(true)
        {
            *idle = self.gauge.read().await;
        }
        self.outlet.say(NAME, raw).await
    }
}

/// The session that this program serves: the one it was told of, the one it runs in, or the one that its user
/// sees. A program started by the user's service manager runs in none, or in one without a screen.
pub(super) async fn own_session(
    conn: &Connection,
    owner: &OwnedUniqueName,
    id: Option<&str>,
) -> zbus::Result<OwnedObjectPath> {
    if let Some(id) = id
        && let Some(path) = answered(manager(conn, owner, "GetSession", &id).await)?
        && has_screen(conn, owner, &path).await?
    {
        return Ok(path);
    }
    if let Some(path) = answered(manager(conn, owner, "GetSessionByPID", &std::process::id()).await)?
        && has_screen(conn, owner, &path).await?
    {
        return Ok(path);
    }
    let shown = bus::property(conn, owner, "/org/freedesktop/login1/user/self", USER, "Display").await;
    if let Some(Ok((id, path))) = answered(shown)?.map(<(String, OwnedObjectPath)>::try_from)
        && !id.is_empty()
    {
        return Ok(path);
    }
    // `auto` is another name for a session, and signals come from its own.
    let id = bus::property(conn, owner, "/org/freedesktop/login1/session/auto", SESSION, "Id").await?;
    manager(conn, owner, "GetSession", &String::try_from(id)?.as_str()).await
}

async fn manager<B>(conn: &Connection, owner: &OwnedUniqueName, method: &str, body: &B) -> zbus::Result<OwnedObjectPath>
where
    B: zbus::export::serde::ser::Serialize + zbus::zvariant::DynamicType,
{
    conn.call_method(Some(owner), MANAGER_PATH, Some(MANAGER), method, body).await?.body().deserialize()
}

async fn has_screen(conn: &Connection, owner: &OwnedUniqueName, path: &OwnedObjectPath) -> zbus::Result<bool> {
    let class = answered(bus::property(conn, owner, path.as_str(), SESSION, "Class").await)?;
    // One that does not tell its class is of an older logind, where all sessions were of this kind.
    let class = class.and_then(|class| String::try_from(class).ok());
    Ok(class.is_none_or(|class| class.starts_with("user")))
}

/// What a change of properties says about the lock.
enum Hint {
    Now(bool),
    /// It has changed, and must be asked for.
    Changed,
    Same,
}

fn hint(message: &Message) -> Hint {
    let body = message.body();
    let Ok((interface, changed, invalidated)) =
        body.deserialize::<(String, HashMap<String, OwnedValue>, Vec<String>)>()
    else {
        return Hint::Same;
    };
    if interface != SESSION {
        return Hint::Same;
    }
    match changed.get(HINT).map(bool::try_from) {
        Some(Ok(locked)) => Hint::Now(locked),
        Some(Err(_)) => Hint::Changed,
        None if invalidated.iter().any(|name| name == HINT) => Hint::Changed,
        None => Hint::Same,
    }
}
