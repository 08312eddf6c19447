//! `cargo xtask package-windows`: an installer for one person, made by NSIS, which Debian has.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::checksums::checksums;
use super::parts::Parts;
use super::release::{Release, commit_time};
use super::tree::Tree;
use crate::metadata::Metadata;
use crate::options::Options;
use crate::workspace::source;
use crate::{cross, needs, packages, window, workspace};

const PROGRAMS: [&str; 4] = ["halo.exe", "halow.exe", "halo-keyring.exe", "halo-window.exe"];

/// Finds the system's `WebView2` for the window. It comes as a file, in the crate that calls it.
const LOADER: (&str, &str) = ("webview2-com-sys", "x64/WebView2Loader.dll");

pub(crate) fn package(options: &Options) -> Result<bool> {
    packages::ensure(needs::CROSS, "build Halo for Windows", options.yes)?;
    packages::ensure(needs::WINDOWS_PACKAGE, "make the installer", options.yes)?;
    ensure!(window::prepare(options.yes)?, "the installer has the window in it: install Node");
    let metadata = Metadata::of_workspace()?;
    let version = metadata.version("halo").context("no package halo")?;
    let release = Release { version: version.clone(), epoch: commit_time()? };
    let files = tempfile::tempdir()?;
    contents(&cross::windows_programs(!options.quick)?, &release)?.write(files.path(), release.epoch)?;

    let folder = metadata.target_folder().join("package");
    fs::create_dir_all(&folder)?;
    let file = setup(&folder, &version);
    let mut build = workspace::command("makensis");
    build.args(["-V2", "-WX", &format!("-DVERSION={version}"), &format!("-DOUTPUT={}", file.display())]);
    build.arg(format!("-DFILES={}", files.path().display()));
    build.arg(format!("-DSOURCE={}", workspace::root().display()));
    build.arg(source("packaging/windows/halo.nsi")).env("SOURCE_DATE_EPOCH", release.epoch.to_string());
    ensure!(workspace::succeeds(&mut build)?, "makensis failed: see the messages above");
    checksums(&folder)?;
    println!("The installer is {}.", file.display());
    Ok(true)
}

/// What the installer puts into its folder.
fn contents(programs: &Path, release: &Release) -> Result<Tree> {
    let mut tree = Tree::default();
    for name in PROGRAMS {
        // As they were linked: taking names out of them again would put the time into them.
        tree.copy(name, &programs.join(name))?;
    }
    let (of, loader) = LOADER;
    let known = Metadata::with_dependencies()?.packages();
    let of = known.iter().find(|package| package.name == of).with_context(|| format!("no crate {of}"))?;
    tree.copy("WebView2Loader.dll", &of.manifest.with_file_name(loader))?;
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        tree.copy(format!("{licence}.txt"), &source(licence))?;
    }
    let parts = Parts::of(&["halo", "halo-window", "keyring-helper"], cross::WINDOWS)?;
    let loaders = fs::read_to_string(source("packaging/windows/WebView2Loader.LICENSE.txt"))?;
    let rule = "-".repeat(78);
    tree.file("THIRD-PARTY.txt", format!("{}\n{rule}\nWebView2Loader.dll\n{rule}\n\n{loaders}", parts.licences()?));
    tree.file("halo.cdx.json", parts.bill("halo", release)?);
    Ok(tree)
}

fn setup(folder: &Path, version: &str) -> PathBuf {
    folder.join(format!("halo-{version}-setup.exe"))
}

/// `cargo xtask try-installer`: in a Wine of its own, from install to uninstall.
pub(crate) fn trial(options: &Options) -> Result<bool> {
    packages::ensure(needs::CROSS, "try the installer in Wine", options.yes)?;
    packages::ensure(needs::TRY_INSTALLER, "try the installer in Wine", options.yes)?;
    let metadata = Metadata::of_workspace()?;
    let version = metadata.version("halo").context("no package halo")?;
    let setup = setup(&metadata.target_folder().join("package"), &version);
    ensure!(setup.exists(), "{} is not there yet: cargo xtask package-windows", setup.display());
    let mut trial = workspace::command("xvfb-run");
    trial.arg("--auto-servernum").arg("sh").arg(source("packaging/windows/trial.sh"));
    trial.env("SETUP", setup).env("VERSION", version);
    cross::in_fresh_wine(&mut trial)
}
