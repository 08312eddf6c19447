//! Halo on a machine without a display: the same program in a private virtual desktop, with a picture of it.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::Desktop;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::iterator::Signals;

use crate::metadata::Metadata;

enum Event {
    TakePicture,
    Stop,
}

pub(crate) fn run(halo: &Path, arguments: &[String]) -> Result<bool> {
    // Before anything is started, so that Ctrl-C at any moment ends it all in order.
    let (send, events) = mpsc::channel();
    listen_to_signals(send.clone())?;

    println!("There is no display here: starting a private virtual desktop…");
    let desktop = Desktop::builder().everything().start()?;
    let mut program = desktop
        .command(halo)
        .arg("run")
        .args(arguments)
        .stdin(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", halo.display()))?;

    let target = Metadata::of_workspace()?.target_folder();
    let picture = target.join("virtual-desktop.png");
    let variables = target.join("virtual-desktop.env");
    fs::write(&variables, as_shell(&desktop.env()))?;
    // A moment for the first picture to show the tray.
    thread::sleep(Duration::from_secs(2));
    if program.try_wait()?.is_none() {
        desktop.screenshot(&picture)?;
        println!("{}", how_to_use(halo, &desktop, &picture, &variables));
        listen_to_enter(send);
    }

    let ended = loop {
        match events.recv_timeout(Duration::from_millis(300)) {
            Ok(Event::TakePicture) => {
                desktop.screenshot(&picture)?;
                println!("New picture: {}", picture.display());
            }
            Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => break None,
            Err(RecvTimeoutError::Timeout) => {
                if let Some(status) = program.try_wait()? {
                    break Some(status);
                }
            }
        }
    };
    let _ = fs::remove_file(variables);
    drop(desktop);
    let _ = program.wait();
    Ok(ended.is_none_or(say_how_it_ended))
}

fn say_how_it_ended(status: ExitStatus) -> bool {
    println!("Halo has ended ({status}).");
    status.success()
}

fn listen_to_signals(events: Sender<Event>) -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGUSR1]).context("cannot listen to signals")?;
    thread::spawn(move || {
        for signal in signals.forever() {
            let event = if signal == SIGUSR1 { Event::TakePicture } else { Event::Stop };
            if events.send(event).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Enter takes a picture; only where a person could press it.
fn listen_to_enter(events: Sender<Event>) {
    if std::io::stdin().is_terminal() {
        thread::spawn(move || {
            for _ in std::io::stdin().lock().lines().map_while(Result::ok) {
                if events.send(Event::TakePicture).is_err() {
                    return;
                }
            }
        });
    }
}

fn how_to_use(halo: &Path, desktop: &Desktop, picture: &Path, variables: &Path) -> String {
    format!(
        "
Halo runs in a private virtual desktop.
  See it      {picture}
              Press Enter for a new picture, or: kill -USR1 {id}
  Talk to it  XDG_RUNTIME_DIR={runtime} {halo} status
  Click, type (set -a; . {variables}; xdotool mousemove 1217 782 click 1)
  Stop it     Ctrl-C, or: kill {id}",
        picture = picture.display(),
        id = std::process::id(),
        runtime = desktop.runtime_dir().display(),
        halo = halo.display(),
        variables = variables.display(),
    )
}

/// Variables for a shell to read. Their values are paths and addresses of our own making, free of quotes.
fn as_shell(variables: &[(String, String)]) -> String {
    variables.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name}='{value}'");
        text
    })
}
