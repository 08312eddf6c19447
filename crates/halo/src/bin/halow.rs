//! `halow`: `halo` without a console, for whatever starts programs on Windows otherwise than by a command line: a
//! log-in, a shortcut, a link.
//!
//! `halo` itself stays a program of the console, so that a shell waits for it and hears its exit code. Windows opens a
//! console for such a program wherever there is none, before the first line of it has run. This one asks for none,
//! starts `halo` with its own arguments and without a console, and ends.

#![cfg_attr(windows, windows_subsystem = "windows")]

use std::process::{Command, ExitCode, Stdio};

/// A console program that is started with it gets none.
#[cfg(windows)]
const DETACHED_PROCESS: u32 = 0x8;

fn main() -> ExitCode {
    let Ok(this) = std::env::current_exe() else { return ExitCode::FAILURE };
    let mut halo = Command::new(this.with_file_name(format!("halo{}", std::env::consts::EXE_SUFFIX)));
    halo.args(std::env::args_os().skip(1)).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(&mut halo, DETACHED_PROCESS);
    if halo.spawn().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
