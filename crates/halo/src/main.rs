//! `halo`: the resident program that lives in the tray, and the command line that talks to it.
//!
//! One binary: `halo run` is the resident program, everything else asks it over a local socket. **It must not hold** a
//! toolkit or web content, and what it does is wiring: rules live in `presence`, decisions in `agent`.

mod cli;
mod client;
mod core_dumps;
mod keyring_helper;
mod place;
mod resident;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
