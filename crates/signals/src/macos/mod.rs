//! macOS: idle by asking for the last input, lock and sleep by notices of the system, calls by those of Core Audio.
//!
//! The system hands its notices to the run loop of the main thread: the program that uses this must run one. What is here
//! has been compiled and checked, and not yet run on a Mac.

mod audio_property;
pub(crate) mod clock;
mod idle;
mod microphone;
mod notices;
mod session;

use tokio::sync::mpsc;

use crate::environment::Environment;
use crate::handle::Wires;
use crate::idle_port::IdlePort;
use crate::outlet::Outlet;
use crate::raw::Raw;
use crate::{call_source, idle_port, polled};

pub(crate) fn start(_: Environment, tx: mpsc::Sender<Raw>, wires: Wires) {
    let (gauge, asked) = idle_port::gauge();
    let outlet = Outlet::new(tx, wires.board);
    let port = IdlePort::new(outlet.clone(), wires.orders.clone(), asked);
    tokio::spawn(polled::serve(idle::EventSource, port));
    tokio::spawn(call_source::serve(microphone::CoreAudio, outlet.clone(), wires.orders.clone()));
    tokio::spawn(session::run(outlet, wires.orders, wires.recorded, gauge));
}
