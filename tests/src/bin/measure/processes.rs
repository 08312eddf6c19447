//! The processes of the desktop that is measured, and their memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

/// The `/proc` folders of all processes of the desktop with this home whose name begins with one of `names`.
pub(crate) fn named(home: &Path, names: &[&str]) -> Result<Vec<PathBuf>> {
    let ours = format!("HOME={}", home.display());
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let process = entry?.path();
        let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        let is_ours = environment.split(|&byte| byte == 0).any(|one| one == ours.as_bytes());
        if is_ours && names.iter().any(|start| name.starts_with(start)) {
            found.push(process);
        }
    }
    Ok(found)
}

/// Their share of memory in MB, shared pages divided among those who share them.
pub(crate) fn memory_mb(processes: &[PathBuf]) -> f64 {
    processes.iter().map(|process| proportional_kb(process)).sum::<f64>() / 1024.0
}

/// The processor time that they have taken so far: what a delay is made of, whoever else keeps the machine busy.
pub(crate) fn work(processes: &[PathBuf]) -> Duration {
    let ticks = |process: &PathBuf| -> Option<u64> {
        let fields = fs::read_to_string(process.join("stat")).ok()?;
        // After the name, which may hold anything: user and system time are the 14th and 15th field.
        let mut fields = fields.rsplit(')').next()?.split_whitespace().skip(11);
        Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
    };
    // A tick is 10 ms on every Linux.
    Duration::from_millis(processes.iter().filter_map(ticks).sum::<u64>() * 10)
}

fn proportional_kb(process: &Path) -> f64 {
    let rollup = fs::read_to_string(process.join("smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(f64::NAN)
}
