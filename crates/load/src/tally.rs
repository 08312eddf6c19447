//! The count of deliveries: each one once, in order, and how long it took.

use std::cell::{Cell, RefCell};

use crate::stamp::{self, Stamp};

/// What all watchers of one server have received.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Deliveries that came in their turn.
    pub deliveries: Cell<u64>,
    /// Those that were left out before one that came.
    pub left_out: Cell<u64>,
    /// Those that came although they, or later ones, had come before.
    pub repeated: Cell<u64>,
    /// Bytes read from the sockets of the watchers.
    pub bytes: Cell<u64>,
    /// How long each took, in microseconds.
    pub delays: RefCell<Vec<u32>>,
    /// How many connections ended that should not have.
    pub lost: Cell<u64>,
}

/// What one watcher waits for next of each publisher.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    next: Vec<u64>,
    hint: usize,
}

impl Tally {
    /// Counts a delivery, if it is one.
    pub(crate) fn take(&self, payload: &[u8], expected: &mut Expected) {
        let Some(stamp) = Stamp::find(payload, &mut expected.hint) else { return };
        if expected.next.len() <= stamp.publisher {
            expected.next.resize(stamp.publisher + 1, 0);
        }
        let next = &mut expected.next[stamp.publisher];
        if stamp.sequence < *next {
            add(&self.repeated, 1);
            return;
        }
        add(&self.left_out, stamp.sequence - *next);
        *next = stamp.sequence + 1;
        add(&self.deliveries, 1);
        let delay = stamp::now().saturating_sub(stamp.sent) / 1000;
        self.delays.borrow_mut().push(u32::try_from(delay).unwrap_or(u32::MAX));
    }
}

/// Adds to a count.
pub(crate) fn add(count: &Cell<u64>, more: u64) {
    count.set(count.get() + more);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_and_what_is_repeated_is_counted() {
        let (tally, mut expected) = (Tally::default(), Expected::default());
        for sequence in [0, 1, 1, 4, 5] {
            tally.take(Stamp::message(2, sequence).as_bytes(), &mut expected);
        }
        assert_eq!((tally.deliveries.get(), tally.left_out.get(), tally.repeated.get()), (4, 2, 1));
    }
}
