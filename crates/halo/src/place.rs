//! Where things lie: the platform's folders for data, settings, logs and sockets.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use etcetera::BaseStrategy;

/// Halo's folders for this person.
#[derive(Debug, Clone)]
pub struct Place {
    /// The log of facts.
    pub data: PathBuf,
    /// Settings and policy.
    pub config: PathBuf,
    /// The program's own log file.
    pub state: PathBuf,
    runtime: Option<PathBuf>,
}

impl Place {
    /// The folders of whoever runs this.
    pub fn of_this_person() -> anyhow::Result<Self> {
        let base = etcetera::choose_base_strategy().context("no home folder is known: set HOME")?;
        let data = base.data_dir().join("halo");
        Ok(Self {
            state: base.state_dir().map_or_else(|| data.clone(), |state| state.join("halo")),
            config: base.config_dir().join("halo"),
            runtime: base.runtime_dir().map(|runtime| runtime.join("halo")),
            data,
        })
    }

    /// The folder in which all programs keep their settings.
    pub fn base_config(&self) -> &Path {
        self.config.parent().unwrap_or(&self.config)
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

    /// The socket of the resident program.
    pub fn socket(&self) -> PathBuf {
        self.socket_folder().join("socket")
    }

    /// The socket's folder, which only the person can enter.
    pub fn socket_folder(&self) -> PathBuf {
        // Without a run-time folder of the login, one in the common place for temporary files, checked before use.
        self.runtime.clone().unwrap_or_else(|| std::env::temp_dir().join(format!("halo-{}", user())))
    }

    /// Makes the socket's folder, or refuses one that somebody else could have laid out.
    pub fn make_socket_folder(&self) -> anyhow::Result<()> {
        let folder = self.socket_folder();
        private_folder(&folder)?;
        check_ours(&folder)
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
            "Halo can't make the folder {}: make the one above it writable for you, or choose another place with the XDG variable that leads there (XDG_DATA_HOME, XDG_CONFIG_HOME, XDG_RUNTIME_DIR)",
            folder.display()
        )
    })
}

/// Checks that a folder is the person's and closed to others.
pub fn check_ours(folder: &Path) -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let found = fs::symlink_metadata(folder)?;
        if !found.is_dir() || found.uid() != user() || found.mode() & 0o077 != 0 {
            bail!(
                "{} belongs to somebody else or is open to others: Halo won't put its socket there. Set XDG_RUNTIME_DIR to a folder of your own with mode 0700",
                folder.display()
            );
        }
    }
    Ok(())
}

/// The number of the user who runs this.
pub fn user() -> u32 {
    rustix::process::getuid().as_raw()
}
