//! Leases: which devices are there. In memory only; what they come to is a fact (a connection lost or restored).
//!
//! A device that is heard costs a number: its lease is looked at again when it would have ended.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use presence::{Policy, Timestamp};
use roster::Seat;

use crate::Moment;

/// When a device was last heard: for whoever hears it.
#[derive(Debug, Clone)]
pub struct Pulse {
    /// In milliseconds since boot.
    heard: Arc<AtomicU64>,
}

impl Pulse {
    /// The device is heard. `boot`: the time since boot.
    pub fn beat(&self, boot: Duration) {
        self.heard.fetch_max(milliseconds(boot), Ordering::Relaxed);
    }

    fn heard(&self) -> Duration {
        Duration::from_millis(self.heard.load(Ordering::Relaxed))
    }
}

/// A device that was heard. Its times are since boot.
#[derive(Debug)]
struct Lease {
    pulse: Pulse,
    /// How long a silent device is taken to be there.
    patience: Duration,
    /// Its connection is closed: it ends then, unless it is heard again.
    closes: Option<Duration>,
    /// It ends no earlier than this, even if the connection is closed.
    not_before: Duration,
    /// When it is looked at next: not after its end.
    looked_at: Duration,
}

impl Lease {
    fn ends(&self) -> Duration {
        let silent = self.pulse.heard() + self.patience;
        self.closes.map_or(silent, |closes| silent.min(closes)).max(self.not_before)
    }
}

/// All devices that count as being there.
#[derive(Debug, Default)]
pub struct Leases {
    by_seat: BTreeMap<Seat, Lease>,
    /// By when each is to be looked at.
    by_time: BTreeSet<(Duration, Seat)>,
}

impl Leases {
    /// A device was heard, or (after a restart of the service) is given its time anew (C12).
    pub fn heard(&mut self, seat: &Seat, policy: &Policy, now: &Moment) -> Pulse {
        let patience = Duration::from_secs(policy.connection.lost_seconds.into());
        if let Some(lease) = self.by_seat.get_mut(seat) {
            lease.pulse.beat(now.boot);
            (lease.closes, lease.not_before) = (None, Duration::ZERO);
            return lease.pulse.clone();
        }
        let pulse = Pulse { heard: Arc::new(AtomicU64::new(milliseconds(now.boot))) };
        let looked_at = now.boot + patience;
        self.by_time.insert((looked_at, seat.clone()));
        let lease = Lease { pulse: pulse.clone(), patience, closes: None, not_before: Duration::ZERO, looked_at };
        self.by_seat.insert(seat.clone(), lease);
        pulse
    }

    /// The service itself stood still for so long and heard nobody: that time counts for none of them, and each has
    /// their time anew, whether their connection outlived that or not (C12).
    pub fn stood_still(&mut self, span: Duration, now: &Moment) {
        for lease in self.by_seat.values_mut() {
            let heard = (lease.pulse.heard() + span).min(now.boot);
            lease.pulse.heard.store(milliseconds(heard), Ordering::Relaxed);
            (lease.closes, lease.not_before) = (None, now.boot + lease.patience);
        }
    }

    /// A device's connection closed: it has a short while to come back unseen.
    pub fn closed(&mut self, seat: &Seat, policy: &Policy, now: &Moment) {
        let Some(lease) = self.by_seat.get_mut(seat) else { return };
        lease.closes = Some(now.boot + Duration::from_secs(policy.connection.suspect_seconds.into()));
        self.by_time.remove(&(lease.looked_at, seat.clone()));
        lease.looked_at = lease.ends();
        self.by_time.insert((lease.looked_at, seat.clone()));
    }

    /// A session ended: nobody waits for it.
    pub fn ended(&mut self, seat: &Seat) {
        if let Some(lease) = self.by_seat.remove(seat) {
            self.by_time.remove(&(lease.looked_at, seat.clone()));
        }
    }

    /// When a device was last heard.
    pub fn last_heard(&self, seat: &Seat, now: &Moment) -> Option<Timestamp> {
        self.by_seat.get(seat).map(|lease| heard_at(lease, now))
    }

    /// When to look at the next lease, in time since boot.
    pub fn next_end(&self) -> Option<Duration> {
        self.by_time.first().map(|(looked_at, _)| *looked_at)
    }

    /// Ends what has run out: which devices are lost, and when each was last heard.
    pub fn run_out(&mut self, now: &Moment) -> Vec<(Seat, Timestamp)> {
        let mut lost = Vec::new();
        while self.next_end().is_some_and(|due| due <= now.boot) {
            let Some((_, seat)) = self.by_time.pop_first() else { break };
            let Some(lease) = self.by_seat.get_mut(&seat) else { continue };
            lease.looked_at = lease.ends();
            if lease.looked_at > now.boot {
                self.by_time.insert((lease.looked_at, seat));
            } else if let Some(lease) = self.by_seat.remove(&seat) {
                lost.push((seat, heard_at(&lease, now)));
            }
        }
        lost.sort();
        lost
    }
}

/// By the wall clock, as it goes now.
fn heard_at(lease: &Lease, now: &Moment) -> Timestamp {
    let ago = Duration::from_millis(milliseconds(now.boot)).saturating_sub(lease.pulse.heard());
    now.wall.saturating_sub(ago).unwrap_or(now.wall)
}

fn milliseconds(boot: Duration) -> u64 {
    u64::try_from(boot.as_millis()).unwrap_or(u64::MAX)
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
        leases.stood_still(Duration::from_secs(65), &at(70));
        // The connection broke meanwhile: that is not the device's doing.
        leases.closed(&seat, &policy, &at(71));
        assert_eq!(leases.run_out(&at(114)), []);
        // What was silence before stays silence.
        assert_eq!(leases.run_out(&at(115)), [(seat, at(65).wall)]);
    }

    #[test]
    fn a_device_that_is_heard_by_its_stream_alone_is_there_and_lost_since_it_was_heard_last() {
        let (policy, seat) = (Policy::genesys(), seat());
        let mut leases = Leases::default();
        let pulse = leases.heard(&seat, &policy, &at(0));
        for second in (20..=200).step_by(20) {
            pulse.beat(Duration::from_secs(second));
            assert_eq!(leases.run_out(&at(second + 19)), []);
        }
        assert_eq!(leases.run_out(&at(244)), []);
        assert_eq!(leases.run_out(&at(245)), [(seat, at(200).wall)]);
        assert_eq!(leases.next_end(), None);
    }

    #[test]
    fn a_closed_connection_has_its_short_while_again_once_the_device_was_heard() {
        let (policy, seat) = (Policy::genesys(), seat());
        let mut leases = Leases::default();
        leases.heard(&seat, &policy, &at(0));
        leases.stood_still(Duration::from_secs(65), &at(65));
        leases.heard(&seat, &policy, &at(66));
        leases.closed(&seat, &policy, &at(70));
        assert_eq!(leases.run_out(&at(80)), [(seat, at(66).wall)]);
    }
}
