//! What others were told of a person. Somebody whose screen locks and unlocks over and over is no news each time (D06):
//! others hear of going away at once, and of coming back once it lasts.

use std::time::Duration;

use engine::public;
use presence::{Effective, Policy, Source, Timestamp};
use protocol::service::PublicPresence;

/// What others know, and what they are about to.
#[derive(Debug)]
pub struct Shown {
    /// What they were last told.
    pub presence: PublicPresence,
    told_gone: bool,
    gone: bool,
    /// When the person last came back to their desk.
    returned: Option<Timestamp>,
    /// Until when nobody is told: the person comes and goes too quickly.
    settles: Option<Timestamp>,
}

impl Shown {
    /// Somebody of whom nobody has to be told anything.
    pub fn new(effective: &Effective, policy: &Policy) -> Self {
        let gone = is_gone(effective);
        Self { presence: public(effective, policy), told_gone: gone, gone, returned: None, settles: None }
    }

    /// Takes in how things are now. What others knew before, if they are to be told: at once if somebody did something
    /// on purpose.
    pub fn take(
        &mut self,
        effective: &Effective,
        policy: &Policy,
        on_purpose: bool,
        now: Timestamp,
    ) -> Option<PublicPresence> {
        let settle = Duration::from_secs(policy.desk.settle_seconds.into());
        let came_back = self.gone && !is_gone(effective);
        self.gone = is_gone(effective);
        if came_back && let Some(last) = self.returned.replace(now) {
            self.settles = now.checked_add(settle).ok().filter(|_| now < last + settle);
        }
        let leaves = self.gone && !self.told_gone;
        if !on_purpose && !leaves && self.settles.is_some_and(|settles| now < settles) {
            return None;
        }
        self.settles = None;
        self.told_gone = self.gone;
        let presence = public(effective, policy);
        (presence != self.presence).then(|| std::mem::replace(&mut self.presence, presence))
    }

    /// When to look again though nothing happens.
    pub fn due(&self) -> Option<Timestamp> {
        self.settles
    }
}

/// Whether the person is shown as away because they left the desk.
fn is_gone(effective: &Effective) -> bool {
    matches!(effective.reason.source, Source::Idle | Source::Lock | Source::Sleep)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use presence::{DeskSignal, DeviceId, Fact, State, What};

    use super::*;

    static POLICY: LazyLock<Policy> = LazyLock::new(Policy::genesys);

    /// A person and those who see them, on a clock in milliseconds.
    struct Seen {
        state: State,
        shown: Shown,
        seq: u64,
        told: Vec<(i64, String)>,
    }

    impl Seen {
        fn new() -> Self {
            let state = State::default();
            let shown = Shown::new(&state.effective(&POLICY, at(0)), &POLICY);
            let mut seen = Self { state, shown, seq: 0, told: Vec::new() };
            seen.happens(0, What::SignedIn);
            seen.told.clear();
            seen
        }

        fn happens(&mut self, ms: i64, what: What) {
            let on_purpose = !matches!(what, What::Desk { .. });
            self.seq += 1;
            let fact = Fact { seq: self.seq, at: at(ms), recorded: at(ms), device: DeviceId::from("desk"), what };
            self.state.apply(&fact, &POLICY);
            self.look(ms, on_purpose);
        }

        fn look(&mut self, ms: i64, on_purpose: bool) {
            let effective = self.state.effective(&POLICY, at(ms));
            if self.shown.take(&effective, &POLICY, on_purpose, at(ms)).is_some() {
                self.told.push((ms, self.shown.presence.status.clone()));
            }
        }

        fn lock(&mut self, ms: i64, on: bool) {
            self.happens(ms, What::Desk { signal: DeskSignal::Lock, on, last_input: None });
        }

        /// What others were told since this was last asked.
        fn told(&mut self) -> Vec<(i64, String)> {
            std::mem::take(&mut self.told)
        }
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + ms).unwrap()
    }

    fn told(ms: i64, status: &str) -> (i64, String) {
        (ms, status.to_owned())
    }

    #[test]
    fn d06_one_lock_and_return_is_shown_as_it_happens() {
        let mut seen = Seen::new();
        seen.lock(1000, true);
        seen.lock(2000, false);
        seen.lock(60_000, true);
        seen.lock(61_000, false);
        let all = [(1000, "away"), (2000, "available"), (60_000, "away"), (61_000, "available")];
        assert_eq!(seen.told(), all.map(|(ms, status)| told(ms, status)));
    }

    #[test]
    fn d06_ten_thousand_flaps_in_a_minute_are_a_few_changes_for_others_and_the_last_one_is_right() {
        let mut seen = Seen::new();
        for flap in 0..10_000 {
            seen.lock(flap * 6, true);
            seen.lock(flap * 6 + 3, false);
        }
        assert_eq!(seen.told(), [told(0, "away"), told(3, "available"), told(6, "away")]);
        let due = seen.shown.due().unwrap();
        assert_eq!(due, at(59_997 + 5000));
        seen.look(59_997 + 5000, false);
        assert_eq!(seen.told(), [told(64_997, "available")]);
        assert_eq!(seen.shown.due(), None);
    }

    #[test]
    fn d06_somebody_who_flapped_and_stayed_away_is_shown_away_since_when_they_left() {
        let mut seen = Seen::new();
        for ms in [0, 1000, 2000] {
            seen.lock(ms, true);
            seen.lock(ms + 500, false);
        }
        seen.lock(3000, true);
        seen.told();
        seen.look(2500 + 5000, false);
        assert_eq!(seen.told(), [told(7500, "away")]);
        assert_eq!(seen.shown.presence.since, seen.state.effective(&POLICY, at(7500)).since);
    }

    #[test]
    fn d06_what_somebody_chooses_is_never_held_back() {
        let mut seen = Seen::new();
        for ms in [0, 1000, 2000] {
            seen.lock(ms, true);
            seen.lock(ms + 500, false);
        }
        seen.told();
        seen.happens(2600, What::Chose { status: "meeting".into(), until: None, by: presence::By::Person });
        assert_eq!(seen.told(), [told(2600, "meeting")]);
    }
}
