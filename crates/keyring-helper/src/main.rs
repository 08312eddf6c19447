//! `halo-keyring`: one question to the OS keyring, one answer, and the end.
//!
//! A program of its own, because whoever has asked a keyring once pays for it to the end, and whoever could ask one
//! pays for that, too (docs/decisions/012). It is for Halo, not for people.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

use std::io::{self, BufRead, Read, Write};
use std::process::ExitCode;

use keyring::Entry;
use keyring_helper::{Answer, Kind, LONGEST_LINE, Request, forbid_core_dumps, line};
use protocol::Secret;
use zeroize::Zeroizing;

#[cfg(target_os = "linux")]
use linux as os;
#[cfg(target_os = "macos")]
use macos as os;
#[cfg(windows)]
use windows as os;

/// Whose secrets these are, as the keyring's own programs show them.
const SERVICE: &str = "Halo";

/// It succeeds whenever it has answered.
fn main() -> ExitCode {
    // An argument may be a secret, and is not quoted.
    if std::env::args_os().len() > 1 {
        eprintln!("halo-keyring: this is a part of Halo, and takes no arguments. For people there is: halo");
        return ExitCode::from(2);
    }
    // Whoever asked may be killed while a prompt waits: what was asked must not be done long after. Neither of the two
    // can fail for a limit that is lowered and a signal that exists.
    let prepared = forbid_core_dumps().and_then(|()| os::end_with_parent());
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
    protocol::from_json(&line).ok()
}

fn answer(request: &Request) -> Answer {
    #[cfg(target_os = "linux")]
    os::wake();
    // Connects, and blocks as long as the bus and the keyring like.
    if let Err(error) = Entry::store_status() {
        return Answer::Failed { kind: Kind::Missing, why: os::not_spoken_to(error) };
    }
    let outcome = match request {
        Request::Get { account } => get(account),
        Request::Set { account, secret, make } => set(account, secret, *make),
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

fn set(account: &str, secret: &Secret, make: bool) -> keyring::Result<Answer> {
    if let Some(why) = too_long(secret, os::LONGEST) {
        return Ok(other(&why));
    }
    let entry = Entry::new(SERVICE, account)?;
    match entry.set_password(secret.expose()) {
        Err(error) if make && os::kind(&error) == Kind::Missing => {
            os::make_keyring()?;
            entry.set_password(secret.expose())?;
        }
        kept => kept?,
    }
    Ok(Answer::Done)
}

/// Why a secret can't be kept where at most so many UTF-16 units are.
fn too_long(secret: &Secret, longest: usize) -> Option<String> {
    let units = secret.expose().encode_utf16().count();
    (units > longest).then(|| {
        format!(
            "this system keeps {longest} characters at most, and the service's token has {units}. Ask its \
             administrator for shorter tokens"
        )
    })
}

fn delete(account: &str) -> keyring::Result<Answer> {
    if os::is_locked()? == Some(true) {
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
    Ok(match os::is_locked()? {
        Some(false) => Answer::Done,
        Some(true) => locked(),
        None => Answer::Failed { kind: Kind::Missing, why: os::NO_KEYRING.to_owned() },
    })
}

/// The errors' own words name parts and causes, never what a keyring holds; their `Debug` would.
fn failure(error: &keyring::Error) -> Answer {
    let kind = os::kind(error);
    let why = match kind {
        Kind::Missing => os::NO_KEYRING.to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d08_a_token_longer_than_the_keyring_takes_is_refused_in_words() {
        let windows = 2560 / 2;
        let token = |length| Secret::from("x".repeat(length));
        assert_eq!(too_long(&token(windows), windows), None);
        let why = too_long(&token(windows + 1), windows).unwrap();
        assert!(why.contains("1280 characters at most") && why.contains("has 1281"), "{why}");
        // What takes two units counts as two.
        assert!(too_long(&Secret::from("𝒽".repeat(windows - 1)), windows).is_some());
        assert_eq!(too_long(&token(10_000), usize::MAX), None);
    }
}
