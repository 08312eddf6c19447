//! Sees to it that nothing outlives a desktop, whatever happens to the program that started it.
//!
//! All programs of a desktop are in one process group, led by a small shell that waits on a pipe. When the owner ends
//! (even by SIGKILL) the pipe closes and the shell ends the whole group and removes its files. Programs that leave the
//! group are found by the desktop's folder in their environment.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};

use crate::process::wait_until;

/// The variable by which a process is known to belong to a desktop; its value is the desktop's folder.
pub(crate) const MARK: &str = "HALO_VIRTUAL_DESKTOP";

const SCRIPT: &str = r#"
trap "" TERM INT HUP
read -r _
kill -TERM 0
sleep 0.3
rm -rf "$1"
kill -KILL 0
"#;

#[derive(Debug)]
pub(crate) struct Warden {
    shell: Child,
    folder: PathBuf,
}

impl Warden {
    pub(crate) fn start(folder: &Path) -> Result<Self> {
        let shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "warden"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot start /bin/sh")?;
        Ok(Self { shell, folder: folder.to_owned() })
    }

    /// The process group that every program of the desktop joins.
    pub(crate) fn group(&self) -> i32 {
        i32::try_from(self.shell.id()).unwrap_or(0)
    }
}

impl Drop for Warden {
    fn drop(&mut self) {
        // Closing the pipe is the order to end everything.
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
        wait_until(Duration::from_secs(5), || {
            let left = processes_marked(&self.folder);
            for &process in &left {
                let _ = kill_process(process, Signal::KILL);
            }
            left.is_empty()
        });
    }
}

/// Every living process that was started with this desktop's environment.
fn processes_marked(folder: &Path) -> Vec<Pid> {
    let mark = format!("{MARK}={}", folder.display());
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|id| {
            let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
            environment.split(|&byte| byte == 0).any(|variable| variable == mark.as_bytes())
        })
        .filter_map(Pid::from_raw)
        .collect()
}
