//! `cargo xtask check`: everything about the source that is not a test.

use anyhow::{Result, bail};

use crate::metadata::Metadata;
use crate::{arrows, hygiene, icons, licences, needs, packages, rules, window, workspace};

type Step = (&'static str, fn() -> Result<bool>);

const STEPS: &[Step] = &[
    ("format", || cargo(&["fmt", "--all", "--check"])),
    // First, for the window's program embeds the page.
    ("the window's page", page),
    ("lints", || {
        cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"])
    }),
    ("documentation", documentation),
    ("licences and sources of dependencies", dependencies),
    ("icons", || icons::icons(true)),
    ("arrows between files and crates", arrows::fit),
    ("length of files", hygiene::warn_of_long_files),
    ("rules with tests", rules::fit),
];

/// Goes on after a step that failed, so that one call tells everything.
pub(crate) fn check() -> Result<bool> {
    packages::ensure(needs::BUILD, "build Halo", false)?;
    let mut failed = Vec::new();
    for (name, step) in STEPS {
        println!("check: {name}");
        let passed = step().unwrap_or_else(|error| {
            eprintln!("{error:#}");
            false
        });
        if !passed {
            failed.push(*name);
        }
    }
    if failed.is_empty() {
        println!("check: ok");
    } else {
        println!("check: failed: {}", failed.join(", "));
    }
    Ok(failed.is_empty())
}

fn cargo(arguments: &[&str]) -> Result<bool> {
    workspace::succeeds(workspace::cargo().args(arguments))
}

fn page() -> Result<bool> {
    if !window::prepare(false)? {
        bail!("the check needs the window: install Node");
    }
    Ok(window::types(true)? & window::npm(&["run", "--silent", "check"])? & window::npm(&["run", "--silent", "size"])?)
}

fn documentation() -> Result<bool> {
    let mut command = workspace::cargo();
    command.args(["doc", "--quiet", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
    workspace::succeeds(&mut command)
}

fn dependencies() -> Result<bool> {
    let complaints = licences::complaints(&Metadata::with_dependencies()?.packages(), &workspace::root());
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    Ok(complaints.is_empty())
}
