//! How people build, run, check and measure Halo: `cargo xtask`.
//!
//! It is the first thing that compiles on a fresh clone, so it uses little beyond std. It must not know how Halo works
//! inside: it installs, builds, starts and reads what programs print.

mod arrows;
mod bench;
mod build;
mod check;
mod cross;
mod desktops;
mod display;
mod distribution;
mod hygiene;
mod icons;
mod install;
mod licences;
mod linux_files;
mod metadata;
mod needs;
mod openapi;
mod options;
mod package;
mod packages;
mod python;
mod rules;
mod run;
mod source;
mod test;
mod test_report;
mod unpacked;
mod virtual_desktop;
mod window;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::options::Options;

const HELP: &str = "\
cargo xtask COMMAND

  run [--release] [-- ARGS]   install what is missing, build Halo and start it (without a display: in a virtual one)
  test [-- ARGS]              install what the tests need and run all of them; ARGS go to the test programs
  check                       format, lints, documentation, arrows between files, licences, sources, icons
  cross [-- ARGS]             build for Windows and run the tests in Wine; lints for Windows and macOS
  rules                       which behaviour rules are kept (docs/rules.md), and by which tests
  bench [--quick]             measure memory, wake-ups and delays against their limits
  bench service [--quick]     measure a team's service under load, beside other servers, against its goals
  install [--prefix DIR]      put a release build and its desktop entry into ~/.local
  uninstall [--prefix DIR]    remove what `install` put there; your data stays
  package [--quick]           make what people install, in target/package (--quick: of debug programs, to try the recipes)
  try-packages                install, update, remove and purge them in an empty Debian (as root)
  package-windows [--quick]   make the installer for Windows, there, too
  package-macos [--quick]     make the bundle and the disk image for macOS, on a Mac
  sign-packages --key FILE    sign what was made, and write what a Halo is told that asks for the newest (minisign)
  desktops [NAME…]            try them on real desktops, in systems that it makes and boots (as root, on Debian 12)
  try-installer               install, use, update and remove it in Wine
  icons [--check]             draw the icons from their sources, or check that they are drawn
  types [--check]             write the window's types from the Rust ones, or check that they are written
  openapi                     write docs/openapi.json, the description of the service's interface, from the service

  --no-run                    of test and cross: install and build everything that they need, and run no test
  --yes                       install missing packages without asking (so does a set CI variable)
";

fn main() -> ExitCode {
    match perform(std::env::args().skip(1).collect()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Gives false where a command did its work and found something wrong, having said what.
fn perform(arguments: Vec<String>) -> Result<bool> {
    let options = Options::parse(arguments)?;
    match options.command.as_str() {
        "run" => run::run(&options),
        "test" => test::test(&options),
        "check" => check::check(),
        "cross" => cross::cross(&options),
        "rules" => rules::print(),
        "bench" => bench::bench(&options),
        "install" => install::install(&options),
        "uninstall" => install::uninstall(&options),
        "package" => package::package(&options),
        "try-packages" => package::trial::trial(&options),
        "desktops" => desktops::desktops(&options),
        "try-installer" => package::windows::trial(&options),
        "sign-packages" => package::sign::sign(&options),
        "package-windows" => package::windows::package(&options),
        "package-macos" => package::macos::package(&options),
        "icons" => icons::icons(options.check),
        "types" => window::types(options.check),
        "openapi" => openapi::write(),
        "" | "help" => {
            print!("{HELP}");
            Ok(true)
        }
        unknown => bail!("there is no command `{unknown}`\n\n{HELP}"),
    }
}
