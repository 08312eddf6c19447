//! `cargo xtask test`: every test of the workspace, counted in one line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::options::Options;
use crate::test_report::Report;
use crate::{build, needs, packages, python, unpacked, window, workspace};

/// Each end-to-end test has a desktop of its own; more than two at once make the time limits of slow machines theirs.
const THREADS: &str = "2";

pub(crate) fn test(options: &Options) -> Result<bool> {
    packages::ensure(needs::BUILD, "build Halo", options.yes)?;
    let needs = [needs::VIRTUAL_DESKTOP, needs::TESTS].concat();
    packages::ensure(&needs, "test Halo", options.yes)?;
    let unpacked = unpacked::prepare(&[needs::LOCKER, needs::SOUND, needs::BROKER].concat())?;
    python::prepare()?;
    let with_window = window::prepare(options.yes)?;
    if with_window {
        packages::ensure(needs::WINDOW_TESTS, "test the window", options.yes)?;
    }
    // The same for building and testing: another selection would have other features, and be built anew.
    let packages: &[&str] = if with_window { &["--workspace"] } else { &["--workspace", "--exclude", "halo-window"] };
    let halo = build::everything(packages)?;
    if options.no_run {
        return Ok(true);
    }

    let mut command = workspace::cargo();
    command.arg("test").args(packages).args(["--no-fail-fast", "--", "--show-output"]).args(&options.rest);
    command.env("HALO_BIN", halo).env("RUST_TEST_THREADS", THREADS);
    if let Some(unpacked) = unpacked {
        command = unpacked.by(&command);
    }
    let mut report = Report::default();
    let succeeded = follow(&mut command, |line| report.read_line(line))?;
    report.finish(succeeded);
    if with_window {
        for script in ["test", "test:browser"] {
            let mut page = window::command(&["run", "--silent", script]);
            let succeeded = follow(page.env("NO_COLOR", "1"), |line| report.read_page_line(line))?;
            report.finish_page(script, succeeded);
        }
    } else {
        report.skip("the window's page: there is no Node");
    }
    report.print();
    Ok(report.failed() == 0)
}

/// Runs a command, shows each line of what it prints, and gives it to `read`; true if the command succeeded.
pub(crate) fn follow(command: &mut Command, mut read: impl FnMut(&str)) -> Result<bool> {
    let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = started.with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let mut output = BufReader::new(child.stdout.take().context("a command has no output")?);
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? > 0 {
        std::io::stdout().write_all(&line)?;
        read(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    Ok(child.wait()?.success())
}
