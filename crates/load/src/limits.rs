//! How many files this program and the servers may have open, which is how many connections there can be.

use rustix::process::{Resource, getrlimit, setrlimit};

/// So many files a program has open besides.
const OTHERS: u64 = 300;

/// Raises the limit as far as that is allowed; servers that are started later have the same.
pub(crate) fn raise() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Whatever it was before, `connections` says what it allows.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// How many connections there can be.
pub(crate) fn connections() -> usize {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(files.saturating_sub(OTHERS)).unwrap_or(usize::MAX)
}
