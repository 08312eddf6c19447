//! Measures what Halo costs a person, and holds it against the limits. Run it by `cargo xtask bench`.
//!
//! Everything happens in a private virtual desktop whose tray host and screen saver are parts of this program, so that
//! both ends of a delay are read from one clock.

mod delays;
mod desk;
mod processes;
mod resident;
mod rest;
mod screen;
mod table;
mod window;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::Desktop;

use crate::desk::Desk;
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
    let mut arguments = std::env::args().skip(1);
    let program = arguments.next().map(PathBuf::from).context("usage: measure PATH-OF-HALO SECONDS")?;
    let seconds = arguments.next().and_then(|text| text.parse().ok()).context("how many seconds to watch it rest?")?;

    say_if_others_are_busy();
    // What every desktop has: without a system bus, for one, the program would look for one now and then.
    let parts = Desktop::builder().display(true).session_bus(true).system_bus(true).keyring(true).notifications(true);
    let mut desktop = parts.start()?;
    let _logind = desktop.start_logind_mock()?;
    let desk = Desk::open(&desktop.session_bus().address())?;
    let halo = Halo { program, desktop: &desktop };
    let mut table = Table::default();
    rest::measure(&halo, &desk, Duration::from_secs(seconds), &mut table)?;
    delays::tray(&halo, &desk, &mut table)?;
    delays::lock(&halo, &desk, &mut table)?;
    delays::command(&halo, &desk, &mut table)?;
    window::measure(&halo, &desk, &mut table)?;
    Ok(table.print())
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
