//! The guard at the door: who guesses passwords has to wait.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// So many wrong passwords in a row are forgiven.
const FORGIVEN: u32 = 5;

/// The first wait after that; it doubles with each further failure.
const FIRST_WAIT: Duration = Duration::from_secs(15);

const MINUTE: Duration = Duration::from_secs(60);

/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// So many tries one address has in a minute, whatever the names: a whole office may sign in behind one.
const TRIES_A_MINUTE: u32 = 60;

/// So many names and addresses are remembered; beyond that, those of longest ago are forgotten.
const REMEMBERED: usize = 10_000;

/// Counts tries by name and by address.
#[derive(Debug, Default)]
pub struct Guard {
    books: Mutex<Books>,
}

#[derive(Debug, Default)]
struct Books {
    names: HashMap<String, Failures>,
    addresses: HashMap<IpAddr, Tries>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

#[derive(Debug, Clone, Copy)]
struct Tries {
    count: u32,
    since: Instant,
}

impl Guard {
    /// Lets a try pass, or says how long to wait. A try that passes counts.
    pub fn admit(&self, name: &str, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut books = self.books();
        let tries = books.addresses.entry(address).or_insert(Tries { count: 0, since: now });
        if now.duration_since(tries.since) >= MINUTE {
            *tries = Tries { count: 0, since: now };
        }
        if tries.count >= TRIES_A_MINUTE {
            return Err(MINUTE.saturating_sub(now.duration_since(tries.since)));
        }
        tries.count += 1;
        let Some(failures) = books.names.get(name) else { return Ok(()) };
        let left = wait(failures.count).saturating_sub(now.duration_since(failures.last));
        if left.is_zero() { Ok(()) } else { Err(left) }
    }

    /// A password was wrong.
    pub fn failed(&self, name: &str, now: Instant) {
        let mut books = self.books();
        if books.names.len() >= REMEMBERED {
            books.names.retain(|_, failures| now.duration_since(failures.last) < LONGEST_WAIT);
            books.addresses.retain(|_, tries| now.duration_since(tries.since) < MINUTE);
        }
        if books.names.len() < REMEMBERED {
            let failures = books.names.entry(name.to_owned()).or_insert(Failures { count: 0, last: now });
            *failures = Failures { count: failures.count.saturating_add(1), last: now };
        }
    }

    /// A password was right.
    pub fn succeeded(&self, name: &str) {
        self.books().names.remove(name);
    }

    fn books(&self) -> std::sync::MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// How long to wait after so many failures.
fn wait(failures: u32) -> Duration {
    match failures.checked_sub(FORGIVEN) {
        None => Duration::ZERO,
        Some(further) => FIRST_WAIT.saturating_mul(1 << further.min(10)).min(LONGEST_WAIT),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may stop at once")]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn five_wrong_passwords_are_forgiven_and_then_each_wait_is_longer() {
        let guard = Guard::default();
        let now = Instant::now();
        for _ in 0..5 {
            guard.admit("ada", HOME, now).unwrap();
            guard.failed("ada", now);
        }
        assert_eq!(guard.admit("ada", HOME, now), Err(Duration::from_secs(15)));
        let later = now + Duration::from_secs(15);
        guard.admit("ada", HOME, later).unwrap();
        guard.failed("ada", later);
        assert_eq!(guard.admit("ada", HOME, later), Err(Duration::from_secs(30)));
        guard.admit("grace", HOME, later).unwrap();
        guard.succeeded("ada");
        guard.admit("ada", HOME, later).unwrap();
    }

    #[test]
    fn one_address_has_sixty_tries_a_minute() {
        let guard = Guard::default();
        let now = Instant::now();
        for n in 0..60 {
            guard.admit(&format!("name{n}"), HOME, now).unwrap();
        }
        assert!(guard.admit("ada", HOME, now).is_err());
        guard.admit("ada", HOME, now + MINUTE).unwrap();
    }
}
