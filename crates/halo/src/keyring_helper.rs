//! `halo keyring-helper`: one question to the OS keyring, one answer, and the end.
//!
//! A process of its own, because whoever has asked a keyring once pays for it to the end (docs/decisions/012). The
//! question is one line of JSON on the standard input and the answer one on the standard output: arguments and
//! environments can be read by others. A secret is in that line and nowhere else, above all in no error.

use std::error::Error as _;
use std::io::{self, BufRead, Read, Write};
use std::process::ExitCode;

use keyring::Entry;
use protocol::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::os;

/// The argument that makes this program the helper. It is no command for people, so the command line does not know it.
pub const ARGUMENT: &str = "keyring-helper";

/// Whose secrets these are, as the keyring's own programs show them.
const SERVICE: &str = "Halo";

/// The longest line, in bytes: many times a token, and little enough to be made at once.
pub const LONGEST_LINE: usize = 16 * 1024;

/// What can be asked. An account is a name and a service, such as `ada@https://presence.example`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    Get {
        account: String,
    },
    Set {
        account: String,
        secret: Secret,
    },
    /// Done, too, if there was none. Nobody is prompted: a locked keyring refuses.
    Delete {
        account: String,
    },
    /// Whether the keyring is there and unlocked. Nobody is prompted.
    Probe,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Secret(Secret),
    Done,
    /// Nothing is kept for this account.
    None,
    Failed {
        kind: Kind,
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

/// Runs the helper. It succeeds whenever it has answered.
pub fn main() -> ExitCode {
    // Whoever asked may be killed while a prompt waits: what was asked must not be done long after. Neither of the two
    // can fail for a limit that is lowered and a signal that exists.
    let prepared = os::forbid_core_dumps().and_then(|()| os::end_with_parent());
    let answer = match prepared {
        Ok(()) => read().map_or_else(|| other("that is no request"), |request| answer(&request)),
        Err(error) => other(&format!("the helper can't protect itself: {error}")),
    };
    let printed = line(&answer).and_then(|line| {
        let mut out = io::stdout().lock();
        out.write_all(&line)?;
        out.flush()
    });
    if printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The request; what is wrong with one is not said, as the words would quote it.
fn read() -> Option<Request> {
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST_LINE));
    io::stdin().lock().take(LONGEST_LINE as u64).read_until(b'\n', &mut line).ok()?;
    serde_json::from_slice(&line).ok()
}

fn answer(request: &Request) -> Answer {
    // Connects, and blocks as long as the bus and the keyring like.
    if let Err(error) = Entry::store_status() {
        let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        let why = format!("no keyring answers; {} ({cause})", os::keyring::ADVICE);
        return Answer::Failed { kind: Kind::Missing, why };
    }
    let outcome = match request {
        Request::Get { account } => get(account),
        Request::Set { account, secret } => set(account, secret),
        Request::Delete { account } => delete(account),
        Request::Probe => probe(),
    };
    outcome.unwrap_or_else(|error| failure(&error))
}

fn get(account: &str) -> keyring::Result<Answer> {
    match Entry::new(SERVICE, account)?.get_password() {
        Ok(secret) => Ok(Answer::Secret(secret.into())),
        Err(keyring::Error::NoEntry) => Ok(Answer::None),
        Err(error) => Err(error),
    }
}

fn set(account: &str, secret: &Secret) -> keyring::Result<Answer> {
    Entry::new(SERVICE, account)?.set_password(secret.expose())?;
    Ok(Answer::Done)
}

fn delete(account: &str) -> keyring::Result<Answer> {
    if os::keyring::is_locked()? == Some(true) {
        return Ok(locked());
    }
    match Entry::new(SERVICE, account)?.delete_credential() {
        Ok(()) | Err(keyring::Error::NoEntry) => {}
        // Another program has made more of them: after a sign-out none may be left.
        Err(keyring::Error::Ambiguous(entries)) => {
            for entry in entries {
                entry.delete_credential()?;
            }
        }
        Err(error) => return Err(error),
    }
    Ok(Answer::Done)
}

fn probe() -> keyring::Result<Answer> {
    Ok(match os::keyring::is_locked()? {
        Some(false) => Answer::Done,
        Some(true) => locked(),
        None => Answer::Failed { kind: Kind::Missing, why: os::keyring::NO_KEYRING.to_owned() },
    })
}

/// The errors' own words name parts and causes, never what a keyring holds; their `Debug` would.
fn failure(error: &keyring::Error) -> Answer {
    let kind = os::keyring::kind(error);
    let why = match kind {
        Kind::Missing => os::keyring::NO_KEYRING.to_owned(),
        _ => error.to_string(),
    };
    Answer::Failed { kind, why }
}

fn locked() -> Answer {
    Answer::Failed { kind: Kind::Locked, why: "the keyring is locked".to_owned() }
}

fn other(why: &str) -> Answer {
    Answer::Failed { kind: Kind::Other, why: why.to_owned() }
}
