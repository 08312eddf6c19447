//! The organisation's policy. A broken one leaves the last good one in force (C23), of which a copy is kept with the log.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use presence::Policy;

use crate::config::{Config, text_of};

/// What `serve` goes by: the file that is configured, or the last one that was in order, and then says what is wrong.
pub fn in_force(config: &Config) -> anyhow::Result<Policy> {
    let Some(path) = &config.policy else { return Ok(Policy::genesys()) };
    match read(path) {
        Ok((text, policy)) => {
            keep(&copy(&config.data), &text);
            Ok(policy)
        }
        Err(wrong) => {
            let Some(last) = last_good(&config.data) else { return Err(wrong) };
            tracing::error!("{wrong:#}. Until then the last one that was in order goes on");
            Ok(last)
        }
    }
}

/// What administrators' commands fold the log by. None of them depends on it, so none is kept from its work by it.
pub fn for_commands(config: &Config) -> Policy {
    let configured = config.policy.as_ref().and_then(|path| read(path).ok()).map(|(_, policy)| policy);
    configured.or_else(|| last_good(&config.data)).unwrap_or_else(Policy::genesys)
}

/// The text, and what it says. What can be used as it stands, and may not be what was meant, is said in the log.
fn read(path: &Path) -> anyhow::Result<(String, Policy)> {
    let remedy = || {
        format!(
            "the policy file {0} has an error: correct it (halo-service policy check {0} shows everything)",
            path.display()
        )
    };
    let text = text_of(path)?;
    let policy = Policy::from_toml(&text).with_context(remedy)?;
    for finding in presence::check_policy(&text) {
        tracing::warn!("{}: {finding}", path.display());
    }
    Ok((text, policy))
}

fn copy(data: &Path) -> PathBuf {
    data.join("policy.last-good.toml")
}

fn last_good(data: &Path) -> Option<Policy> {
    Policy::from_toml(&fs::read_to_string(copy(data)).ok()?).ok()
}

/// Keeps a copy, unless it is there.
fn keep(copy: &Path, text: &str) {
    if fs::read_to_string(copy).is_ok_and(|kept| kept == text) {
        return;
    }
    let beside = copy.with_extension("toml.new");
    if let Err(error) = fs::write(&beside, text).and_then(|()| fs::rename(&beside, copy)) {
        tracing::warn!(
            "{} can't be written, so a broken policy could keep the service from starting: {error}",
            copy.display()
        );
    }
}
