//! When a better source may have come: a compositor that starts after this program, or once more.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::bus::{self, Messages, Shared};
use super::mutter;

/// New displays in the runtime directory, and a new owner of GNOME's name on the session bus. What cannot be watched
/// is not.
pub(super) struct Arrivals {
    displays: Option<AsyncFd<OwnedFd>>,
    owners: Option<Messages>,
}

impl Arrivals {
    pub(super) async fn watch(runtime_dir: Option<&Path>, session_bus: Option<&Shared>) -> Self {
        let owners = match session_bus {
            Some(bus) => owners(bus).await,
            None => None,
        };
        Self { displays: runtime_dir.and_then(|dir| displays(dir).ok()), owners }
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            () = async { display(self.displays.as_ref()).await } => {}
            () = async { owner(self.owners.as_mut()).await } => {}
        }
    }
}

#[expect(deprecated, reason = "an owned descriptor stays the same for its whole life; the new name for this is unsafe")]
fn displays(dir: &Path) -> io::Result<AsyncFd<OwnedFd>> {
    let fd = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
    inotify::add_watch(&fd, dir, WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::ONLYDIR)?;
    AsyncFd::with_interest(fd, Interest::READABLE)
}

async fn owners(bus: &Shared) -> Option<Messages> {
    let conn = bus.get().await.ok()?;
    bus::listen(&conn, vec![bus::owner_changes(mutter::NAME).ok()?]).await.ok()
}

async fn display(displays: Option<&AsyncFd<OwnedFd>>) {
    let Some(displays) = displays else { return std::future::pending().await };
    let mut buffer = [std::mem::MaybeUninit::uninit(); 1024];
    loop {
        let Ok(mut ready) = displays.readable().await else { return std::future::pending().await };
        let mut events = inotify::Reader::new(displays.get_ref(), &mut buffer);
        let mut came = false;
        while let Ok(event) = events.next() {
            came |= event.file_name().is_some_and(|name| name.to_bytes().starts_with(b"wayland-"));
        }
        ready.clear_ready();
        if came {
            return;
        }
    }
}

async fn owner(owners: Option<&mut Messages>) {
    let Some(owners) = owners else { return std::future::pending().await };
    loop {
        match bus::next(owners).await {
            Ok(message) if bus::owner_changed(&message).is_some_and(|(_, owner)| owner.is_some()) => return,
            Ok(_) => {}
            Err(_) => return std::future::pending().await,
        }
    }
}
