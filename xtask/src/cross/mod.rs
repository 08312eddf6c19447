//! `cargo xtask cross`: Halo for Windows, built and tested in Wine, and for macOS, as far as checks go without a Mac.

mod cache;
mod toolchain;
mod wine;

use std::process::Command;

use anyhow::Result;

use crate::metadata::Metadata;
use crate::options::Options;
use crate::test::follow;
use crate::test_report::Report;
use crate::{needs, packages, window};

use self::cache::Cache;
use self::toolchain::Toolchain;

const WINDOWS: &str = "x86_64-pc-windows-gnu";
const MACOS: &str = "aarch64-apple-darwin";

/// What is tested on Windows, and checked there and on macOS.
const PACKAGES: &[&str] = &["presence", "protocol", "words", "signals", "connect", "agent", "service"];
/// What is only checked, and where.
const ALSO_CHECKED: &[(&str, &str)] = &[(MACOS, "halo-window")];

pub(crate) fn cross(options: &Options) -> Result<bool> {
    packages::ensure(needs::CROSS, "build Halo for Windows and macOS and test it in Wine", options.yes)?;
    let with_window = window::prepare(options.yes)?;
    let cache = Cache::open()?;
    let toolchain = Toolchain::prepare(&cache, &[WINDOWS, MACOS], &Metadata::of_workspace()?.target_folder())?;
    wine::prepare(&cache)?;

    let mut report = Report::default();
    let mut command = toolchain.cargo_under(&["xvfb-run", "--auto-servernum"]);
    command.args(["test", "--target", WINDOWS, "--no-fail-fast"]);
    command.args(PACKAGES.iter().flat_map(|package| ["--package", package])).args(["--", "--show-output"]);
    command.args(&options.rest);
    wine::run_tests_of(&mut command, &cache);
    let succeeded = follow(&mut command, |line| report.read_line(line))?;
    report.finish(succeeded);

    for target in [WINDOWS, MACOS] {
        check(&mut report, &mut toolchain.cargo(), target, PACKAGES, &["--all-targets"])?;
    }
    for (target, package) in ALSO_CHECKED {
        if with_window {
            check(&mut report, &mut toolchain.cargo(), target, &[package], &[])?;
        } else {
            report.skip(&format!("the lints of {package} for {target}: there is no Node"));
        }
    }
    report.print();
    Ok(report.failed() == 0)
}

/// Lints, counted as one test.
fn check(report: &mut Report, cargo: &mut Command, target: &str, packages: &[&str], extent: &[&str]) -> Result<()> {
    println!("check: lints of {} for {target}", packages.join(", "));
    cargo.args(["clippy", "--quiet", "--target", target]).args(extent);
    cargo.args(packages.iter().flat_map(|package| ["--package", package])).args(["--", "-D", "warnings"]);
    report.count(&format!("the lints of {} for {target}", packages.join(", ")), crate::workspace::succeeds(cargo)?);
    Ok(())
}
