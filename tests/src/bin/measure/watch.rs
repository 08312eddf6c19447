//! What a script sees that follows the presence.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::Value;

/// A running `halo watch --json`, each line with the moment it was read.
pub(crate) struct Watch {
    program: Child,
    lines: Receiver<(Instant, String)>,
}

impl Watch {
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let mut program = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = BufReader::new(program.stdout.take().context("`halo watch` has no output")?);
        let (send, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if send.send((Instant::now(), line)).is_err() {
                    return;
                }
            }
        });
        Ok(Self { program, lines })
    }

    pub(crate) fn next(&self, limit: Duration) -> Option<(Instant, String)> {
        self.lines.recv_timeout(limit).ok()
    }

    /// Lets lines pass until one with this status, and gives the moment it was read.
    pub(crate) fn until_status(&self, status: &str, limit: Duration) -> Result<Instant> {
        let until = Instant::now() + limit;
        loop {
            let line = self.next(until.saturating_duration_since(Instant::now()));
            let (read, line) = line.with_context(|| format!("`halo watch --json` did not say “{status}”"))?;
            if serde_json::from_str::<Value>(&line)?["status"] == status {
                return Ok(read);
            }
        }
    }

    /// Lets lines pass until none comes for this long.
    pub(crate) fn quiet(&self, pause: Duration) {
        while self.next(pause).is_some() {}
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
