//! `cargo xtask desktops`: Halo's packages on real desktops, each in a Debian of its own with systemd, logind and PAM,
//! where a person logs in. As root, on Debian 12.
//!
//! What is tried there, and how, is in `tests/desktops`; here are the machines that it runs in, and the table.

mod layers;
mod machine;
mod table;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::slice;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::fs::FlockOperation;

use crate::metadata::Metadata;
use crate::options::Options;
use crate::test_report::Report;
use crate::{needs, packages, workspace};

use layers::Layers;
use machine::{Folders, Machine};
use table::Row;

/// Among the names: keep the desktop up after its rows, to look at it.
const STAY: &str = "--stay";

/// A desktop that hangs is ended after so many seconds.
const LIMIT: &str = "1500";

/// A desktop, as a file of `tests/desktops` describes it. Only what concerns its making is read here.
struct Desktop {
    name: String,
    title: String,
    /// Whose packages it is made of: its own, or those of another desktop, with which it shares the layer.
    system: String,
    packages: Vec<String>,
    /// Which rows it is tried by: a file of that name.
    rows: String,
    /// It is tried with the programs as they were built for the tests. The others are with the packages.
    with_programs: bool,
}

pub(crate) fn desktops(options: &Options) -> Result<bool> {
    let scripts = workspace::root().join("tests/desktops");
    let all = described(&scripts)?;
    let (stay, names): (Vec<_>, Vec<_>) = options.rest.iter().cloned().partition(|word| word == STAY);
    let wanted = chosen(&all, &names)?;
    ensure!(rustix::process::geteuid().is_root(), "a desktop's system can be made and booted by root only: use sudo");
    packages::ensure(needs::DESKTOPS, "try real desktops", options.yes)?;
    let target = Metadata::of_workspace()?.target_folder();
    let packages = target.join("package");
    let of_packages = wanted.iter().any(|desktop| !desktop.with_programs);
    ensure!(!of_packages || has_package(&packages), "there are no packages yet: cargo xtask package");
    let programs = built_programs(&target)?;
    let folder = target.join("desktops");
    fs::create_dir_all(&folder)?;
    let _alone = alone()?;

    let layers = Layers::new(&folder, &scripts)?;
    let mut report = Report::default();
    for desktop in wanted {
        println!("{}:", desktop.title);
        let system = chosen(&all, slice::from_ref(&desktop.system))?[0];
        let layer = layers.with(&system.name, &system.packages)?;
        let results = folder.join(&desktop.name);
        if results.exists() {
            fs::remove_dir_all(&results)?;
        }
        fs::create_dir_all(&results)?;
        let halo = if desktop.with_programs { programs.path() } else { &packages };
        let folders = Folders { base: layers.base(), layer: &layer, scripts: &scripts, halo, results: &results };
        let began = Instant::now();
        let (rows, whole) = try_desktop(&folders, desktop, !stay.is_empty())?;
        for row in &rows {
            row.count(&desktop.title, &mut report);
        }
        if !whole {
            report.count(&format!("{}, to its end", desktop.title), false);
        }
        fs::write(results.join("rows.txt"), rows.iter().map(Row::to_string).collect::<Vec<_>>().join("\n"))?;
        println!("{}: {} rows in {} s", desktop.title, rows.len(), began.elapsed().as_secs());
        fs::write(folder.join("table.md"), tables(&all, &folder))?;
    }
    println!("The table: {}", folder.join("table.md").display());
    report.print();
    Ok(report.failed() == 0)
}

/// Those that are there, in a folder that goes with the value.
fn built_programs(target: &Path) -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    for name in ["halo", "halo-keyring", "halo-idle"] {
        let program = target.join("debug").join(name);
        if program.exists() {
            fs::copy(&program, folder.path().join(name))?;
        }
    }
    Ok(folder)
}

/// Boots it, tries every row and prints each as it comes. False where the trial itself broke off.
fn try_desktop(folders: &Folders<'_>, desktop: &Desktop, stay: bool) -> Result<(Vec<Row>, bool)> {
    let machine = Machine::boot(folders)?;
    let mut trial = machine.command(&["timeout", "--kill-after=10", LIMIT, "python3", "-u", "/lab/scripts/trial.py"]);
    let mut trial = trial.arg(&desktop.name).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut rows = Vec::new();
    for line in BufReader::new(trial.stdout.take().context("the trial has no output")?).lines() {
        let line = line?;
        println!("{line}");
        rows.extend(Row::read(&line));
    }
    let status = trial.wait()?;
    if !status.success() {
        println!("The trial broke off ({status}); its pictures and logs are in {}", folders.results.display());
    }
    if stay {
        println!("It stays up until Enter. A shell there: {}", machine.as_typed());
        std::io::stdin().read_line(&mut String::new())?;
    }
    Ok((rows, status.success()))
}

/// Every desktop that there is a description of.
fn described(scripts: &Path) -> Result<Vec<Desktop>> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(scripts)?.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files.iter().map(|file| Desktop::read(file).with_context(|| format!("{} can't be used", file.display()))).collect()
}

impl Desktop {
    fn read(file: &Path) -> Result<Self> {
        let text: serde_json::Value = serde_json::from_str(&fs::read_to_string(file)?)?;
        let name = file.file_stem().context("it has no name")?.to_string_lossy().into_owned();
        let packages = text["packages"].as_array();
        ensure!(packages.is_some() != text["system"].is_string(), "it names neither packages nor a system, or both");
        Ok(Self {
            title: text["title"].as_str().context("it has no title")?.to_owned(),
            system: text["system"].as_str().unwrap_or(&name).to_owned(),
            name,
            packages: packages.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
            rows: text["rows"].as_str().unwrap_or("rows").to_owned(),
            with_programs: text["halo"] == "programs",
        })
    }
}

/// Those named, or all.
fn chosen<'a>(all: &'a [Desktop], names: &[String]) -> Result<Vec<&'a Desktop>> {
    if names.is_empty() {
        return Ok(all.iter().collect());
    }
    let find = |name: &String| all.iter().find(|desktop| desktop.name == *name);
    if let Some(unknown) = names.iter().find(|name| find(name).is_none()) {
        let known: Vec<_> = all.iter().map(|desktop| desktop.name.as_str()).collect();
        bail!("there is no desktop `{unknown}` here, but: {}", known.join(", "));
    }
    Ok(names.iter().filter_map(find).collect())
}

/// What the last trial of each said: a table for all that are tried by the same rows.
fn tables(all: &[Desktop], folder: &Path) -> String {
    let mut text = String::new();
    let kinds: BTreeSet<&str> = all.iter().map(|desktop| desktop.rows.as_str()).collect();
    for kind in kinds.into_iter().rev() {
        let columns = columns(all.iter().filter(|desktop| desktop.rows == kind), folder);
        if !columns.is_empty() {
            text += &(table::markdown(&columns) + "\n");
        }
    }
    text + table::LEGEND
}

fn columns<'a>(desktops: impl Iterator<Item = &'a Desktop>, folder: &Path) -> Vec<(String, Vec<Row>)> {
    let rows = |desktop: &Desktop| {
        let text = fs::read_to_string(folder.join(&desktop.name).join("rows.txt")).ok()?;
        Some((desktop.title.clone(), text.lines().filter_map(Row::read).collect()))
    };
    desktops.filter_map(rows).collect()
}

fn has_package(folder: &Path) -> bool {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.map(|entry| entry.file_name().to_string_lossy().into_owned()).any(|name| name.starts_with("halo_"))
}

/// The lab switches the machine's consoles: no two labs at a time, and none under somebody who sits there.
fn alone() -> Result<File> {
    let seat = fs::read_to_string("/run/systemd/seats/seat0").unwrap_or_default();
    let taken = seat.lines().any(|line| line.strip_prefix("ACTIVE=").is_some_and(|session| !session.is_empty()));
    ensure!(
        !taken,
        "somebody is logged in at this machine's screen, which the lab would take over: use another machine"
    );
    let lock = File::create("/run/halo-desktops.lock")?;
    rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive)
        .context("another desktop lab runs on this machine")?;
    Ok(lock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_description_can_be_read_and_chosen() {
        let all = described(&workspace::root().join("tests/desktops")).unwrap();
        for desktop in &all {
            let system = chosen(&all, slice::from_ref(&desktop.system)).unwrap()[0];
            assert!(!system.packages.is_empty(), "{}", desktop.name);
        }
        assert_eq!(chosen(&all, &[]).unwrap().len(), all.len());
        assert_eq!(chosen(&all, &["xfce".to_owned()]).unwrap()[0].name, "xfce");
        assert!(chosen(&all, &["cde".to_owned()]).err().unwrap().to_string().contains("xfce"));
    }
}
