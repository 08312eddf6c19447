//! The screen: an X server that draws into memory, and a window manager, both dark.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::mpsc;

use anyhow::{Context as _, Result};

use crate::folders::write_file;
use crate::process::{START_LIMIT, Service, run_to_end};
use crate::stage::Stage;

/// The colour behind everything: dark, and no colour of a status.
const BACKGROUND: &str = "xc:#23272e";

#[derive(Debug)]
pub(crate) struct Display {
    // They end in this order: the window manager before its screen.
    _window_manager: Service,
    _server: Service,
}

impl Display {
    /// Starts both, and notes the display's name in the session.
    pub(crate) fn start(stage: &mut Stage) -> Result<Self> {
        let server = start_server(stage)?;
        // Only looks: a desktop without ImageMagick is black.
        let _ = run_to_end(stage.command("display").args(["-size", "1280x800", "-window", "root", BACKGROUND]));
        let window_manager = start_window_manager(stage)?;
        Ok(Self { _window_manager: window_manager, _server: server })
    }
}

/// The server picks a free display number and prints it once it serves.
fn start_server(stage: &mut Stage) -> Result<Service> {
    let mut command = stage.command("Xvfb");
    command
        .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-noreset", "-nolisten", "tcp"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut server = Service::start("Xvfb", &mut command, &stage.folders.logs())?;
    let output = server.child().stdout.take().context("the X server has no output")?;
    let (send, number) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let _ = BufReader::new(output).read_line(&mut line);
        send.send(line.trim().to_owned())
    });
    let number = number.recv_timeout(START_LIMIT).unwrap_or_default();
    if number.is_empty() {
        return Err(server.failure("did not open a display"));
    }
    stage.display = Some(format!(":{number}"));
    Ok(server)
}

fn start_window_manager(stage: &Stage) -> Result<Service> {
    let configuration = stage.folders.config().join("openbox/rc.xml");
    // The system's own key and mouse bindings, in a dark theme.
    if let Ok(system) = fs::read_to_string("/etc/xdg/openbox/rc.xml") {
        write_file(&configuration, &system.replace("<name>Clearlooks</name>", "<name>Onyx</name>"))?;
    }
    let mut command = stage.command("openbox");
    command.arg("--sm-disable");
    let mut manager = Service::start_quiet("openbox", &mut command, &stage.folders.logs())?;
    manager.wait_until_ready(|| manages_windows(stage))?;
    Ok(manager)
}

fn manages_windows(stage: &Stage) -> bool {
    run_to_end(stage.command("xprop").args(["-root", "_NET_SUPPORTING_WM_CHECK"]))
        .is_ok_and(|answer| answer.contains("window id"))
}
