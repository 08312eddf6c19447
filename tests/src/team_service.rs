//! A team's service beside a test: started, killed and started again at the same address.
//!
//! For tests: whatever fails panics, at the line of the test that asked, with what the program said.

use std::fs;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{Signal, kill_process};
use tempfile::TempDir;

use crate::halo::Said;
use crate::process::{Service, process_id, wait_until};
use crate::program::service_program;

/// The password of everybody.
pub const PASSWORD: &str = "correct horse battery";

/// A service with its own log. Dropping it ends it and removes its files.
#[derive(Debug)]
pub struct TeamService {
    running: Option<Service>,
    address: SocketAddr,
    folder: TempDir,
}

impl TeamService {
    /// Starts a service for people of one team, who all have the same [`PASSWORD`].
    #[track_caller]
    pub fn start(people: &[&str]) -> Self {
        Self::start_with(people, "")
    }

    /// The same with a policy that differs in these lines: `connection.grace_seconds = 2`.
    #[track_caller]
    pub fn start_with(people: &[&str], policy: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("halo-service-").tempdir().expect("a folder can be made");
        // Free now, and ours a moment later: tests run in their own processes, one port each.
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let mut service = Self { running: None, address: free.expect("a port is free"), folder };
        if !policy.is_empty() {
            fs::write(service.file("policy.toml"), changed_policy(policy)).expect("the policy can be written");
            let config = format!("policy = '{}'\n", service.file("policy.toml").display());
            fs::write(service.file("halo-service.toml"), config).expect("the configuration can be written");
        }
        for name in people {
            service.add(name, &["--group", "team"]);
        }
        service.start_again();
        service
    }

    /// Where programs reach it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Adds somebody, while it runs or not.
    #[track_caller]
    pub fn add(&self, name: &str, more: &[&str]) {
        let said = self.run_with(&[&["user", "add", name], more].concat(), PASSWORD);
        assert!(said.code == 0, "{name} can't be added: {said:?}");
    }

    /// Starts it, which must not be running.
    #[track_caller]
    pub fn start_again(&mut self) {
        let command = self.command(&["serve"]);
        self.start_as(command);
    }

    /// Starts it after a line of shell: `ulimit -n 64`.
    #[track_caller]
    pub fn start_after(&mut self, line: &str) {
        let serve = self.command(&["serve"]);
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(format!("{line}; exec \"$0\" \"$@\"")).arg(serve.get_program()).args(serve.get_args());
        command.env_clear().envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
        self.start_as(command);
    }

    /// Starts it by a command that was made by [`command`](Self::command).
    #[track_caller]
    pub fn start_as(&mut self, mut command: Command) {
        assert!(self.running.is_none(), "it runs already");
        let mut running = Service::start_quiet("service", &mut command, self.folder.path()).expect("it can be started");
        let address = self.address;
        running.wait_until_ready(|| std::net::TcpStream::connect(address).is_ok()).expect("it listens");
        self.running = Some(running);
    }

    /// Ends it without a word, as a power cut does.
    #[track_caller]
    pub fn kill(&mut self) {
        let mut running = self.running.take().expect("it runs");
        running.child().kill().and_then(|()| running.child().wait()).expect("a process of ours can be killed");
    }

    /// Ends it as an administrator does.
    #[track_caller]
    pub fn stop(&mut self) {
        let mut running = self.running.take().expect("it runs");
        let child = running.child();
        process_id(child).map(|id| kill_process(id, Signal::TERM));
        assert!(wait_until(crate::SOON, || !matches!(child.try_wait(), Ok(None))), "the service does not end");
    }

    /// Its process.
    pub fn id(&mut self) -> i32 {
        let id = process_id(self.running.as_mut().expect("it runs").child()).expect("it has an id");
        id.as_raw_nonzero().get()
    }

    /// Waits until it ends by itself; its exit code.
    #[track_caller]
    pub fn ends_by_itself(&mut self) -> Option<i32> {
        let mut running = self.running.take().expect("it runs");
        let mut ended = None;
        wait_until(crate::SOON, || {
            ended = running.child().try_wait().expect("it is ours");
            ended.is_some()
        });
        ended.expect("the service does not end").code()
    }

    /// Freezes it: it is there, and says nothing.
    pub fn freeze(&mut self, frozen: bool) {
        let signal = if frozen { Signal::STOP } else { Signal::CONT };
        let id = process_id(self.running.as_mut().expect("it runs").child());
        kill_process(id.expect("it has an id"), signal).expect("a process of ours takes signals");
    }

    /// Runs `halo-service ARGUMENTS` with something on its standard input.
    #[track_caller]
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it can be started");
        // One that ended before it read anything says why.
        let _ = child.stdin.take().expect("its input is ours").write_all(format!("{input}\n").as_bytes());
        let output = child.wait_with_output().expect("it can be waited for");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        Said { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// `halo-service ARGUMENTS`, to be started by the caller.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(service_program());
        let config = self.file("halo-service.toml");
        if config.exists() {
            command.arg("--config").arg(config);
        }
        command.args(arguments).env_clear();
        command.env("HALO_SERVICE_DATA", self.file("data")).env("HALO_SERVICE_LISTEN", self.address.to_string());
        command.env("HALO_SERVICE_METRICS_LISTEN", "127.0.0.1:0");
        command
    }

    /// A file of the service's folder.
    pub fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where its counters are, since it was last started.
    #[track_caller]
    pub fn metrics_url(&self) -> String {
        let log = self.log();
        let line = log.lines().rev().find_map(|line| line.strip_prefix("Metrics at "));
        line.expect("it says where its counters are").trim_end_matches("/metrics").to_owned()
    }

    /// What it has said so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.file("service.log")).unwrap_or_default()
    }
}

/// The shipped policy with other values: lines of `section.key = value`.
fn changed_policy(changes: &str) -> String {
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/presence/policies/genesys.toml");
    let mut text = fs::read_to_string(shipped).expect("the shipped policy is there");
    for change in changes.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, value) = change.split_once('=').expect("a change is section.key = value");
        let (section, key) = name.trim().rsplit_once('.').expect("a change names a section");
        let from = text.find(&format!("[{section}]")).expect("the section is there");
        let at = from + text[from..].find(&format!("\n{key} =")).expect("the key is there") + 1;
        let end = at + text[at..].find('\n').expect("the line ends");
        text.replace_range(at..end, &format!("{key} = {}", value.trim()));
    }
    text
}
