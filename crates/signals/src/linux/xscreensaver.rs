//! Lock by `XScreenSaver`, which is on no bus: it writes how it is on the root window of the X display.
//!
//! Whoever listens there wakes up with every change of a root window, as of the window in front. So nobody does until
//! `XScreenSaver` runs; that it came is looked for when this program starts, and again when something else happens.

use std::convert::Infallible;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::slice::Iter;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::errors::{ConnectionError, ReplyError};
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{Atom, AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, Window};
use x11rb::rust_connection::RustConnection;

use super::xlink;
use crate::environment::Environment;
use crate::handle::Orders;
use crate::health::SignalKind::Lock;
use crate::idle_port::Gauge;
use crate::outlet::{Ended, Outlet, stopped, unpaused};
use crate::raw::{LockSource, Raw};

/// The source, as people look it up.
const NAME: &str = "XScreenSaver";
const SOURCE: LockSource = LockSource::ScreenSaver(NAME);
/// On the root window: how it is (zero, or one of two atoms), since when, and what it draws.
const STATUS: &[u8] = b"_SCREENSAVER_STATUS";
/// The one that says that it is locked. The other says that it draws, and that nothing is asked of who comes back.
const LOCKED: &[u8] = b"LOCK";
/// On its own window, for as long as it lives.
const VERSION: &[u8] = b"_SCREENSAVER_VERSION";

/// How long the X server may take for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// When to look for it after this program's start, as a session starts it a little later, and after its end. Not for
/// longer: nothing wakes up while nothing happens.
const LOOKS: [Duration; 2] = [Duration::from_secs(4); 2];
/// The least time between two looks for it after that.
const BETWEEN: Duration = Duration::from_secs(10);

/// Listens for as long as anybody wants to hear.
pub(super) async fn run(environment: Environment, outlet: Outlet, mut orders: watch::Receiver<Orders>, gauge: Gauge) {
    // It locks no Wayland session.
    let (Some(display), None) = (environment.display, environment.wayland_display) else { return };
    let mut watch = Watch { display, outlet: outlet.clone(), gauge, locked: None };
    let mut looks = LOOKS.iter();
    loop {
        if unpaused(&mut orders).await.is_err() {
            return;
        }
        let mut listened = orders.clone();
        let ended = tokio::select! {
            ended = watch.listen(&mut looks) => ended,
            ended = stopped(&mut listened) => ended,
            () = outlet.closed() => Ended::Closed,
        };
        match ended {
            Ended::Closed => return,
            Ended::Paused => {
                outlet.board.unchoose(Lock);
                watch.locked = None;
                continue;
            }
            Ended::Lost(why) => {
                outlet.board.absent(Lock, NAME, &why, None);
                if watch.say(None, false).await.is_err() {
                    return;
                }
            }
        }
        let ended = tokio::select! {
            () = may_have_come(&mut looks, &mut orders) => None,
            ended = stopped(&mut listened) => Some(ended),
            () = outlet.closed() => Some(Ended::Closed),
        };
        if matches!(ended, Some(Ended::Closed)) {
            return;
        }
    }
}

/// Waits until it is worth a look whether it runs.
async fn may_have_come(looks: &mut Iter<'_, Duration>, orders: &mut watch::Receiver<Orders>) {
    if let Some(wait) = looks.next() {
        return sleep(*wait).await;
    }
    sleep(BETWEEN).await;
    // Something happens: an idle time is reached, the person acts.
    if orders.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

struct Watch {
    display: String,
    outlet: Outlet,
    gauge: Gauge,
    /// What was last passed on.
    locked: Option<bool>,
}

impl Watch {
    async fn listen(&mut self, looks: &mut Iter<'_, Duration>) -> Ended {
        match self.hear(looks).await {
            Ok(never) => match never {},
            Err(ended) => ended,
        }
    }

    async fn hear(&mut self, looks: &mut Iter<'_, Duration>) -> Result<Infallible, Ended> {
        let display = self.display.clone();
        let saver = apart(move || Saver::find(&display)).await?.map_err(Ended::Lost)?;
        let saver = Watched::new(Arc::new(saver))?;
        *looks = LOOKS.iter();
        self.outlet.board.working(Lock, NAME, "it writes on the X display whether the screen is locked");
        let mut as_it_happens = false;
        loop {
            let asked = saver.0.get_ref().0.clone();
            let locked = apart(move || asked.is_locked()).await?.map_err(|error| lost(&error))?;
            let locked = locked.ok_or_else(|| Ended::Lost("it has ended".to_owned()))?;
            self.say(Some(locked), as_it_happens).await?;
            as_it_happens = true;
            saver.stirs().await?;
        }
    }

    async fn say(&mut self, locked: Option<bool>, as_it_happens: bool) -> Result<(), Ended> {
        if std::mem::replace(&mut self.locked, locked) == locked {
            return Ok(());
        }
        let idle = self.gauge.at_lock(locked, as_it_happens).await;
        self.outlet.say(NAME, Raw::Lock { source: SOURCE, locked, idle }).await
    }
}

/// Does what waits for the X server on a thread of its own: a server that hangs must not stop the rest.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Ended> {
    let done = xlink::apart("x11-saver", work)?;
    match timeout(PATIENCE, done).await {
        Ok(Ok(done)) => Ok(done),
        _ => Err(Ended::Lost("the X server does not answer".to_owned())),
    }
}

/// A connection on which `XScreenSaver` was seen.
struct Saver {
    conn: RustConnection,
    root: Window,
    status: Atom,
    /// `None`: it was never locked.
    locked: Option<Atom>,
    version: Atom,
}

impl Saver {
    /// Finds one that runs. The error is for people.
    fn find(display: &str) -> Result<Self, String> {
        let unreachable = |error: &dyn std::error::Error| format!("the X server {display} cannot be reached: {error}");
        let (conn, _) = RustConnection::connect(Some(display)).map_err(|error| unreachable(&error))?;
        if conn.extension_information("XWAYLAND").map_err(|error| unreachable(&error))?.is_some() {
            return Err("this X server is Xwayland".to_owned());
        }
        // It uses the first screen, whatever the display's name says.
        let root = conn.setup().roots.first().map(|screen| screen.root).ok_or("the X server has no screen")?;
        Self::on(conn, root).map_err(|error| unreachable(&error))?.ok_or_else(|| "it does not run".to_owned())
    }

    fn on(conn: RustConnection, root: Window) -> Result<Option<Self>, ReplyError> {
        let atom = |name| -> Result<Option<Atom>, ReplyError> {
            // One that nobody has named yet is zero.
            Ok(Some(conn.intern_atom(true, name)?.reply()?.atom).filter(|atom| *atom != 0))
        };
        let (Some(status), Some(version)) = (atom(STATUS)?, atom(VERSION)?) else { return Ok(None) };
        let locked = atom(LOCKED)?;
        conn.change_window_attributes(root, &ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE))?;
        let saver = Self { conn, root, status, locked, version };
        let runs = saver.window()?.is_some();
        Ok(runs.then_some(saver))
    }

    /// Whether it is locked; `None`: it has ended, whatever it wrote last. Its end is waited for from then on, too.
    fn is_locked(&self) -> Result<Option<bool>, ReplyError> {
        let Some(window) = self.window()? else { return Ok(None) };
        let ends = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        if self.conn.change_window_attributes(window, &ends)?.check().is_err() {
            return Ok(None);
        }
        let status = self.conn.get_property(false, self.root, self.status, AtomEnum::INTEGER, 0, 1)?.reply()?;
        let status = status.value32().and_then(|mut values| values.next());
        let locked = match self.locked {
            Some(locked) => locked,
            None => self.conn.intern_atom(false, LOCKED)?.reply()?.atom,
        };
        Ok(Some(status == Some(locked)))
    }

    /// The window of the one that runs.
    fn window(&self) -> Result<Option<Window>, ReplyError> {
        let windows = self.conn.query_tree(self.root)?.reply()?.children;
        let asked = |&window: &Window| {
            let cookie = self.conn.get_property(false, window, self.version, AtomEnum::STRING, 0, 0);
            cookie.map(|cookie| (window, cookie))
        };
        let asked: Vec<_> = windows.iter().map(asked).collect::<Result<_, ConnectionError>>()?;
        for (window, cookie) in asked {
            // A window that has gone by now is not it.
            if cookie.reply().is_ok_and(|version| version.type_ != 0) {
                return Ok(Some(window));
            }
        }
        Ok(None)
    }
}

/// A connection that is waited on.
struct Watched(AsyncFd<Shared>);

struct Shared(Arc<Saver>);

impl AsRawFd for Shared {
    fn as_raw_fd(&self) -> RawFd {
        self.0.conn.stream().as_raw_fd()
    }
}

impl Watched {
    #[expect(
        deprecated,
        reason = "the connection keeps one socket for its whole life; the new name for this is unsafe"
    )]
    fn new(saver: Arc<Saver>) -> io::Result<Self> {
        AsyncFd::with_interest(Shared(saver), Interest::READABLE).map(Self)
    }

    /// Waits until what it wrote may have changed, or it has ended.
    async fn stirs(&self) -> Result<(), Ended> {
        let saver = &self.0.get_ref().0;
        loop {
            // First what has arrived: it may have been read, and queued, while something was asked.
            let mut stirs = false;
            while let Some(event) = saver.conn.poll_for_event().map_err(|error| lost(&error))? {
                stirs |= match event {
                    Event::PropertyNotify(change) => change.atom == saver.status,
                    Event::DestroyNotify(_) => true,
                    _ => false,
                };
            }
            if stirs {
                return Ok(());
            }
            self.0.readable().await?.clear_ready();
        }
    }
}

fn lost(error: &dyn std::error::Error) -> Ended {
    Ended::Lost(format!("the X server is gone: {error}"))
}
