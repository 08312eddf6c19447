//! The end of our session: whoever logs out is gone, though this program may live on.
//!
//! logind tells when a session is removed, and that is when its last program has ended. As long as one lives, and be it
//! this one, the session is only *closing*, and no signal says so. So logind is asked whenever something else gives
//! reason to: sessions come and go, another one is in front of the seat, or the display, the compositor or the session
//! bus is lost. A pause of sensing changes nothing in that.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;

use tokio::sync::Notify;
use zbus::Connection;
use zbus::names::OwnedUniqueName;

use super::bus;
use super::bus::LOGIND;
use super::bus::Messages;
use super::login_session::{Hints, Life, Logind, Own};
use crate::outlet::Ended;

const MANAGER: &str = "org.freedesktop.login1.Manager";

/// Where other sources say that a part of the session is lost.
#[derive(Debug, Clone, Default)]
pub(super) struct Doubts(Arc<Notify>);

impl Doubts {
    /// Something that lasts as long as a session does is gone.
    pub(super) fn raise(&self) {
        self.0.notify_one();
    }
}

/// What it takes to know that the person has logged out.
pub(super) struct Watch {
    hints: Hints,
    doubts: Doubts,
    logged_out: Arc<Notify>,
    /// The session that was last followed.
    followed: Option<Own>,
}

impl Watch {
    pub(super) fn new(hints: Hints, doubts: Doubts, logged_out: Arc<Notify>) -> Self {
        Self { hints, doubts, logged_out, followed: None }
    }

    /// Listens on a bus until it is lost.
    pub(super) async fn run(&mut self, conn: &Connection) -> Result<Infallible, Ended> {
        let mut comings = bus::listen(conn, vec![bus::owner_changes(LOGIND)?]).await?;
        let mut owner = bus::owner(conn, LOGIND).await?;
        loop {
            tokio::select! {
                ended = self.follow(conn, owner.as_ref()) => return ended,
                message = bus::next(&mut comings) => {
                    if let Some((_, new)) = bus::owner_changed(&message?) {
                        owner = new;
                    }
                }
            }
        }
    }

    /// Follows one run of logind until the person has logged out, and says so.
    async fn follow(&mut self, conn: &Connection, owner: Option<&OwnedUniqueName>) -> Result<Infallible, Ended> {
        let Some(owner) = owner else { return pending().await };
        let logind = Logind::new(conn, owner);
        let rules = ["SessionNew", "SessionRemoved"].map(|member| bus::signal(LOGIND, MANAGER, member));
        let mut sessions = bus::listen(conn, rules.into_iter().collect::<zbus::Result<_>>()?).await?;
        loop {
            let own = self.find(&logind, &mut sessions).await?;
            self.followed = Some(own.clone());
            self.until_over(conn, &logind, &own, &mut sessions).await?;
            self.followed = None;
            // Where it is not certain which session is ours, any other one that the person sees can be.
            if own.is_certain || logind.own_session(&self.hints).await?.is_none() {
                tracing::info!("the person has logged out of {}", own.path.as_str());
                self.logged_out.notify_one();
                return pending().await;
            }
        }
    }

    /// Our session, waiting for one to begin if there is none yet.
    async fn find(&mut self, logind: &Logind, sessions: &mut Messages) -> Result<Own, Ended> {
        // A logind that was started anew, and does not know a session, says nothing of the person.
        if let Some(own) = self.followed.take()
            && logind.life(&own.path).await? != Life::Gone
        {
            return Ok(own);
        }
        loop {
            if let Some(own) = logind.own_session(&self.hints).await? {
                return Ok(own);
            }
            bus::next(sessions).await?;
        }
    }

    /// Waits until a session is over.
    async fn until_over(
        &self,
        conn: &Connection,
        logind: &Logind,
        own: &Own,
        sessions: &mut Messages,
    ) -> Result<(), Ended> {
        let mut seat = match logind.seat(&own.path).await? {
            Some(seat) => Some(bus::listen(conn, vec![bus::property_changes(LOGIND, seat.to_string())?]).await?),
            None => None,
        };
        while logind.life(&own.path).await? == Life::Lasts {
            tokio::select! {
                message = bus::next(sessions) => drop(message?),
                message = next_of(seat.as_mut()) => drop(message?),
                () = self.doubts.0.notified() => {}
            }
        }
        Ok(())
    }
}

async fn next_of(messages: Option<&mut Messages>) -> Result<zbus::Message, Ended> {
    match messages {
        Some(messages) => bus::next(messages).await,
        None => pending().await,
    }
}
