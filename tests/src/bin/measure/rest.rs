//! What the program costs while nothing changes: memory, processes, wake-ups.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::desk::Desk;
use crate::resident::Halo;
use crate::table::Table;

/// After its tray item is there the program still reads the keyring and greets the bus.
const SETTLING: Duration = Duration::from_secs(10);

pub(crate) fn measure(halo: &Halo<'_>, desk: &Desk, watched: Duration, table: &mut Table) -> Result<()> {
    let (resident, _) = halo.start(desk)?;
    halo.wait_until_it_answers()?;
    halo.set_auto_away(false);
    // Anew, as after a log-in with this setting.
    drop(resident);
    let (resident, _) = halo.start(desk)?;
    thread::sleep(SETTLING);

    let home = halo.desktop.home();
    let processes = processes_named_halo(&home)?;
    ensure!(!processes.is_empty(), "halo is not running any more");
    let before = switches(&processes);
    println!("watching halo rest for {} s…", watched.as_secs());
    thread::sleep(watched);
    let after = switches(&processes);
    let woken: u64 = after.iter().map(|(task, count)| count - before.get(task).copied().unwrap_or(0)).sum();

    let processes = processes_named_halo(&home)?;
    let memory: f64 = processes.iter().map(|process| proportional_kb(process)).sum();
    table.add("memory at rest (PSS)", memory / 1024.0, 8.0, "MB");
    table.add("processes", f64::from(u32::try_from(processes.len())?), 1.0, "");
    let what = format!("context switches in {} s of rest", watched.as_secs());
    table.add(what, f64::from(u32::try_from(woken)?), 3.0, "");

    drop(resident);
    Ok(())
}

/// The `/proc` folders of all processes of this desktop whose name begins with halo: helpers count.
fn processes_named_halo(home: &Path) -> Result<Vec<PathBuf>> {
    let ours = format!("HOME={}", home.display());
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let process = entry?.path();
        let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        if name.starts_with("halo") && environment.split(|&byte| byte == 0).any(|one| one == ours.as_bytes()) {
            found.push(process);
        }
    }
    Ok(found)
}

/// Voluntary and involuntary context switches of each thread.
fn switches(processes: &[PathBuf]) -> BTreeMap<PathBuf, u64> {
    let tasks = processes.iter().filter_map(|process| fs::read_dir(process.join("task")).ok()).flatten().flatten();
    tasks
        .map(|task| {
            let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
            let counts = status.lines().filter_map(|line| line.split_once("_ctxt_switches:"));
            (task.path(), counts.filter_map(|(_, count)| count.trim().parse::<u64>().ok()).sum())
        })
        .collect()
}

/// A process's share of memory in kB, shared pages divided among those who share them.
fn proportional_kb(process: &Path) -> f64 {
    let rollup = fs::read_to_string(process.join("smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(f64::NAN)
}
