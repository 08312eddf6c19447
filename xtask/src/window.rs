//! The window: its page is built by npm, its program by cargo.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{needs, packages, workspace};

/// The oldest Node that the page's tools run on.
const NODE: (u32, u32) = (20, 19);

/// Makes everything ready for building the window. False, and said, where there is no Node: Halo works without it.
pub(crate) fn prepare(assume_yes: bool) -> Result<bool> {
    match node() {
        Some(version) if version >= NODE => {}
        found => {
            let found = found.map_or("none is here".to_owned(), |(major, minor)| format!("{major}.{minor} is here"));
            println!(
                "The window needs Node {}.{} or newer (https://nodejs.org); {found}. Going on without the window.",
                NODE.0, NODE.1
            );
            return Ok(false);
        }
    }
    packages::ensure(needs::WINDOW, "build the window", assume_yes)?;
    install()?;
    if !npm(&["run", "--silent", "build"])? {
        bail!("the window's page could not be built: see the messages above");
    }
    Ok(true)
}

/// Whether the page was built before, whatever became of its sources since.
pub(crate) fn is_built() -> bool {
    workspace::root().join("ui/dist/index.html").exists()
}

/// Runs npm in the page's folder; true if it succeeded.
pub(crate) fn npm(arguments: &[&str]) -> Result<bool> {
    workspace::succeeds(&mut command(arguments))
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.current_dir(workspace::root().join("ui")).args(arguments);
    command
}

/// The page's tools, as the lock file says; nothing to do if they are there.
fn install() -> Result<()> {
    let ui = workspace::root().join("ui");
    let changed = |path: &str| fs::metadata(ui.join(path)).and_then(|found| found.modified()).ok();
    let installed = changed("node_modules/.package-lock.json");
    if installed.is_some() && installed >= changed("package-lock.json") {
        return Ok(());
    }
    println!("Installing the tools that build the window's page (npm ci)…");
    if !npm(&["ci", "--no-audit", "--no-fund", "--loglevel=error"])? {
        bail!("npm ci failed in ui/: see the messages above");
    }
    Ok(())
}

fn node() -> Option<(u32, u32)> {
    let output = Command::new("node").arg("--version").output().ok()?;
    version(&String::from_utf8_lossy(&output.stdout))
}

/// `v20.20.2` → 20.20.
fn version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Writes the page's types from the Rust ones, or checks that they are written.
pub(crate) fn types(check_only: bool) -> Result<bool> {
    let written = workspace::root().join("ui/src/protocol");
    let fresh = tempfile::tempdir()?;
    let mut command = workspace::cargo();
    command.args(["test", "--quiet", "--package", "protocol", "--features", "ts", "--lib"]);
    command.env("TS_RS_EXPORT_DIR", fresh.path()).stdout(std::process::Stdio::null());
    if !workspace::succeeds(&mut command)? {
        bail!("the types could not be written");
    }
    if check_only {
        let same = contents(&written)? == contents(fresh.path())?;
        if !same {
            eprintln!("ui/src/protocol is not what the Rust types say: cargo xtask types");
        }
        return Ok(same);
    }
    fs::remove_dir_all(&written).ok();
    fs::create_dir_all(&written)?;
    for (name, text) in contents(fresh.path())? {
        fs::write(written.join(name), text)?;
    }
    Ok(true)
}

fn contents(folder: &std::path::Path) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} can't be read", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.push((name, fs::read_to_string(&path)?));
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_of_node_are_read() {
        assert_eq!(version("v20.20.2\n"), Some((20, 20)));
        assert_eq!(version("nonsense"), None);
    }
}
