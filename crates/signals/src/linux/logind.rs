//! Lock by logind: the `LockedHint` of the session that the person sees, and whether that is ours. The `Lock` and
//! `Unlock` signals of a session are requests to a locker and say nothing about the state.

use std::collections::HashMap;
use std::convert::Infallible;

use tokio::sync::watch;
use zbus::names::OwnedUniqueName;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};
use zbus::{Connection, Message};

use super::bus;
use super::bus::Messages;
use super::bus::{LOGIND, LOGIND_NAME};
use super::login_session::{Hints, Life, Logind, Own, SEAT, SESSION};
use crate::handle::Orders;
use crate::health::SignalKind::Lock;
use crate::idle_port::Gauge;
use crate::outlet::{Ended, Outlet, stopped, unpaused};
use crate::raw::{LockSource, Raw};

const MANAGER: &str = "org.freedesktop.login1.Manager";
const HINT: &str = "LockedHint";
const ACTIVE: &str = "ActiveSession";
const NO_SESSION: &str = "Halo runs outside a log-in session; a screen saver may still tell of a lock.";
const BEHIND: &str = "To have your input counted there: halo quit, and then halo in the session in front.";

/// What is known of the lock, and what it takes to know more.
pub(super) struct Watch {
    hints: Hints,
    outlet: Outlet,
    orders: watch::Receiver<Orders>,
    gauge: Gauge,
    /// What was last passed on.
    locked: Option<bool>,
    elsewhere: bool,
}

/// Our session, and the seat that may show another one.
struct OurSession {
    logind: Logind,
    own: Own,
    seat: Option<OwnedObjectPath>,
}

/// What a signal means for the lock.
#[derive(Debug, PartialEq, Eq)]
enum News {
    /// The session that is seen is locked, or open.
    Locked(bool),
    /// It has changed, and must be asked for.
    Ask,
    /// Another session is in front.
    Front,
    /// Our session has ended.
    Ended,
}

impl Watch {
    pub(super) fn new(hints: Hints, outlet: Outlet, orders: watch::Receiver<Orders>, gauge: Gauge) -> Self {
        Self { hints, outlet, orders, gauge, locked: None, elsewhere: false }
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
                    (self.locked, self.elsewhere) = (None, false);
                }
                other => return other,
            }
        }
    }

    /// The bus is gone.
    pub(super) async fn lost(&mut self) -> Result<(), Ended> {
        self.say_nothing_known().await
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

    /// Follows one run of logind, from one session of ours to the next; without one, waits.
    async fn follow(&mut self, conn: &Connection, owner: Option<&OwnedUniqueName>) -> Result<Infallible, Ended> {
        let Some(owner) = owner else {
            self.outlet.board.absent(Lock, LOGIND_NAME, "logind does not run", Some(NO_SESSION));
            self.say_nothing_known().await?;
            return std::future::pending().await;
        };
        let logind = Logind::new(conn, owner);
        loop {
            let own = self.find_session(conn, &logind).await?;
            let seat = logind.seat(&own.path).await?;
            let ours = OurSession { logind: logind.clone(), own, seat };
            self.attend(conn, owner, &ours).await?;
            if ours.own.is_certain {
                // The person has logged out, which is for another to say. There is no lock to tell of any more.
                return std::future::pending().await;
            }
        }
    }

    /// Finds our session, waiting for one to begin if there is none yet.
    async fn find_session(&mut self, conn: &Connection, logind: &Logind) -> Result<Own, Ended> {
        let mut beginnings = bus::listen(conn, vec![bus::signal(LOGIND, MANAGER, "SessionNew")?]).await?;
        loop {
            // Who says nothing may have a session of ours all the same: that is no answer.
            if let Some(own) = logind.own_session(&self.hints).await? {
                return Ok(own);
            }
            self.outlet.board.absent(Lock, LOGIND_NAME, "our session was not found", Some(NO_SESSION));
            bus::next(&mut beginnings).await?;
        }
    }

    /// Tells of the lock until our session ends.
    async fn attend(&mut self, conn: &Connection, owner: &OwnedUniqueName, ours: &OurSession) -> Result<(), Ended> {
        let mut rules = vec![
            bus::property_changes(LOGIND, ours.own.path.to_string())?,
            bus::signal(LOGIND, MANAGER, "SessionRemoved")?,
        ];
        if let Some(seat) = &ours.seat {
            rules.push(bus::property_changes(LOGIND, seat.to_string())?);
        }
        let mut messages = bus::listen(conn, rules).await?;
        let mut sender = Some(owner.clone());
        let mut as_it_happens = false;
        loop {
            if ours.logind.life(&ours.own.path).await? != Life::Lasts {
                return Ok(());
            }
            let seen = ours.in_front().await?;
            let mut theirs = match &seen {
                Some(session) if *session != ours.own.path => {
                    Some(bus::listen(conn, vec![bus::property_changes(LOGIND, session.to_string())?]).await?)
                }
                _ => None,
            };
            self.look(ours, seen.as_ref(), as_it_happens).await?;
            as_it_happens = true;
            loop {
                let message = next_of_both(&mut messages, theirs.as_mut()).await?;
                if !bus::is_from(conn, &message, LOGIND, &mut sender).await? {
                    continue;
                }
                match ours.news(&message, seen.as_ref()) {
                    Some(News::Locked(locked)) => self.say(Some(locked), true).await?,
                    Some(News::Ask) => self.look(ours, seen.as_ref(), true).await?,
                    Some(News::Front) => break,
                    Some(News::Ended) => return Ok(()),
                    None => {}
                }
            }
        }
    }

    /// Asks for the lock of the session that is seen. One that nobody sees is as good as locked.
    async fn look(
        &mut self,
        ours: &OurSession,
        seen: Option<&OwnedObjectPath>,
        as_it_happens: bool,
    ) -> Result<(), Ended> {
        let elsewhere = seen.is_some_and(|seen| ours.own.is_certain && *seen != ours.own.path);
        let Some(seen) = seen else {
            let why = format!("{} is not in front: another person's session, or none", ours.own.path.as_str());
            self.outlet.board.working(Lock, LOGIND_NAME, &why);
            self.say(Some(true), as_it_happens).await?;
            return self.say_elsewhere(false).await;
        };
        match ours.logind.is_locked(seen).await {
            Ok(locked) => {
                let why = format!("LockedHint of {}", seen.as_str());
                if elsewhere {
                    let why = format!("{why}, a session of yours in front of this one, whose input is not heard");
                    self.outlet.board.limited(Lock, LOGIND_NAME, &why, BEHIND);
                } else {
                    self.outlet.board.working(Lock, LOGIND_NAME, &why);
                }
                self.say(Some(locked), as_it_happens && !elsewhere).await?;
            }
            Err(error @ (zbus::Error::MethodError(..) | zbus::Error::Variant(_))) => {
                self.outlet.board.failing(
                    Lock,
                    LOGIND_NAME,
                    &format!("it does not tell the LockedHint: {error}"),
                    None,
                );
                self.say(None, false).await?;
            }
            Err(error) => return Err(error.into()),
        }
        // After the lock, so that who comes to a locked session is not taken for somebody at work.
        self.say_elsewhere(elsewhere).await
    }

    async fn say_nothing_known(&mut self) -> Result<(), Ended> {
        self.say(None, false).await?;
        self.say_elsewhere(false).await
    }

    async fn say(&mut self, locked: Option<bool>, as_it_happens: bool) -> Result<(), Ended> {
        if std::mem::replace(&mut self.locked, locked) == locked {
            return Ok(());
        }
        let idle = self.gauge.at_lock(locked, as_it_happens && !self.elsewhere).await;
        self.outlet.say(LOGIND_NAME, Raw::Lock { source: LockSource::Logind, locked, idle }).await
    }

    async fn say_elsewhere(&mut self, elsewhere: bool) -> Result<(), Ended> {
        if std::mem::replace(&mut self.elsewhere, elsewhere) == elsewhere {
            return Ok(());
        }
        self.outlet.say(LOGIND_NAME, Raw::Elsewhere(elsewhere)).await
    }
}

impl OurSession {
    async fn in_front(&self) -> zbus::Result<Option<OwnedObjectPath>> {
        match &self.seat {
            Some(seat) => self.logind.in_front(seat, &self.own.path).await,
            None => Ok(Some(self.own.path.clone())),
        }
    }

    fn news(&self, message: &Message, seen: Option<&OwnedObjectPath>) -> Option<News> {
        let header = message.header();
        if header.member()? == "SessionRemoved" {
            let (_, path): (String, OwnedObjectPath) = message.body().deserialize().ok()?;
            return (path == self.own.path).then_some(News::Ended);
        }
        let body = message.body();
        let (interface, changed, invalidated): (String, HashMap<String, OwnedValue>, Vec<String>) =
            body.deserialize().ok()?;
        let has_changed = |name| changed.contains_key(name) || invalidated.iter().any(|changed| changed == name);
        if interface == SEAT {
            return has_changed(ACTIVE).then_some(News::Front);
        }
        let is_of_the_seen = seen.is_some_and(|seen| header.path().is_some_and(|path| path == &seen.as_ref()));
        if interface != SESSION || !is_of_the_seen || !has_changed(HINT) {
            return None;
        }
        let now = changed.get(HINT).and_then(|locked| bool::try_from(locked).ok());
        Some(now.map_or(News::Ask, News::Locked))
    }
}

async fn next_of_both(messages: &mut Messages, others: Option<&mut Messages>) -> Result<Message, Ended> {
    match others {
        None => bus::next(messages).await,
        Some(others) => tokio::select! {
            message = bus::next(messages) => message,
            message = bus::next(others) => message,
        },
    }
}
