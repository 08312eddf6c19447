//! What these tests stand on besides the virtual desktop: desks, what others see, and the processes of a desktop.

#[path = "../behaviour/support/notifications.rs"]
#[expect(dead_code, reason = "a person does less here")]
mod notifications;
#[path = "../behaviour/support/peer.rs"]
mod peer;
#[path = "../behaviour/support/tray.rs"]
#[expect(dead_code, reason = "a person does less here")]
mod tray;

use std::fs;
use std::time::Duration;

use e2e::{Desktop, Halo, TeamService, wait_until};
use rustix::process::Pid;
use serde_json::Value;

pub use notifications::Notifications;
pub use tray::{Row, TrayHost};

/// Short spans, so that a test need not wait for a minute.
pub const QUICK: &str = "connection.grace_seconds = 3
    connection.ping_seconds = 1
    connection.lost_seconds = 3
    connection.suspect_seconds = 1";

/// The same where nobody is lost for long: two busy cores are slow.
pub fn patient() -> String {
    QUICK.replace("grace_seconds = 3", "grace_seconds = 120")
}

/// The grace of [`QUICK`], and the service's look at the clock each second.
pub const GRACE: Duration = Duration::from_millis(4500);

/// Somebody signed in at a desktop that has a keyring and nothing else.
#[track_caller]
pub fn desk(service: &TeamService, name: &str) -> (Desktop, Halo) {
    let desktop = Desktop::builder().keyring(true).start().expect("a desktop");
    let halo = Halo::start(&desktop);
    halo.sign_in(service, name);
    (desktop, halo)
}

/// What one person sees of another.
#[track_caller]
pub fn person(halo: &Halo, name: &str) -> Value {
    halo.json(&["people", name, "--json"])[0].clone()
}

/// The status that one person sees of another.
#[track_caller]
pub fn seen(halo: &Halo, name: &str) -> String {
    person(halo, name)["status"].as_str().unwrap_or_default().to_owned()
}

/// Waits until one person sees that status of another.
#[track_caller]
pub fn until_seen(halo: &Halo, name: &str, status: &str, limit: Duration) {
    let mut latest = String::new();
    let came = wait_until(limit, || {
        latest = seen(halo, name);
        latest == status
    });
    assert!(came, "{name} is seen as {latest}, not {status}, after {limit:?}");
}

/// Waits until each device of a service with [`QUICK`] has answered a ping that came after now: a loss is dated back to
/// when a device was last heard, so what was chosen after that takes no time in the history.
pub fn heard_again() {
    std::thread::sleep(Duration::from_millis(2500));
}

/// The statuses of the history, the oldest first.
#[track_caller]
pub fn statuses(halo: &Halo) -> Vec<String> {
    halo.history().iter().map(|interval| interval["status"].as_str().unwrap_or_default().to_owned()).collect()
}

/// A file of `/proc/PID`; empty if the process has gone.
pub fn proc_file(id: Pid, name: &str) -> Vec<u8> {
    fs::read(format!("/proc/{}/{name}", id.as_raw_nonzero())).unwrap_or_default()
}

/// Every process that was started in a desktop and still runs.
pub fn processes(desktop: &Desktop) -> Vec<Pid> {
    let home = format!("HOME={}\0", desktop.home().display());
    let of_desktop = |id: &Pid| {
        let environment = proc_file(*id, "environ");
        environment.windows(home.len()).any(|part| part == home.as_bytes())
    };
    let entries = fs::read_dir("/proc").expect("/proc can be read").flatten();
    let id = |entry: fs::DirEntry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?);
    entries.filter_map(id).filter(of_desktop).collect()
}

/// The resident program of a desktop.
#[track_caller]
pub fn resident(desktop: &Desktop) -> Pid {
    let is_it = |id: &Pid| proc_file(*id, "comm") == b"halo\n" && proc_file(*id, "cmdline").ends_with(b"\0run\0");
    let found: Vec<_> = processes(desktop).into_iter().filter(is_it).collect();
    assert_eq!(found.len(), 1, "one resident program: {found:?}");
    found[0]
}
