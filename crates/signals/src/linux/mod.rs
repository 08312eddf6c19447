//! Linux: idle by the X server, lock and sleep by D-Bus. One task for each connection, on the caller's thread.

mod bus;
pub(crate) mod clock;
mod helper;
mod idle;
mod logind;
mod screensaver;
mod sleep;
mod system;
mod xlink;
mod xsync;

use tokio::sync::mpsc;

use crate::environment::Environment;
use crate::handle::Wires;
use crate::raw::Raw;
use crate::{desk, outlet, retry};

pub(crate) fn start(environment: Environment, tx: mpsc::Sender<Raw>, wires: Wires) {
    let (gauge, asked) = desk::gauge();
    let Environment { session_bus, system_bus, session_id, .. } = environment.clone();
    let outlet = outlet::Outlet::new(tx, wires.board);
    tokio::spawn(idle::run(environment, outlet.clone(), wires.orders.clone(), asked));
    tokio::spawn(screensaver::run(session_bus, outlet.clone(), wires.orders.clone(), gauge.clone()));
    tokio::spawn(system::run(system_bus, session_id, outlet, wires.orders, wires.recorded, gauge));
}
