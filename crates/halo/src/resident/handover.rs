//! Handing a sign-in for this run only to the program that takes this one's place.
//!
//! Arguments, environment and files can be read by others, and a keyring is what there isn't. So it goes through a pipe:
//! this process fills it, and its successor (the same process, by then another program) finds it as standard input.

use std::io::{self, PipeReader, Read, Write};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::account::{Account, SignedIn};

/// What comes through the pipe.
#[derive(Serialize, Deserialize)]
struct Handover {
    account: Account,
    token: protocol::Secret,
}

/// The filled pipe, for a sign-in with a token of its own; `None` for one that the keyring holds.
pub fn give(signed_in: &SignedIn) -> io::Result<Option<PipeReader>> {
    let SignedIn { account, token: Some(token) } = signed_in else { return Ok(None) };
    let (reader, mut writer) = io::pipe()?;
    let line = Zeroizing::new(serde_json::to_vec(&Handover { account: account.clone(), token: token.clone() })?);
    // Shorter than what a pipe holds, so that nobody waits.
    writer.write_all(&line)?;
    Ok(Some(reader))
}

/// What the program before this one handed over.
pub fn take() -> io::Result<SignedIn> {
    let mut line = Zeroizing::new(Vec::with_capacity(4096));
    io::stdin().lock().read_to_end(&mut line)?;
    let Handover { account, token } = protocol::from_json(&line)?;
    Ok(SignedIn { account, token: Some(token) })
}
