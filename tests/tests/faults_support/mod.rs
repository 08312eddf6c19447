//! What tests of faults and bad input share: a resident program that can be started in unusual ways, and questions to
//! it that fail with what it said.

#![allow(dead_code, reason = "each test file uses its part of this")]
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "tests may stop at once")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use e2e::{Desktop, Said, halo_program, wait_until};
use serde_json::Value;

/// Far beyond what anything here takes: two busy cores are slow.
pub const SOON: Duration = Duration::from_secs(30);

/// It ended with this code, and its complaint has all of these words.
#[track_caller]
pub fn is_refused(said: &Said, code: i32, words: &[&str]) {
    assert_eq!(said.code, code, "{said:?}");
    for word in words {
        assert!(said.err.contains(word), "“{word}” is missing: {said:?}");
    }
}

/// Runs `halo` in a desktop, whether or not the resident program is there.
pub fn run(desktop: &Desktop, arguments: &[&str]) -> Said {
    e2e::Halo::not_started(desktop).run(arguments)
}

/// A resident program that may be started in ways of a test's own. Dropping it kills it.
#[derive(Debug)]
pub struct Halo {
    asked: e2e::Halo,
    child: Child,
    complaints: PathBuf,
}

impl Halo {
    /// Starts `halo run` and waits until it answers.
    #[track_caller]
    pub fn start(desktop: &Desktop) -> Self {
        Self::start_by(desktop, desktop.command(halo_program()).arg("run"))
    }

    /// Starts it by a command of the test's own, and waits until it answers.
    #[track_caller]
    pub fn start_by(desktop: &Desktop, command: &mut Command) -> Self {
        let complaints = desktop.log_dir().join("halo-run.err");
        let stderr = fs::File::create(&complaints).unwrap();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(stderr).spawn().unwrap();
        let mut halo = Self { asked: e2e::Halo::not_started(desktop), child, complaints };
        let answers = wait_until(SOON, || {
            assert!(halo.is_alive(), "halo ended: {}", halo.complaints());
            halo.ask(&["status"]).code == 0
        });
        assert!(answers, "halo does not answer: {}", halo.complaints());
        halo
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What `halo run` itself said.
    pub fn complaints(&self) -> String {
        fs::read_to_string(&self.complaints).unwrap_or_default()
    }

    /// Asks by the command line.
    #[track_caller]
    pub fn ask(&self, arguments: &[&str]) -> Said {
        self.asked.run(arguments)
    }

    /// Asks for something that must be done; gives what was printed.
    #[track_caller]
    pub fn does(&self, arguments: &[&str]) -> String {
        self.asked.expect(arguments)
    }

    /// Asks for something that must be refused with these words.
    #[track_caller]
    pub fn refuses(&self, arguments: &[&str], code: i32, words: &[&str]) {
        is_refused(&self.ask(arguments), code, words);
    }

    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        self.asked.json(&[arguments, &["--json"]].concat())
    }

    #[track_caller]
    pub fn status(&self) -> String {
        text(&self.json(&["status"])["status"])
    }

    /// Waits until this status shows.
    #[track_caller]
    pub fn comes_to(&self, status: &str) {
        let came = wait_until(SOON, || self.status() == status);
        // What it knows of its sources says whether it was told.
        assert!(came, "{status} did not come: {}\n{}", self.does(&["status"]), self.does(&["doctor"]));
    }

    #[track_caller]
    pub fn until_unlocked(&self) {
        self.asked.until_unlocked();
    }

    #[track_caller]
    pub fn held(&self) -> Vec<Value> {
        self.asked.held()
    }

    /// All statuses of the history, the oldest first.
    pub fn history(&self) -> Vec<String> {
        self.asked.history().iter().map(|interval| text(&interval["status"])).collect()
    }

    /// What the doctor says of a part: each line as JSON.
    pub fn doctor(&self, part: &str) -> Vec<Value> {
        let checks = self.json(&["doctor"]);
        checks.as_array().unwrap().iter().filter(|check| check["part"] == part).cloned().collect()
    }

    /// Waits until the doctor reports this state of some line of the part.
    #[track_caller]
    pub fn doctor_comes_to(&self, part: &str, state: &str) {
        let came = wait_until(SOON, || self.doctor(part).iter().any(|check| check["state"] == state));
        assert!(came, "{part} is not {state}: {:#?}", self.doctor(part));
    }

    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Ends it in the hardest way.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it in the clean way.
    #[track_caller]
    pub fn quit(&mut self) {
        self.does(&["quit"]);
        assert!(self.end().success());
    }

    /// Waits until it has ended by itself.
    #[track_caller]
    pub fn end(&mut self) -> ExitStatus {
        assert!(wait_until(SOON, || !self.is_alive()), "halo does not end");
        self.child.wait().unwrap()
    }
}

impl Drop for Halo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A JSON text as it reads.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Writes a file of the person's, folders included.
pub fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// The folders of Halo in a desktop.
pub fn data(desktop: &Desktop) -> PathBuf {
    desktop.data_dir().join("halo")
}

pub fn config(desktop: &Desktop) -> PathBuf {
    desktop.config_dir().join("halo")
}

pub fn log(desktop: &Desktop) -> String {
    fs::read_to_string(desktop.state_dir().join("halo/halo.log")).unwrap_or_default()
}

/// The notifications that dunst shows or has shown, as one text each.
pub fn notifications(desktop: &Desktop) -> Vec<String> {
    // What is displayed gets into the history by being closed.
    desktop.run("dunstctl", &["close-all"]).unwrap();
    let history: Value = serde_json::from_str(&desktop.run("dunstctl", &["history"]).unwrap()).unwrap();
    let items = history["data"][0].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| format!("{}\n{}", text(&item["summary"]["data"]), text(&item["body"]["data"]))).collect()
}

/// How many files and sockets the program has open.
pub fn descriptors(halo: &Halo) -> usize {
    fs::read_dir(format!("/proc/{}/fd", halo.id())).unwrap().count()
}

/// The title of our ring, if the desktop's tray host has it.
pub fn tray_item(desktop: &Desktop, halo: &Halo) -> Option<String> {
    const READ: &str = "org.freedesktop.DBus.Properties.Get";
    let bus = desktop.session_bus();
    let (host, items) = ("org.kde.StatusNotifierWatcher", "RegisteredStatusNotifierItems");
    let name = format!("org.kde.StatusNotifierItem-{}-", halo.id());
    let listed = bus.call(host, "/StatusNotifierWatcher", READ, &[host, items]).ok()?;
    let ours = listed.split('\'').find(|item| item.contains(&name) || item.starts_with(':'))?;
    let owner = ours.split('/').next()?;
    bus.call(owner, "/StatusNotifierItem", READ, &["org.kde.StatusNotifierItem", "Title"]).ok()
}

/// Runs a command to its end.
pub fn said(command: &mut Command) -> Said {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    Said { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
}
