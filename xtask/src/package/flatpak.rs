//! A Flatpak is built by whoever has its runtime; here is what it is built from.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::workspace::{output, source};

const MANIFEST: &str = "dev.halo.halo.yml";

/// The manifest, beside the archive that it names.
pub(crate) fn write(archive: &str, folder: &Path) -> Result<()> {
    let said = output(Command::new("sha256sum").current_dir(folder).arg(archive))?;
    let checksum = said.split_whitespace().next().context("sha256sum says nothing")?;
    let manifest = fs::read_to_string(source("packaging/flatpak").join(MANIFEST))?;
    fs::write(folder.join(MANIFEST), manifest.replace("ARCHIVE", archive).replace("CHECKSUM", checksum))?;
    Ok(())
}

/// Read by what builds of it. A key that it does not know is a warning for it, and a mistake for us.
pub(crate) fn check(folder: &Path) -> Result<()> {
    let mut show = Command::new("flatpak-builder");
    let said =
        show.arg("--show-manifest").arg(folder.join(MANIFEST)).output().context("cannot start flatpak-builder")?;
    let complaints = String::from_utf8_lossy(&said.stderr);
    ensure!(said.status.success() && !complaints.contains("WARNING"), "the Flatpak's manifest is wrong: {complaints}");
    println!("ok    the manifest of the Flatpak is understood by flatpak-builder");
    Ok(())
}
