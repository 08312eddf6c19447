//! `cargo xtask bench`: what Halo costs, held against its limits. The measuring itself speaks D-Bus
//! and is therefore a program of its own (`measure` in the package of end-to-end tests).

use anyhow::Result;

use crate::options::Options;
use crate::{build, needs, packages, window, workspace};

pub(crate) fn bench(options: &Options) -> Result<bool> {
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
