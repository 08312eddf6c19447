//! `cargo xtask cross`: Halo for Windows, built and tested in Wine, and for macOS, as far as checks go without a Mac.

mod cache;
mod toolchain;
mod wine;

use anyhow::Result;

use crate::metadata::Metadata;
use crate::options::Options;
use crate::test::follow;
use crate::test_report::Report;
use crate::{needs, packages, window, workspace};

use self::cache::Cache;
use self::toolchain::Toolchain;

const WINDOWS: &str = "x86_64-pc-windows-gnu";
const MACOS: &str = "aarch64-apple-darwin";

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
    "service",
    "halo",
];
/// With `halow`, which only Windows has a use for.
const FEATURES: &[&str] = &["--features", "halo/windowless"];

pub(crate) fn cross(options: &Options) -> Result<bool> {
    packages::ensure(needs::CROSS, "build Halo for Windows and macOS and test it in Wine", options.yes)?;
    let cache = Cache::open()?;
    let toolchain = Toolchain::prepare(&cache, &[WINDOWS, MACOS], &Metadata::of_workspace()?.target_folder())?;
    wine::prepare(&cache)?;

    let mut report = Report::default();
    let mut command = toolchain.cargo_under(&["xvfb-run", "--auto-servernum"]);
    command.args(["test", "--target", WINDOWS, "--no-fail-fast"]);
    command.args(packages_named()).args(FEATURES).args(["--", "--show-output"]).args(&options.rest);
    wine::run_tests_of(&mut command, &cache);
    let succeeded = follow(&mut command, |line| report.read_line(line))?;
    report.finish(succeeded);

    // It embeds the page, and is only checked: nothing here can show it as those systems do.
    let window: &[&str] = if window::prepare(options.yes)? { &["--package", "halo-window"] } else { &[] };
    if window.is_empty() {
        report.skip("the lints of the window for other systems: there is no Node");
    }
    for target in [WINDOWS, MACOS] {
        println!("check: lints for {target}");
        let mut command = toolchain.cargo();
        command.args(["clippy", "--quiet", "--all-targets", "--target", target]).args(packages_named()).args(window);
        command.args(FEATURES).args(["--", "-D", "warnings"]);
        report.count(&format!("the lints for {target}"), workspace::succeeds(&mut command)?);
    }
    report.print();
    Ok(report.failed() == 0)
}

/// The packages as arguments of cargo.
fn packages_named() -> impl Iterator<Item = &'static str> {
    PACKAGES.iter().flat_map(|package| ["--package", package])
}
