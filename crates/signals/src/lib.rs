//! What this device knows of its user: the time since the last input, a locked screen, a sleeping machine, a microphone
//! or a camera in use.
//!
//! It exists so that everything above it hears of these by one small enum, [`Raw`], whatever the operating system
//! and the desktop: back-ends are probed when they start, a failing one degrades to *unknown*, and nothing is asked
//! twice that the system would tell by itself.
//!
//! **It must not know** what a status is, which policy holds, or that there is a service: it tells of the device
//! and decides nothing. And only states pass through it, never keys, window titles or applications.

#[cfg(not(target_os = "linux"))]
mod alarm;
mod call;
#[cfg(any(target_os = "linux", target_os = "macos", windows))]
mod call_source;
pub mod clock;
mod environment;
mod handle;
mod health;
mod idle_port;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg_attr(not(any(test, windows, target_os = "macos")), expect(dead_code, reason = "others have sources apart"))]
mod notice;
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
mod other;
mod outlet;
mod polled;
mod raw;
mod recorder;
mod retry;
#[cfg_attr(not(any(test, windows, target_os = "macos")), expect(dead_code, reason = "others have sources apart"))]
mod session;
mod sign;
#[cfg_attr(not(any(test, windows)), expect(dead_code, reason = "no other system counts like this"))]
mod ticks;
mod trace;
mod tracker;
#[cfg_attr(not(any(test, windows)), expect(dead_code, reason = "no other system keeps such a record"))]
mod usage;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
use linux as os;
#[cfg(target_os = "macos")]
use macos as os;
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
use other as os;
use tokio::sync::mpsc;
#[cfg(windows)]
use windows as os;

pub use environment::{Environment, Remote};
pub use handle::Handle;
pub use health::{SignalKind, SourceHealth, SourceState};
pub use raw::{Arm, LockSource, Raw};
pub use recorder::Recorder;
pub use sign::Sign;
pub use trace::{BadTrace, Event, Step, Trace};
pub use tracker::{Settings, Tracker};

/// Starts listening to the session that this process was started in.
///
/// Returns at once; the back-ends are probed by tasks of the current tokio runtime, in which it must be called. They
/// end when the receiver or the handle is dropped.
pub fn spawn(tx: mpsc::Sender<Raw>) -> Handle {
    spawn_in(Environment::from_process(), tx)
}

/// Starts listening to a session, as [`spawn`] does.
pub fn spawn_in(environment: Environment, tx: mpsc::Sender<Raw>) -> Handle {
    let (handle, wires) = Handle::new();
    os::start(environment, tx, wires);
    handle
}

/// Whether a process of this user runs in a session that the person has logged out of; false where nobody can say.
#[cfg(target_os = "linux")]
pub async fn has_outlived_its_session(process: u32) -> bool {
    os::has_outlived_its_session(&Environment::from_process(), process).await
}
