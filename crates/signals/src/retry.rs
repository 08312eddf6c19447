//! How long to wait before a lost source is tried again.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);

/// One second, doubling to five minutes; back to one after a success.
#[derive(Debug)]
pub(crate) struct Retry(Duration);

impl Retry {
    pub(crate) fn new() -> Self {
        Self(FIRST)
    }

    pub(crate) fn succeeded(&mut self) {
        self.0 = FIRST;
    }

    /// Whether nothing has failed since the last success.
    pub(crate) fn is_fresh(&self) -> bool {
        self.0 == FIRST
    }

    pub(crate) fn next(&mut self) -> Duration {
        let now = self.0;
        self.0 = (now * 2).min(LONGEST);
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_minutes() {
        let mut retry = Retry::new();
        let waits: Vec<_> = (0..10).map(|_| retry.next().as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
        retry.succeeded();
        assert_eq!(retry.next(), FIRST);
    }
}
