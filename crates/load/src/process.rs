//! A server as a process of its own: started, measured from outside, ended.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// How long a server may take until it listens: it may have a big directory to read first.
const START_WITHIN: Duration = Duration::from_secs(120);

/// A running server. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Server {
    /// Where it listens.
    pub at: SocketAddr,
    child: Child,
    log: PathBuf,
}

/// What it has in memory, in KiB.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// All of it.
    pub resident: f64,
    /// Its share of it, where others have the same pages.
    pub share: f64,
}

/// A port of this machine's that nobody listens on, which is the server's a moment later.
pub(crate) fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no port is free")?;
    Ok(listener.local_addr()?)
}

impl Server {
    /// Starts one that will listen there; what it says goes into a file of `folder`.
    pub(crate) fn start(command: &mut Command, at: SocketAddr, folder: &Path) -> Result<Self> {
        let name = Path::new(command.get_program()).display().to_string();
        let log = folder.join("server.log");
        let said = File::options().create(true).append(true).open(&log)?;
        command.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said);
        let child = command.spawn().with_context(|| format!("{name} can't be started"))?;
        let mut server = Self { at, child, log };
        let started = Instant::now();
        while TcpStream::connect(at).is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("{name} ended ({status}): {}", server.said());
            }
            if started.elapsed() > START_WITHIN {
                bail!("{name} does not listen: {}", server.said());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(server)
    }

    /// The processor time that it has taken so far, in seconds.
    pub(crate) fn work(&self) -> f64 {
        let fields = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        // After the name, which may hold anything: user and system time are the 14th and 15th field.
        let fields = fields.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        // A tick is 10 ms on every Linux.
        fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
    }

    /// What it has in memory.
    pub(crate) fn memory(&self) -> Memory {
        let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id())).unwrap_or_default();
        let line = |name: &str| {
            let line = rollup.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(f64::NAN)
        };
        Memory { resident: line("Rss:"), share: line("Pss:") }
    }

    /// What it said last.
    pub(crate) fn said(&self) -> String {
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        let from = said.char_indices().rev().nth(2000).map_or(0, |(at, _)| at);
        said[from..].trim_end().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // As a power cut does: nothing of it is needed afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
