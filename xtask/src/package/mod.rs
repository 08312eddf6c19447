//! `cargo xtask package`: what people install, one file a system.
//!
//! Two packages of one commit are the same to the byte: all times are the commit's, and no path of this machine is in
//! them.

mod archive;
mod checksums;
mod deb;
mod flatpak;
mod halo;
mod links;
pub(crate) mod macos;
mod parts;
mod product;
mod release;
mod rpm;
mod service;
pub(crate) mod sign;
mod tree;
pub(crate) mod trial;
pub(crate) mod windows;

use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::build::{self, Profile};
use crate::metadata::Metadata;
use crate::options::Options;
use crate::{needs, packages, window, workspace};
use checksums::checksums;
use release::{Release, commit_time};

pub(crate) fn package(options: &Options) -> Result<bool> {
    packages::ensure(needs::BUILD, "build Halo", options.yes)?;
    packages::ensure(needs::PACKAGE, "make the packages", options.yes)?;
    ensure!(window::prepare(options.yes)?, "the packages have the window in them: install Node");

    let metadata = Metadata::of_workspace()?;
    let release = Release { version: metadata.version("halo").context("no package halo")?, epoch: commit_time()? };
    // The recipes can be tried with what was built to test, in seconds; such packages are for nobody.
    let profile = if options.quick { Profile::Debug } else { Profile::Package };
    let programs = build::all(profile)?;
    let manuals = manuals()?;

    let folder = metadata.target_folder().join("package");
    fs::create_dir_all(&folder)?;
    for old in fs::read_dir(&folder)? {
        // The installer for Windows, too: what is checked and signed together is of one source.
        let path = old?.path();
        if path.is_file() {
            fs::remove_file(path)?;
        }
    }
    let desktop = halo::product(&programs, manuals.path(), &release)?;
    for product in [&desktop, &service::product(&programs, manuals.path(), &release)?] {
        deb::write(product, &release, &folder)?;
        rpm::write(product, &release, &folder)?;
        archive::write(product, &release, &folder)?;
    }
    flatpak::write(&archive::file(&desktop, &release), &folder)?;
    checksums(&folder)?;
    println!("The packages lie in {}.", folder.display());
    Ok(true)
}

/// The manual pages of both command lines, in a folder that goes with the value.
fn manuals() -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    for program in ["halo", "halo-service"] {
        let mut command = workspace::cargo();
        command.args(["run", "--quiet", "--package", program, "--bin", program]);
        command.args(["--features", &format!("{program}/manual"), "--", "manual"]).arg(folder.path());
        ensure!(workspace::succeeds(&mut command)?, "the manual pages of {program} could not be written");
    }
    Ok(folder)
}
