//! A screen saver service that locks when the test says so, under any of the names that desktops use.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{ChildStdout, Stdio};

use anyhow::{Context as _, Result};

use crate::desktop::Desktop;
use crate::process::Service;

const SCRIPT: &str = include_str!("fake_screensaver.py");

/// A fake screen saver on the session bus: `GetActive`, `GetActiveTime`, `SetActive`, `Lock` and `ActiveChanged`.
/// Dropping it takes its name off the bus.
#[derive(Debug)]
pub struct FakeScreensaver {
    program: Service,
    answers: BufReader<ChildStdout>,
}

impl Desktop {
    /// Starts a fake screen saver that owns `name`, such as `org.gnome.ScreenSaver`, at the object path of the same
    /// words. Needs the desktop's session bus.
    pub fn start_screensaver(&self, name: &str) -> Result<FakeScreensaver> {
        let mut command = self.command("/usr/bin/python3");
        command.args(["-c", SCRIPT, name]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut program = Service::start(name, &mut command, &self.log_dir())?;
        program.wait_until_ready(|| self.session_bus().has_owner(name))?;
        let answers = BufReader::new(program.child().stdout.take().context("the fake screen saver has no output")?);
        Ok(FakeScreensaver { program, answers })
    }
}

impl FakeScreensaver {
    /// Locks (true) or unlocks (false); returns when the signal was sent. The answer is the moment before sending, in
    /// seconds of `CLOCK_MONOTONIC`.
    pub fn set_active(&mut self, active: bool) -> Result<f64> {
        let orders = self.program.child().stdin.as_mut().context("the fake screen saver has no input")?;
        writeln!(orders, "{active}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        answer.trim().parse().map_err(|_| self.program.failure("did not answer"))
    }
}
