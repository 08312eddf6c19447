//! The guard at the door: who guesses passwords has to wait, and nobody else.
//!
//! A try counts before its password is looked at, and is taken back if that was right: many at once are no way around.
//! What counts is a name *from an address*, so that nobody can lock out another from elsewhere. Many addresses together
//! are held back by a softer count for each name, which passes whoever has signed in from there before.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::callers::site;

/// So many wrong passwords in a row are forgiven.
const FORGIVEN: u32 = 5;

/// The first wait after that; it doubles with each further failure.
const FIRST_WAIT: Duration = Duration::from_secs(15);

const MINUTE: Duration = Duration::from_secs(60);

/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// So many tries one address has in a minute, whatever the names: a whole office may sign in behind one.
const TRIES_A_MINUTE: u32 = 60;

/// So many wrong passwords a name has in [`LONGEST_WAIT`], from all addresses together that are not known.
const TRIES_OF_A_NAME: u32 = 50;

/// So many of each are remembered; beyond that, those of longest ago are forgotten.
const REMEMBERED: usize = 10_000;

/// Counts tries by name and by address.
#[derive(Debug, Default)]
pub struct Guard {
    books: Mutex<Books>,
}

/// A name, from an address.
type From = (String, IpAddr);

#[derive(Debug, Default)]
struct Books {
    guesses: HashMap<From, Guesses>,
    names: HashMap<String, Tries>,
    addresses: HashMap<IpAddr, Tries>,
    /// From where somebody has signed in.
    known: HashSet<From>,
}

/// Wrong passwords in a row.
#[derive(Debug, Clone, Copy)]
struct Guesses {
    count: u32,
    last: Instant,
}

/// Tries in a span of time.
#[derive(Debug, Clone, Copy)]
struct Tries {
    count: u32,
    since: Instant,
}

impl Tries {
    /// How long to wait until a further one is possible; one that is possible now is counted.
    fn count(&mut self, most: u32, span: Duration, now: Instant) -> Duration {
        if now.duration_since(self.since) >= span {
            *self = Self { count: 0, since: now };
        }
        if self.count >= most {
            return span.saturating_sub(now.duration_since(self.since));
        }
        self.count += 1;
        Duration::ZERO
    }
}

impl Guard {
    /// Lets a try pass, or says how long to wait. A try that passes counts as a wrong password until it is known to be
    /// a right one.
    pub fn admit(&self, name: &str, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let address = site(address);
        let from = (name.to_owned(), address);
        let mut books = self.books();
        books.make_room(now);
        let fresh = Tries { count: 0, since: now };
        let by_address = books.addresses.entry(address).or_insert(fresh).count(TRIES_A_MINUTE, MINUTE, now);
        refuse_for(by_address)?;
        let guesses = books.guesses.get(&from).copied().unwrap_or(Guesses { count: 0, last: now });
        refuse_for(wait(guesses.count).saturating_sub(now.duration_since(guesses.last)))?;
        let by_name = books.names.entry(name.to_owned()).or_insert(fresh).count(TRIES_OF_A_NAME, LONGEST_WAIT, now);
        if !books.known.contains(&from) {
            refuse_for(by_name)?;
        }
        books.guesses.insert(from, Guesses { count: guesses.count.saturating_add(1), last: now });
        Ok(())
    }

    /// The password of a try that passed was right.
    pub fn succeeded(&self, name: &str, address: IpAddr) {
        let from = (name.to_owned(), site(address));
        let mut books = self.books();
        books.guesses.remove(&from);
        if let Some(tries) = books.names.get_mut(name) {
            tries.count = tries.count.saturating_sub(1);
        }
        books.known.insert(from);
    }

    fn books(&self) -> std::sync::MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Books {
    /// Forgets what is old, once there is much; and all of a kind if that does not help.
    fn make_room(&mut self, now: Instant) {
        make_room(&mut self.guesses, |guesses| now.duration_since(guesses.last) < LONGEST_WAIT);
        make_room(&mut self.names, |tries| now.duration_since(tries.since) < LONGEST_WAIT);
        make_room(&mut self.addresses, |tries| now.duration_since(tries.since) < MINUTE);
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
    }
}

fn make_room<K: Eq + Hash, V>(kept: &mut HashMap<K, V>, recent: impl Fn(&V) -> bool) {
    if kept.len() >= REMEMBERED {
        kept.retain(|_, value| recent(value));
        if kept.len() >= REMEMBERED {
            kept.clear();
        }
    }
}

fn refuse_for(left: Duration) -> Result<(), Duration> {
    if left.is_zero() { Ok(()) } else { Err(left) }
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

    fn home() -> IpAddr {
        "192.0.2.1".parse().unwrap()
    }

    /// One of many addresses of different subscribers.
    fn elsewhere(n: u32) -> IpAddr {
        IpAddr::V4((0xC633_6400 + n).into())
    }

    #[test]
    fn five_wrong_passwords_are_forgiven_and_then_each_wait_is_longer() {
        let guard = Guard::default();
        let now = Instant::now();
        for _ in 0..5 {
            guard.admit("ada", home(), now).unwrap();
        }
        assert_eq!(guard.admit("ada", home(), now), Err(Duration::from_secs(15)));
        let later = now + Duration::from_secs(15);
        guard.admit("ada", home(), later).unwrap();
        assert_eq!(guard.admit("ada", home(), later), Err(Duration::from_secs(30)));
        guard.admit("grace", home(), later).unwrap();
        guard.succeeded("ada", home());
        guard.admit("ada", home(), later).unwrap();
    }

    #[test]
    fn one_address_has_sixty_tries_a_minute() {
        let guard = Guard::default();
        let now = Instant::now();
        for n in 0..60 {
            guard.admit(&format!("name{n}"), home(), now).unwrap();
        }
        assert!(guard.admit("ada", home(), now).is_err());
        guard.admit("ada", home(), now + MINUTE).unwrap();
    }

    #[test]
    fn nobody_is_locked_out_by_a_guesser_who_is_elsewhere() {
        let guard = Guard::default();
        let now = Instant::now();
        for _ in 0..12 {
            let _ = guard.admit("ada", elsewhere(1), now);
        }
        assert!(guard.admit("ada", elsewhere(1), now).is_err());
        guard.admit("ada", home(), now).unwrap();
    }

    #[test]
    fn many_addresses_together_have_fifty_guesses_and_a_known_place_is_let_in_all_the_same() {
        let guard = Guard::default();
        let now = Instant::now();
        guard.admit("ada", home(), now).unwrap();
        guard.succeeded("ada", home());
        let passed = (0..200).filter(|n| guard.admit("ada", elsewhere(*n), now).is_ok()).count();
        assert_eq!(passed, 50);
        guard.admit("ada", home(), now).unwrap();
        guard.admit("grace", elsewhere(0), now).unwrap();
        guard.admit("ada", elsewhere(300), now + LONGEST_WAIT).unwrap();
    }

    #[test]
    fn a_flood_of_addresses_and_names_is_forgotten() {
        let guard = Guard::default();
        let now = Instant::now();
        for n in 0..30_000 {
            let _ = guard.admit(&format!("name{n}"), elsewhere(n), now);
            guard.succeeded(&format!("name{n}"), elsewhere(n));
        }
        let books = guard.books();
        let most = books.guesses.len().max(books.names.len()).max(books.addresses.len()).max(books.known.len());
        assert!(most <= REMEMBERED + 1, "{most}");
    }
}
