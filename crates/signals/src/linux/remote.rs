//! A desktop on another machine, looked at from afar: whoever cuts the connection has left it as whoever locks it.
//!
//! Neither logind nor the X server tells of that. Under xrdp and in a session of `TigerVNC` the kernel knows who is
//! connected; the first makes and removes sockets as people come and go, the second writes a log: both wake this program,
//! which then asks the kernel.

use std::convert::Infallible;
use std::ffi::CStr;
use std::fs;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, Reader, WatchFlags};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::environment::{Environment, Remote};
use crate::handle::Orders;
use crate::health::SignalKind::Lock;
use crate::idle_port::Gauge;
use crate::outlet::{Ended, Outlet, stopped, unpaused};
use crate::raw::{LockSource, Raw};

/// The source, as people look it up.
const NAME: &str = "remote desktop";

/// What is told may come before it is so: it is looked at a second time.
const SETTLED: Duration = Duration::from_secs(1);

/// The lowest port of VNC: the one of display `:0`.
const FIRST_PORT: u16 = 5900;

/// Listens for as long as anybody wants to hear.
pub(super) async fn run(environment: Environment, outlet: Outlet, mut orders: watch::Receiver<Orders>, gauge: Gauge) {
    let Some(mut desktop) = Desktop::of(&environment, outlet.clone(), gauge) else { return };
    loop {
        if unpaused(&mut orders).await.is_err() {
            return;
        }
        let (mut paused, mut acted) = (orders.clone(), orders.clone());
        let ended = tokio::select! {
            ended = desktop.listen(&mut acted) => ended,
            ended = stopped(&mut paused) => ended,
            () = outlet.closed() => Ended::Closed,
        };
        match ended {
            Ended::Closed => return,
            Ended::Paused => {
                outlet.board.unchoose(Lock);
                desktop.left = None;
            }
            Ended::Lost(why) => {
                outlet.board.failing(Lock, NAME, &why, None);
                let _ = desktop.say(None, false).await;
                return;
            }
        }
    }
}

struct Desktop {
    remote: Remote,
    /// The number in the X display's name.
    number: u16,
    outlet: Outlet,
    gauge: Gauge,
    /// What was last passed on.
    left: Option<bool>,
}

impl Desktop {
    fn of(environment: &Environment, outlet: Outlet, gauge: Gauge) -> Option<Self> {
        let remote = environment.remote.clone()?;
        let (_, screen) = environment.display.as_deref()?.rsplit_once(':')?;
        let number = screen.split('.').next()?.parse().ok()?;
        Some(Self { remote, number, outlet, gauge, left: None })
    }

    async fn listen(&mut self, orders: &mut watch::Receiver<Orders>) -> Ended {
        match self.hear(orders).await {
            Ok(never) => match never {},
            Err(ended) => ended,
        }
    }

    async fn hear(&mut self, orders: &mut watch::Receiver<Orders>) -> Result<Infallible, Ended> {
        let changes = self.changes()?;
        self.look(false).await?;
        loop {
            tokio::select! {
                heard = self.stirs(&changes) => heard?,
                // Where nothing is written, it is noticed when something else happens: an idle time is reached.
                acted = orders.changed() => acted.map_err(|_| Ended::Closed)?,
            }
            self.look(true).await?;
            sleep(SETTLED).await;
            self.look(true).await?;
        }
    }

    /// Waits until somebody may have come or gone.
    async fn stirs(&self, changes: &AsyncFd<OwnedFd>) -> Result<(), Ended> {
        loop {
            let mut ready = changes.readable().await?;
            let mut buffer = [MaybeUninit::uninit(); 1024];
            let mut reader = Reader::new(ready.get_inner(), &mut buffer);
            let mut ours = false;
            while let Ok(event) = reader.next() {
                ours |= event.file_name().map(CStr::to_bytes).is_some_and(|name| self.is_ours(name));
            }
            ready.clear_ready();
            if ours {
                return Ok(());
            }
        }
    }

    /// Whether a file is of this display, among those of everybody else's on the machine.
    fn is_ours(&self, name: &[u8]) -> bool {
        let end = match self.remote {
            Remote::Xrdp { .. } => format!("_{}", self.number),
            Remote::Vnc { .. } => format!(":{}.log", self.number),
        };
        name.ends_with(end.as_bytes())
    }

    #[expect(deprecated, reason = "an owned descriptor stays the same for its whole life; the new name is unsafe")]
    fn changes(&self) -> io::Result<AsyncFd<OwnedFd>> {
        let changes = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        let (folder, flags) = match &self.remote {
            Remote::Xrdp { sockets } => (sockets, WatchFlags::CREATE | WatchFlags::DELETE),
            Remote::Vnc { logs } => (logs, WatchFlags::MODIFY),
        };
        inotify::add_watch(&changes, folder, flags)
            .map_err(|error| io::Error::new(error.kind(), format!("{} can't be watched: {error}", folder.display())))?;
        AsyncFd::with_interest(changes, Interest::READABLE)
    }

    async fn look(&mut self, as_it_happens: bool) -> Result<(), Ended> {
        let connected = match self.remote {
            Remote::Xrdp { .. } => has_client(&read("/proc/net/unix")?, self.number),
            Remote::Vnc { .. } => {
                let port = FIRST_PORT.saturating_add(self.number);
                // A machine may have no IPv6.
                let tables = [read("/proc/net/tcp")?, read("/proc/net/tcp6").unwrap_or_default()];
                tables.iter().filter_map(|table| has_viewer(table, port)).max()
            }
        };
        let board = &self.outlet.board;
        match connected {
            Some(_) => board.working(Lock, NAME, "it tells whether anybody is connected to this desktop"),
            None => board.absent(Lock, NAME, "it lies at another place than Halo knows", None),
        }
        self.say(connected.map(|connected| !connected), as_it_happens).await
    }

    async fn say(&mut self, left: Option<bool>, as_it_happens: bool) -> Result<(), Ended> {
        if std::mem::replace(&mut self.left, left) == left {
            return Ok(());
        }
        let idle = self.gauge.at_lock(left, as_it_happens).await;
        self.outlet.say(NAME, Raw::Lock { source: LockSource::Remote, locked: left, idle }).await
    }
}

fn read(table: &str) -> Result<String, Ended> {
    fs::read_to_string(table).map_err(|error| Ended::Lost(format!("{table} can't be read: {error}")))
}

/// Whether xrdp is connected to the socket of a display, by the kernel's list of sockets: the sixth column is the state,
/// 3 of a connected one, and the last the path. `None`: there is no such socket, so that nobody could be said to have left.
fn has_client(table: &str, number: u16) -> Option<bool> {
    let name = format!("xrdp_display_{number}");
    let of_display = |line: &str| {
        let mut columns = line.split_whitespace();
        let (state, path) = (columns.nth(5)?, columns.nth(1)?);
        Path::new(path).file_name().is_some_and(|file| *file == *name).then(|| state == "03")
    };
    table.lines().filter_map(of_display).max()
}

/// Whether anybody is connected to a port of this machine: the second column is the address here, in hexadecimal numbers,
/// the fourth the state, 1 of a connected one. `None`: nobody even listens there.
fn has_viewer(table: &str, port: u16) -> Option<bool> {
    let port = format!("{port:04X}");
    let of_port = |line: &str| {
        let mut columns = line.split_whitespace();
        let (address, state) = (columns.nth(1)?, columns.nth(1)?);
        address.rsplit_once(':').is_some_and(|(_, at)| at == port).then(|| state == "01")
    };
    table.lines().filter_map(of_port).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_is_connected_when_its_own_socket_is() {
        let line = |state: &str, path: &str| format!("ffff8: 00000003 00000000 00000000 0001 {state} 20931 {path}\n");
        let path = "/run/xrdp/sockdir/xrdp_display_10";
        assert_eq!(has_client(&line("03", path), 10), Some(true));
        assert_eq!(has_client(&line("01", path), 10), Some(false), "it only listens");
        assert_eq!(has_client(&format!("{}{}", line("01", path), line("03", path)), 10), Some(true));
        // Of one that is at another place, or of another display, nothing is known.
        for (table, number) in [(line("03", path), 1), (line("03", path), 0), (String::new(), 10)] {
            assert_eq!(has_client(&table, number), None);
        }
        assert_eq!(has_client(&line("03", "/run/xrdp/sockdir/xrdp_chansrv_socket_10"), 10), None);
    }

    #[test]
    fn a_port_has_a_viewer_when_a_connection_to_it_stands() {
        let line = |address: &str, state: &str| format!("   0: {address} 0100007F:D431 {state} 00000000:00000000\n");
        assert_eq!(has_viewer(&line("0100007F:170F", "01"), 5903), Some(true));
        assert_eq!(has_viewer(&line("0100007F:170F", "0A"), 5903), Some(false), "it only listens");
        assert_eq!(has_viewer(&line("0100007F:170F", "06"), 5903), Some(false), "it has just been closed");
        assert_eq!(has_viewer(&line("0100007F:170E", "01"), 5903), None);
        assert_eq!(has_viewer(&line("00000000000000000000000001000000:170F", "01"), 5903), Some(true));
    }
}
