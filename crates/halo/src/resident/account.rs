//! The sign-in to a team's service, as this device remembers it: where, and who. The token is not among it.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use protocol::Secret;
use serde::{Deserialize, Serialize};

/// Where a person is signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The service's address.
    pub service: String,
    /// The name there.
    pub name: String,
    /// What the person is called.
    pub label: String,
    /// This device's id there.
    pub device: String,
}

/// A sign-in, and its token where the keyring doesn't hold it.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Where.
    pub account: Account,
    /// The token of a sign-in for this run only.
    pub token: Option<Secret>,
}

impl SignedIn {
    /// A sign-in whose token is in the keyring.
    pub fn kept(account: Account) -> Self {
        Self { account, token: None }
    }
}

impl Account {
    /// What the token's entry in the keyring is called.
    pub fn entry(&self) -> String {
        format!("{}@{}", self.name, self.service)
    }

    /// The sign-in that lasts, if there is one.
    pub fn load(data: &Path) -> anyhow::Result<Option<Self>> {
        let path = file(data);
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map(Some).with_context(|| {
                format!("{} is not in order: remove it, then sign in again with halo sign-in", path.display())
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{} can't be read", path.display())),
        }
    }

    /// Makes it last. Replaced in one step, so that a crash leaves the old one or the new one.
    pub fn save(&self, data: &Path) -> std::io::Result<()> {
        let text = toml::to_string(self).map_err(std::io::Error::other)?;
        let coming = data.join("account.toml.coming");
        let mut options = fs::OpenOptions::new();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut written = options.open(&coming)?;
        written.write_all(text.as_bytes())?;
        written.sync_all()?;
        fs::rename(coming, file(data))
    }

    /// Forgets it.
    pub fn forget(data: &Path) -> std::io::Result<()> {
        match fs::remove_file(file(data)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn file(data: &Path) -> PathBuf {
    data.join("account.toml")
}
