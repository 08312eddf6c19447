//! The program under test in a desktop: started, asked, watched, killed and started again.
//!
//! For tests: whatever fails panics, at the line of the test that asked, with what the program said.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use rustix::process::{Signal, kill_process};
use serde_json::Value;

use crate::desktop::Desktop;
use crate::process::{Service, process_id, wait_until};
use crate::program::halo_program;
use crate::team_service::{PASSWORD, TeamService};

/// How long anything that happens "at once" may take: two busy cores are slow.
pub const SOON: Duration = Duration::from_secs(10);

/// Halo in a desktop. Dropping it ends the resident program as a log-out does.
#[derive(Debug)]
pub struct Halo {
    program: PathBuf,
    environment: Vec<(String, String)>,
    home: PathBuf,
    logs: PathBuf,
    group: i32,
    resident: Option<Service>,
}

/// What a command said, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The exit code.
    pub code: i32,
    /// What it printed, without the last line feed.
    pub out: String,
    /// What it complained of, without the last line feed.
    pub err: String,
}

impl Halo {
    /// Starts the resident program in `desktop`, with what the desktop has at this moment, and waits until it answers.
    #[track_caller]
    pub fn start(desktop: &Desktop) -> Self {
        let mut halo = Self::not_started(desktop);
        halo.start_again();
        halo
    }

    /// Halo in `desktop`, not running yet.
    #[track_caller]
    pub fn not_started(desktop: &Desktop) -> Self {
        let program = halo_program();
        assert!(program.exists(), "{} is missing: cargo build --bins makes it", program.display());
        Self {
            program,
            environment: desktop.env(),
            home: desktop.home(),
            logs: desktop.log_dir(),
            group: desktop.stage.group(),
            resident: None,
        }
    }

    /// The same program in another folder, with what stands beside it there.
    #[must_use]
    pub fn in_place_of(mut self, program: PathBuf) -> Self {
        self.program = program;
        self
    }

    /// Another value for a variable of the environment, from the next start on.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts the resident program, which must not be running, and waits until it answers.
    #[track_caller]
    pub fn start_again(&mut self) {
        assert!(self.resident.is_none(), "it runs already");
        let mut command = self.command(&["run"]);
        let mut resident = Service::start_quiet("halo", &mut command, &self.logs).expect("halo can be started");
        resident.wait_until_ready(|| self.run(&["status"]).code == 0).expect("`halo status` is answered");
        self.resident = Some(resident);
    }

    /// The resident program's process id.
    pub fn id(&self) -> u32 {
        self.resident.as_ref().expect("it runs").id()
    }

    /// Ends the resident program without a word, as a crash does.
    #[track_caller]
    pub fn kill(&mut self) {
        let mut resident = self.resident.take().expect("it runs");
        let child = resident.child();
        child.kill().and_then(|()| child.wait()).expect("a process of ours can be killed");
    }

    /// Quits by the command line; returns once the process is gone.
    #[track_caller]
    pub fn quit(&mut self) {
        self.expect(&["quit"]);
        self.wait_for_end();
    }

    /// Waits until the resident program has ended by itself, with exit code 0.
    #[track_caller]
    pub fn wait_for_end(&mut self) {
        let mut resident = self.resident.take().expect("it runs");
        let child = resident.child();
        assert!(wait_until(SOON, || !matches!(child.try_wait(), Ok(None))), "the resident program has not ended");
        let status = child.wait().expect("a process of ours can be waited for");
        assert!(status.success(), "the resident program ended with {status}");
    }

    /// Stops the resident program, as a frozen machine does, or lets it go on.
    #[track_caller]
    pub fn freeze(&mut self, frozen: bool) {
        let child = self.resident.as_mut().expect("it runs").child();
        let signal = if frozen { Signal::STOP } else { Signal::CONT };
        assert_eq!(process_id(child).map(|id| kill_process(id, signal)), Some(Ok(())));
    }

    /// Asks the resident program to end, as a log-out does, and waits for it.
    #[track_caller]
    pub fn log_out(&mut self) {
        let child = self.resident.as_mut().expect("it runs").child();
        let asked = process_id(child).map(|id| kill_process(id, Signal::TERM));
        assert_eq!(asked, Some(Ok(())));
        self.wait_for_end();
    }

    /// `halo ARGUMENTS`, to be started by the caller.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).stdin(Stdio::null()).env_clear().envs(self.environment.iter().cloned());
        command.current_dir(&self.home).process_group(self.group);
        command
    }

    /// Runs `halo ARGUMENTS` to its end, however that is.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Said {
        let output = self.command(arguments).output().expect("halo can be started");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        Said { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Runs `halo ARGUMENTS` with a line on its standard input, to its end, however that is.
    #[track_caller]
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("halo can be started");
        // One that ended before it read anything says why.
        let _ = child.stdin.take().expect("its input is ours").write_all(format!("{input}\n").as_bytes());
        let output = child.wait_with_output().expect("halo can be waited for");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        Said { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Signs in to a team's service, which must succeed, and waits until it is connected.
    #[track_caller]
    pub fn sign_in(&self, service: &TeamService, name: &str) {
        self.sign_in_with(service, name, &[]);
    }

    /// The same, with more arguments.
    #[track_caller]
    pub fn sign_in_with(&self, service: &TeamService, name: &str, more: &[&str]) {
        let address = service.url();
        let arguments = [&["sign-in", &address, "--name", name], more].concat();
        let said = self.run_with(&arguments, PASSWORD);
        assert!(said.code == 0, "`halo {}` failed: {said:?}\n{}", arguments.join(" "), self.log());
        self.until_connected();
    }

    /// Waits until it is connected to its service.
    #[track_caller]
    pub fn until_connected(&self) -> Value {
        self.until("connected", |presence| presence["connection"] == "online")
    }

    /// Runs `halo ARGUMENTS`, which must succeed, and gives what it printed.
    #[track_caller]
    pub fn expect(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert!(said.code == 0, "`halo {}` failed: {said:?}\n{}", arguments.join(" "), self.log());
        said.out
    }

    /// Runs `halo ARGUMENTS`, which must be refused in words, with exit code 1; gives the words.
    #[track_caller]
    pub fn refused(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert!(said.code == 1 && said.out.is_empty() && !said.err.is_empty(), "not refused in words: {said:?}");
        said.err
    }

    /// Runs `halo ARGUMENTS`, which must succeed, and reads what it printed as JSON.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        parse(&self.expect(arguments))
    }

    /// The presence now: `halo status --json`.
    #[track_caller]
    pub fn status(&self) -> Value {
        self.json(&["status", "--json"])
    }

    /// The presence now as people read it: `halo status`.
    #[track_caller]
    pub fn line(&self) -> String {
        self.expect(&["status"])
    }

    /// Chooses a status: `halo set ARGUMENTS`, separated by spaces.
    #[track_caller]
    pub fn set(&self, arguments: &str) {
        let arguments: Vec<&str> = ["set"].into_iter().chain(arguments.split(' ')).collect();
        self.expect(&arguments);
    }

    /// What is held: `halo held --json`.
    #[track_caller]
    pub fn held(&self) -> Vec<Value> {
        list(self.json(&["held", "--json"]))
    }

    /// What was shown, from when to when: `halo history --json`.
    #[track_caller]
    pub fn history(&self) -> Vec<Value> {
        list(self.json(&["history", "--json"]))
    }

    /// Starts `halo watch --json`; its first line, the presence now, has arrived.
    #[track_caller]
    pub fn watch(&self) -> Watch {
        Watch::start(self.command(&["watch", "--json"]))
    }

    /// Waits until the presence is one for which `holds`, and gives it.
    #[track_caller]
    pub fn until(&self, what: &str, holds: impl FnMut(&Value) -> bool) -> Value {
        self.watch().until(what, SOON, holds)
    }

    /// Waits until the status is `status`, and gives the presence.
    #[track_caller]
    pub fn until_status(&self, status: &str) -> Value {
        self.until(status, |presence| presence["status"] == status)
    }

    /// Waits until it has heard that the screen is open again. Locks and input come on ways of their own: only input
    /// after this is certainly input after the unlocking.
    #[track_caller]
    pub fn until_unlocked(&self) {
        let heard = |check: &Value| {
            check["part"] == "lock" && check["last"].as_str().is_some_and(|last| last.contains("unlocked"))
        };
        let mut checks = Vec::new();
        let came = wait_until(SOON, || {
            checks = list(self.json(&["doctor", "--json"]));
            checks.iter().any(heard)
        });
        assert!(came, "no lock was heard to open: {checks:?}");
    }

    /// What the resident program has said so far, in its own log and on its standard error.
    pub fn log(&self) -> String {
        let files = [self.logs.join("halo.log"), self.home.join(".local/state/halo/halo.log")];
        files.map(|file| fs::read_to_string(file).unwrap_or_default()).concat()
    }
}

/// A running `halo watch --json`. Dropping it ends it.
#[derive(Debug)]
pub struct Watch {
    program: Child,
    lines: Receiver<String>,
    latest: Value,
}

impl Watch {
    #[track_caller]
    fn start(mut command: Command) -> Self {
        let mut program = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("halo can be started");
        let output = BufReader::new(program.stdout.take().expect("its output is ours"));
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        let mut watch = Self { program, lines, latest: Value::Null };
        assert!(watch.next(SOON).is_some(), "`halo watch --json` says nothing");
        watch
    }

    /// The latest line that was read.
    pub fn latest(&self) -> &Value {
        &self.latest
    }

    /// The next line, if one comes within `limit`.
    #[track_caller]
    pub fn next(&mut self, limit: Duration) -> Option<&Value> {
        let line = self.lines.recv_timeout(limit).ok()?;
        self.latest = parse(&line);
        Some(&self.latest)
    }

    /// Lets lines pass, the latest one first, until one for which `holds`; gives it.
    #[track_caller]
    pub fn until(&mut self, what: &str, limit: Duration, mut holds: impl FnMut(&Value) -> bool) -> Value {
        let started = Instant::now();
        while !holds(&self.latest) {
            let left = limit.saturating_sub(started.elapsed());
            assert!(self.next(left).is_some(), "no line that is “{what}” came; the latest: {}", self.latest);
        }
        self.latest.clone()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

#[track_caller]
fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("not JSON ({error}): {text}"))
}

#[track_caller]
fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        other => panic!("not a list: {other}"),
    }
}
