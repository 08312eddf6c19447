//! A booted system in namespaces of its own. It ends with the value, and with this program however that ends: its
//! processes hang on ours, its mounts and its network on them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rustix::process::Pid;
use tempfile::TempDir;

/// From where a machine is made and what it sees.
pub(super) struct Folders<'a> {
    pub(super) base: &'a Path,
    pub(super) layer: &'a Path,
    /// Read there only.
    pub(super) scripts: &'a Path,
    /// What of Halo is tried: its packages, or its programs. Read there only.
    pub(super) halo: &'a Path,
    /// Written there.
    pub(super) results: &'a Path,
}

pub(super) struct Machine {
    /// The program outside that the namespaces hang on.
    outside: Child,
    /// Its process 1, seen from here.
    init: Pid,
    group: Group,
    _work: TempDir,
}

const NAMESPACES: [&str; 6] = ["--mount", "--pid", "--uts", "--ipc", "--cgroup", "--net"];

const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Puts the shell into a control group and becomes something else: `sh -c JOIN GROUP PROGRAM …`.
const JOIN: &str = "echo $$ >\"$0/cgroup.procs\" && exec \"$@\"";

impl Machine {
    pub(super) fn boot(folders: &Folders<'_>) -> Result<Self> {
        let work = tempfile::tempdir()?;
        let group = Group::new()?;
        let log = fs::File::create(folders.results.join("boot.log"))?;
        let mut boot = Command::new("sh");
        boot.args(["-c", JOIN]).arg(&group.path).args(["setpriv", "--pdeathsig", "KILL", "setsid"]);
        boot.arg("unshare").args(NAMESPACES).args(["--fork", "--kill-child"]);
        boot.arg("sh").arg(folders.scripts.join("boot.sh")).arg(work.path());
        for folder in [folders.base, folders.layer, folders.scripts, folders.halo, folders.results] {
            boot.arg(folder);
        }
        let mut outside = boot.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        match started(&mut outside) {
            Ok(init) => Ok(Self { outside, init, group, _work: work }),
            Err(error) => {
                let said = fs::read_to_string(folders.results.join("boot.log")).unwrap_or_default();
                outside.kill().ok();
                outside.wait().ok();
                Err(error.context(said))
            }
        }
    }

    /// A program inside, as root.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let init = self.init.as_raw_nonzero().to_string();
        let mut enter = Command::new("sh");
        enter.args(["-c", JOIN]).arg(self.group.path.join("trial")).args(["setpriv", "--pdeathsig", "KILL"]);
        enter.args(["nsenter", "--target", &init]).args(NAMESPACES).args(["--root", "--wd"]);
        enter.args(["env", "-i", PATH, "LANG=en_US.UTF-8"]).args(arguments);
        enter
    }

    /// How a person gets a shell inside.
    pub(super) fn as_typed(&self) -> String {
        let init = self.init.as_raw_nonzero();
        format!("nsenter --target {init} {} --root --wd env -i {PATH} bash", NAMESPACES.join(" "))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // What systemd takes for "power off": it gives the consoles back. Whatever then still runs ends with process 1.
        let init = self.init.as_raw_nonzero().to_string();
        Command::new("kill").args(["-s", "RTMIN+4", &init]).status().ok();
        if !within(Duration::from_secs(20), || matches!(self.outside.try_wait(), Ok(Some(_)))) {
            self.outside.kill().ok();
            self.outside.wait().ok();
        }
        within(Duration::from_secs(10), || !Path::new("/proc").join(&init).exists());
    }
}

/// Waits until systemd is process 1 of the new namespace.
fn started(outside: &mut Child) -> Result<Pid> {
    let id = outside.id();
    let mut init = None;
    within(Duration::from_secs(20), || {
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        init = children.split_whitespace().next().and_then(|child| child.parse().ok()).and_then(Pid::from_raw);
        let name = |pid: Pid| fs::read_to_string(format!("/proc/{}/comm", pid.as_raw_nonzero())).unwrap_or_default();
        init.is_some_and(|init| name(init).trim() == "systemd") || matches!(outside.try_wait(), Ok(Some(_)))
    });
    ensure!(matches!(outside.try_wait(), Ok(None)), "the system could not be booted");
    init.context("systemd did not start")
}

/// A control group for all that runs inside, from which systemd there grows its own. On machines of the older kind the
/// tree of version 2 hangs below the others.
struct Group {
    path: PathBuf,
}

impl Group {
    fn new() -> Result<Self> {
        let (mixed, plain) = (Path::new("/sys/fs/cgroup/unified"), Path::new("/sys/fs/cgroup"));
        let group = Self { path: if mixed.is_dir() { mixed } else { plain }.join("halo-desktops") };
        // One may be left of a lab that was killed.
        group.remove();
        fs::create_dir_all(group.path.join("trial")).context("no control groups of version 2 here")?;
        Ok(group)
    }

    fn remove(&self) {
        within(Duration::from_secs(5), || remove_tree(&self.path) || !self.path.exists());
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Control groups go one by one, the innermost first; their files are not for deleting.
fn remove_tree(folder: &Path) -> bool {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_tree(&entry.path());
        }
    }
    fs::remove_dir(folder).is_ok()
}

fn within(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    loop {
        if done() {
            return true;
        }
        if Instant::now() > end {
            return false;
        }
        sleep(Duration::from_millis(100));
    }
}
