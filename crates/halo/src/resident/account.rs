//! The sign-in to a team's service, as this device remembers it: where, and who. The token is not among it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use protocol::Secret;
use serde::{Deserialize, Serialize};

use crate::place::{read_text, write_whole};

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
        let Some(text) = read_text(&path)? else { return Ok(None) };
        let account = toml::from_str(&text).with_context(|| {
            format!("{} has an error: remove it, then sign in again with halo sign-in", path.display())
        })?;
        Ok(Some(account))
    }

    /// Makes it last. Replaced in one step, so that a crash leaves the old one or the new one.
    pub fn save(&self, data: &Path) -> std::io::Result<()> {
        let text = toml::to_string(self).map_err(std::io::Error::other)?;
        write_whole(&file(data), text.as_bytes())
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
