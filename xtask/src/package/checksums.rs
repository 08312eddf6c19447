//! The checksums of what was made.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::workspace::output;

/// `SHA256SUMS`, as `sha256sum --check` reads it.
pub(super) fn checksums(folder: &Path) -> Result<()> {
    let mut names: Vec<_> = fs::read_dir(folder)?
        .filter_map(|entry| entry.ok().filter(|entry| entry.path().is_file()))
        .map(|entry| entry.file_name())
        .filter(|name| !["SHA256SUMS", "SHA256SUMS.minisig", "newest.txt"].contains(&&*name.to_string_lossy()))
        .collect();
    names.sort();
    let sums = output(Command::new("sha256sum").current_dir(folder).arg("--").args(&names))?;
    print!("{sums}");
    fs::write(folder.join("SHA256SUMS"), sums)?;
    Ok(())
}
