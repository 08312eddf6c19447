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
    /// It ends no earlier than this, even if the connection is closed.
    not_before: Duration,
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
        self.by_seat.insert(seat.clone(), Lease { heard: now.wall, ends, not_before: Duration::ZERO });
    }

    /// The service itself stood still for so long and heard nobody: that time counts for none of them, and each has
    /// their time anew, whether their connection outlived that or not (C12).
    pub fn stood_still(&mut self, span: Duration, policy: &Policy, now: &Moment) {
        let ends = now.boot + Duration::from_secs(policy.connection.lost_seconds.into());
        for lease in self.by_seat.values_mut() {
            lease.heard = lease.heard.saturating_add(span).unwrap_or(now.wall).min(now.wall);
            lease.ends = ends;
            lease.not_before = ends;
        }
    }

    /// A device's connection closed: it has a short while to come back unseen.
    pub fn closed(&mut self, seat: &Seat, policy: &Policy, now: &Moment) {
        let ends = now.boot + Duration::from_secs(policy.connection.suspect_seconds.into());
        if let Some(lease) = self.by_seat.get_mut(seat) {
            lease.ends = lease.ends.min(ends).max(lease.not_before);
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may stop at once")]
mod tests {
    use presence::DeviceId;

    use super::*;
    use crate::PersonId;

    fn at(seconds: u64) -> Moment {
        let wall = Timestamp::from_second(1_800_000_000 + i64::try_from(seconds).unwrap()).unwrap();
        Moment { wall, boot: Duration::from_secs(seconds), boot_id: "boot".into() }
    }

    fn seat() -> Seat {
        Seat { person: PersonId::LOCAL, device: DeviceId::from("desk") }
    }

    #[test]
    fn c12_a_service_that_stood_still_gives_everybody_their_time_anew() {
        let (policy, seat) = (Policy::genesys(), seat());
        let mut leases = Leases::default();
        leases.heard(&seat, &policy, &at(0));
        leases.stood_still(Duration::from_secs(65), &policy, &at(70));
        // The connection broke meanwhile: that is not the device's doing.
        leases.closed(&seat, &policy, &at(71));
        assert_eq!(leases.run_out(&at(114)), []);
        // What was silence before stays silence.
        assert_eq!(leases.run_out(&at(115)), [(seat, at(65).wall)]);
    }

    #[test]
    fn a_closed_connection_has_its_short_while_again_once_the_device_was_heard() {
        let (policy, seat) = (Policy::genesys(), seat());
        let mut leases = Leases::default();
        leases.heard(&seat, &policy, &at(0));
        leases.stood_still(Duration::from_secs(65), &policy, &at(65));
        leases.heard(&seat, &policy, &at(66));
        leases.closed(&seat, &policy, &at(70));
        assert_eq!(leases.run_out(&at(80)), [(seat, at(66).wall)]);
    }
}
