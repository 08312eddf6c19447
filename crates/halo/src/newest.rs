//! What is said of the newest release: a few lines of TOML, and under a line of dashes their signature by minisign.
//! And what the process that asks for it says to the one that tells the person.

use minisign_verify::{PublicKey, Signature};
use serde::{Deserialize, Serialize};

/// The newest release.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Release {
    /// `1.2.3`.
    pub version: String,
    /// Where people find it.
    pub page: Option<String>,
}

/// Whether there is a newer release than this one.
#[derive(Debug, Serialize, Deserialize)]
pub struct Newest {
    /// The newest one.
    pub version: String,
    /// Whether it is newer than this one.
    pub newer: bool,
    /// Where it can be had.
    pub page: Option<String>,
}

/// Why it can't be believed; it follows the address in a sentence.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsound {
    /// Something else lies there.
    #[error("has something else than the newest Halo: check the address")]
    SomethingElse,
    /// The key itself is none.
    #[error("can't be believed: updates.key is no public key of minisign")]
    NoKey,
    /// Signed by another key, or changed on the way.
    #[error(
        "is not signed by the key of updates.key: don't install what it offers, and tell whoever looks after your computer"
    )]
    NotSigned,
}

/// The line between what is said and its signature.
const DASHES: &str = "\n---\n";

/// Reads what was signed by the key, and only that.
pub fn read(said: &str, key: &str) -> Result<Release, Unsound> {
    let key = PublicKey::from_base64(key).map_err(|_| Unsound::NoKey)?;
    let (words, signature) = said.split_once(DASHES).ok_or(Unsound::SomethingElse)?;
    let signature = Signature::decode(signature).map_err(|_| Unsound::SomethingElse)?;
    // The words, to the end of their last line.
    let signed = said.get(..=words.len()).ok_or(Unsound::SomethingElse)?;
    key.verify(signed.as_bytes(), &signature, false).map_err(|_| Unsound::NotSigned)?;
    let release: Release = toml::from_str(words).map_err(|_| Unsound::SomethingElse)?;
    // It is shown to people, and opened by them.
    let sound = numbers(&release.version).is_some()
        && release.page.as_deref().is_none_or(|page| protocol::target(page).is_ok());
    if sound { Ok(release) } else { Err(Unsound::SomethingElse) }
}

/// Whether a version comes after another one. What is no version comes after none.
pub fn is_newer(version: &str, than: &str) -> bool {
    numbers(version).is_some_and(|version| numbers(than).is_some_and(|than| version > than))
}

fn numbers(version: &str) -> Option<[u32; 3]> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_and_no_words() {
        assert!(is_newer("0.10.0", "0.9.9") && is_newer("1.0.0", "0.10.0"));
        assert!(!is_newer("0.9.9", "0.9.9") && !is_newer("0.9.8", "0.9.9"));
        assert!(!is_newer("1", "0.9.9") && !is_newer("1.0.0.0", "0.9.9") && !is_newer("1.0.x", "0.9.9"));
    }
}
