//! Lock by the screen savers of the session bus. Each desktop has its own name for the same interface.

use std::convert::Infallible;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::time::sleep;
use zbus::names::OwnedUniqueName;
use zbus::{Connection, Message};

use super::bus;
use super::bus::{Messages, Shared};
use super::log_out::Doubts;
use crate::handle::Orders;
use crate::health::SignalKind::Lock;
use crate::idle_port::Gauge;
use crate::outlet::{Ended, Outlet, lock, stopped, unpaused};
use crate::raw::{LockSource, Raw};
use crate::retry::Retry;

/// Bus name, which is the interface too, and where the object may be: the usual place first.
const SAVERS: [(&str, [&str; 3]); 5] = [
    ("org.freedesktop.ScreenSaver", ["/org/freedesktop/ScreenSaver", "/ScreenSaver", "/"]),
    ("org.gnome.ScreenSaver", ["/org/gnome/ScreenSaver", "/ScreenSaver", "/"]),
    ("org.mate.ScreenSaver", ["/org/mate/ScreenSaver", "/ScreenSaver", "/"]),
    ("org.cinnamon.ScreenSaver", ["/org/cinnamon/ScreenSaver", "/ScreenSaver", "/"]),
    ("org.xfce.ScreenSaver", ["/org/xfce/ScreenSaver", "/ScreenSaver", "/"]),
];
const SIGNAL: &str = "ActiveChanged";
const NO_BUS: &str = "Start Halo from the desktop session, where DBUS_SESSION_BUS_ADDRESS names the bus.";

/// What is said of a method that isn't there. GNOME and Cinnamon have programs of this kind under the first name, which
/// only keep the screen on for others.
const NOT_TOLD: [&str; 4] = [
    "org.freedesktop.DBus.Error.NotSupported",
    "org.freedesktop.DBus.Error.UnknownInterface",
    "org.freedesktop.DBus.Error.UnknownMethod",
    "org.freedesktop.DBus.Error.UnknownObject",
];

/// Why a saver does not say whether it is active, for people.
enum Unsaid {
    /// It is of those that never do.
    Never(String),
    /// It ought to.
    Fails(String),
}

/// The answer to a first question: which saver, at which point of its story, and what it said.
type Seed = (usize, u64, Result<bool, Unsaid>);

#[derive(Default, Clone)]
struct Saver {
    owner: Option<OwnedUniqueName>,
    /// Goes up with everything it says: an answer to an older question is out of date.
    story: u64,
    /// What was last passed on.
    locked: Option<bool>,
}

struct Watch {
    outlet: Outlet,
    gauge: Gauge,
    savers: [Saver; SAVERS.len()],
}

/// Listens for as long as anybody wants to hear.
pub(super) async fn run(
    bus: Option<Shared>,
    outlet: Outlet,
    mut orders: watch::Receiver<Orders>,
    gauge: Gauge,
    doubts: Doubts,
) {
    let Some(bus) = bus else {
        outlet.board.absent(Lock, "screen savers", "there is no session bus", Some(NO_BUS));
        return;
    };
    let mut watch = Watch { outlet: outlet.clone(), gauge, savers: Default::default() };
    let mut retry = Retry::new();
    loop {
        if unpaused(&mut orders).await.is_err() {
            return;
        }
        let ended = tokio::select! {
            ended = watch.listen(&bus, &mut retry) => ended,
            ended = stopped(&mut orders) => ended,
            () = outlet.closed() => Ended::Closed,
        };
        match ended {
            Ended::Closed => return,
            Ended::Paused => {
                outlet.board.unchoose(Lock);
                watch.savers = Default::default();
                continue;
            }
            Ended::Lost(why) => {
                tracing::info!(why, "the screen savers are out of reach");
                doubts.raise();
                if watch.lost(&why).await.is_err() {
                    return;
                }
            }
        }
        tokio::select! {
            () = sleep(retry.next()) => {}
            _ = stopped(&mut orders) => {}
            () = outlet.closed() => return,
        }
    }
}

impl Watch {
    async fn listen(&mut self, bus: &Shared, retry: &mut Retry) -> Ended {
        match self.hear(bus, retry).await {
            Ok(never) => match never {},
            Err(ended) => ended,
        }
    }

    async fn hear(&mut self, bus: &Shared, retry: &mut Retry) -> Result<Infallible, Ended> {
        let conn = bus.get().await.map_err(Ended::Lost)?;
        let mut messages = subscribe(&conn).await?;
        let mut seeds = FuturesUnordered::new();
        for (index, (name, _)) in SAVERS.iter().enumerate() {
            let owner = bus::owner(&conn, name).await?;
            seeds.extend(self.owned_by(&conn, index, owner).await?);
        }
        retry.succeeded();
        self.outlet.board.working(Lock, "screen savers", "the session bus is listened to");
        loop {
            tokio::select! {
                message = bus::next(&mut messages) => {
                    let message = message?;
                    if let Some((name, owner)) = bus::owner_changed(&message) {
                        if let Some(index) = index_of(&name) {
                            seeds.extend(self.owned_by(&conn, index, owner).await?);
                        }
                    } else {
                        self.heard(&conn, &message).await?;
                    }
                }
                Some(seed) = seeds.next() => self.seeded(seed).await?,
            }
        }
    }

    /// Takes note of a new owner; what it has to be asked comes back.
    async fn owned_by(
        &mut self,
        conn: &Connection,
        index: usize,
        owner: Option<OwnedUniqueName>,
    ) -> Result<Option<BoxFuture<'static, Seed>>, Ended> {
        let saver = &mut self.savers[index];
        saver.story += 1;
        saver.owner.clone_from(&owner);
        if let Some(owner) = owner {
            let (conn, story) = (conn.clone(), saver.story);
            return Ok(Some(Box::pin(async move { (index, story, ask(&conn, &owner, index).await) })));
        }
        let name = SAVERS[index].0;
        self.outlet.board.absent(Lock, name, "no program has this name", None);
        self.say(index, None, false).await?;
        Ok(None)
    }

    async fn heard(&mut self, conn: &Connection, message: &Message) -> Result<(), Ended> {
        let header = message.header();
        let Some(index) = header.interface().and_then(|name| index_of(name)) else { return Ok(()) };
        let Ok(locked) = message.body().deserialize::<bool>() else { return Ok(()) };
        let name = SAVERS[index].0;
        if !bus::is_from(conn, message, name, &mut self.savers[index].owner).await? {
            tracing::debug!(name, "a program that does not own the name says the lock has changed");
            return Ok(());
        }
        self.savers[index].story += 1;
        self.outlet.board.working(Lock, name, "it tells when the screen is locked");
        self.say(index, Some(locked), true).await
    }

    async fn seeded(&mut self, (index, story, answer): Seed) -> Result<(), Ended> {
        if self.savers[index].story != story {
            return Ok(());
        }
        let name = SAVERS[index].0;
        match answer {
            Ok(locked) => {
                self.outlet.board.working(Lock, name, "it tells when the screen is locked");
                self.say(index, Some(locked), false).await
            }
            Err(unsaid) => {
                match unsaid {
                    Unsaid::Never(why) => self.outlet.board.absent(Lock, name, &why, None),
                    Unsaid::Fails(why) => self.outlet.board.failing(Lock, name, &why, None),
                }
                self.say(index, None, false).await
            }
        }
    }

    /// Passes a change on. Some savers say everything twice, once for each place of their object.
    async fn say(&mut self, index: usize, locked: Option<bool>, as_it_happens: bool) -> Result<(), Ended> {
        if std::mem::replace(&mut self.savers[index].locked, locked) == locked {
            return Ok(());
        }
        let name = SAVERS[index].0;
        let idle = self.gauge.at_lock(locked, as_it_happens).await;
        self.outlet.say(name, Raw::Lock { source: LockSource::ScreenSaver(name), locked, idle }).await
    }

    /// The bus is gone, and with it everybody on it.
    async fn lost(&mut self, why: &str) -> Result<(), Ended> {
        self.outlet.board.failing(Lock, "screen savers", why, Some(NO_BUS));
        for (saver, (name, _)) in std::mem::take(&mut self.savers).iter().zip(SAVERS) {
            if saver.owner.is_some() {
                self.outlet.board.failing(Lock, name, why, None);
            }
            if saver.locked.is_some() {
                self.outlet.say(name, lock(LockSource::ScreenSaver(name), None)).await?;
            }
        }
        Ok(())
    }
}

async fn subscribe(conn: &Connection) -> Result<Messages, Ended> {
    let mut rules = Vec::with_capacity(SAVERS.len() * 2);
    for (name, _) in SAVERS {
        rules.push(bus::signal(name, name, SIGNAL)?);
        rules.push(bus::owner_changes(name)?);
    }
    bus::listen(conn, rules).await
}

/// Asks whether it is active, at each place where the object may be.
async fn ask(conn: &Connection, owner: &OwnedUniqueName, index: usize) -> Result<bool, Unsaid> {
    let (name, places) = SAVERS[index];
    let mut unsaid = Unsaid::Never("the program with this name does not tell of a lock".to_owned());
    for place in places {
        match conn.call_method(Some(owner), place, Some(name), "GetActive", &()).await {
            Ok(reply) => match reply.body().deserialize() {
                Ok(active) => return Ok(active),
                Err(error) => unsaid = Unsaid::Fails(format!("its answer makes no sense: {error}")),
            },
            Err(zbus::Error::MethodError(error, ..)) if NOT_TOLD.contains(&error.as_str()) => {}
            Err(zbus::Error::MethodError(error, text, _)) => {
                let why = text.unwrap_or_else(|| error.to_string());
                unsaid = Unsaid::Fails(format!("it cannot say whether it is active: {why}"));
            }
            // It hangs or is gone: the other places would be no different.
            Err(error) => return Err(Unsaid::Fails(format!("it does not answer: {error}"))),
        }
    }
    Err(unsaid)
}

fn index_of(name: &str) -> Option<usize> {
    SAVERS.iter().position(|(known, _)| *known == name)
}
