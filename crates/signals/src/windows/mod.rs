//! Windows: idle by asking for the last input, lock and sleep by messages to a window that nobody sees, calls by a record
//! in the registry.
#![expect(unsafe_code, reason = "all that the system tells is told through its C interface")]

mod capability_access;
pub(crate) mod clock;
mod idle;
mod registry;
mod session;
mod window;

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
    tokio::spawn(polled::serve(idle::Counter::default(), port));
    tokio::spawn(call_source::serve(capability_access::ConsentStore, outlet.clone(), wires.orders.clone()));
    tokio::spawn(session::run(outlet, wires.orders, wires.recorded, gauge));
}
