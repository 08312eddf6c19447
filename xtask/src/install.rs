//! `cargo xtask install` and `uninstall`: Halo for one person, without a package manager.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::linux_files::{COMPLETIONS, ENTRY, completions, desktop_entry, icons};
use crate::options::Options;
use crate::{build, needs, packages, window};

pub(crate) fn install(options: &Options) -> Result<bool> {
    packages::ensure(needs::BUILD, "build Halo", options.yes)?;
    let prefix = prefix(options)?;
    let with_window = window::prepare(options.yes)?;
    let built = build::build(true, with_window)?;

    for program in &built.programs {
        let name = program.file_name().context("a program has no name")?;
        put(&prefix.join("bin").join(name), &fs::read(program)?, true)?;
    }
    for (source, place) in icons()? {
        put(&prefix.join(place), &fs::read(source)?, false)?;
    }
    let halo = prefix.join("bin/halo");
    put(&prefix.join(ENTRY), desktop_entry(&halo).as_bytes(), false)?;
    for (shell, place) in COMPLETIONS {
        match completions(&halo, shell) {
            Some(script) => put(&prefix.join(place), &script, false)?,
            None => println!("  no completions for {shell}: `halo completions {shell}` failed"),
        }
    }
    register(&prefix);
    println!("Halo is installed. Start it from the applications menu or with: {}", halo.display());
    warn_if_not_on_path(&prefix.join("bin"));
    Ok(true)
}

pub(crate) fn uninstall(options: &Options) -> Result<bool> {
    let prefix = prefix(options)?;
    end(&prefix.join("bin/halo"));
    let programs = build::PROGRAMS.iter().map(|name| format!("bin/{name}"));
    let icons = icons()?.into_iter().map(|(_, place)| place);
    let others = COMPLETIONS.iter().map(|(_, place)| (*place).to_owned()).chain([ENTRY.to_owned()]);
    let mut removed = 0;
    for place in programs.chain(icons).chain(others) {
        let path = prefix.join(place);
        if path.symlink_metadata().is_ok() {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
            println!("  removed {}", path.display());
            removed += 1;
        }
    }
    register(&prefix);
    if removed == 0 {
        println!("Nothing of Halo is installed in {}.", prefix.display());
    }
    say_what_stays();
    Ok(true)
}

/// Ends the Halo that runs, which nothing could end once its command is gone. One that runs from elsewhere is left alone.
fn end(halo: &Path) {
    let runs = |process: fs::DirEntry| fs::read_link(process.path().join("exe")).is_ok_and(|program| program == halo);
    let running = fs::read_dir("/proc").is_ok_and(|all| all.flatten().any(runs));
    if running && Command::new(halo).arg("quit").output().is_ok_and(|quit| quit.status.success()) {
        println!("  Halo was running, and has ended");
    }
}

fn prefix(options: &Options) -> Result<PathBuf> {
    let chosen = options.prefix.clone().or_else(|| Some(env::home_dir()?.join(".local")));
    let prefix = chosen.context("HOME is not set; say where to install with --prefix DIR")?;
    // The desktop entry names the program by its whole path.
    Ok(std::path::absolute(prefix)?)
}

/// Tells the desktop which links Halo opens. Where nobody reads such lists, nothing is lost.
fn register(prefix: &Path) {
    let folder = prefix.join(ENTRY).with_file_name("");
    let told = Command::new("update-desktop-database").arg("-q").arg(&folder).output();
    if !told.is_ok_and(|told| told.status.success()) && prefix.join(ENTRY).exists() {
        let asked = Command::new("xdg-mime").args(["default", "halo.desktop", "x-scheme-handler/halo"]).output();
        if !asked.is_ok_and(|asked| asked.status.success()) {
            println!("note: neither update-desktop-database nor xdg-mime is here; links (halo://…) may not open Halo");
        }
    }
}

/// Writes beside the place and then moves, so that a running program can be replaced.
fn put(place: &Path, contents: &[u8], executable: bool) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = place.parent().context("a place has no folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut file =
        tempfile::NamedTempFile::new_in(folder).with_context(|| format!("cannot write to {}", folder.display()))?;
    std::io::Write::write_all(&mut file, contents)?;
    file.as_file().set_permissions(fs::Permissions::from_mode(if executable { 0o755 } else { 0o644 }))?;
    file.persist(place).with_context(|| format!("cannot write {}", place.display()))?;
    println!("  {}", place.display());
    Ok(())
}

fn warn_if_not_on_path(folder: &Path) {
    let path = env::var_os("PATH").unwrap_or_default();
    if !env::split_paths(&path).any(|entry| entry == folder) {
        println!("warning: {} is not on your PATH; add it in your shell's profile to call `halo`", folder.display());
    }
}

/// Data is the person's: it is named and left.
fn say_what_stays() {
    let Some(home) = env::home_dir() else { return };
    let places = [
        ("XDG_DATA_HOME", ".local/share", "halo"),
        ("XDG_CONFIG_HOME", ".config", "halo"),
        ("XDG_STATE_HOME", ".local/state", "halo"),
        ("XDG_CONFIG_HOME", ".config", "autostart/halo.desktop"),
    ];
    let stays: Vec<String> = places
        .into_iter()
        .map(|(variable, usual, name)| env::var_os(variable).map_or_else(|| home.join(usual), PathBuf::from).join(name))
        .filter(|path| path.exists())
        .map(|path| format!("  {}", path.display()))
        .collect();
    if stays.is_empty() {
        println!("No data of yours was found in the usual places.");
    } else {
        println!("Your data and settings stay; delete them yourself if you like:\n{}", stays.join("\n"));
    }
    println!("Passwords and tokens stay in your keyring, under the name halo.");
}
