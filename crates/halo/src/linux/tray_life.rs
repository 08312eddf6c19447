//! The ring's life in the tray, through hosts that come, go, hang or forget it. Nobody waits for a host but this task.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use agent::{Tick, Tray};
use futures_util::StreamExt;
use ksni::{Handle, TrayMethods};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep, sleep, timeout};
use words::key;
use zbus::fdo::DBusProxy;
use zbus::{Connection, Proxy};

use super::health::{Health, Host};
use super::tray::Ring;

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const WATCHER_OBJECT: &str = "/StatusNotifierWatcher";

/// How long a tray host may be missing before the person is told: panels start when they start.
const HOST_PATIENCE: Duration = Duration::from_secs(10);

/// How long a host may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long after taking the ring a host has it among what it shows.
const LISTED_AFTER: Duration = Duration::from_secs(2);

/// How often a host that forgets the ring is given it anew.
const MOST_TRIES: u32 = 3;

const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(300);

/// How a ring ended.
enum Ended {
    /// The program ends.
    ForGood,
    /// It is to be shown anew, under another name.
    Anew,
}

/// What a host says of the ring.
#[derive(Clone, Copy)]
enum Listing {
    Listed,
    Absent,
    Silent,
}

/// Keeps the tray, for as long as the program runs.
pub async fn keep_tray(trays: watch::Receiver<Option<Tray>>, bus: Arc<Health>, ticks: mpsc::Sender<Tick>) {
    let connections = bus.connection();
    let patience = Box::pin(sleep(HOST_PATIENCE));
    let life = Life { trays, bus, ticks, connections, retry: FIRST_RETRY, tries: 0, patience, is_told: false };
    life.run().await;
}

struct Life {
    trays: watch::Receiver<Option<Tray>>,
    bus: Arc<Health>,
    ticks: mpsc::Sender<Tick>,
    connections: watch::Receiver<Option<Connection>>,
    retry: Duration,
    /// How often this host has forgotten the ring.
    tries: u32,
    patience: Pin<Box<Sleep>>,
    /// Whether the person knows that there is no host.
    is_told: bool,
}

impl Life {
    async fn run(mut self) {
        if !self.bus.wants_tray {
            return self.over().await;
        }
        loop {
            let mut connections = self.connections.clone();
            let connection = tokio::select! {
                connection = connections.wait_for(Option::is_some) => connection.ok().and_then(|found| found.clone()),
                () = self.over() => return,
            };
            let Some(connection) = connection else { return };
            self.connections.mark_unchanged();
            match self.show(&connection).await {
                Ok(Ended::ForGood) => return,
                Ok(Ended::Anew) => {}
                Err(error) => tracing::warn!("the ring can't be shown: {error}"),
            }
            let retry = self.retry;
            tokio::select! {
                () = sleep(retry) => {}
                () = self.over() => return,
            }
            self.retry = (retry * 2).min(LAST_RETRY);
        }
    }

    /// Waits until the program ends.
    async fn over(&mut self) {
        while self.trays.changed().await.is_ok() {}
    }

    /// One ring, from its first host to its end.
    async fn show(&mut self, connection: &Connection) -> zbus::Result<Ended> {
        let Ok(tray) = self.trays.wait_for(Option::is_some).await.map(|tray| tray.clone()) else {
            return Ok(Ended::ForGood);
        };
        let Some(tray) = tray else { return Ok(Ended::ForGood) };
        let names = DBusProxy::new(connection).await?;
        let mut hosts = names.receive_name_owner_changed_with_args(&[(0, WATCHER)]).await?;
        let ring = Ring::new(tray, self.bus.clone(), self.ticks.clone());
        self.bus.host_is(Host::Shows);
        // Registered by the connection's own name, which no other start has: a host may miss it if a name goes and
        // comes back at once, as it does when the program becomes a newer one.
        let spawning = ring.disable_dbus_name(true).assume_sni_available(true).spawn();
        let tray = tokio::select! {
            spawned = timeout(PATIENCE, spawning) => spawned.ok(),
            () = self.over() => return Ok(Ended::ForGood),
        };
        let Some(tray) = tray else {
            self.bus.host_is(Host::Silent);
            return self.until_another_host(&mut hosts).await;
        };
        let tray = tray.map_err(|error| zbus::Error::Failure(error.to_string()))?;
        let ended = self.live(connection, &tray, &mut hosts).await;
        // Said good-bye, so that the ring is gone from the panel before the process is.
        let _ = timeout(Duration::from_secs(1), tray.shutdown()).await;
        ended
    }

    /// A host that does not answer is asked again when its time has come, or at once when it is another.
    async fn until_another_host(&mut self, hosts: &mut zbus::fdo::NameOwnerChangedStream) -> zbus::Result<Ended> {
        tokio::select! {
            _ = hosts.next() => self.retry = FIRST_RETRY,
            () = sleep(self.retry) => {}
            () = self.over() => return Ok(Ended::ForGood),
        }
        Ok(Ended::Anew)
    }

    async fn live(
        &mut self,
        connection: &Connection,
        tray: &Handle<Ring>,
        hosts: &mut zbus::fdo::NameOwnerChangedStream,
    ) -> zbus::Result<Ended> {
        let mut asked = JoinSet::new();
        let mut look = Some(Instant::now() + LISTED_AFTER).filter(|_| self.bus.host() != Host::Missing);
        let mut look_again = 5 * LISTED_AFTER;
        // What came while the ring was on its way to the host went by unseen.
        self.trays.mark_changed();
        loop {
            let at = look;
            tokio::select! {
                changed = self.trays.changed() => {
                    if changed.is_err() {
                        return Ok(Ended::ForGood);
                    }
                    let Some(newer) = self.trays.borrow_and_update().clone() else { continue };
                    let drawn = tray.update(move |ring: &mut Ring| ring.take(newer));
                    if timeout(PATIENCE, drawn).await.is_err() {
                        // It is stuck with a host that hung as it came.
                        self.bus.host_is(Host::Silent);
                        return Ok(Ended::Anew);
                    }
                }
                changed = self.connections.changed() => {
                    if changed.is_err() || self.connections.borrow().is_none() {
                        return Ok(Ended::Anew);
                    }
                }
                host = hosts.next() => {
                    let Some(host) = host else { return Ok(Ended::Anew) };
                    self.tries = 0;
                    look = host.args()?.new_owner().is_some().then(|| Instant::now() + LISTED_AFTER);
                }
                () = tokio::time::sleep_until(at.unwrap_or_else(Instant::now)), if at.is_some() => {
                    look = None;
                    let connection = connection.clone();
                    asked.spawn(async move { timeout(PATIENCE, listing(&connection)).await.unwrap_or(Listing::Silent) });
                }
                Some(listing) = asked.join_next() => match listing {
                    _ if self.bus.host() == Host::Missing => {}
                    Ok(Listing::Listed) | Err(_) => {
                        self.bus.host_is(Host::Shows);
                        (self.retry, self.tries) = (FIRST_RETRY, 0);
                    }
                    Ok(Listing::Silent) => {
                        self.bus.host_is(Host::Silent);
                        look = Some(Instant::now() + look_again);
                        look_again = (look_again * 2).min(LAST_RETRY);
                    }
                    Ok(Listing::Absent) => {
                        self.bus.host_is(Host::Forgetful);
                        self.tries += 1;
                        if self.tries <= MOST_TRIES {
                            tracing::warn!("the tray host does not list the ring: it is registered anew");
                            return Ok(Ended::Anew);
                        }
                    }
                },
                () = &mut self.patience, if !self.is_told => {
                    self.is_told = true;
                    if self.bus.host() == Host::Missing {
                        let _ = self.ticks.try_send(Tick::Tell(key::FAULT_NO_TRAY, Vec::new()));
                    }
                }
            }
        }
    }
}

/// Whether the host has an item of this process among what it shows. One that can't say is believed.
async fn listing(connection: &Connection) -> Listing {
    let listed = async {
        let watcher = Proxy::new(connection, WATCHER, WATCHER_OBJECT, WATCHER).await?;
        watcher.get_property::<Vec<String>>("RegisteredStatusNotifierItems").await
    };
    let (Ok(listed), Ok(names)) = (listed.await, DBusProxy::new(connection).await) else { return Listing::Listed };
    for item in listed {
        let name = item.split(['/', '@']).next().unwrap_or_default();
        let Ok(name) = name.try_into() else { continue };
        if names.get_connection_unix_process_id(name).await.is_ok_and(|id| id == std::process::id()) {
            return Listing::Listed;
        }
    }
    Listing::Absent
}
