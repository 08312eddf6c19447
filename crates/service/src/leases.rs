//! Leases: which devices are there. In memory only; what they come to is a fact (a connection lost or restored).

use std::collections::BTreeMap;
use std::time::Duration;

use presence::{Policy, Timestamp};

use crate::{Moment, Seat};

/// A device that was heard.
#[derive(Debug, Clone)]
struct Lease {
    heard: Timestamp,
    /// In time since boot.
    ends: Duration,
}

/// All devices that count as being there.
#[derive(Debug, Default)]
pub struct Leases {
    by_seat: BTreeMap<Seat, Lease>,
}

impl Leases {
    /// A device was heard, or (after a restart of the service) is given its time anew (C12).
    pub fn heard(&mut self, seat: &Seat, policy: &Policy, now: &Moment) {
        let ends = now.boot + Duration::from_secs(policy.connection.lost_seconds.into());
        self.by_seat.insert(seat.clone(), Lease { heard: now.wall, ends });
    }

    /// A device's connection closed: it has a short while to come back unseen.
    pub fn closed(&mut self, seat: &Seat, policy: &Policy, now: &Moment) {
        let ends = now.boot + Duration::from_secs(policy.connection.suspect_seconds.into());
        if let Some(lease) = self.by_seat.get_mut(seat) {
            lease.ends = lease.ends.min(ends);
        }
    }

    /// A session ended: nobody waits for it.
    pub fn ended(&mut self, seat: &Seat) {
        self.by_seat.remove(seat);
    }

    /// When a device was last heard.
    pub fn last_heard(&self, seat: &Seat) -> Option<Timestamp> {
        self.by_seat.get(seat).map(|lease| lease.heard)
    }

    /// When the next lease ends, in time since boot.
    pub fn next_end(&self) -> Option<Duration> {
        self.by_seat.values().map(|lease| lease.ends).min()
    }

    /// Ends what has run out: which devices are lost, and when each was last heard.
    pub fn run_out(&mut self, now: &Moment) -> Vec<(Seat, Timestamp)> {
        let ended: Vec<_> =
            self.by_seat.iter().filter(|(_, lease)| lease.ends <= now.boot).map(|(seat, _)| seat.clone()).collect();
        ended.into_iter().filter_map(|seat| self.by_seat.remove(&seat).map(|lease| (seat, lease.heard))).collect()
    }
}
