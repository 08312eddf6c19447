//! `cargo xtask sign-packages --key FILE`: what was made is signed by minisign, with the release in the signature, so that
//! an old one doesn't pass for a new one; and what a Halo is told that asks for the newest.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::metadata::Metadata;
use crate::options::Options;
use crate::{needs, packages, workspace};

/// What a Halo reads at the address of its setting `updates.from`.
const NEWEST: &str = "newest.txt";

pub(crate) fn sign(options: &Options) -> Result<bool> {
    let key = options.key.as_deref().context("give the secret key of minisign: --key FILE")?;
    packages::ensure(needs::SIGN, "sign the packages", options.yes)?;
    let metadata = Metadata::of_workspace()?;
    let version = metadata.version("halo").context("no package halo")?;
    let folder = metadata.target_folder().join("package");
    let sums = folder.join("SHA256SUMS");
    ensure!(sums.exists(), "there are no packages yet: cargo xtask package");
    minisign(&sums, &folder.join("SHA256SUMS.minisig"), key, &version)?;

    let work = tempfile::tempdir()?;
    let (words, signature) = (work.path().join("words"), work.path().join("signature"));
    let page = metadata.homepage().map(|page| format!("page = \"{page}\"\n")).unwrap_or_default();
    let said = format!("version = \"{version}\"\n{page}");
    fs::write(&words, &said)?;
    minisign(&words, &signature, key, &version)?;
    fs::write(folder.join(NEWEST), format!("{said}---\n{}", fs::read_to_string(signature)?))?;
    println!("Signed: SHA256SUMS.minisig and {NEWEST} in {}.", folder.display());
    Ok(true)
}

/// It may ask for the key's password.
fn minisign(file: &Path, signature: &Path, key: &Path, version: &str) -> Result<()> {
    let mut sign = Command::new("minisign");
    sign.arg("-S").arg("-s").arg(key).arg("-m").arg(file).arg("-x").arg(signature);
    sign.arg("-t").arg(format!("halo {version}"));
    ensure!(workspace::succeeds(&mut sign)?, "minisign failed: see the messages above");
    Ok(())
}
