//! Starting, asking and ending the program that is measured.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use e2e::{Desktop, wait_until};
use rustix::process::{Pid, Signal, kill_process};

use crate::bus_peers::BusPeers;

/// The setting that sends a person away after some time without input.
const AUTO_AWAY: &str = "idle.auto";
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Halo<'a> {
    pub(crate) program: PathBuf,
    pub(crate) desktop: &'a Desktop,
}

/// The resident program. Dropping it asks it to end, as a log-out does, and waits for it.
pub(crate) struct Resident(Child);

impl Halo<'_> {
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.desktop.command(&self.program);
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// Starts it; gives it with the time from there to its tray item.
    pub(crate) fn start(&self, peers: &BusPeers) -> Result<(Resident, Duration)> {
        peers.forget();
        let log = fs::File::create(self.desktop.log_dir().join("halo.log"))?;
        let mut command = self.command(&["run"]);
        command.stdout(Stdio::null()).stderr(log);
        let before = Instant::now();
        let child = command.spawn().with_context(|| format!("cannot start {}", self.program.display()))?;
        let resident = Resident(child);
        let registered = peers.registration().with_context(|| {
            let log = fs::read_to_string(self.desktop.log_dir().join("halo.log")).unwrap_or_default();
            format!("`halo run` said:\n{log}")
        })?;
        Ok((resident, registered.duration_since(before)))
    }

    /// Waits until the command line is answered.
    pub(crate) fn wait_until_it_answers(&self) -> Result<()> {
        let answers = || self.command(&["status"]).output().is_ok_and(|output| output.status.success());
        anyhow::ensure!(wait_until(PATIENCE, answers), "`halo status` does not succeed");
        Ok(())
    }

    /// The command line, as tests use it.
    pub(crate) fn command_line(&self) -> e2e::Halo {
        e2e::Halo::not_started(self.desktop)
    }

    /// A little to the right and back: input.
    pub(crate) fn move_the_mouse(&self) -> Result<()> {
        self.desktop.xdotool(&["mousemove_relative", "7", "0", "mousemove_relative", "--", "-7", "0"])?;
        Ok(())
    }

    pub(crate) fn set_auto_away(&self, on: bool) {
        let value = if on { "true" } else { "false" };
        let set = self.command(&["config", AUTO_AWAY, value]).output();
        if !set.is_ok_and(|output| output.status.success()) {
            println!("note: `halo config {AUTO_AWAY} {value}` failed; measuring goes on without");
        }
    }
}

impl Drop for Resident {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        if !wait_until(PATIENCE, || !matches!(self.0.try_wait(), Ok(None))) {
            println!("note: halo did not end within 10 s of being asked to");
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}
