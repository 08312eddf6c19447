//! `cargo xtask test`: every test of the workspace, counted in one line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use anyhow::{Context as _, Result};

use crate::options::Options;
use crate::test_report::Report;
use crate::{build, needs, packages, workspace};

/// Each end-to-end test has a desktop of its own; more than two at once make the time limits of slow machines theirs.
const THREADS: &str = "2";

pub(crate) fn test(options: &Options) -> Result<bool> {
    packages::ensure(needs::BUILD, "build Halo", options.yes)?;
    let needs = [needs::VIRTUAL_DESKTOP, needs::TESTS].concat();
    packages::ensure(&needs, "test Halo", options.yes)?;
    packages::offer(
        needs::LOCKER,
        "One test uses the screen locker of MATE. Once installed, it starts itself in your desktop. Install it?",
    )?;
    let built = build::build(false)?;

    let mut command = workspace::cargo();
    command.args(["test", "--workspace", "--no-fail-fast", "--", "--show-output"]).args(&options.rest);
    command.env("HALO_BIN", &built.halo).env("RUST_TEST_THREADS", THREADS);
    let mut cargo = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("cannot start cargo test")?;

    let mut report = Report::default();
    let mut output = BufReader::new(cargo.stdout.take().context("cargo test has no output")?);
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? > 0 {
        std::io::stdout().write_all(&line)?;
        report.read_line(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    let succeeded = cargo.wait()?.success();
    report.finish(succeeded);

    println!();
    for skip in report.skips() {
        println!("skipped: {skip}");
    }
    for trouble in report.troubles() {
        println!("failed: {trouble}");
    }
    println!("{}", report.summary());
    Ok(report.failed() == 0)
}
