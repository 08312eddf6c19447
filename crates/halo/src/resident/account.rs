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
    /// The service's address, or several with commas between.
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
    /// What the token's entry in the keyring is called. The token belongs to the service, whichever address answers: the
    /// first one names it.
    pub fn entry(&self) -> String {
        let service = self.service.split(',').next().unwrap_or_default();
        format!("{}@{service}", self.name)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d08_the_token_is_the_services_by_whichever_address_it_is_reached() {
        let entry = |service: &str| {
            let [service, name, label, device] = [service, "ada", "Ada", "this"].map(str::to_owned);
            Account { service, name, label, device }.entry()
        };
        assert_eq!(entry("https://a.example"), "ada@https://a.example");
        assert_eq!(entry("https://a.example,https://b.example"), "ada@https://a.example");
    }
}
