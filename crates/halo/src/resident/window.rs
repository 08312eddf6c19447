//! The window: a program of its own, alive only while it is open.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agent::Tick;
use protocol::{Check, CheckState, Intent, Reply, Request};
use tokio::sync::{broadcast, mpsc, oneshot};
use words::{Language, key};

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

/// What is known of the window's program.
#[derive(Debug, Default)]
struct Known {
    /// The one that it started and whose end it has not seen.
    started: Option<Started>,
    /// Why the last one was not shown.
    fault: Option<String>,
}

/// A window that was started, until its end.
#[derive(Debug, Default)]
struct Started {
    /// It has listened to calls, so it was shown.
    heard: bool,
    /// Somebody asked for it while it heard none: not yet, or not any more.
    asked_again: bool,
    /// Who wants to know whether it is shown.
    waiting: Vec<oneshot::Sender<Reply>>,
}

impl Started {
    fn answer(&mut self, reply: &Reply) {
        for waiting in self.waiting.drain(..) {
            // Whoever hung up needs no answer.
            let _ = waiting.send(reply.clone());
        }
    }
}

/// Whoever asked hears of a slow window that it is on its way.
const SHOWN_WITHIN: Duration = Duration::from_secs(5);

/// Where the calls to an open window come out.
#[derive(Debug, Clone)]
pub struct Calls {
    sender: broadcast::Sender<WindowCall>,
    known: Arc<Mutex<Known>>,
}

impl Calls {
    /// A window hears them from now on.
    pub fn listen(&self) -> broadcast::Receiver<WindowCall> {
        let calls = self.sender.subscribe();
        let mut known = self.known();
        known.fault = None;
        if let Some(started) = &mut known.started {
            started.answer(&Reply::Done(None));
            *started = Started { heard: true, ..Started::default() };
        }
        calls
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the window and calls it.
#[derive(Debug)]
pub struct Window {
    program: Option<PathBuf>,
    /// Where the window finds this program.
    socket: PathBuf,
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
            calls: Calls { sender: broadcast::Sender::new(16), known: Arc::default() },
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

    /// How it is doing, for the doctor.
    pub fn check(&self) -> Check {
        let fault = self.calls.known().fault.clone();
        let (state, why) = match (&self.program, fault) {
            (None, _) => (CheckState::Absent, "its program is not installed beside this one".to_owned()),
            (Some(_), _) if !os::has_screen() => (CheckState::Absent, "there is no screen to open it on".to_owned()),
            (Some(_), Some(fault)) => (CheckState::Failing, fault),
            (Some(_), None) => (CheckState::Working, "it opens when it is asked for".to_owned()),
        };
        let chosen = state == CheckState::Working;
        Check {
            part: "window".to_owned(),
            name: "halo-window".to_owned(),
            state,
            chosen,
            why,
            advice: None,
            last: None,
        }
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

    /// Opens it, or brings it to the front, with the desktop's leave to be there if a click gave it. `reply` is taken
    /// where only its start will show whether it can be.
    pub fn open(&self, activation: Option<String>, reply: &mut Option<oneshot::Sender<Reply>>) -> Result<(), String> {
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
        if let Some(started) = &mut self.calls.known().started {
            started.asked_again = true;
            started.waiting.extend(reply.take());
            return Ok(());
        }
        let mut command = tokio::process::Command::new(program);
        command.arg(&self.socket).stdin(Stdio::null()).stdout(Stdio::null());
        if let Some(token) = activation {
            // Toolkits read the first on Wayland, the second on X11.
            command.env("XDG_ACTIVATION_TOKEN", &token).env("DESKTOP_STARTUP_ID", &token);
        }
        let child = command.spawn().map_err(|error| {
            let why = format!("{} can't be started: {error}", program.display());
            self.calls.known().fault = Some(why.clone());
            why
        })?;
        self.calls.known().started =
            Some(Started { waiting: reply.take().into_iter().collect(), ..Started::default() });
        tokio::spawn(see_to_its_end(child, program.clone(), self.calls.clone(), self.ticks.clone()));
        Ok(())
    }
}

/// However it ends, presence does not notice; the next click opens another one.
async fn see_to_its_end(mut child: tokio::process::Child, program: PathBuf, calls: Calls, ticks: mpsc::Sender<Tick>) {
    let ended = tokio::select! {
        ended = child.wait() => ended,
        () = tokio::time::sleep(SHOWN_WITHIN) => {
            if let Some(started) = &mut calls.known().started {
                started.answer(&Reply::Done(None));
            }
            child.wait().await
        }
    };
    let mut started = calls.known().started.take().unwrap_or_default();
    tracing::debug!("the window ended: {ended:?}");
    let failed = !ended.as_ref().is_ok_and(std::process::ExitStatus::success);
    if failed && !started.heard && !started.asked_again {
        let why = why_not_shown(&program).await;
        calls.known().fault = Some(why.clone());
        let line = Language::English.say(key::FAULT_NO_WINDOW, &[("why", &why)]);
        started.answer(&Reply::Refused(line.into()));
        let _ = ticks.send(Tick::Tell(key::FAULT_NO_WINDOW, vec![("why", why)])).await;
        return;
    }
    // It was closed, or left by itself before it listened, having found another one that is open.
    let mut waiting = started.waiting.drain(..);
    if started.asked_again && (started.heard || failed) {
        let reply = waiting.next().unwrap_or_else(|| oneshot::channel().0);
        let _ = ticks.send(Tick::Asked(Request::Do(Intent::Open), reply)).await;
    }
    for waiting in waiting {
        let _ = waiting.send(Reply::Done(None));
    }
}

/// In words, with what to do.
async fn why_not_shown(program: &Path) -> String {
    os::why_no_window(program).await.unwrap_or_else(|| {
        "its program ended before it was shown. Try again; what it says can be read in a terminal: halo quit, halo run, \
         and halo in another one"
            .to_owned()
    })
}
