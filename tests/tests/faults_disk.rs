//! Places that can't be written, and a disk that is full: refused in words, nothing lost, taken up again with room.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod faults_support;

use std::fs::{self, File, Permissions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use e2e::{Desktop, halo_program, skip, wait_until};
use faults_support::{Halo, SOON, data, is_refused, log, run};

const SAVER: &str = "org.freedesktop.ScreenSaver";
const NOBODY: u32 = 65534;

/// A file system of our own over the data folder, in a mount namespace that ends with it: nobody else sees it.
struct Disk {
    keeper: Child,
    as_root: bool,
    folder: PathBuf,
}

impl Disk {
    /// One with these mount options; `None` where mounting is refused. Without root, the program is another user in
    /// its own eyes, whom the session bus does not know.
    fn mount(desktop: &Desktop, options: &str) -> Option<Self> {
        Self::mount_as_root(desktop, options).or_else(|| Self::try_mount(desktop, options, false))
    }

    /// The same for tests that need a bus, or the right to change the mount.
    fn mount_as_root(desktop: &Desktop, options: &str) -> Option<Self> {
        Self::try_mount(desktop, options, true)
    }

    fn try_mount(desktop: &Desktop, options: &str, as_root: bool) -> Option<Self> {
        let folder = data(desktop);
        fs::create_dir_all(&folder).unwrap();
        let script = format!("mount -t tmpfs -o mode=0700,{options} halo-test \"$0\" && echo mounted && exec cat");
        let mut command = desktop.command("unshare");
        command.args(if as_root { &["--mount"][..] } else { &["--mount", "--map-root-user"] });
        command.args(["sh", "-c", &script]).arg(&folder);
        let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut line = String::new();
        BufReader::new(keeper.stdout.take()?).read_line(&mut line).ok()?;
        if line.trim() == "mounted" {
            return Some(Self { keeper, as_root, folder });
        }
        keeper.wait().ok()?;
        None
    }

    /// A program that sees it.
    fn command(&self, desktop: &Desktop, program: &Path) -> Command {
        let mut command = desktop.command("nsenter");
        command.args(["--mount", "--target", &self.keeper.id().to_string()]);
        if !self.as_root {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.arg("--").arg(program);
        command
    }

    /// A place on it, as seen from here.
    fn at(&self, name: &str) -> PathBuf {
        let inside = self.folder.strip_prefix("/").unwrap();
        Path::new("/proc").join(self.keeper.id().to_string()).join("root").join(inside).join(name)
    }

    fn fill(&self) {
        let mut filling = File::create(self.at("filling")).unwrap();
        // Whole pages, then what is left of the last one.
        for size in [65536, 4096, 1] {
            while filling.write(&vec![b'x'; size]).is_ok_and(|written| written == size) {}
        }
    }

    /// Gives back so many pages of what fills it.
    fn free_pages(&self, pages: u64) {
        let filling = File::options().write(true).open(self.at("filling")).unwrap();
        let size = filling.metadata().unwrap().len();
        filling.set_len(size - pages * 4096).unwrap();
    }

    fn free(&self) {
        fs::remove_file(self.at("filling")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}

/// Both ways of starting end with exit code 1 and the same words.
#[track_caller]
fn neither_start_works(start: impl Fn(&[&str]) -> e2e::Said, words: &[&str]) {
    let said = start(&["run"]);
    is_refused(&said, 1, words);
    let in_background = start(&[]);
    is_refused(&in_background, 1, words);
    assert_eq!(in_background.err, said.err);
    assert_eq!(said.err.lines().count(), 1, "{said:?}");
}

#[test]
fn a_data_folder_that_cannot_be_made_is_said_with_what_to_do() {
    let desktop = Desktop::builder().start().unwrap();
    let in_the_way = desktop.home().join("file");
    fs::write(&in_the_way, "a file").unwrap();
    let start = |arguments: &[&str]| {
        let mut command = desktop.command(halo_program());
        faults_support::said(command.args(arguments).env("XDG_DATA_HOME", &in_the_way))
    };
    neither_start_works(start, &["can't make the folder", in_the_way.to_str().unwrap(), "writable", "XDG_DATA_HOME"]);
    assert_eq!(fs::read_to_string(&in_the_way).unwrap(), "a file");
}

#[test]
fn a_data_folder_that_cannot_be_written_is_said_with_what_to_do() {
    if !rustix::process::getuid().is_root() {
        return skip("only root can become a user who may not write");
    }
    let desktop = Desktop::builder().start().unwrap();
    // Everything is nobody's own but the data, which was laid out by somebody else.
    for folder in [desktop.home(), desktop.runtime_dir(), desktop.state_dir(), desktop.config_dir()] {
        chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    chown(desktop.home().join(".local"), Some(NOBODY), Some(NOBODY)).unwrap();
    let program = desktop.home().join("halo");
    fs::copy(halo_program(), &program).unwrap();
    for (folder, made) in [(data(&desktop), true), (desktop.data_dir(), false)] {
        if made {
            fs::create_dir_all(&folder).unwrap();
        } else {
            fs::remove_dir(data(&desktop)).unwrap();
        }
        fs::set_permissions(desktop.data_dir(), Permissions::from_mode(0o555)).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o555)).unwrap();
        let start = |arguments: &[&str]| {
            let mut command = desktop.command("setpriv");
            command.args([&format!("--reuid={NOBODY}"), &format!("--regid={NOBODY}"), "--clear-groups"]);
            faults_support::said(command.arg(&program).args(arguments))
        };
        neither_start_works(start, &["Halo can't", folder.to_str().unwrap(), "writable for you"]);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    }
}

#[test]
fn a_data_folder_on_a_disk_that_became_read_only_is_said_with_what_to_do() {
    let desktop = Desktop::builder().start().unwrap();
    let Some(disk) = Disk::mount_as_root(&desktop, "size=4m") else { return skip("mounting takes root here") };
    let mut halo = Halo::start_by(&desktop, disk.command(&desktop, &halo_program()).arg("run"));
    halo.does(&["set", "busy"]);
    halo.kill();
    let before = fs::read(disk.at("halo.db-wal")).unwrap();
    let mut mount = disk.command(&desktop, Path::new("mount"));
    assert_eq!(faults_support::said(mount.args(["-o", "remount,ro"]).arg(data(&desktop))).code, 0);
    let start = |arguments: &[&str]| faults_support::said(disk.command(&desktop, &halo_program()).args(arguments));
    neither_start_works(start, &["Halo can't", data(&desktop).to_str().unwrap(), "writable"]);

    let mut mount = disk.command(&desktop, Path::new("mount"));
    assert_eq!(faults_support::said(mount.args(["-o", "remount,rw"]).arg(data(&desktop))).code, 0);
    assert!(fs::read(disk.at("halo.db-wal")).unwrap() == before, "nothing was touched");
    let halo = Halo::start_by(&desktop, disk.command(&desktop, &halo_program()).arg("run"));
    assert_eq!(halo.status(), "busy");
}

#[test]
fn on_a_full_disk_a_choice_is_refused_a_lock_counts_and_all_is_written_when_there_is_room() {
    let desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    let Some(disk) = Disk::mount_as_root(&desktop, "size=1m") else { return skip("mounting takes root here") };
    let mut saver = desktop.start_screensaver(SAVER).unwrap();
    let mut halo = Halo::start_by(&desktop, disk.command(&desktop, &halo_program()).arg("run"));
    halo.doctor_comes_to("idle", "working");
    halo.does(&["set", "meeting"]);
    halo.does(&["set", "available", "--message", "before"]);
    let kept = halo.does(&["history", "--json"]);
    disk.fill();

    // The write-ahead log may have room for a little yet.
    let mut refused = halo.ask(&["set", "busy"]);
    assert!(wait_until(SOON, || {
        if refused.code == 0 {
            halo.ask(&["set", "available"]);
            refused = halo.ask(&["set", "busy", "--message", &"long ".repeat(99)]);
        }
        refused.code != 0
    }));
    is_refused(&refused, 1, &["nothing was changed", "disk", "is full", "free some space"]);
    assert_eq!(halo.status(), "available");
    halo.refuses(&["message", "after"], 1, &["nothing was changed", "free some space"]);
    halo.refuses(&["notify", "--kind", "chat", "--from", "Mara", &"words ".repeat(2000)], 1, &["free some space"]);
    assert!(halo.does(&["history", "--json"]).starts_with(kept.rsplit_once("{\"status\"").unwrap().0));

    saver.set_active(true).unwrap();
    halo.comes_to("away");
    let check = halo.doctor("log").remove(0);
    assert_eq!(check["state"], "failing", "{check}");
    assert!(faults_support::text(&check["why"]).contains("free some space"), "{check}");
    assert!(halo.is_alive());
    assert!(log(&desktop).contains("kept in memory"));

    disk.free();
    saver.set_active(false).unwrap();
    halo.until_unlocked();
    desktop.xdotool(&["mousemove_relative", "--", "7", "5"]).unwrap();
    halo.comes_to("available");
    halo.doctor_comes_to("log", "working");
    halo.does(&["set", "busy"]);
    let history = halo.history();
    assert!(history.ends_with(&["away", "available", "busy"].map(str::to_owned)), "{history:?}");
    halo.kill();
    let halo = Halo::start_by(&desktop, disk.command(&desktop, &halo_program()).arg("run"));
    assert_eq!(halo.history(), history);
}

#[test]
fn on_a_disk_with_little_room_a_choice_and_its_message_are_kept_both_or_not_at_all() {
    let desktop = Desktop::builder().start().unwrap();
    let Some(disk) = Disk::mount(&desktop, "size=1m") else { return skip("mounting is refused here") };
    let halo = Halo::start_by(&desktop, disk.command(&desktop, &halo_program()).arg("run"));
    halo.does(&["message", "none"]);
    disk.fill();
    let (mut kept, mut refused) = (0, 0);
    // A page more each time: somewhere there is room for the one and not for the other.
    for n in 0..60 {
        let before = halo.json(&["status"]);
        let (status, message) = (["busy", "meeting"][n % 2], format!("message {n}"));
        let said = halo.ask(&["set", status, "--message", &message]);
        let after = halo.json(&["status"]);
        if said.code == 0 {
            kept += 1;
            assert_eq!((&after["status"], &after["message"]), (&status.into(), &message.into()));
        } else {
            refused += 1;
            is_refused(&said, 1, &["nothing was changed", "free some space"]);
            assert_eq!(after, before);
        }
        disk.free_pages(1);
    }
    assert!(kept > 2 && refused > 2, "{kept} kept, {refused} refused");
}

#[test]
fn d09_a_digest_that_cannot_be_noted_on_a_full_disk_is_told_once() {
    let desktop = Desktop::builder().notifications(true).start().unwrap();
    let Some(disk) = Disk::mount_as_root(&desktop, "size=1m") else { return skip("mounting takes root here") };
    let halo = Halo::start_by(&desktop, disk.command(&desktop, &halo_program()).arg("run"));
    halo.doctor_comes_to("notifications", "working");
    halo.does(&["snooze", "4s"]);
    assert_eq!(halo.does(&["notify", "--kind", "chat", "--from", "Mara", "The Lund case"]), "held");
    disk.fill();
    let digests = || {
        let shown = faults_support::notifications(&desktop);
        shown.iter().filter(|one| one.contains("The Lund case")).count()
    };
    assert!(wait_until(SOON, || digests() > 0), "no digest");
    for _ in 0..20 {
        halo.does(&["status"]);
    }
    assert_eq!(digests(), 1);
    assert_eq!(halo.held().len(), 1);
}

#[test]
fn a_start_on_a_full_disk_is_refused_in_words_and_the_log_stays_whole() {
    let desktop = Desktop::builder().start().unwrap();
    let Some(disk) = Disk::mount(&desktop, "size=1m") else { return skip("mounting is refused here") };
    let mut halo = Halo::start_by(&desktop, disk.command(&desktop, &halo_program()).arg("run"));
    halo.does(&["set", "busy"]);
    halo.quit();
    disk.fill();
    let start = |arguments: &[&str]| faults_support::said(disk.command(&desktop, &halo_program()).args(arguments));
    neither_start_works(start, &["disk", "is full", "free some space"]);
    assert_eq!(run(&desktop, &["status"]).code, 3);
    disk.free();
    let halo = Halo::start_by(&desktop, disk.command(&desktop, &halo_program()).arg("run"));
    assert!(halo.history().contains(&"busy".to_owned()), "{:?}", halo.history());
    assert!(!halo.complaints().contains("damaged"));
}
