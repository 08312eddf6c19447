//! The desktop's own files: a home, a runtime folder and a log folder under one temporary folder.

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

#[derive(Debug)]
pub(crate) struct Folders {
    root: TempDir,
}

impl Folders {
    pub(crate) fn create() -> Result<Self> {
        let root =
            tempfile::Builder::new().prefix("halo-desktop-").tempdir().context("cannot make a temporary folder")?;
        // The real screen locker runs as another user and must reach the buses, which lie directly in here.
        fs::set_permissions(root.path(), Permissions::from_mode(0o711))?;
        let folders = Self { root };
        for folder in [
            folders.home(),
            folders.runtime(),
            folders.logs(),
            folders.config(),
            folders.data(),
            folders.state(),
            folders.cache(),
        ] {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        Ok(folders)
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }
    pub(crate) fn home(&self) -> PathBuf {
        self.root().join("home")
    }
    pub(crate) fn runtime(&self) -> PathBuf {
        self.root().join("run")
    }
    pub(crate) fn logs(&self) -> PathBuf {
        self.root().join("logs")
    }
    pub(crate) fn config(&self) -> PathBuf {
        self.home().join(".config")
    }
    pub(crate) fn data(&self) -> PathBuf {
        self.home().join(".local/share")
    }
    pub(crate) fn state(&self) -> PathBuf {
        self.home().join(".local/state")
    }
    pub(crate) fn cache(&self) -> PathBuf {
        self.home().join(".cache")
    }
}

/// Writes a file, folders included.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
