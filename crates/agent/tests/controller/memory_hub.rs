//! A hub in memory: no file, no network, and whatever time the test says it is.

use agent::{Fetch, HeldBox, Hub, Refusal};
use jiff::{SignedDuration, Timestamp};
use presence::{Correction, DeviceId, Effective, Fact, Interval, Moment, Policy, Span, State, What};
use protocol::{Check, Connection, HeldAs, HeldItem, Notice};

#[derive(Debug)]
pub struct MemoryHub {
    state: State,
    policy: Policy,
    device: DeviceId,
    held: Vec<HeldItem>,
    last_held: u64,
    closed: Vec<Interval>,
    corrections: Vec<Correction>,
    /// Where the service's clock is not this device's: what it showed at the sign-in.
    own_clock: Option<Moment>,
}

impl MemoryHub {
    /// With one device, which has just signed in.
    pub fn signed_in(policy: Policy, now: Moment) -> Self {
        Self::of(policy, now, None)
    }

    /// The same, with a clock of its own that is ahead by so much.
    pub fn ahead(policy: Policy, now: Moment, ahead: SignedDuration) -> Self {
        let now = Moment { wall: now.wall + ahead, boot: now.boot };
        Self::of(policy, now, Some(now))
    }

    fn of(policy: Policy, now: Moment, own_clock: Option<Moment>) -> Self {
        let mut hub = Self {
            state: State::default(),
            policy,
            device: DeviceId::from("this"),
            held: Vec::new(),
            last_held: 0,
            closed: Vec::new(),
            corrections: Vec::new(),
            own_clock,
        };
        hub.record(now.wall, What::SignedIn, now);
        hub
    }

    fn record(&mut self, at: Timestamp, what: What, now: Moment) {
        let fact = Fact { seq: self.state.seq() + 1, at, recorded: now.wall, device: self.device.clone(), what };
        self.corrections.extend(Correction::of(&fact));
        self.closed.extend(self.state.apply(&fact, &self.policy));
    }
}

impl Hub for MemoryHub {
    fn clock(&self, now: Moment) -> Moment {
        self.own_clock.map_or(now, |own| Moment { wall: own.wall_at(now.boot), boot: now.boot })
    }
    fn ask_all(&mut self, whats: Vec<What>, now: Moment) -> Result<(), Refusal> {
        for what in whats {
            self.record(now.wall, what, now);
        }
        Ok(())
    }
    fn sense(&mut self, at: Timestamp, what: What, now: Moment) {
        self.record(at, what, now);
    }
    fn advance(&mut self, now: Moment) {
        self.closed.extend(self.state.advance(&self.policy, now.wall));
    }
    fn effective(&self, now: Timestamp) -> Effective {
        self.state.effective(&self.policy, now)
    }
    fn state(&self) -> &State {
        &self.state
    }
    fn policy(&self) -> &Policy {
        &self.policy
    }
    fn device(&self) -> &DeviceId {
        &self.device
    }
    fn person(&self) -> String {
        "Ada King".to_owned()
    }
    fn is_behind(&self) -> bool {
        false
    }
    fn connection(&self) -> Connection {
        Connection::Embedded
    }
    fn fetch(&mut self, fetch: Fetch) {
        match fetch {
            Fetch::History(span, answer) => {
                let of = |one| protocol::Interval::of(one, &self.policy);
                let history = self.recent(&span).map(|history| history.into_iter().map(of).collect());
                let _ = answer.give(history);
            }
            Fetch::DeleteHistory(answer) => {
                self.closed.clear();
                self.corrections.clear();
                self.state.forget_past();
                let _ = answer.give(Ok(()));
            }
        }
    }
    fn recent(&self, span: &Span) -> Result<Vec<Interval>, Refusal> {
        let mut history: Vec<_> = self.closed.iter().cloned().chain(self.state.current_interval()).collect();
        history = presence::corrected(history, &self.corrections);
        history.retain(|interval| span.covers(interval));
        Ok(history)
    }
    fn kept_since(&self) -> Result<Option<Timestamp>, Refusal> {
        Ok(self.recent(&Span::default())?.first().map(|interval| interval.start))
    }
    fn keep_history(&mut self, _keep: Option<SignedDuration>, _now: Moment) {}
    fn checks(&self) -> Vec<Check> {
        Vec::new()
    }
}

impl HeldBox for MemoryHub {
    fn hold(&mut self, notice: &Notice, held_as: HeldAs, now: Moment) -> Result<(), Refusal> {
        self.last_held += 1;
        self.held.push(HeldItem {
            id: self.last_held,
            at: now.wall,
            kind: notice.kind,
            from: notice.from.clone(),
            text: notice.text.clone(),
            urgent: notice.urgent,
            held_as,
            told: false,
            open: notice.open.clone(),
        });
        Ok(())
    }
    fn held(&self) -> Result<Vec<HeldItem>, Refusal> {
        Ok(self.held.clone())
    }
    fn mark_told(&mut self, up_to: u64) -> Result<(), Refusal> {
        self.held.iter_mut().filter(|item| item.id <= up_to).for_each(|item| item.told = true);
        Ok(())
    }
    fn clear_held(&mut self) -> Result<usize, Refusal> {
        Ok(std::mem::take(&mut self.held).len())
    }
    fn forget_held(&mut self, id: u64) -> Result<bool, Refusal> {
        let before = self.held.len();
        self.held.retain(|item| item.id != id);
        Ok(self.held.len() < before)
    }
}
