//! What the resident program and `halo-keyring` say to each other: one question to the OS keyring, one answer.
//!
//! Each is one line of JSON, the question on the helper's standard input and the answer on its standard output:
//! arguments and environments can be read by others. A secret is in that line and nowhere else, above all in no error. Neither of the two leaves a core dump.

mod core_dumps;

use std::io::{self, Write};

use protocol::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub use self::core_dumps::forbid_core_dumps;

/// The helper's name; it stands beside the resident program.
pub const PROGRAM: &str = "halo-keyring";

/// The longest line, in bytes: many times a token, and little enough to be made at once.
pub const LONGEST_LINE: usize = 16 * 1024;

/// What can be asked. An account is a name and a service, such as `ada@https://presence.example`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// What is kept for an account.
    Get {
        /// Whose.
        account: String,
    },
    /// Keep this, in place of what was kept.
    Set {
        /// Whose.
        account: String,
        /// What to keep.
        secret: Secret,
        /// Whether the person is to be asked to make a keyring, where there is none to keep it in.
        #[serde(default)]
        make: bool,
    },
    /// Forget what is kept. Done, too, if there was none. Nobody is prompted: a locked keyring refuses.
    Delete {
        /// Whose.
        account: String,
    },
    /// Whether the keyring is there and unlocked. Nobody is prompted.
    Probe,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// This is kept.
    Secret(Secret),
    /// It is done.
    Done,
    /// Nothing is kept for this account.
    None,
    /// It could not be done.
    Failed {
        /// What the caller must tell apart.
        kind: Kind,
        /// In words for people, without anything secret.
        why: String,
    },
}

/// What a caller must tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// There is no keyring to ask.
    Missing,
    /// It is locked, and no prompt came.
    Locked,
    /// The person was prompted and declined.
    Dismissed,
    /// Anything else.
    Other,
}

/// A message as a line, in memory that is wiped after use and never moves: a move would leave a copy behind.
///
/// # Errors
/// It is longer than [`LONGEST_LINE`].
pub fn line(message: &impl Serialize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(vec![0; LONGEST_LINE]);
    let mut free = line.as_mut_slice();
    serde_json::to_writer(&mut free, message)?;
    free.write_all(b"\n")?;
    let used = LONGEST_LINE - free.len();
    line.truncate(used);
    Ok(line)
}
