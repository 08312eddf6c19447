//! Sleep by logind, which waits for us: until what must be noted down is noted down, or a few seconds.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;
use zbus::Connection;
use zbus::names::OwnedUniqueName;
use zbus::zvariant::OwnedFd;

use super::bus;
use super::bus::{LOGIND, LOGIND_NAME};
use crate::health::SignalKind::Sleep;
use crate::idle_port::Gauge;
use crate::outlet::{Ended, Outlet};
use crate::raw::Raw;

const MANAGER: &str = "org.freedesktop.login1.Manager";
const MANAGER_PATH: &str = "/org/freedesktop/login1";
const WHY: &str = "Others are told that you are away before the machine sleeps";
/// logind itself waits five seconds, unless configured otherwise.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is known of sleep, and what holds it back.
pub(super) struct Watch {
    outlet: Outlet,
    recorded: Arc<Notify>,
    gauge: Gauge,
    /// Held while awake; closing it lets the machine sleep.
    inhibitor: Option<OwnedFd>,
    /// What was last passed on.
    asleep: bool,
}

impl Watch {
    pub(super) fn new(outlet: Outlet, recorded: Arc<Notify>, gauge: Gauge) -> Self {
        Self { outlet, recorded, gauge, inhibitor: None, asleep: false }
    }

    /// Listens on a bus until it is lost or nobody wants to hear.
    pub(super) async fn run(&mut self, conn: &Connection) -> Result<Infallible, Ended> {
        let rules = vec![bus::owner_changes(LOGIND)?, bus::signal(LOGIND, MANAGER, "PrepareForSleep")?];
        let mut messages = bus::listen(conn, rules).await?;
        let mut owner = bus::owner(conn, LOGIND).await?;
        self.owned_by(conn, owner.as_ref()).await?;
        loop {
            let message = bus::next(&mut messages).await?;
            if let Some((_, new)) = bus::owner_changed(&message) {
                owner = new;
                self.owned_by(conn, owner.as_ref()).await?;
            } else if let Ok(asleep) = message.body().deserialize::<bool>()
                && bus::is_from(conn, &message, LOGIND, &mut owner).await?
            {
                self.heard(conn, owner.as_ref(), asleep).await?;
            }
        }
    }

    /// The bus is gone. We are not: the machine is awake.
    pub(super) async fn lost(&mut self) -> Result<(), Ended> {
        self.inhibitor = None;
        self.awake().await
    }

    /// Starts anew with a run of logind, or without one.
    async fn owned_by(&mut self, conn: &Connection, owner: Option<&OwnedUniqueName>) -> Result<(), Ended> {
        self.inhibitor = None;
        let Some(owner) = owner else {
            self.outlet.board.absent(Sleep, LOGIND_NAME, "logind does not run", None);
            return self.awake().await;
        };
        self.hold(conn, owner).await;
        let preparing = bus::property(conn, owner, MANAGER_PATH, MANAGER, "PreparingForSleep").await;
        match preparing.map(bool::try_from) {
            Ok(Ok(true)) => self.heard(conn, Some(owner), true).await,
            _ => self.awake().await,
        }
    }

    async fn heard(&mut self, conn: &Connection, owner: Option<&OwnedUniqueName>, asleep: bool) -> Result<(), Ended> {
        if !asleep {
            if let Some(owner) = owner {
                self.hold(conn, owner).await;
            }
            return self.awake().await;
        }
        if std::mem::replace(&mut self.asleep, true) {
            return Ok(());
        }
        let idle = self.gauge.read().await;
        let recorded = self.recorded.clone();
        let recorded = recorded.notified();
        tokio::pin!(recorded);
        // From here on a call counts, even one made before it is waited for.
        recorded.as_mut().enable();
        self.outlet.say(LOGIND_NAME, Raw::Sleep { asleep: true, idle }).await?;
        if timeout(PATIENCE, recorded).await.is_err() {
            tracing::warn!("nobody noted the sleep down in time");
        }
        self.inhibitor = None;
        Ok(())
    }

    async fn awake(&mut self) -> Result<(), Ended> {
        if std::mem::replace(&mut self.asleep, false) {
            self.outlet.say(LOGIND_NAME, Raw::Sleep { asleep: false, idle: None }).await?;
        }
        Ok(())
    }

    /// Takes the inhibitor. Without it sleep is heard all the same, perhaps only on waking.
    async fn hold(&mut self, conn: &Connection, owner: &OwnedUniqueName) {
        let wanted = ("sleep", "Halo", WHY, "delay");
        let reply = conn.call_method(Some(owner), MANAGER_PATH, Some(MANAGER), "Inhibit", &wanted).await;
        match reply.and_then(|reply| reply.body().deserialize::<OwnedFd>()) {
            Ok(fd) => {
                self.inhibitor = Some(fd);
                self.outlet.board.working(Sleep, LOGIND_NAME, "it waits for a moment before the machine sleeps");
            }
            Err(error) => {
                self.inhibitor = None;
                let why = format!("it tells of sleep but does not wait: {error}");
                self.outlet.board.working(Sleep, LOGIND_NAME, &why);
            }
        }
    }
}
