//! Where things lie: the platform's folders for data, settings, logs and sockets.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::os;

/// Halo's folders for this person.
#[derive(Debug, Clone)]
pub struct Place {
    /// The log of facts.
    pub data: PathBuf,
    /// Settings and policy.
    pub config: PathBuf,
    /// The program's own log file.
    pub state: PathBuf,
    /// The socket of the resident program.
    pub socket: PathBuf,
}

impl Place {
    /// The folders of whoever runs this.
    pub fn of_this_person() -> anyhow::Result<Self> {
        os::place()
    }

    /// The settings file.
    pub fn settings(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The organisation's changes to the shipped policy.
    pub fn policy(&self) -> PathBuf {
        self.config.join("policy.toml")
    }

    /// The program's own log file.
    pub fn log_file(&self) -> PathBuf {
        self.state.join("halo.log")
    }
}

/// Makes a folder that only the person can enter.
pub fn private_folder(folder: &Path) -> anyhow::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).with_context(|| {
        format!(
            "Halo can't make the folder {}: make the one above it writable for you, or choose another place with {}",
            folder.display(),
            os::PLACE_VARIABLES
        )
    })
}
