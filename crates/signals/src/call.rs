//! A call, or none: from whether a microphone or a camera is in use to calls that last.

use std::time::Duration;

use presence::Moment;
use serde::{Deserialize, Serialize};

use crate::sign::Sign;

/// A use for less than this is no call (a notification's check of the sound, a spoken search), and a rest for less has
/// not ended it (a headset that takes over).
const SETTLING: Duration = Duration::from_secs(2);

/// Settles what is heard of microphones and cameras.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Call {
    /// What was last said.
    on: bool,
    /// What is heard differs from it.
    change: Option<Change>,
}

/// In time since boot.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Change {
    since: Duration,
    /// When it counts.
    due: Duration,
}

impl Call {
    /// Takes up what was last said by an earlier run.
    pub(crate) fn resume(on: bool) -> Self {
        Self { on, change: None }
    }

    /// Whether a call was said and nothing speaks against it yet.
    pub(crate) fn goes_on(&self) -> bool {
        self.on && self.change.is_none()
    }

    /// Hears whether any is in use.
    pub(crate) fn hear(&mut self, busy: bool, now: Moment) {
        self.expect(busy, SETTLING, now);
    }

    /// Takes it to be so from now on, unless something else is heard within this time.
    pub(crate) fn expect(&mut self, busy: bool, patience: Duration, now: Moment) {
        if busy == self.on {
            self.change = None;
            return;
        }
        let due = now.boot + patience;
        let change = self.change.get_or_insert(Change { since: now.boot, due });
        change.due = change.due.min(due);
    }

    /// When a change counts, in time since boot.
    pub(crate) fn due(&self) -> Option<Duration> {
        self.change.as_ref().map(|change| change.due)
    }

    /// The change that counts by now.
    pub(crate) fn settle(&mut self, now: Moment) -> Option<Sign> {
        let change = self.change.take_if(|change| change.due <= now.boot)?;
        self.on = !self.on;
        Some(Sign::Call { on: self.on, at: now.wall_at(change.since) })
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::{Raw, Settings, Tracker};

    /// Tenths of a second since boot, on a wall clock that began at midnight.
    fn at(tenths: u64) -> Moment {
        let midnight: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        let wall = midnight + SignedDuration::from_millis(i64::try_from(tenths).unwrap() * 100);
        Moment { wall, boot: Duration::from_millis(tenths * 100) }
    }

    fn tracker() -> Tracker {
        Tracker::new(Settings { idle_after: None, countdown: Duration::ZERO, lock: true, watching: false })
    }

    fn call(on: bool, tenths: u64) -> Sign {
        Sign::Call { on, at: at(tenths).wall }
    }

    fn look(tracker: &mut Tracker, now: Moment) -> Option<Sign> {
        tracker.look(now).pop()
    }

    const BUSY: Raw = Raw::Call { busy: Some(true) };
    const FREE: Raw = Raw::Call { busy: Some(false) };
    const UNKNOWN: Raw = Raw::Call { busy: None };

    #[test]
    fn a_call_is_said_when_it_has_lasted_two_seconds_and_began_when_the_microphone_did() {
        let mut tracker = tracker();
        assert_eq!((tracker.hear(&FREE, at(90)), tracker.next_look()), (vec![], None));
        assert_eq!(tracker.hear(&BUSY, at(100)), []);
        assert_eq!(tracker.next_look(), Some(at(120).boot));
        assert_eq!((look(&mut tracker, at(119)), look(&mut tracker, at(120))), (None, Some(call(true, 100))));
        assert_eq!((tracker.next_look(), look(&mut tracker, at(900))), (None, None));
        assert_eq!(tracker.hear(&FREE, at(1000)), []);
        assert_eq!((look(&mut tracker, at(1019)), look(&mut tracker, at(1020))), (None, Some(call(false, 1000))));
    }

    #[test]
    fn a_short_sound_is_no_call_and_a_short_rest_no_end() {
        let mut tracker = tracker();
        for start in [100, 110, 130] {
            tracker.hear(&BUSY, at(start));
            tracker.hear(&FREE, at(start + 9));
        }
        assert_eq!((tracker.next_look(), look(&mut tracker, at(900))), (None, None), "never two seconds on end");
        tracker.hear(&BUSY, at(1000));
        assert_eq!(look(&mut tracker, at(1020)), Some(call(true, 1000)));
        tracker.hear(&FREE, at(1100));
        tracker.hear(&BUSY, at(1119));
        assert_eq!((tracker.next_look(), look(&mut tracker, at(1900))), (None, None));
    }

    #[test]
    fn c08_a_source_that_goes_silent_ends_the_call_and_one_that_restarts_does_not() {
        let mut tracker = tracker();
        tracker.hear(&BUSY, at(100));
        assert_eq!(look(&mut tracker, at(120)), Some(call(true, 100)));
        tracker.hear(&UNKNOWN, at(200));
        tracker.hear(&BUSY, at(215));
        assert_eq!(look(&mut tracker, at(300)), None);
        tracker.hear(&UNKNOWN, at(400));
        assert_eq!(look(&mut tracker, at(420)), Some(call(false, 400)));
    }

    #[test]
    fn a_change_that_is_due_counts_with_whatever_is_heard_first() {
        let mut tracker = tracker();
        tracker.hear(&BUSY, at(100));
        assert_eq!(tracker.hear(&Raw::IdleUnknown("gone".to_owned()), at(130)), [call(true, 100)]);
    }

    #[test]
    fn f06_a_restart_during_a_call_says_nothing_if_the_call_goes_on() {
        let mut tracker = tracker();
        tracker.resume([], true, false, false);
        assert_eq!(tracker.hear(&Raw::IdleUnknown("none".to_owned()), at(100)), []);
        assert_eq!(look(&mut tracker, at(199)), None);
        tracker.hear(&BUSY, at(199));
        assert_eq!((tracker.next_look(), look(&mut tracker, at(900))), (None, None));
    }

    #[test]
    fn f06_a_call_that_ended_while_no_program_ran_ends_though_nobody_says_so() {
        let mut tracker = tracker();
        tracker.resume([], true, false, false);
        tracker.hear(&Raw::IdleUnknown("none".to_owned()), at(100));
        assert_eq!(look(&mut tracker, at(200)), Some(call(false, 100)));
        let mut told = self::tracker();
        told.resume([], true, false, false);
        told.hear(&FREE, at(100));
        assert_eq!(look(&mut told, at(120)), Some(call(false, 100)), "no need to wait longer for what was said");
    }
}
