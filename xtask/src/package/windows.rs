//! `cargo xtask package-windows`: an installer for one person, made by NSIS, which Debian has.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::{checksums, commit_time, source};
use crate::metadata::Metadata;
use crate::options::Options;
use crate::{cross, needs, packages, workspace};

pub(crate) fn package(options: &Options) -> Result<bool> {
    packages::ensure(needs::CROSS, "build Halo for Windows", options.yes)?;
    packages::ensure(needs::WINDOWS_PACKAGE, "make the installer", options.yes)?;
    let metadata = Metadata::of_workspace()?;
    let version = metadata.version("halo").context("no package halo")?;
    let programs = cross::windows_programs(!options.quick)?;

    let folder = metadata.target_folder().join("package");
    fs::create_dir_all(&folder)?;
    let file = setup(&folder, &version);
    let mut build = workspace::command("makensis");
    build.args(["-V2", "-WX", &format!("-DVERSION={version}"), &format!("-DOUTPUT={}", file.display())]);
    build.arg(format!("-DPROGRAMS={}", programs.display()));
    build.arg(format!("-DSOURCE={}", workspace::root().display()));
    build.arg(source("packaging/windows/halo.nsi")).env("SOURCE_DATE_EPOCH", commit_time()?.to_string());
    ensure!(workspace::succeeds(&mut build)?, "makensis failed: see the messages above");
    checksums(&folder)?;
    println!("The installer is {}.", file.display());
    Ok(true)
}

fn setup(folder: &Path, version: &str) -> PathBuf {
    folder.join(format!("halo-{version}-setup.exe"))
}

/// `cargo xtask try-installer`: in a Wine of its own, from install to uninstall.
pub(crate) fn trial(options: &Options) -> Result<bool> {
    packages::ensure(needs::CROSS, "try the installer in Wine", options.yes)?;
    let metadata = Metadata::of_workspace()?;
    let version = metadata.version("halo").context("no package halo")?;
    let setup = setup(&metadata.target_folder().join("package"), &version);
    ensure!(setup.exists(), "{} is not there yet: cargo xtask package-windows", setup.display());
    let mut trial = workspace::command("xvfb-run");
    trial.arg("--auto-servernum").arg("sh").arg(source("packaging/windows/trial.sh"));
    trial.env("SETUP", setup).env("VERSION", version);
    cross::in_fresh_wine(&mut trial)
}
