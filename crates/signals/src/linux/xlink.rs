//! A connection to the X server that can tell the idle time.

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;
use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::errors::ReplyOrIdError;
use x11rb::protocol::sync::{Alarm, ConnectionExt as _, Counter};
use x11rb::rust_connection::RustConnection;

/// A connection made ready: the counter found, names for the alarms taken.
pub(super) struct Link {
    pub(super) conn: RustConnection,
    /// The system counter of milliseconds since the last input.
    pub(super) idletime: Counter,
    pub(super) probe: Alarm,
    pub(super) threshold: Alarm,
    pub(super) input: Alarm,
}

impl AsRawFd for Link {
    fn as_raw_fd(&self) -> RawFd {
        self.conn.stream().as_raw_fd()
    }
}

/// Why there is no such connection.
#[derive(Debug)]
pub(super) enum NoLink {
    /// The server cannot be reached.
    Server(String),
    /// It is there, and has no idle counter.
    NoCounter(String),
    /// It sees only part of the input.
    Wayland,
}

/// Connects to one display.
pub(super) struct Connector {
    display: String,
    /// An attempt that a hung server has not answered yet: waited for again, rather than followed by another.
    pending: Option<oneshot::Receiver<Result<Link, NoLink>>>,
}

impl Connector {
    pub(super) fn new(display: String) -> Self {
        Self { display, pending: None }
    }

    /// Connects, or gives up for now after five seconds.
    pub(super) async fn open(&mut self) -> Result<Link, NoLink> {
        let mut pending = match self.pending.take() {
            Some(pending) => pending,
            None => start(self.display.clone())?,
        };
        match timeout(Duration::from_secs(5), &mut pending).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(NoLink::Server(format!("connecting to the X server {} failed", self.display))),
            Err(_) => {
                self.pending = Some(pending);
                Err(NoLink::Server(format!("the X server {} does not answer", self.display)))
            }
        }
    }
}

fn start(display: String) -> Result<oneshot::Receiver<Result<Link, NoLink>>, NoLink> {
    apart("x11-connect", move || connect(&display)).map_err(|error| NoLink::Server(error.to_string()))
}

/// Does what blocks on a thread of its own, which ends with it: a hung server must not stop the rest.
pub(super) fn apart<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<oneshot::Receiver<T>> {
    let (tx, rx) = oneshot::channel();
    let work = move || {
        // Nobody may be waiting any more.
        let _ = tx.send(work());
    };
    thread::Builder::new().name(name.to_owned()).stack_size(256 * 1024).spawn(work).map(|_| rx)
}

fn connect(display: &str) -> Result<Link, NoLink> {
    let unreachable =
        |error: &dyn std::error::Error| NoLink::Server(format!("the X server {display} cannot be reached: {error}"));
    let (conn, _) = RustConnection::connect(Some(display)).map_err(|error| unreachable(&error))?;
    if conn.extension_information("XWAYLAND").map_err(|error| unreachable(&error))?.is_some() {
        return Err(NoLink::Wayland);
    }
    if conn.extension_information("SYNC").map_err(|error| unreachable(&error))?.is_none() {
        return Err(NoLink::NoCounter("the X server has no SYNC extension".to_owned()));
    }
    prepare(conn)
}

fn prepare(conn: RustConnection) -> Result<Link, NoLink> {
    let lost = |error: ReplyOrIdError| NoLink::Server(format!("the X server failed while it was asked: {error}"));
    let counter = idle_counter(&conn).map_err(lost)?;
    let idletime = counter.ok_or_else(|| NoLink::NoCounter("the X server has no IDLETIME counter".to_owned()))?;
    let id = || conn.generate_id().map_err(lost);
    let (probe, threshold, input) = (id()?, id()?, id()?);
    Ok(Link { conn, idletime, probe, threshold, input })
}

fn idle_counter(conn: &RustConnection) -> Result<Option<Counter>, ReplyOrIdError> {
    conn.sync_initialize(3, 1)?.reply()?;
    let counters = conn.sync_list_system_counters()?.reply()?.counters;
    Ok(counters.into_iter().find(|counter| counter.name == b"IDLETIME").map(|counter| counter.counter))
}
