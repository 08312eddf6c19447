//! What this device knows of its user: the time since the last input, a locked screen, a sleeping machine.
//!
//! It exists so that everything above it hears of these by one small enum, [`Raw`], whatever the operating system
//! and the desktop: back-ends are probed when they start, a failing one degrades to *unknown*, and nothing is asked
//! twice that the system would tell by itself.
//!
//! **It must not know** what a status is, which policy holds, or that there is a service: it tells of the device
//! and decides nothing. And only states pass through it, never keys, window titles or applications.

pub mod clock;
mod environment;
mod handle;
mod health;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;
mod raw;
mod recorder;
mod trace;
mod tracker;

#[cfg(target_os = "linux")]
use linux as os;
#[cfg(not(target_os = "linux"))]
use other as os;
use tokio::sync::mpsc;

pub use environment::Environment;
pub use handle::Handle;
pub use health::{SignalKind, SourceHealth, SourceState};
pub use raw::{Arm, LockSource, Raw};
pub use recorder::Recorder;
pub use trace::{BadTrace, Event, Step, Trace};
pub use tracker::{Settings, Sign, Tracker};

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
