//! `cargo xtask bench`: what Halo costs, held against its limits. The measuring itself speaks D-Bus
//! and is therefore a program of its own (`measure` in the package of end-to-end tests).
//!
//! `cargo xtask bench service` does the same for a team's service (`crates/load`).

use anyhow::{Result, bail};

use crate::metadata::Metadata;
use crate::options::Options;
use crate::{build, needs, packages, window, workspace};

pub(crate) fn bench(options: &Options) -> Result<bool> {
    match options.rest.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => desk(options),
        ["service"] => service(options),
        _ => bail!("`cargo xtask bench` measures Halo on a desk, `cargo xtask bench service` a team's service"),
    }
}

fn desk(options: &Options) -> Result<bool> {
    packages::ensure(needs::BUILD, "build Halo", options.yes)?;
    packages::ensure(needs::VIRTUAL_DESKTOP, "measure Halo", options.yes)?;
    packages::ensure(needs::TESTS, "measure Halo", options.yes)?;
    let with_window = window::prepare(options.yes)?;
    let built = build::build(true, with_window)?;
    build::service(build::Profile::Release)?;
    let mut command = workspace::cargo();
    command.args(["run", "--quiet", "--package", "e2e", "--features", "measure", "--bin", "measure", "--"]);
    command.env("HALO_BIN", &built.halo);
    if options.quick {
        command.arg("--quick");
    }
    workspace::succeeds(&mut command)
}

fn service(options: &Options) -> Result<bool> {
    packages::ensure(needs::BUILD, "build the service", options.yes)?;
    if let Err(missing) = packages::ensure(needs::PEERS, "measure other servers, too", options.yes) {
        println!("{missing:#}\nThe service is measured without them, and some goals with nothing to be held against.");
    }
    build::service(build::Profile::Release)?;
    let target = Metadata::of_workspace()?.target_folder();
    let mut command = workspace::cargo();
    command.args(["run", "--quiet", "--package", "load", "--profile", "load", "--"]);
    command.arg(target.join("release/halo-service")).arg(target.join("bench-service.json"));
    if options.quick {
        command.arg("--quick");
    }
    workspace::succeeds(&mut command)
}
