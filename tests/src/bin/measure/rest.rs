//! What the program costs while nothing changes: memory, processes, wake-ups.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::bus_peers::BusPeers;
use crate::processes;
use crate::resident::Halo;
use crate::table::Table;

/// After its tray item is there the program still reads the keyring and greets the bus. What it waits for at a start, it
/// waits for fifteen seconds at most.
const SETTLING: Duration = Duration::from_secs(20);

/// How `/proc` calls voluntary and involuntary switches, and those that another program forced.
const ANY: &str = "voluntary_ctxt_switches";
const FORCED: &str = "nonvoluntary_ctxt_switches";

/// What it cost to be there.
pub(crate) struct Rest {
    pub(crate) memory_mb: f64,
    pub(crate) processes: usize,
    pub(crate) switches: u32,
    /// Those of them by which another program took the processor: on a busy machine, and no wake-ups.
    pub(crate) forced: u32,
}

/// Without a service.
pub(crate) fn measure(halo: &Halo<'_>, peers: &BusPeers, watched: Duration, table: &mut Table) -> Result<Rest> {
    let (resident, _) = halo.start(peers)?;
    halo.wait_until_it_answers()?;
    halo.set_auto_away(false);
    // Anew, as after a log-in with this setting.
    drop(resident);
    let (_resident, _) = halo.start(peers)?;
    let rest = watch(&halo.desktop.home(), watched)?;
    table.add("memory at rest (PSS)", rest.memory_mb, 8.0, "MB");
    table.add("processes", f64::from(u32::try_from(rest.processes)?), 1.0, "");
    table.add(format!("context switches in {} s of rest", watched.as_secs()), f64::from(rest.switches), 3.0, "");
    Ok(rest)
}

/// Lets it settle and watches it.
pub(crate) fn watch(home: &Path, watched: Duration) -> Result<Rest> {
    thread::sleep(SETTLING);
    // Helpers count.
    let processes = processes::named(home, &["halo"])?;
    ensure!(!processes.is_empty(), "halo is not running any more");
    let (before, forced_before) = (switches(&processes, ANY), switches(&processes, FORCED));
    thread::sleep(watched);
    let (after, forced_after) = (switches(&processes, ANY), switches(&processes, FORCED));
    let processes = processes::named(home, &["halo"])?;
    Ok(Rest {
        memory_mb: processes::memory_mb(&processes),
        processes: processes.len(),
        switches: u32::try_from(more(&after, &before))?,
        forced: u32::try_from(more(&forced_after, &forced_before))?,
    })
}

/// Context switches of each thread, of the kinds that `/proc` lists with these words.
fn switches(processes: &[PathBuf], kinds: &str) -> BTreeMap<PathBuf, u64> {
    let tasks = processes.iter().filter_map(|process| fs::read_dir(process.join("task")).ok()).flatten().flatten();
    tasks
        .map(|task| {
            let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
            let counts =
                status.lines().filter_map(|line| line.split_once(':')).filter(|(name, _)| name.ends_with(kinds));
            (task.path(), counts.filter_map(|(_, count)| count.trim().parse::<u64>().ok()).sum())
        })
        .collect()
}

fn more(after: &BTreeMap<PathBuf, u64>, before: &BTreeMap<PathBuf, u64>) -> u64 {
    after.iter().map(|(task, count)| count - before.get(task).copied().unwrap_or(0)).sum()
}
