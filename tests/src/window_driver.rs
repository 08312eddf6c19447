//! The driver of the window's web view: it starts the window, and clicks and reads in it for whoever asks over HTTP.
//!
//! It is asked directly. `tauri-driver` would only stand in between and rename one capability (docs/decisions/007).

use std::net::TcpListener;

use anyhow::{Context as _, Result};

use crate::desktop::Desktop;
use crate::process::Service;

const PROGRAM: &str = "WebKitWebDriver";

/// The running driver. Dropping it ends it, and with it the window that it has started.
#[derive(Debug)]
pub struct WindowDriver {
    _program: Service,
    address: String,
}

impl Desktop {
    /// Starts the driver. The windows it starts are in this desktop. Needs the display.
    pub fn start_window_driver(&self) -> Result<WindowDriver> {
        let port = free_port()?;
        let mut command = self.command(PROGRAM);
        // Tauri lets a window be driven only when told so.
        command.arg(format!("--port={port}")).env("TAURI_AUTOMATION", "true").env("TAURI_WEBVIEW_AUTOMATION", "true");
        let mut program = Service::start_quiet(PROGRAM, &mut command, &self.log_dir())?;
        program.wait_until_ready(|| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok())?;
        Ok(WindowDriver { _program: program, address: format!("http://127.0.0.1:{port}") })
    }
}

impl WindowDriver {
    /// Where it is asked.
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// The driver can't choose one by itself and say which.
fn free_port() -> Result<u16> {
    let found = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    Ok(found.context("this machine has no free port on 127.0.0.1")?.port())
}
