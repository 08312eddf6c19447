//! `cargo xtask run`: from a fresh clone to a running Halo.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::options::Options;
use crate::{build, display, needs, packages, virtual_desktop, window};

pub(crate) fn run(options: &Options) -> Result<bool> {
    let has_display = display::reachable();
    packages::ensure(needs::BUILD, "build Halo", options.yes)?;
    if !has_display {
        packages::ensure(needs::VIRTUAL_DESKTOP, "run Halo without a display", options.yes)?;
    }
    let with_window = window::prepare(options.yes)?;
    let built = build::build(options.release, with_window)?;
    if !has_display {
        return virtual_desktop::run(&built.halo, &options.rest);
    }
    println!("Starting {} run", built.halo.display());
    // In our place, so that signals and the exit status are Halo's own.
    Err(Command::new(&built.halo).arg("run").args(&options.rest).exec())
        .with_context(|| format!("cannot start {}", built.halo.display()))
}
