//! A disk that is full: what is true counts all the same, what is asked for is refused, and readiness says so.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use e2e::{TeamService, skip, wait_until};
use serde_json::json;

use super::api::{Api, changes_of};
use super::device::Device;

/// A small file system of our own over the data folder, in a mount namespace that ends with it.
struct Disk {
    keeper: Child,
    folder: PathBuf,
}

impl Disk {
    fn mount(folder: &Path) -> Option<Self> {
        let script = "mount -t tmpfs -o mode=0700,size=2m halo-test \"$0\" && echo mounted && exec cat";
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", script]).arg(folder);
        let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut line = String::new();
        BufReader::new(keeper.stdout.take()?).read_line(&mut line).ok()?;
        let disk = Self { keeper, folder: folder.to_owned() };
        (line.trim() == "mounted").then_some(disk)
    }

    /// The same program with the same arguments, where this is mounted.
    fn command(&self, inner: &Command) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--mount", "--target", &self.keeper.id().to_string(), "--"]);
        command.arg(inner.get_program()).args(inner.get_args());
        command.env_clear().envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command
    }

    fn filling(&self) -> PathBuf {
        let inside = self.folder.strip_prefix("/").unwrap().join("filling");
        Path::new("/proc").join(self.keeper.id().to_string()).join("root").join(inside)
    }

    fn fill(&self) {
        let mut filling = File::create(self.filling()).unwrap();
        for size in [65536, 4096, 1] {
            while filling.write(&vec![b'x'; size]).is_ok_and(|written| written == size) {}
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}

const SHORT: &str = "connection.ping_seconds = 1
    connection.lost_seconds = 3
    connection.suspect_seconds = 1";

#[test]
fn on_a_full_disk_devices_come_back_and_what_they_ask_for_is_refused() {
    let mut service = TeamService::start_with(&["ada", "grace"], SHORT);
    service.stop();
    let data = service.file("data");
    let beside = service.file("data-before");
    fs::rename(&data, &beside).unwrap();
    fs::create_dir(&data).unwrap();
    let Some(disk) = Disk::mount(&data) else { return skip("a file system can't be mounted here") };
    let copied = disk.command(Command::new("cp").arg("-a").arg(beside.join("halo.db")).arg(&data)).status().unwrap();
    assert!(copied.success());
    let serve = disk.command(&service.command(&["serve"]));
    service.start_as(serve);
    let (ada, grace) = (Api::signed_in(&service, "ada"), Api::signed_in(&service, "grace"));
    let seen = || grace.get("/v1/people/ada").json()["presence"]["status"].as_str().unwrap_or_default().to_owned();
    let until = |status: &str| {
        assert!(wait_until(Duration::from_secs(15), || seen() == status), "seen as {}: {}", seen(), service.log());
    };
    let device = Device::connect(&ada);
    ada.change(&[json!({ "change": "choose", "status": "busy" })]);
    until("busy");
    assert_eq!(Api::of(&service).get("/health/ready").status, 200);

    disk.fill();
    // Whatever room was left in pages that are there already is used up.
    let full = wait_until(Duration::from_secs(20), || {
        ada.post("/v1/me/changes", &changes_of(&[json!({ "change": "message", "text": "x".repeat(400) })])).status
            == 503
    });
    assert!(full, "the disk is not full");
    let ready = wait_until(Duration::from_secs(10), || Api::of(&service).get("/health/ready").status == 503);
    assert!(ready, "it says that it is ready");
    drop(device);
    until("offline");
    // What was sensed meanwhile comes with the return.
    let lock = json!({ "change": "signal", "signal": "lock", "on": true, "last_input": null });
    let write = json!({ "key": "sensed", "what": changes_of(&[lock]) });
    let back = Device::connect_with(&ada, &json!([write]));
    back.hears("the snapshot", |said| said.get("snapshot").is_some());
    back.hears("done", |said| said["done"] == "sensed");
    until("busy");

    fs::remove_file(disk.filling()).unwrap();
    let kept = wait_until(Duration::from_secs(10), || {
        ada.post("/v1/me/changes", &changes_of(&[json!({ "change": "message", "text": "room again" })])).status == 200
    });
    assert!(kept, "it is not written again");
    let ready = wait_until(Duration::from_secs(10), || Api::of(&service).get("/health/ready").status == 200);
    assert!(ready, "it does not say that it is ready");
}
