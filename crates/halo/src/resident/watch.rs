//! Files that others change under a running program: the system's time zone, the log of facts, and the program itself.
//! The system tells of such a change, so that it shows at once and nothing has to look for it.

use std::path::Path;

use agent::Tick;
use tokio::sync::mpsc;

use crate::place::Place;

/// Watches, and has the controller look at everything anew, until it has ended. Where an update has put another program
/// in the place of `program`, this one starts anew as that one: nobody's presence changes by it (F06). Where it was taken
/// away, it ends as by a quit.
#[cfg(target_os = "linux")]
pub fn begin(place: &Place, program: &Path, ticks: &mpsc::Sender<Tick>) {
    let (data, told) = (place.data.clone(), ticks.clone());
    tokio::spawn(async move {
        if let Err(error) = linux::watch(&data, &told).await {
            tracing::warn!("nobody tells of changed files, so they are noticed later: {error}");
        }
    });
    let (program, ticks) = (program.to_owned(), ticks.clone());
    tokio::spawn(async move {
        if let Err(error) = linux::follow(&program, &ticks).await {
            tracing::warn!("an update of {} starts nothing anew before the next log-in: {error}", program.display());
        }
    });
}

/// Elsewhere they are noticed when something else happens.
#[cfg(not(target_os = "linux"))]
pub fn begin(_place: &Place, _program: &Path, _ticks: &mpsc::Sender<Tick>) {}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::mem::MaybeUninit;
    use std::os::fd::OwnedFd;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    use agent::Tick;
    use protocol::Intent;
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

    /// How long whoever updates Halo may take for its other programs, once this one is in place.
    const UPDATING: Duration = Duration::from_secs(5);

    /// How long the program may be gone until it counts as removed: what installs another one may take it away first.
    const REMOVED: Duration = Duration::from_secs(30);

    /// How long a new program may take to say its version.
    const ANSWERS: Duration = Duration::from_secs(10);

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
                    Some(found) => {
                        zone |= found == ZONE;
                        log |= LOG.contains(&found);
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

    /// Does what is done to the program's file: starts anew as the one that comes into its place, or ends when none does.
    pub async fn follow(program: &Path, ticks: &mpsc::Sender<Tick>) -> io::Result<()> {
        let Some((folder, name)) = program.parent().zip(program.file_name().map(OsStrExt::as_bytes)) else {
            return Ok(());
        };
        let flags = WatchFlags::MOVE | WatchFlags::CREATE | WatchFlags::DELETE | WatchFlags::CLOSE_WRITE;
        let changes = changes()?;
        loop {
            // The folder may be another one than before, or gone with the program.
            let is_watched = inotify::add_watch(&changes, folder, flags | WatchFlags::DELETE_SELF);
            if is_gone(program) {
                if !comes_back(program).await {
                    tracing::info!("{} was removed: Halo ends", program.display());
                    let _ = ticks.send(Tick::Clicked(Intent::Quit)).await;
                    return Ok(());
                }
                inotify::add_watch(&changes, folder, flags | WatchFlags::DELETE_SELF)?;
                start_anew(program, ticks).await;
                continue;
            }
            is_watched?;
            let concerned = tokio::select! {
                concerned = concerns(&changes, name) => concerned?,
                () = ticks.closed() => return Ok(()),
            };
            if concerned && !is_gone(program) {
                start_anew(program, ticks).await;
            }
        }
    }

    /// Waits for something that is done in the folder, and says whether it is about the file of that name.
    async fn concerns(changes: &AsyncFd<OwnedFd>, name: &[u8]) -> io::Result<bool> {
        let mut ready = changes.readable().await?;
        let mut buffer = [MaybeUninit::uninit(); 1024];
        let mut reader = Reader::new(ready.get_inner(), &mut buffer);
        let mut concerned = false;
        while let Ok(event) = reader.next() {
            concerned |= event.file_name().is_some_and(|found| found.to_bytes() == name);
        }
        ready.clear_ready();
        Ok(concerned)
    }

    /// Whether the program is there again before it counts as removed.
    async fn comes_back(program: &Path) -> bool {
        let began = Instant::now();
        while began.elapsed() < REMOVED {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if !is_gone(program) {
                return true;
            }
        }
        false
    }

    /// Not where a network's folder can't be reached for a while.
    fn is_gone(program: &Path) -> bool {
        program.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    }

    /// Has the program start anew as the one that lies in its place now, once that is whole and runs.
    async fn start_anew(program: &Path, ticks: &mpsc::Sender<Tick>) {
        tokio::time::sleep(UPDATING).await;
        let mut asked = tokio::process::Command::new(program);
        asked.arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        match tokio::time::timeout(ANSWERS, asked.output()).await {
            Ok(Ok(said)) if said.status.success() && said.stdout.starts_with(b"halo ") => {
                tracing::info!("{} was updated: Halo starts anew", program.display());
                // The controller may have ended meanwhile.
                let _ = ticks.send(Tick::Clicked(Intent::Restart)).await;
            }
            _ => tracing::warn!(
                "{} was replaced by something that is no Halo that runs: this one goes on",
                program.display()
            ),
        }
    }
}
