//! No one is green for ever (C05, C16, C17), whatever hands and machines do: the real tracker of each device tells, and
//! the real fold decides.
//!
//! What is generated is what happens in the world. What the trackers make of it is theirs.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use presence::{By, DeskSignal, DeviceId, End, Fact, Moment, Policy, Source, State, What};
use proptest::prelude::*;
use signals::{Arm, LockSource, Raw, Settings, Sign, Tracker};

/// The idle time of each device, in seconds.
const IDLE: [u64; 2] = [300, 120];
const LONGEST_IDLE: u64 = 300;
/// A call settles within two seconds, and the world is looked at once a second.
const SLACK: u64 = 4;

#[derive(Debug, Clone, Copy)]
enum Event {
    Input(usize),
    Locks(usize),
    Unlocks(usize),
    Sleeps(usize),
    Wakes(usize),
    CallBegins(usize),
    CallEnds(usize),
    /// A choice on the device, by a command over the network for one: no input comes with it.
    Chooses(usize, Option<u64>),
    Undoes(usize),
    GoesBack(usize),
    /// A token that knows nothing, and has no session.
    TokenChooses,
    SupervisorChooses,
    Quits(usize),
    Dies(usize),
    Returns(usize),
}

/// A device: what happens to it, and the program that watches.
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
struct Device {
    id: DeviceId,
    idle_after: u64,
    last_input: u64,
    locked: bool,
    asleep: bool,
    on_call: bool,
    /// `None`: the program doesn't run, or can't be reached.
    tracker: Option<Tracker>,
    armed: Arm,
    /// The source has answered what it is armed for.
    answered: bool,
}

struct World {
    policy: Policy,
    state: State,
    now: u64,
    devices: Vec<Device>,
    /// The last time at which hands were on a desk that is in use.
    hands: u64,
    /// The last word of anybody on the person's status.
    word: u64,
    /// The last end of a call that a program knew of.
    call: u64,
    /// When a lock or the end of a session last left nobody at any desk.
    left: u64,
    /// When the person last was there by the look of it.
    story: Vec<String>,
}

fn moment(seconds: u64) -> Moment {
    let midnight: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
    let wall = midnight + SignedDuration::from_secs(i64::try_from(seconds).unwrap());
    Moment { wall, boot: Duration::from_secs(10_000 + seconds) }
}

impl World {
    fn new() -> Self {
        let device = |number: usize| Device {
            id: DeviceId::from(["office", "home"][number]),
            idle_after: IDLE[number],
            last_input: 0,
            locked: false,
            asleep: false,
            on_call: false,
            tracker: None,
            armed: Arm::default(),
            answered: false,
        };
        let mut world = Self {
            policy: Policy::genesys(),
            state: State::default(),
            now: 0,
            devices: vec![device(0), device(1)],
            hands: 0,
            word: 0,
            call: 0,
            left: 0,
            story: Vec::new(),
        };
        world.starts(0);
        world
    }

    fn record(&mut self, device: &DeviceId, at: Timestamp, what: What) {
        let now = moment(self.now).wall;
        self.story.push(format!("{} {} {what:?}", self.now, device.as_str()));
        let fact = Fact { seq: self.state.seq() + 1, at: at.min(now), recorded: now, device: device.clone(), what };
        self.state.apply(&fact, &self.policy);
    }

    /// As the controller does.
    fn record_signs(&mut self, number: usize, signs: Vec<Sign>) {
        let (id, now) = (self.devices[number].id.clone(), moment(self.now).wall);
        for sign in signs {
            match sign {
                Sign::Began { signal, at, last_input } => {
                    let at = if signal == DeskSignal::Idle { last_input.unwrap_or(at) } else { at };
                    self.record(&id, at, What::Desk { signal, on: true, last_input });
                }
                Sign::Ended(signal) => self.record(&id, now, What::Desk { signal, on: false, last_input: None }),
                Sign::Call { on, at } => {
                    self.record(&id, at, What::Call { on });
                    self.call = self.now;
                }
                Sign::Knows { idle, lock } => {
                    let idle_after = u32::try_from(self.devices[number].idle_after).ok();
                    self.record(&id, now, What::Knows { idle, lock, idle_after });
                }
                Sign::CountdownBegan(_) | Sign::CountdownEnded => {}
            }
        }
        let device = &mut self.devices[number];
        let armed = device.tracker.as_ref().map(Tracker::arm).unwrap_or_default();
        device.answered &= armed.idle_for == device.armed.idle_for;
        device.armed = armed;
    }

    fn hears(&mut self, number: usize, raw: &Raw) {
        let now = moment(self.now);
        let Some(tracker) = &mut self.devices[number].tracker else { return };
        let signs = tracker.hear(raw, now);
        self.record_signs(number, signs);
    }

    fn idle(&self, number: usize) -> Duration {
        Duration::from_secs(self.now - self.devices[number].last_input)
    }

    fn tells_lock(&mut self, number: usize) {
        let (locked, idle) = (self.devices[number].locked, self.idle(number));
        self.hears(number, &Raw::Lock { source: LockSource::Logind, locked: Some(locked), idle: Some(idle) });
    }

    /// The program starts: at a log-in, or anew after it died.
    fn starts(&mut self, number: usize) {
        let id = self.devices[number].id.clone();
        let now = moment(self.now).wall;
        let settings = Settings {
            idle_after: Some(Duration::from_secs(self.devices[number].idle_after)),
            countdown: Duration::from_secs(30),
            lock: true,
            watching: false,
        };
        let mut tracker = Tracker::new(settings);
        if let Some(session) = self.state.session(&id) {
            let on = [DeskSignal::Idle, DeskSignal::Lock, DeskSignal::Sleep];
            let on = on.into_iter().filter(|signal| session.edge(*signal).is_some());
            tracker.resume(on, session.call().is_some(), session.knows_idle, session.knows_lock);
            self.record(&id, now, What::ConnectionRestored);
        } else {
            self.record(&id, now, What::SignedIn);
            // A sign-in sets the default, as a choice would: it is somebody's word.
            self.word = self.now;
        }
        self.devices[number].tracker = Some(tracker);
        self.devices[number].answered = false;
        let (idle, busy) = (self.idle(number), self.devices[number].on_call);
        self.hears(number, &Raw::IdleFor(idle));
        self.tells_lock(number);
        self.hears(number, &Raw::Call { busy: Some(busy) });
    }

    fn acts(&mut self, number: usize, what: What) {
        let Some(tracker) = &mut self.devices[number].tracker else { return };
        let now = moment(self.now);
        let signs = tracker.touched(now);
        let id = self.devices[number].id.clone();
        self.record(&id, now.wall, what);
        self.record_signs(number, signs);
        self.word = self.now;
    }

    fn input(&mut self, number: usize) {
        self.devices[number].last_input = self.now;
        self.devices[number].answered = false;
        if !self.devices[number].locked {
            self.hands = self.now;
        }
        if self.devices[number].armed.input {
            self.hears(number, &Raw::Input);
        }
    }

    fn happens(&mut self, event: Event) {
        let available = |until, by| What::Chose { status: "available".into(), until, by };
        let nobody = |id: &str| DeviceId::from(id);
        let now = moment(self.now).wall;
        self.story.push(format!("{} {event:?}", self.now));
        match event {
            Event::Input(number) if !self.devices[number].asleep => self.input(number),
            Event::Locks(number) if !self.devices[number].locked => {
                self.devices[number].locked = true;
                self.left = self.now;
                self.tells_lock(number);
            }
            Event::Unlocks(number) if self.devices[number].locked && !self.devices[number].asleep => {
                self.devices[number].locked = false;
                self.tells_lock(number);
                self.input(number);
            }
            Event::Sleeps(number) if !self.devices[number].asleep => {
                self.devices[number].asleep = true;
                self.left = self.now;
                let idle = Some(self.idle(number));
                self.hears(number, &Raw::Sleep { asleep: true, idle });
            }
            Event::Wakes(number) if self.devices[number].asleep => {
                self.devices[number].asleep = false;
                let idle = Some(self.idle(number));
                self.hears(number, &Raw::Sleep { asleep: false, idle });
            }
            Event::CallBegins(number) | Event::CallEnds(number) => {
                let busy = matches!(event, Event::CallBegins(_));
                if std::mem::replace(&mut self.devices[number].on_call, busy) && !busy {
                    self.call = self.now;
                }
                self.hears(number, &Raw::Call { busy: Some(busy) });
            }
            Event::Chooses(number, lasts) => {
                let end = |lasts| End { at: moment(self.now + lasts).wall, fixed: false };
                self.acts(number, available(lasts.map(end), By::Person));
            }
            Event::Undoes(number) => self.acts(number, What::Undid),
            Event::GoesBack(number) => self.acts(number, What::WentBack),
            Event::TokenChooses => {
                self.word = self.now;
                self.record(&nobody("token"), now, available(None, By::Person));
            }
            Event::SupervisorChooses => {
                self.word = self.now;
                let by = By::Supervisor { name: "Sue".into(), reason: "short of people".into() };
                self.record(&nobody("sues"), now, available(None, by));
            }
            Event::Quits(number) if self.devices[number].tracker.take().is_some() => {
                self.left = self.now;
                let id = self.devices[number].id.clone();
                self.record(&id, now, What::SignedOut);
                self.call = self.now;
            }
            Event::Dies(number) if self.devices[number].tracker.take().is_some() => {
                self.left = self.now;
                let id = self.devices[number].id.clone();
                self.record(&id, now, What::ConnectionLost);
                self.call = self.now;
            }
            Event::Returns(number) if self.devices[number].tracker.is_none() && !self.devices[number].asleep => {
                self.starts(number);
            }
            _ => {}
        }
    }

    /// A second passes.
    fn passes(&mut self) {
        self.now += 1;
        for number in 0..self.devices.len() {
            let now = moment(self.now);
            let Some(tracker) = &mut self.devices[number].tracker else { continue };
            if tracker.next_look().is_some_and(|due| due <= now.boot) {
                let signs = tracker.look(now);
                self.record_signs(number, signs);
            }
            // A counter that says once when it reaches what it was armed for.
            for _ in 0..3 {
                let device = &self.devices[number];
                let reached = device.armed.idle_for.is_some_and(|idle_for| self.idle(number) >= idle_for);
                if device.asleep || device.answered || !reached {
                    break;
                }
                self.devices[number].answered = true;
                let idle = self.idle(number);
                self.hears(number, &Raw::IdleFor(idle));
            }
        }
        self.state.advance(&self.policy, moment(self.now).wall);
    }

    /// Whether the person may be shown green: somebody was there, or said so, within an idle time.
    fn check(&self) -> Result<(), TestCaseError> {
        let effective = self.state.effective(&self.policy, moment(self.now).wall);
        if effective.status.as_str() != "available" || effective.reason.source == Source::Connection {
            return Ok(());
        }
        let live = || self.devices.iter().filter(|device| device.tracker.is_some());
        let all_locked = live().all(|device| device.locked || device.asleep);
        let talks = !all_locked && live().any(|device| device.on_call);
        let within = |since: u64| self.now <= since + LONGEST_IDLE + SLACK;
        // A call or hands elsewhere make nobody sit at a desk that is locked.
        let since = if all_locked { self.word } else { self.word.max(self.hands).max(self.call) };
        let just_left = self.now <= self.left + SLACK;
        prop_assert!(
            talks || just_left || within(since),
            "green at {}, though nobody was there since {since}; all locked: {all_locked}\n{}",
            self.now,
            self.story.join("\n")
        );
        Ok(())
    }
}

fn event() -> impl Strategy<Value = Event> {
    let on = 0_usize..IDLE.len();
    prop_oneof![
        4 => on.clone().prop_map(Event::Input),
        3 => on.clone().prop_map(Event::Locks),
        2 => on.clone().prop_map(Event::Unlocks),
        1 => on.clone().prop_map(Event::Sleeps),
        1 => on.clone().prop_map(Event::Wakes),
        2 => on.clone().prop_map(Event::CallBegins),
        2 => on.clone().prop_map(Event::CallEnds),
        3 => (on.clone(), prop::option::of(1_u64..900)).prop_map(|(on, lasts)| Event::Chooses(on, lasts)),
        1 => on.clone().prop_map(Event::Undoes),
        1 => on.clone().prop_map(Event::GoesBack),
        1 => Just(Event::TokenChooses),
        1 => Just(Event::SupervisorChooses),
        1 => on.clone().prop_map(Event::Quits),
        1 => on.clone().prop_map(Event::Dies),
        3 => on.prop_map(Event::Returns),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn c05_c16_c17_nobody_whom_nothing_shows_to_be_there_is_green_for_longer_than_an_idle_time(
        events in prop::collection::vec((prop_oneof![0_u64..5, 5_u64..200, 200_u64..700], event()), 1..25)
    ) {
        let mut world = World::new();
        for (after, event) in events {
            for _ in 0..after {
                world.passes();
                world.check()?;
            }
            world.happens(event);
        }
        for _ in 0..2 * LONGEST_IDLE {
            world.passes();
            world.check()?;
        }
    }
}
