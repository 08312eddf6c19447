//! A working day told in sentences: facts by the clock, and what shows after them.

use presence::{
    By, DeskSignal, DeviceId, Effective, End, Fact, Interval, Policy, Source, State, StatusId, Timestamp, What,
};

pub struct Day {
    pub policy: Policy,
    pub state: State,
    pub facts: Vec<Fact>,
    pub closed: Vec<Interval>,
    device: DeviceId,
}

/// Genesys with a secondary status each under Busy, Out of Office, Away and Available.
pub fn secondaries() -> Policy {
    let mut policy = Policy::genesys();
    let under =
        [("customer_calls", "busy"), ("vacation", "out_of_office"), ("errand", "away"), ("desk_work", "available")];
    for (id, primary) in under {
        let mut secondary = policy.status(&primary.into()).unwrap().clone();
        secondary.id = id.into();
        policy.statuses.push(secondary);
    }
    policy
}

/// `"10:42"` or `"10:42:30"` of the one day on which all tests happen.
pub fn at(clock: &str) -> Timestamp {
    let seconds = if clock.len() == 5 { ":00" } else { "" };
    format!("2026-11-23T{clock}{seconds}Z").parse().unwrap()
}

impl Day {
    /// Signed in at nine, on a device that knows idleness and locks.
    pub fn begins(policy: Policy) -> Self {
        let mut day = Self {
            policy,
            state: State::default(),
            facts: Vec::new(),
            closed: Vec::new(),
            device: DeviceId::from("desk"),
        };
        day.then("09:00", What::SignedIn);
        day.then("09:00", What::Knows { idle: true, lock: true, idle_after: None });
        day
    }

    pub fn genesys() -> Self {
        Self::begins(Policy::genesys())
    }

    pub fn omnichannel() -> Self {
        Self::begins(Policy::from_toml(include_str!("../policies/omnichannel.toml")).unwrap())
    }

    /// Genesys with secondary statuses: Customer calls (Busy), Vacation (Out of Office), Errand (Away), Desk work
    /// (Available).
    pub fn with_secondaries() -> Self {
        Self::begins(secondaries())
    }

    pub fn contact_pro_like() -> Self {
        let mut policy = Policy::genesys();
        policy.choices.after_timed = presence::AfterTimed::Default;
        Self::begins(policy)
    }

    /// From here on, facts happen on this device.
    pub fn on(&mut self, device: &str) -> &mut Self {
        self.device = DeviceId::from(device);
        self
    }

    pub fn also_signs_in(&mut self, clock: &str, device: &str) -> &mut Self {
        self.on(device)
            .then(clock, What::SignedIn)
            .then(clock, What::Knows { idle: true, lock: true, idle_after: None })
    }

    pub fn then(&mut self, clock: &str, what: What) -> &mut Self {
        self.told(clock, clock, what)
    }

    pub fn told(&mut self, happened: &str, recorded: &str, what: What) -> &mut Self {
        let seq = self.facts.len() as u64 + 1;
        let fact = Fact { seq, at: at(happened), recorded: at(recorded), device: self.device.clone(), what };
        self.closed.extend(self.state.apply(&fact, &self.policy));
        self.facts.push(fact);
        self
    }

    pub fn chooses(&mut self, clock: &str, status: &str) -> &mut Self {
        self.then(clock, What::Chose { status: status.into(), until: None, by: By::Person })
    }

    pub fn chooses_until(&mut self, clock: &str, status: &str, until: &str) -> &mut Self {
        let until = Some(End { at: at(until), fixed: false });
        self.then(clock, What::Chose { status: status.into(), until, by: By::Person })
    }

    pub fn locks(&mut self, clock: &str, last_input: &str) -> &mut Self {
        let last_input = Some(at(last_input));
        self.then(clock, What::Desk { signal: DeskSignal::Lock, on: true, last_input })
    }

    pub fn unlocks(&mut self, clock: &str) -> &mut Self {
        self.then(clock, What::Desk { signal: DeskSignal::Lock, on: false, last_input: None })
    }

    /// Noticed after the default five minutes and said of the last input.
    pub fn idles(&mut self, noticed: &str, last_input: &str) -> &mut Self {
        let what = What::Desk { signal: DeskSignal::Idle, on: true, last_input: Some(at(last_input)) };
        self.told(last_input, noticed, what)
    }

    pub fn moves(&mut self, clock: &str) -> &mut Self {
        self.then(clock, What::Desk { signal: DeskSignal::Idle, on: false, last_input: None })
    }

    pub fn sets_end(&mut self, clock: &str, until: Option<&str>) -> &mut Self {
        let until = until.map(|until| End { at: at(until), fixed: false });
        self.then(clock, What::EndSet { until })
    }

    /// Told late: the device had no network.
    pub fn chose(&mut self, happened: &str, recorded: &str, status: &str, until: Option<&str>) -> &mut Self {
        let until = until.map(|until| End { at: at(until), fixed: false });
        self.told(happened, recorded, What::Chose { status: status.into(), until, by: By::Person })
    }

    pub fn supervisor_chooses(&mut self, clock: &str, status: &str) -> &mut Self {
        let by = By::Supervisor { name: "Sue".into(), reason: "needed at the desk".into() };
        self.on("sues").then(clock, What::Chose { status: status.into(), until: None, by })
    }

    pub fn works(&mut self, clock: &str, used: u32, total: u32) -> &mut Self {
        self.then(clock, What::Capacity { used, total, sessions: used, waiting: false })
    }

    pub fn now(&self, clock: &str) -> Effective {
        self.state.effective(&self.policy, at(clock))
    }

    pub fn shows(&self, clock: &str, status: &str, source: Source) -> Effective {
        let now = self.now(clock);
        assert_eq!((now.status.as_str(), now.reason.source), (status, source), "at {clock}: {now:#?}");
        now
    }

    /// `available 09:00–10:00 default`, one a line, up to now.
    pub fn history(&mut self, clock: &str) -> Vec<String> {
        self.closed.extend(self.state.advance(&self.policy, at(clock)));
        let time = |at: Timestamp| at.to_string()[11..16].to_owned();
        let current = self.state.current_interval();
        let say = |interval: &Interval| {
            let status = interval.status.as_ref().map_or("unknown", StatusId::as_str);
            let end = interval.end.map_or(String::new(), time);
            format!("{status} {}–{end} {}", time(interval.start), interval.source.as_str())
        };
        self.closed.iter().chain(&current).map(say).collect()
    }
}
