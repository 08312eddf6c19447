//! Linux: idle by the compositor, the X server or D-Bus; lock by the compositor, D-Bus or the X display, and by who is
//! connected from afar; sleep by D-Bus; calls by the sound server; the session's end by D-Bus; and, if wanted, whether
//! a program keeps the screen on. One task for each of these, on the caller's thread.

mod arrivals;
mod bus;
mod chain;
pub(crate) mod clock;
mod helper;
mod idle;
mod idle_hint;
mod log_out;
mod login_session;
mod logind;
mod microphone;
mod mutter;
mod pulse;
pub(crate) mod remote;
mod screen;
mod screensaver;
mod session_idle;
mod sleep;
mod system;
mod wayland;
mod xlink;
mod xscreensaver;
mod xsync;

use tokio::sync::mpsc;

pub(crate) use login_session::has_outlived_its_session;

use crate::environment::Environment;
use crate::handle::Wires;
use crate::raw::Raw;
use crate::{idle_port, outlet};

pub(crate) fn start(environment: Environment, tx: mpsc::Sender<Raw>, wires: Wires) {
    let (gauge, asked) = idle_port::gauge();
    let session_bus = environment.session_bus.as_deref().map(bus::Shared::new);
    let system_bus = environment.system_bus.as_deref().map(bus::Shared::new);
    let hints = login_session::Hints::of(&environment);
    let doubts = log_out::Doubts::default();
    let ends = log_out::Watch::new(hints.clone(), doubts.clone(), wires.logged_out);
    let outlet = outlet::Outlet::new(tx, wires.board);
    tokio::spawn(microphone::run(&environment, outlet.clone(), wires.orders.clone()));
    let (screen, asked_again) = idle_port::screen_gauge();
    let screen_told =
        screen::run(environment.clone(), session_bus.clone(), outlet.clone(), wires.orders.clone(), asked_again);
    tokio::spawn(screen_told);
    tokio::spawn(xscreensaver::run(environment.clone(), outlet.clone(), wires.orders.clone(), gauge.clone()));
    if environment.remote.is_some() {
        tokio::spawn(remote::run(environment.clone(), outlet.clone(), wires.orders.clone(), gauge.clone()));
    }
    let chain = chain::Chain::new(environment, session_bus.clone(), system_bus.clone());
    tokio::spawn(idle::run(chain, outlet.clone(), wires.orders.clone(), asked, doubts.clone(), screen));
    tokio::spawn(screensaver::run(session_bus, outlet.clone(), wires.orders.clone(), gauge.clone(), doubts));
    tokio::spawn(system::run(system_bus, hints, outlet, wires.orders, wires.recorded, gauge, ends));
}
