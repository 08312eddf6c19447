//! The organisation's policy: the shipped one, with what an administrator changed.
//!
//! One that is broken leaves the last good one in force (C23): a copy of what was read is kept in the data folder.

use std::path::{Path, PathBuf};

use anyhow::bail;
use presence::Policy;

use crate::os;
use crate::place::{keep_copy, read_administrators, read_text};

/// A policy file that can't be taken.
#[derive(Debug)]
pub struct BadPolicy {
    /// Which.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: String,
    /// Which one is in force instead.
    pub instead: Instead,
}

/// The policy in place of a broken one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instead {
    /// The last one that was in order.
    Before,
    /// The one that Halo comes with.
    Shipped,
}

/// Reads the policy of the machine, else the person's own, else the shipped one; if that is broken, the last one that
/// wasn't, and what is wrong. A first one of their own that is broken is the person's to mend, before Halo starts; one of
/// the machine is not theirs, and leaves the shipped one in force.
pub fn load(own: &Path, data: &Path) -> anyhow::Result<(Policy, Option<BadPolicy>)> {
    let copy = data.join("policy.last-good.toml");
    match read(own) {
        Ok((text, policy)) => {
            keep_copy(&copy, &text);
            Ok((policy, None))
        }
        Err(bad) => match read_text(&copy).ok().flatten().and_then(|text| parse(&text).ok()) {
            Some(policy) => Ok((policy, Some(bad))),
            None if bad.path == os::machine_policy() => {
                Ok((Policy::genesys(), Some(BadPolicy { instead: Instead::Shipped, ..bad })))
            }
            None => bail!("the policy file {} has an error. Fix it or remove it: {}", bad.path.display(), bad.why),
        },
    }
}

/// The text in force, empty for the shipped policy, and what it says.
fn read(own: &Path) -> Result<(String, Policy), BadPolicy> {
    for path in [os::machine_policy().as_path(), own] {
        let bad = |why: String| BadPolicy { path: path.to_owned(), why, instead: Instead::Before };
        if let Some(text) = read_administrators(path).map_err(|error| bad(error.to_string()))? {
            // An empty file is one that somebody emptied, and not a policy.
            let policy = Policy::from_toml(&text).map_err(|error| bad(error.to_string()))?;
            return Ok((text, policy));
        }
    }
    Ok((String::new(), Policy::genesys()))
}

fn parse(text: &str) -> Result<Policy, presence::PolicyError> {
    if text.is_empty() { Ok(Policy::genesys()) } else { Policy::from_toml(text) }
}
