//! `cargo xtask cross`: Halo for Windows, built and tested in Wine, and for macOS, as far as checks go without a Mac.

mod cache;
mod targets;
mod toolchain;
mod wine;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::metadata::Metadata;
use crate::options::Options;
use crate::test::follow;
use crate::test_report::Report;
use crate::{needs, packages, window, workspace};

use self::cache::Cache;
use self::targets::MACOS;
pub(crate) use self::targets::WINDOWS;
use self::toolchain::Toolchain;

/// What is tested on Windows, and checked for it and for macOS.
const PACKAGES: &[&str] = &[
    "presence",
    "protocol",
    "words",
    "local-socket",
    "keyring-helper",
    "signals",
    "connect",
    "agent",
    "halo-log",
    "roster",
    "log-sqlite",
    "engine",
    "halo",
];
/// With `halow`, which only Windows has a use for.
const FEATURES: &[&str] = &["--features", "halo/windowless"];

pub(crate) fn cross(options: &Options) -> Result<bool> {
    packages::ensure(needs::CROSS, "build Halo for Windows and macOS and test it in Wine", options.yes)?;
    let cache = Cache::open()?;
    let toolchain = Toolchain::prepare(&cache, &[WINDOWS, MACOS], &Metadata::of_workspace()?.target_folder())?;
    wine::prepare(&cache)?;

    // It embeds the page, and is only checked: nothing here can show it as those systems do. Without a run, the page is
    // left as it is: the tests that go on beside this one may be using it.
    let page_is_there = if options.no_run { window::is_built() } else { window::prepare(options.yes)? };
    let window: &[&str] = if page_is_there { &["--package", "halo-window"] } else { &[] };
    if options.no_run {
        return Ok(workspace::succeeds(windows_tests(&mut toolchain.cargo()).arg("--no-run"))?
            & workspace::succeeds(&mut lints(&toolchain, WINDOWS, window))?
            & workspace::succeeds(&mut lints(&toolchain, MACOS, window))?);
    }

    let mut report = Report::default();
    let mut command = toolchain.cargo_under(&["xvfb-run", "--auto-servernum"]);
    windows_tests(&mut command).args(["--no-fail-fast", "--", "--show-output"]).args(&options.rest);
    wine::run_tests_of(&mut command, &cache);
    let succeeded = follow(&mut command, |line| report.read_line(line))?;
    report.finish(succeeded);

    if window.is_empty() {
        report.skip("the lints of the window for other systems: there is no Node");
    }
    for target in [WINDOWS, MACOS] {
        println!("check: lints for {target}");
        let held = workspace::succeeds(&mut lints(&toolchain, target, window))?;
        report.count(&format!("the lints for {target}"), held);
    }
    report.print();
    Ok(report.failed() == 0)
}

/// Builds the programs for Windows, as people get them or as for tests; the folder that they lie in. The page must be
/// there.
pub(crate) fn windows_programs(release: bool) -> Result<PathBuf> {
    let cache = Cache::open()?;
    let target = Metadata::of_workspace()?.target_folder();
    let toolchain = Toolchain::prepare(&cache, &[WINDOWS], &target)?;
    let mut command = if release { toolchain.cargo_for_packages() } else { toolchain.cargo() };
    command.args(["build", "--target", WINDOWS, "--package", "halo", "--package", "keyring-helper"]);
    command.args(["--package", "halo-window"]).args(FEATURES);
    if release {
        command.arg("--release");
    }
    ensure!(workspace::succeeds(&mut command)?, "Halo could not be built for Windows: see the messages above");
    Ok(target.join("cross").join(WINDOWS).join(if release { "release" } else { "debug" }))
}

/// Runs a command with a Wine that goes with it; true if the command succeeded.
pub(crate) fn in_fresh_wine(command: &mut Command) -> Result<bool> {
    let cache = Cache::open()?;
    wine::prepare(&cache)?;
    let disk = tempfile::tempdir()?;
    wine::copy(&cache, &disk.path().join("wine"))?;
    workspace::succeeds(wine::in_wine(command, &disk.path().join("wine")))
}

/// Makes of a cargo the one that builds the tests for Windows and, unless told otherwise, runs them.
fn windows_tests(cargo: &mut Command) -> &mut Command {
    cargo.args(["test", "--target", WINDOWS]).args(packages_named()).args(FEATURES)
}

fn lints(toolchain: &Toolchain, target: &str, window: &[&str]) -> Command {
    let mut command = toolchain.cargo();
    command.args(["clippy", "--quiet", "--all-targets", "--target", target]).args(packages_named()).args(window);
    command.args(FEATURES).args(["--", "-D", "warnings"]);
    command
}

/// The packages as arguments of cargo.
fn packages_named() -> impl Iterator<Item = &'static str> {
    PACKAGES.iter().flat_map(|package| ["--package", package])
}
