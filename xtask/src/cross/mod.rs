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
const PACKAGES: &[&str] =
    &["presence", "protocol", "words", "local-socket", "signals", "connect", "agent", "service", "halo"];
/// With `halow`, which only Windows has a use for.
const FEATURES: &[&str] = &["--features", "halo/windowless"];
/// Only checked: Wine has nothing that shows pages.
const WINDOW: &str = "halo-window";

pub(crate) fn cross(options: &Options) -> Result<bool> {
    packages::ensure(needs::CROSS, "build Halo for Windows and macOS and test it in Wine", options.yes)?;
    let with_window = window::prepare(options.yes)?;
    let cache = Cache::open()?;
    let toolchain = Toolchain::prepare(&cache, &[WINDOWS, MACOS], &Metadata::of_workspace()?.target_folder())?;
    wine::prepare(&cache)?;

    let mut report = Report::default();
    let mut command = toolchain.cargo_under(&["xvfb-run", "--auto-servernum"]);
    command.args(["test", "--target", WINDOWS, "--no-fail-fast"]);
    command.args(named(PACKAGES)).args(FEATURES).args(["--", "--show-output"]).args(&options.rest);
    wine::run_tests_of(&mut command, &cache);
    let succeeded = follow(&mut command, |line| report.read_line(line))?;
    report.finish(succeeded);

    let mut checked = PACKAGES.to_vec();
    if with_window {
        checked.push(WINDOW);
    } else {
        report.skip("the lints of the window for other systems: there is no Node");
    }
    for target in [WINDOWS, MACOS] {
        println!("check: lints for {target}");
        let mut command = toolchain.cargo();
        command.args(["clippy", "--quiet", "--all-targets", "--target", target]).args(named(&checked));
        command.args(FEATURES).args(["--", "-D", "warnings"]);
        report.count(&format!("the lints for {target}"), workspace::succeeds(&mut command)?);
    }
    report.print();
    Ok(report.failed() == 0)
}

fn named<'a>(packages: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    packages.iter().flat_map(|package| ["--package", package])
}
