//! The Rust files of this repository, and whether they can be read in one sitting.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::workspace;

const LONG: usize = 600;

/// Warns only: length is a hint, and the reason may be good.
pub(crate) fn warn_of_long_files() -> Result<bool> {
    for (path, text) in rust_files()? {
        let lines = text.lines().count();
        if lines > LONG {
            println!("warning: {} has {lines} lines; a long file is two rooms", path.display());
        }
    }
    Ok(true)
}

/// Every Rust file outside of build folders and hidden ones, sorted, with its path from the root.
pub(crate) fn rust_files() -> Result<Vec<(PathBuf, String)>> {
    let root = workspace::root();
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path)?;
            Ok((path.strip_prefix(&root).unwrap_or(&path).to_owned(), text))
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" && name != "node_modules" {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
