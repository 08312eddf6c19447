//! Private displays and buses for the tests: nothing here touches the session that the tests are started from, and
//! each part ends when it is dropped.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses some of it, and a test ends where it fails")]

pub mod logind;
pub mod sound;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use signals::clock::{self, Alarm};
use signals::{Environment, Handle, Raw, SignalKind, SourceHealth};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::timeout;

pub const LONG: Duration = Duration::from_secs(15);
/// Long enough for anything that is about to be said to be said.
pub const QUIET: Duration = Duration::from_millis(250);

/// True if all the programs are installed; says what is missing otherwise.
pub fn installed(programs: &[&str]) -> bool {
    let there = |program: &str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
    };
    let missing: Vec<_> = programs.iter().filter(|program| !there(program)).collect();
    if !missing.is_empty() {
        eprintln!("skipped: {missing:?} not installed");
    }
    missing.is_empty()
}

/// A process that ends with its owner.
pub struct Running(Child);

impl Running {
    pub fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().expect("the program starts"))
    }

    /// Starts a program that says on a line of its standard output that it is ready.
    pub fn ready(command: &mut Command) -> (Self, String) {
        let mut running = Self::start(command.stdout(Stdio::piped()));
        let stdout = running.0.stdout.take().expect("a pipe was asked for");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        assert!(!line.is_empty(), "{command:?} ended at once");
        (running, line.trim().to_owned())
    }

    /// Makes it hang, or go on.
    pub fn hang(&self, hangs: bool) {
        let signal = if hangs { Signal::STOP } else { Signal::CONT };
        kill_process(Pid::from_child(&self.0), signal).expect("it is ours");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An X server without a screen.
pub struct Display {
    pub name: String,
    server: Option<Running>,
}

impl Display {
    pub fn start(options: &[&str]) -> Self {
        let (server, number) = Running::ready(Self::command(options).args(["-displayfd", "1"]));
        Self { name: format!(":{number}"), server: Some(server) }
    }

    /// One whose name nobody takes when it is killed: far above those that are given out by counting up.
    pub fn start_apart() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = 1_000 + std::process::id() % 5_000 * 10 + NEXT.fetch_add(1, Ordering::Relaxed);
        let mut display = Self { name: format!(":{number}"), server: None };
        display.restart();
        display
    }

    fn command(options: &[&str]) -> Command {
        let mut command = Command::new("Xvfb");
        command.args(["-screen", "0", "320x200x24", "-noreset", "-nolisten", "tcp", "-ac"]).args(options);
        command.stderr(Stdio::null());
        command
    }

    pub fn kill(&mut self) {
        self.server = None;
    }

    pub fn hang(&self, hangs: bool) {
        self.server.as_ref().expect("it runs").hang(hangs);
    }

    /// Starts, again or for the first time, under its own name.
    pub fn restart(&mut self) {
        let name = self.name.clone();
        self.server = Some(Running::ready(Self::command(&[]).arg(&name).args(["-displayfd", "1"])).0);
    }

    /// Moves the pointer, as a person would; each place must be another.
    pub fn input(&self, x: u16) {
        let status = Command::new("xdotool")
            .env("DISPLAY", &self.name)
            .args(["mousemove", &x.to_string(), "20"])
            .status()
            .expect("xdotool starts");
        assert!(status.success());
    }
}

/// A bus with no activatable services.
pub struct Bus {
    pub address: String,
    config: PathBuf,
    daemon: Option<Running>,
    _dir: TempDir,
}

impl Bus {
    pub fn start() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        // Programs of other users come here too.
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).expect("the directory is ours");
        let address = format!("unix:path={}", dir.path().join("bus").display());
        let config = dir.path().join("bus.conf");
        let text = format!(
            "<busconfig><type>session</type><listen>{address}</listen><auth>EXTERNAL</auth>\
             <policy context=\"default\"><allow user=\"*\"/><allow own=\"*\"/><allow send_destination=\"*\"/>\
             <allow send_type=\"signal\"/><allow receive_sender=\"*\"/></policy></busconfig>"
        );
        fs::write(&config, text).expect("the file is ours");
        let mut bus = Self { address, config, daemon: None, _dir: dir };
        bus.restart();
        bus
    }

    pub fn kill(&mut self) {
        self.daemon = None;
    }

    /// Starts again at the same address.
    pub fn restart(&mut self) {
        let config = format!("--config-file={}", self.config.display());
        self.daemon =
            Some(Running::ready(Command::new("dbus-daemon").args([&config, "--nofork", "--print-address=1"])).0);
    }

    pub async fn connect(&self) -> zbus::Connection {
        let builder = zbus::connection::Builder::address(self.address.as_str()).expect("an address");
        builder.build().await.expect("the bus answers")
    }
}

/// How often this thread has gone to sleep.
pub fn switches() -> u32 {
    let status = fs::read_to_string("/proc/thread-self/status").expect("a status");
    let line = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches")).expect("it is counted");
    line.split_whitespace().nth(1).and_then(|count| count.parse().ok()).expect("a number")
}

/// Lets time pass, at the cost of one wake-up: a timer of tokio's may take several to go off.
pub async fn passes(time: Duration) {
    let mut alarm = Alarm::new().expect("an alarm");
    alarm.set(Some(clock::now().boot + time));
    alarm.fired().await;
}

/// Stops all of this thread's tasks for a while, as a stopped program or a paused machine is. What others say meanwhile is
/// heard late.
pub fn freeze(time: Duration) {
    std::thread::sleep(time);
}

/// A program that does what it is told, to stand for the helper.
pub fn script(dir: &Path, text: &str) -> PathBuf {
    let path = dir.join("helper");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("the file is ours");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the file is ours");
    path
}

/// What the back-ends say.
pub struct Ear {
    pub handle: Handle,
    rx: mpsc::Receiver<Raw>,
    /// Passes over what is said of whether the idle time is known.
    deaf_to_idle: bool,
}

impl Ear {
    pub fn new(environment: Environment) -> Self {
        let (tx, rx) = mpsc::channel(16);
        Self { handle: signals::spawn_in(environment, tx), rx, deaf_to_idle: false }
    }

    /// One that does not care whether the idle time is known.
    pub fn deaf_to_idle(environment: Environment) -> Self {
        Self { deaf_to_idle: true, ..Self::new(environment) }
    }

    /// Drops the handle; the back-ends have ended when this returns.
    pub async fn end(mut self) {
        drop(self.handle);
        let rest = async { while self.rx.recv().await.is_some() {} };
        timeout(LONG, rest).await.expect("the back-ends end");
    }

    pub async fn next(&mut self) -> Raw {
        timeout(LONG, self.heard()).await.expect("something is said in time").expect("the back-ends live")
    }

    async fn heard(&mut self) -> Option<Raw> {
        loop {
            let raw = self.rx.recv().await;
            if !self.deaf_to_idle || !matches!(raw, Some(Raw::IdleKnown | Raw::IdleUnknown(_))) {
                return raw;
            }
        }
    }

    /// The first thing of a kind; the rest is passed over.
    pub async fn until(&mut self, wanted: impl Fn(&Raw) -> bool) -> Raw {
        loop {
            let raw = self.next().await;
            if wanted(&raw) {
                return raw;
            }
        }
    }

    /// The source of this kind that is listened to, by its name.
    pub fn chosen(&self, signal: SignalKind) -> Option<String> {
        let health = self.handle.health();
        let chosen: Vec<_> = health.iter().filter(|source| source.chosen && source.signal == signal).collect();
        assert!(chosen.len() <= 1 || signal != SignalKind::Idle, "{health:?}");
        chosen.first().map(|source| source.source.clone())
    }

    /// What is known of a source.
    pub fn source(&self, signal: SignalKind, name: &str) -> SourceHealth {
        let health = self.handle.health();
        let source = health.iter().find(|source| source.signal == signal && source.source == name);
        source.unwrap_or_else(|| panic!("{name} in {health:?}")).clone()
    }

    pub async fn idle(&mut self) -> Duration {
        match self.until(|raw| matches!(raw, Raw::IdleFor(_))).await {
            Raw::IdleFor(time) => time,
            other => unreachable!("{other:?}"),
        }
    }

    /// Nothing is said of calls for a while.
    pub async fn nothing_of_calls(&mut self) {
        if let Ok(raw) = timeout(QUIET, self.until(|raw| matches!(raw, Raw::Call { .. }))).await {
            panic!("nothing should be said, but: {raw:?}, {:#?}", self.handle.health());
        }
    }

    /// Nothing is said of locks for a while. How long nobody was there may be said first or last.
    pub async fn nothing_of_locks(&mut self) {
        if let Ok(raw) = timeout(QUIET, self.until(|raw| matches!(raw, Raw::Lock { .. }))).await {
            panic!("no lock should be told, but: {raw:?}");
        }
    }

    /// The person logs out.
    pub async fn logged_out(&self) {
        timeout(LONG, self.handle.log_out()).await.expect("the log-out is noticed");
    }

    /// For a while nobody is taken to have logged out.
    pub async fn not_logged_out(&self) {
        timeout(QUIET, self.handle.log_out()).await.expect_err("nobody has logged out");
    }

    /// Nothing is said for a while.
    pub async fn nothing(&mut self) {
        if let Ok(raw) = timeout(QUIET, self.heard()).await {
            panic!("nothing should be said, but: {raw:?}");
        }
    }
}
