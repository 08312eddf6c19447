//! Measures what Halo costs a person, and holds it against the limits. Run it by `cargo xtask bench`.
//!
//! Everything happens in a private virtual desktop whose tray host and screen saver are parts of this program, so that
//! both ends of a delay are read from one clock.

mod bus_peers;
mod delays;
mod processes;
mod resident;
mod rest;
mod screen;
mod sources;
mod table;
mod team;
mod watch;
mod window;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use e2e::Desktop;

use crate::bus_peers::BusPeers;
use crate::resident::Halo;
use crate::table::Table;

fn main() -> ExitCode {
    match measure() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<bool> {
    let quick = match std::env::args().nth(1).as_deref() {
        None => false,
        Some("--quick") => true,
        Some(_) => bail!("usage: HALO_BIN=PATH-OF-HALO measure [--quick]"),
    };
    // The lease of a service is renewed about every 20 s: there must be room for two or three.
    let rest = Duration::from_secs(if quick { 45 } else { 300 });

    say_if_others_are_busy();
    let mut desktop = desktop()?;
    let _logind = desktop.start_logind_mock()?;
    let peers = BusPeers::open(&desktop.session_bus().address())?;
    let halo = Halo { program: e2e::halo_program(), desktop: &desktop };
    let mut table = Table::default();
    let embedded = rest::measure(&halo, &peers, rest, &mut table)?;
    team::rest(&halo, &peers, &embedded, rest, &mut table)?;
    delays::tray(&halo, &peers, &mut table)?;
    delays::lock(&halo, &peers, &mut table)?;
    delays::command(&halo, &peers, &mut table)?;
    team::lock(&halo, &peers, if quick { 10 } else { 30 }, &mut table)?;
    let extent = sources::Extent { idle_times: if quick { 2 } else { 5 }, locks: if quick { 10 } else { 30 }, rest };
    sources::measure(extent, &mut table)?;
    window::measure(&halo, &peers, &mut table)?;
    Ok(table.print())
}

/// What every desktop has: without a system bus, for one, the program would look for one now and then.
fn desktop() -> Result<Desktop> {
    Desktop::builder().display(true).session_bus(true).system_bus(true).keyring(true).notifications(true).start()
}

/// Delays on a machine that others use are theirs, too. The load of the last minute tells.
fn say_if_others_are_busy() {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: f64 = load.split(' ').next().and_then(|minute| minute.parse().ok()).unwrap_or_default();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    if f64::from(u32::try_from(processors).unwrap_or(1)) * 0.5 < load {
        println!(
            "note: others keep this machine busy (a load of {load} on {processors} processors): delays are theirs, too"
        );
    }
}
