//! A `nats-server` of a test's own, on a port and in a folder of its own. It ends with its owner.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use async_nats::jetstream::{self, Context, stream};
use log::suite::{entry, keyed};
use log::{Entry, Log, LogError, Outcome};
use log_nats::{Nats, Options};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use tempfile::TempDir;

/// Long enough for anything that works.
pub const LONG: Duration = Duration::from_secs(20);
/// Short enough to wait for the end of it.
pub const SHORT: Duration = Duration::from_millis(500);

pub struct Server {
    program: PathBuf,
    folder: TempDir,
    pub port: u16,
    running: Option<Child>,
}

impl Server {
    /// A server that runs; `None`, and a line that says so, if none is installed.
    pub fn start() -> Option<Self> {
        Self::start_with("jetstream { store_dir: STORE, max_file_store: 1G }")
    }

    /// The same with this in its configuration, where `STORE` is its folder.
    pub fn start_with(configuration: &str) -> Option<Self> {
        let Some(program) = program() else {
            println!("skipped: nats-server is not installed");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = TempDir::new().unwrap();
        let store = format!("\"{}\"", folder.path().join("store").display());
        let configuration = format!("listen: 127.0.0.1:{port}\n{}\n", configuration.replace("STORE", &store));
        fs::write(folder.path().join("nats.conf"), configuration).unwrap();
        let mut server = Self { program, folder, port, running: None };
        server.run();
        Some(server)
    }

    /// Starts it again, in the same place.
    pub fn run(&mut self) {
        let mut command = Command::new(&self.program);
        command.arg("-c").arg(self.folder.path().join("nats.conf"));
        self.running = Some(command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        until("the server listens", || TcpStream::connect(("127.0.0.1", self.port)).is_ok());
    }

    /// Kills it, as a power cut would, but that what it handed to the system stays.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.kill().unwrap();
            running.wait().unwrap();
        }
    }

    /// Makes it hang, or go on.
    pub fn hang(&self, hangs: bool) {
        let pid = Pid::from_child(self.running.as_ref().unwrap());
        kill_process(pid, if hangs { Signal::STOP } else { Signal::CONT }).unwrap();
        if hangs {
            // Its threads stop one after another.
            waitpid(Some(pid), WaitOptions::UNTRACED).unwrap();
        }
    }

    pub fn options(&self, limit: Duration) -> Options {
        options(self.port, limit)
    }

    pub fn keeper(&self) -> Nats {
        self.keeper_within(LONG)
    }

    pub fn keeper_within(&self, limit: Duration) -> Nats {
        Nats::open(self.options(limit)).unwrap()
    }

    /// Asks the server past the keeper.
    pub fn ask<T>(&self, question: impl AsyncFnOnce(Context) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build().unwrap();
        runtime.block_on(async {
            let client = async_nats::connect(format!("nats://127.0.0.1:{}", self.port)).await.unwrap();
            question(jetstream::new(client)).await
        })
    }

    /// A stream for entries that an administrator made beforehand.
    pub fn with_stream(&self, stream: stream::Config) {
        self.ask(async |context| context.create_stream(stream).await.map(drop)).unwrap();
    }

    /// Whether these words stand anywhere in what it keeps on the disk.
    pub fn has_on_disk(&self, words: &str) -> bool {
        holds(self.folder.path(), words.as_bytes())
    }
}

/// What reaches a server through a port.
pub fn options(port: u16, limit: Duration) -> Options {
    Options { limit, ..Options::new(&format!("nats://127.0.0.1:{port}")) }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/bin".into()]);
    folders.map(|folder| folder.join("nats-server")).find(|program| program.is_file())
}

fn holds(path: &Path, words: &[u8]) -> bool {
    if path.is_dir() {
        return fs::read_dir(path).unwrap().any(|inside| holds(&inside.unwrap().path(), words));
    }
    fs::read(path).unwrap_or_default().windows(words.len()).any(|part| part == words)
}

/// Waits until something is so.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < LONG, "{what}: not within {LONG:?}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// The stream that the keeper would make, for a test to change.
pub fn stream_of_entries() -> stream::Config {
    stream::Config {
        name: "HALO".into(),
        subjects: vec!["halo.entry.*.*".into()],
        discard: stream::DiscardPolicy::New,
        ..stream::Config::default()
    }
}

/// An entry of one fact with a key of its own.
pub fn numbered(subject: &str, seq: u64) -> Entry {
    keyed(entry(subject, seq, &["{\"what\":\"signed_in\"}"]), &format!("key-{seq}"), "digest")
}

/// Appends an entry until that works, by its key.
pub fn insist(log: &mut Nats, entry: &Entry) -> Outcome {
    let begin = Instant::now();
    loop {
        match log.append(std::slice::from_ref(entry)) {
            Ok(outcomes) => return outcomes[0].clone(),
            Err(error) => assert!(is_unreachable(&error) && begin.elapsed() < 2 * LONG, "{error}"),
        }
    }
}

pub fn is_unreachable(error: &LogError) -> bool {
    matches!(error, LogError::Unreachable { .. })
}

/// The places of a subject's entries.
pub fn places(log: &Nats, subject: &str) -> Vec<u64> {
    let read = log.read(&subject.parse().unwrap(), 0, usize::MAX).unwrap();
    read.iter().map(|stored| stored.entry.seq).collect()
}
