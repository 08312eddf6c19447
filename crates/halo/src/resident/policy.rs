//! The organisation's policy: the shipped one, with what an administrator changed.

use std::path::Path;

use anyhow::Context;
use presence::Policy;

use crate::os;

/// Reads the policy of the machine, else the person's own, else the shipped one.
pub fn load(own: &Path) -> anyhow::Result<Policy> {
    for path in [os::machine_policy().as_path(), own] {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                return Policy::from_toml(&text).with_context(|| {
                    format!("the policy file {} is not in order: correct it or remove it", path.display())
                });
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("{} can't be read", path.display())),
        }
    }
    Ok(Policy::genesys())
}
