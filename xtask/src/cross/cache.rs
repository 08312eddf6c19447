//! What takes minutes to make and serves every clone on this machine.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// A folder of the person's, held for ourselves until it is dropped: two runs in one Wine would share its input.
pub(crate) struct Cache {
    folder: PathBuf,
    _lock: File,
}

impl Cache {
    /// Opens it, waiting for another run to end. `HALO_CROSS` names another folder than the usual one.
    pub(crate) fn open() -> Result<Self> {
        let folder = folder()?;
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let lock =
            File::create(folder.join("lock")).with_context(|| format!("cannot write to {}", folder.display()))?;
        if lock.try_lock().is_err() {
            println!("Waiting for another run that uses {}…", folder.display());
            lock.lock().with_context(|| format!("cannot lock {}", folder.display()))?;
        }
        Ok(Self { folder, _lock: lock })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

fn folder() -> Result<PathBuf> {
    let named = |variable: &str| env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = named("HALO_CROSS") {
        return Ok(folder);
    }
    let caches = named("XDG_CACHE_HOME").or_else(|| Some(env::home_dir()?.join(".cache")));
    Ok(caches.context("there is no home folder: set HALO_CROSS to a folder that is kept")?.join("halo-cross"))
}
