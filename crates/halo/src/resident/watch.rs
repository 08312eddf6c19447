//! Files that others change under a running program: the system's time zone, and the log of facts. The system tells of
//! such a change, so that it shows at once and nothing has to look for it.

use agent::Tick;
use tokio::sync::mpsc;

use crate::place::Place;

/// Watches, and has the controller look at everything anew, until it has ended.
#[cfg(target_os = "linux")]
pub fn begin(place: &Place, ticks: &mpsc::Sender<Tick>) {
    let (data, ticks) = (place.data.clone(), ticks.clone());
    tokio::spawn(async move {
        if let Err(error) = linux::watch(&data, &ticks).await {
            tracing::warn!("nobody tells of changed files, so they are noticed later: {error}");
        }
    });
}

/// Elsewhere they are noticed when something else happens.
#[cfg(not(target_os = "linux"))]
pub fn begin(_place: &Place, _ticks: &mpsc::Sender<Tick>) {}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::mem::MaybeUninit;
    use std::os::fd::OwnedFd;
    use std::path::Path;
    use std::time::Duration;

    use agent::Tick;
    use rustix::fs::inotify::{self, CreateFlags, Reader, WatchFlags};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;
    use tokio::sync::mpsc;

    /// The files that are looked at, by their names in the watched folders.
    const ZONE: &[u8] = b"localtime";
    const LOG: [&[u8]; 2] = [b"halo.db", b"halo.db-wal"];

    /// How long whoever removes a folder may take: what is written anew meanwhile would be removed with the rest. It may
    /// take as long again until the folder is there and can be watched.
    const REMOVING: Duration = Duration::from_millis(500);

    #[expect(deprecated, reason = "an owned descriptor stays the same for its whole life; the new name is unsafe")]
    fn changes() -> io::Result<AsyncFd<OwnedFd>> {
        let changes = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        AsyncFd::with_interest(changes, Interest::READABLE)
    }

    pub async fn watch(data: &Path, ticks: &mpsc::Sender<Tick>) -> io::Result<()> {
        let changes = changes()?;
        let flags = WatchFlags::CREATE | WatchFlags::DELETE | WatchFlags::MOVE | WatchFlags::DELETE_SELF;
        let add = || [Path::new("/etc"), data].map(|folder| inotify::add_watch(&changes, folder, flags).is_ok());
        add();
        loop {
            let mut ready = tokio::select! {
                ready = changes.readable() => ready?,
                () = ticks.closed() => return Ok(()),
            };
            let mut buffer = [MaybeUninit::uninit(); 1024];
            let mut reader = Reader::new(ready.get_inner(), &mut buffer);
            let (mut zone, mut log, mut folder) = (false, false, false);
            while let Ok(event) = reader.next() {
                match event.file_name().map(std::ffi::CStr::to_bytes) {
                    Some(name) => {
                        zone |= name == ZONE;
                        log |= LOG.contains(&name);
                    }
                    // The folder itself.
                    None => folder = true,
                }
            }
            ready.clear_ready();
            if zone && ticks.send(Tick::FilesChanged).await.is_err() {
                return Ok(());
            }
            if log || folder {
                tokio::time::sleep(REMOVING).await;
                if ticks.send(Tick::FilesChanged).await.is_err() {
                    return Ok(());
                }
            }
            if folder {
                tokio::time::sleep(REMOVING).await;
                add();
            }
        }
    }
}
