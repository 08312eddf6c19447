//! Sessions, and what they claim of the person at the desk (D01, D04, C05, C08).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::desk::{DeskSignal, Edge, Pause};
use crate::fact::{Fact, What};
use crate::policy::Policy;

/// One signed-in device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// When it signed in.
    pub since: Timestamp,
    /// When its connection was lost, if it is.
    pub lost: Option<Timestamp>,
    /// Whether it can tell idleness.
    pub knows_idle: bool,
    /// Whether it can tell a lock.
    pub knows_lock: bool,
    /// The person's pause of all sensing, while it lasts.
    pub paused: Option<Pause>,
    /// The idle time there, in seconds.
    #[serde(default = "five_minutes")]
    pub idle_after: u32,
    /// The last choice, undo or back made on it (C06).
    pub last_act: Option<Timestamp>,
    /// The signals that hold, by [`DeskSignal`]: idle, lock, sleep.
    pub(crate) edges: [Option<Edge>; 3],
    /// The beginning of the call on it, while that lasts.
    #[serde(default)]
    pub(crate) call: Option<Edge>,
}

fn five_minutes() -> u32 {
    300
}

/// Two tellings of one moment differ by up to so much: input that a counter measured, and the act that it was.
const APART: SignedDuration = SignedDuration::from_secs(1);

/// What decides whether something that a device tells counts at an instant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances {
    pub now: Timestamp,
    /// Edges up to this fact were dismissed by the person's word (C05)...
    pub dismissed: u64,
    /// ...at this time.
    pub dismissed_at: Option<Timestamp>,
    /// Nobody is idle while a call or an interaction runs (D05).
    pub busy: bool,
    /// When the last one ended (C16).
    pub busy_until: Option<Timestamp>,
}

impl Circumstances {
    pub(crate) fn dismisses(self, seq: u64, since: Timestamp) -> bool {
        seq <= self.dismissed && self.dismissed_at.is_none_or(|at| since <= at)
    }
}

/// What an edge comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// It says that the person left.
    Counts,
    /// It does, but the person's word holds against it until then (C17).
    Dismissed(Timestamp),
    /// It does not yet: the idle time counts from something later than the last input (C16). Until when, if that is
    /// known.
    NotYet(Option<Timestamp>),
}

/// What the desk claims.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DeskClaim {
    pub signal: DeskSignal,
    /// Since when it does.
    pub since: Timestamp,
    /// Since when the person is gone, before C06 looks at the covered status.
    pub left: Timestamp,
}

impl Session {
    pub(crate) fn new(since: Timestamp, idle_after: u32) -> Self {
        Self {
            since,
            lost: None,
            knows_idle: false,
            knows_lock: false,
            paused: None,
            idle_after,
            last_act: None,
            edges: [None, None, None],
            call: None,
        }
    }

    /// The edge of a signal that holds now.
    pub fn edge(&self, signal: DeskSignal) -> Option<&Edge> {
        self.edges[signal as usize].as_ref()
    }

    /// The call on it that lasts.
    pub fn call(&self) -> Option<&Edge> {
        self.call.as_ref()
    }

    pub(crate) fn counts(&self) -> bool {
        self.lost.is_none() && self.paused.is_none()
    }

    fn edges_on(&self) -> impl Iterator<Item = (DeskSignal, &Edge)> {
        [DeskSignal::Idle, DeskSignal::Lock, DeskSignal::Sleep]
            .into_iter()
            .filter_map(|signal| self.edge(signal).map(|edge| (signal, edge)))
    }

    /// Takes what happened on it.
    pub(crate) fn take(&mut self, fact: &Fact, policy: &Policy) {
        match fact.what {
            What::ConnectionLost => {
                self.lost.get_or_insert(fact.at);
            }
            What::Desk { signal, on, last_input } => {
                self.edges[signal as usize] = on.then_some(Edge { seq: fact.seq, at: fact.at, last_input });
            }
            What::Call { on } => self.call = on.then_some(Edge { seq: fact.seq, at: fact.at, last_input: None }),
            What::Knows { idle, lock, idle_after } => {
                self.knows_idle = idle;
                self.knows_lock = lock;
                self.idle_after = idle_after.unwrap_or(policy.desk.idle_seconds);
            }
            What::Paused { until } => {
                self.paused = Some(Pause { until });
                self.edges = [None, None, None];
                self.call = None;
            }
            What::Resumed => self.paused = None,
            _ => {}
        }
    }

    pub(crate) fn knows(&self) -> bool {
        self.knows_idle || self.knows_lock || self.edges.iter().any(Option::is_some)
    }

    fn stand(&self, signal: DeskSignal, edge: &Edge, circumstances: Circumstances) -> Stand {
        let Circumstances { now, dismissed_at, busy, busy_until, .. } = circumstances;
        let passes = |from: Timestamp| from.saturating_add(SignedDuration::from_secs(self.idle_after.into()));
        if signal == DeskSignal::Idle {
            if busy {
                return Stand::NotYet(None);
            }
            let input = edge.last_input.unwrap_or(edge.at);
            let here = busy_until.max(self.last_act).filter(|here| here.duration_since(input) > APART);
            if let Some(passes) = here.and_then(|here| passes(here).ok()).filter(|passes| now < *passes) {
                return Stand::NotYet(Some(passes));
            }
        }
        let dismissed_at = dismissed_at.filter(|_| circumstances.dismisses(edge.seq, edge.at));
        match dismissed_at.and_then(|at| passes(at).ok()) {
            Some(again) if now < again => Stand::Dismissed(again),
            _ => Stand::Counts,
        }
    }

    fn stands(&self, circumstances: Circumstances) -> impl Iterator<Item = (DeskSignal, &Edge, Stand)> {
        self.edges_on().map(move |(signal, edge)| (signal, edge, self.stand(signal, edge, circumstances)))
    }

    /// Away by what it says, dismissed or not.
    pub(crate) fn is_left(&self, circumstances: Circumstances) -> bool {
        self.stands(circumstances).any(|(_, _, stand)| !matches!(stand, Stand::NotYet(_)))
    }

    /// When what it tells counts although it does not yet.
    pub(crate) fn next_changes(&self, circumstances: Circumstances) -> impl Iterator<Item = Timestamp> {
        self.stands(circumstances).filter(|_| self.counts()).filter_map(|(_, _, stand)| match stand {
            Stand::Dismissed(until) => Some(until),
            Stand::NotYet(until) => until,
            Stand::Counts => None,
        })
    }

    fn counting(&self, circumstances: Circumstances) -> impl Iterator<Item = (DeskSignal, &Edge)> {
        let counting = self.stands(circumstances).filter(|(_, _, stand)| *stand == Stand::Counts);
        counting.map(|(signal, edge, _)| (signal, edge))
    }

    fn claim(&self, circumstances: Circumstances) -> Option<DeskClaim> {
        let (signal, edge) = self.counting(circumstances).max_by_key(|(signal, _)| *signal)?;
        let input = edge.last_input.unwrap_or(edge.at);
        let busy_until = circumstances.busy_until.filter(|_| signal == DeskSignal::Idle);
        let left = self.last_act.into_iter().chain(busy_until).fold(input, Timestamp::max);
        Some(DeskClaim { signal, since: edge.at, left })
    }
}

/// Whether the person is away from every live device that knows (C08); the last one to leave gives the reason.
pub(crate) fn desk_claim<'s>(
    sessions: impl Iterator<Item = &'s Session> + Clone,
    circumstances: Circumstances,
) -> Option<DeskClaim> {
    let mut knowing = sessions.filter(|session| session.counts() && session.knows());
    if !knowing.clone().all(|session| session.is_left(circumstances)) {
        return None;
    }
    let left_at = |session: &Session| session.counting(circumstances).map(|(_, edge)| edge.seq).min();
    let last = knowing.clone().filter_map(left_at).max()?;
    knowing.find(|session| left_at(session) == Some(last))?.claim(circumstances)
}
