//! Programs that run beside a test: started with a log file, waited for with a limit, ended without a trace.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process};

/// How long a program may take until it serves. Far beyond the usual fraction of a second: two busy cores are slow.
pub(crate) const START_LIMIT: Duration = Duration::from_secs(30);
/// How long a program may take to leave after being asked to, before it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(3);

/// A running program. Dropping it ends the program.
#[derive(Debug)]
pub(crate) struct Service {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Service {
    /// Starts `command` with its errors (and its output, unless the caller has taken it) in `logs/NAME.log`.
    pub(crate) fn start(name: &str, command: &mut Command, logs: &Path) -> Result<Self> {
        let log = logs.join(format!("{name}.log"));
        command.stderr(append_to(&log)?);
        let child = spawn(command).map_err(|error| not_started(command, &error))?;
        Ok(Self { name: name.to_owned(), child, log })
    }

    /// The same, for a program whose output nobody reads and that reads nothing.
    pub(crate) fn start_quiet(name: &str, command: &mut Command, logs: &Path) -> Result<Self> {
        let output = append_to(&logs.join(format!("{name}.log")))?;
        Self::start(name, command.stdin(Stdio::null()).stdout(output), logs)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Waits until `ready` says so; fails at once if the program ends before, and in any case after [`START_LIMIT`].
    pub(crate) fn wait_until_ready(&mut self, mut ready: impl FnMut() -> bool) -> Result<()> {
        let started = Instant::now();
        loop {
            if ready() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(self.failure(&format!("ended ({status}) instead of starting")));
            }
            if started.elapsed() > START_LIMIT {
                return Err(self.failure(&format!("was not ready after {} s", START_LIMIT.as_secs())));
            }
            std::thread::sleep(Duration::from_millis(15));
        }
    }

    /// An error that carries what the program itself said.
    pub(crate) fn failure(&self, what: &str) -> anyhow::Error {
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        let from = said.char_indices().rev().nth(2000).map_or(0, |(at, _)| at);
        anyhow!("{} {what}. It said:\n{}", self.name, said[from..].trim_end())
    }
}

/// A program that a test has just written is busy for as long as a child of another test, on its way to becoming a
/// program of its own, still holds the file.
fn spawn(command: &mut Command) -> std::io::Result<Child> {
    let started = Instant::now();
    loop {
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy && started.elapsed() < STOP_LIMIT => {
                std::thread::sleep(Duration::from_millis(15));
            }
            spawned => return spawned,
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Asks `child` to end, then insists. Never signals a process that was already waited for: its id may be another's.
fn end(child: &mut Child) {
    if let (Ok(None), Some(pid)) = (child.try_wait(), process_id(child)) {
        let _ = kill_process(pid, Signal::TERM);
        let gone = wait_until(STOP_LIMIT, || !matches!(child.try_wait(), Ok(None)));
        if !gone {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

pub(crate) fn process_id(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

fn append_to(log: &Path) -> Result<File> {
    File::options().create(true).append(true).open(log).with_context(|| format!("cannot write {}", log.display()))
}

fn not_started(command: &Command, error: &std::io::Error) -> anyhow::Error {
    let program = command.get_program().to_string_lossy();
    if error.kind() == std::io::ErrorKind::NotFound {
        anyhow!("{program} is not installed; `cargo xtask test` installs what the virtual desktop needs")
    } else {
        anyhow!("cannot start {program}: {error}")
    }
}

/// Asks `condition` again and again until it holds (true) or `limit` has passed (false).
pub fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    while !condition() {
        if started.elapsed() > limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(15));
    }
    true
}

/// Runs `command` to its end and gives what it printed; fails, with what it said, if it fails.
pub fn run_to_end(command: &mut Command) -> Result<String> {
    let Output { status, stdout, stderr } =
        command.stdin(Stdio::null()).output().map_err(|error| not_started(command, &error))?;
    if !status.success() {
        bail!("{command:?} failed ({status}): {}", String::from_utf8_lossy(&stderr).trim_end());
    }
    Ok(String::from_utf8_lossy(&stdout).into_owned())
}
