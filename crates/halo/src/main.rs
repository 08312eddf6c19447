//! `halo`: the resident program that lives in the tray, and the command line that talks to it.
//!
//! One binary: `halo run` is the resident program, everything else asks it over a local socket. **It must not hold** a
//! toolkit or web content, and what it does is wiring: rules live in `presence`, decisions in `agent`.

mod cli;
mod client;
#[cfg(test)]
#[path = "../../connect/tests/support/mod.rs"]
mod fake_service;
#[cfg(test)]
#[path = "../../agent/tests/hub_suite/mod.rs"]
mod hub_suite;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod newest;
#[cfg(any(not(target_os = "linux"), test))]
mod other_systems;
mod place;
mod resident;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;
mod zone;

use std::process::ExitCode;

#[cfg(target_os = "linux")]
use linux as os;
#[cfg(target_os = "macos")]
use macos as os;
#[cfg(windows)]
use windows as os;

fn main() -> ExitCode {
    cli::main()
}
