//! The window: a program of its own, alive only while it is open.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use agent::Tick;
use protocol::{Intent, Request};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::os;

/// What an open window is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowCall {
    /// What it shows may have changed.
    Changed,
    /// It should come to the front.
    Raise,
    /// It should close.
    Close,
}

/// Where the calls to an open window come out.
#[derive(Debug, Clone)]
pub struct Calls {
    sender: broadcast::Sender<WindowCall>,
    /// Somebody asked for a window that was started and hears no calls yet, or any more.
    unheard: Arc<AtomicBool>,
    /// The window that was started last has listened.
    heard: Arc<AtomicBool>,
}

impl Calls {
    /// A window hears them from now on.
    pub fn listen(&self) -> broadcast::Receiver<WindowCall> {
        let calls = self.sender.subscribe();
        self.unheard.store(false, Ordering::Relaxed);
        self.heard.store(true, Ordering::Relaxed);
        calls
    }
}

/// Starts the window and calls it.
#[derive(Debug)]
pub struct Window {
    program: Option<PathBuf>,
    /// Where the window finds this program.
    socket: PathBuf,
    is_open: Arc<AtomicBool>,
    calls: Calls,
    ticks: mpsc::Sender<Tick>,
}

impl Window {
    /// Looks for the window's program beside this one.
    pub fn beside_this_program(socket: PathBuf, ticks: mpsc::Sender<Tick>) -> Self {
        let name = format!("halo-window{}", std::env::consts::EXE_SUFFIX);
        let program = std::env::current_exe().ok().map(|halo| halo.with_file_name(name));
        // A restart keeps the window open; its end is this program's to take note of.
        tokio::spawn(os::reap_window_left_open());
        Self {
            program: program.filter(|program| program.exists()),
            socket,
            is_open: Arc::default(),
            calls: Calls { sender: broadcast::Sender::new(16), unheard: Arc::default(), heard: Arc::default() },
            ticks,
        }
    }

    /// Whether there is one to open, and a screen to open it on.
    pub fn exists(&self) -> bool {
        self.program.is_some() && os::has_screen()
    }

    /// Where its calls come out.
    pub fn calls(&self) -> Calls {
        self.calls.clone()
    }

    /// What it shows may have changed.
    pub fn changed(&self) {
        // Fails when no window is open.
        let _ = self.calls.sender.send(WindowCall::Changed);
    }

    /// Has it close, if it is open.
    pub fn close(&self) {
        let _ = self.calls.sender.send(WindowCall::Close);
    }

    /// Opens it, or brings it to the front, with the desktop's leave to be there if a click gave it.
    pub fn open(&self, activation: Option<String>) -> Result<(), String> {
        let Some(program) = &self.program else {
            return Err("this Halo has no window beside it: use the tray or the command line (halo --help)".to_owned());
        };
        // Without one it would start, fail and tell nobody who can read it.
        if !os::has_screen() {
            return Err("there is no screen to open a window on: use the command line (halo --help)".to_owned());
        }
        // One that is open listens here, even if it was opened before this program was started anew.
        if self.calls.sender.send(WindowCall::Raise).is_ok() {
            return Ok(());
        }
        // One that was just started will come to the front by itself; one that is just ending will not.
        if self.is_open.load(Ordering::Relaxed) {
            self.calls.unheard.store(true, Ordering::Relaxed);
            return Ok(());
        }
        let mut command = tokio::process::Command::new(program);
        command.arg(&self.socket).stdin(Stdio::null()).stdout(Stdio::null());
        if let Some(token) = activation {
            // Toolkits read the first on Wayland, the second on X11.
            command.env("XDG_ACTIVATION_TOKEN", &token).env("DESKTOP_STARTUP_ID", &token);
        }
        let mut child = command.spawn().map_err(|error| format!("{} can't be started: {error}", program.display()))?;
        self.is_open.store(true, Ordering::Relaxed);
        self.calls.heard.store(false, Ordering::Relaxed);
        let (is_open, calls, ticks) = (self.is_open.clone(), self.calls.clone(), self.ticks.clone());
        tokio::spawn(async move {
            // However it ends, presence does not notice; the next click opens another one.
            let ended = child.wait().await;
            is_open.store(false, Ordering::Relaxed);
            tracing::debug!("the window ended: {ended:?}");
            // One that left by itself before it listened has found another one that is open.
            let lived = calls.heard.load(Ordering::Relaxed) || !ended.is_ok_and(|ended| ended.success());
            if calls.unheard.swap(false, Ordering::Relaxed) && lived {
                // Whoever asked has had their answer.
                let _ = ticks.send(Tick::Asked(Request::Do(Intent::Open), oneshot::channel().0)).await;
            }
        });
        Ok(())
    }
}
