//! Prints for how many milliseconds the user has given no input, and exits.
//!
//! A program of its own because the library it asks crashes where there is no display: the crash stays here, and the
//! program that asked reads it as *unknown*.

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    match user_idle::UserIdle::get_time() {
        Ok(idle) => {
            println!("{}", idle.as_milliseconds());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("halo-idle: {error:?}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("halo-idle: this system has its own idle sources");
    ExitCode::FAILURE
}
