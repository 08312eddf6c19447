//! A Windows to run tests in: Wine, with a disk of its own and the one library that Rust's standard library asks for
//! and Wine 8 lacks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::cache::Cache;
use super::targets::WINDOWS;
use super::toolchain;
use crate::workspace;

const SHIM: &str = "drive_c/windows/system32/bcryptprimitives.dll";

/// Makes the disk, unless it is there.
pub(crate) fn prepare(cache: &Cache) -> Result<()> {
    let disk = disk(cache);
    if disk.join(SHIM).exists() {
        return Ok(());
    }
    println!("Setting up Wine in {}…", disk.display());
    // What an interrupted attempt left.
    let _ = fs::remove_dir_all(&disk);
    let mut boot = workspace::command("timeout");
    ensure!(
        workspace::succeeds(in_wine(boot.args(["300", "wine", "wineboot", "--init"]), &disk))?,
        "Wine could not be set up: see the messages above"
    );
    let source = cache.folder().join("bcryptprimitives.c");
    let library = source.with_extension("dll");
    fs::write(&source, include_str!("bcryptprimitives.c"))?;
    let mut compile = workspace::command("x86_64-w64-mingw32-gcc");
    compile.args(["-O2", "-shared", "-o"]).arg(&library).arg(&source).arg("-ladvapi32");
    ensure!(workspace::succeeds(&mut compile)?, "bcryptprimitives.dll could not be built: see the messages above");
    // Last, for it says that all is there.
    fs::copy(library, disk.join(SHIM))?;
    Ok(())
}

/// A copy of the disk, for what would leave something on it.
pub(crate) fn copy(cache: &Cache, to: &Path) -> Result<()> {
    let mut copy = workspace::command("cp");
    ensure!(workspace::succeeds(copy.arg("--archive").arg(disk(cache)).arg(to))?, "Wine's disk can't be copied");
    Ok(())
}

/// Makes cargo run what it built for Windows in Wine. A program that hangs is ended, and so is a failure.
pub(crate) fn run_tests_of(cargo: &mut Command, cache: &Cache) {
    cargo.env(toolchain::variable(WINDOWS, "RUNNER"), "timeout 900 wine");
    in_wine(cargo, &disk(cache));
}

/// Silent, without asking for its Mono and Gecko, without a debugger that waits for a person, and without entries in the
/// menu.
pub(crate) fn in_wine<'a>(command: &'a mut Command, disk: &Path) -> &'a mut Command {
    command.env("WINEPREFIX", disk).env("WINEDEBUG", "-all");
    command.env("WINEDLLOVERRIDES", "mscoree,mshtml,winedbg.exe,winemenubuilder.exe=")
}

fn disk(cache: &Cache) -> PathBuf {
    cache.folder().join("wine")
}
