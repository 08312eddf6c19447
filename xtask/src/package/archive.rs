//! A plain archive: for a system without a form of its own, or to try Halo without installing anything.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::product::Product;
use super::release::Release;
use crate::workspace::output;

/// Its name.
pub(crate) fn file(product: &Product, release: &Release) -> String {
    name(product, release) + ".tar.gz"
}

/// The one folder in it.
fn name(product: &Product, release: &Release) -> String {
    format!("{}-{}-{}-linux", product.name, release.version, std::env::consts::ARCH)
}

pub(crate) fn write(product: &Product, release: &Release, folder: &Path) -> Result<()> {
    let work = tempfile::tempdir()?;
    let name = name(product, release);
    product.tree.write(&work.path().join(&name), release.epoch)?;
    let file = folder.join(file(product, release));
    let mut tar = Command::new("tar");
    tar.args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", &format!("--mtime=@{}", release.epoch)]);
    tar.args(["--use-compress-program=gzip -9n", "-cf"]).arg(file).arg("-C").arg(work.path()).arg(name);
    output(&mut tar)?;
    Ok(())
}
