//! A window that the program before a restart has opened.
//!
//! A restart is the same process with another program in it, so its children are still its own; but the program that
//! waited for them is gone. Nobody would ask how the window ended, and it would stay in the list of processes for ever.

use std::fs;

use rustix::process::{Pid, WaitOptions, waitpid};
use tokio::signal::unix::{SignalKind, signal};

/// As the kernel lists it.
const WINDOW: &str = "halo-window";

/// Waits for the end of a window that is open since before a restart, if there is one.
pub async fn reap_window_left_open() {
    let Some(window) = inherited() else { return };
    let Ok(mut child_ended) = signal(SignalKind::child()) else { return };
    // Of any child: which one it was, is asked.
    while let Ok(None) = waitpid(Some(window), WaitOptions::NOHANG) {
        child_ended.recv().await;
    }
    tracing::debug!("the window ended");
}

/// A child of this process that is a window. This runs before the first one of its own is opened.
fn inherited() -> Option<Pid> {
    let id = std::process::id();
    let children = fs::read_to_string(format!("/proc/self/task/{id}/children")).ok()?;
    let is_window =
        |child: &&str| fs::read_to_string(format!("/proc/{child}/comm")).is_ok_and(|name| name.trim() == WINDOW);
    children.split_whitespace().find(is_window).and_then(|child| Pid::from_raw(child.parse().ok()?))
}
