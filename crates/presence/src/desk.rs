//! Sessions, and what their devices say of the person at the desk (D01, D04, C05, C08).

use serde::{Deserialize, Serialize};

use crate::{End, Source, Timestamp};

/// A kind of sign that the person left the desk, the weakest first (D01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum DeskSignal {
    /// No input for the idle time.
    Idle,
    /// The screen is locked, or its saver runs.
    Lock,
    /// The device sleeps.
    Sleep,
}

impl DeskSignal {
    /// The source that a status set by it names.
    pub fn source(self) -> Source {
        match self {
            Self::Idle => Source::Idle,
            Self::Lock => Source::Lock,
            Self::Sleep => Source::Sleep,
        }
    }
}

/// The beginning of a desk signal that still holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// The fact that told of it: what comes later is newer, whatever the clocks say.
    pub seq: u64,
    /// When it began (of idle: the last input).
    pub at: Timestamp,
    /// The last input before it, where known.
    pub last_input: Option<Timestamp>,
}

/// A pause of all sensing on a device (D13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Its end; `None` lasts until the person resumes.
    pub until: Option<End>,
}

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
    /// The last choice, undo or back made on it (C06).
    pub last_act: Option<Timestamp>,
    /// The signals that hold, by [`DeskSignal`]: idle, lock, sleep.
    pub(crate) edges: [Option<Edge>; 3],
    /// The beginning of the call on it, while that lasts.
    #[serde(default)]
    pub(crate) call: Option<Edge>,
}

/// What of the desk still counts after the person's last word on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dismissals {
    /// Edges up to this fact were dismissed by a choice (C05).
    pub all_until: u64,
    /// Idle edges up to this fact ended with a call (D05).
    pub idle_until: u64,
    /// No idleness counts now: a call or interaction runs (D05).
    pub ignore_idle: bool,
}

/// The desk claim that holds for a person.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DeskClaim {
    pub signal: DeskSignal,
    /// When the signal began.
    pub since: Timestamp,
    /// Since when the person is gone, before C06 looks at the covered status.
    pub left: Timestamp,
}

impl Session {
    pub(crate) fn new(since: Timestamp) -> Self {
        Self {
            since,
            lost: None,
            knows_idle: false,
            knows_lock: false,
            paused: None,
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

    fn knows(&self) -> bool {
        self.knows_idle || self.knows_lock || self.edges.iter().any(Option::is_some)
    }

    /// Away by what it says, dismissed or not.
    fn is_left(&self, dismissals: Dismissals) -> bool {
        self.edges_on().any(|(signal, _)| signal != DeskSignal::Idle || !dismissals.ignore_idle)
    }

    fn standing_edges(&self, dismissals: Dismissals) -> impl Iterator<Item = (DeskSignal, &Edge)> {
        self.edges_on().filter(move |(signal, edge)| {
            edge.seq > dismissals.all_until
                && (*signal != DeskSignal::Idle || (!dismissals.ignore_idle && edge.seq > dismissals.idle_until))
        })
    }

    fn claim(&self, dismissals: Dismissals) -> Option<DeskClaim> {
        let (signal, edge) = self.standing_edges(dismissals).max_by_key(|(signal, _)| *signal)?;
        let left = edge.last_input.unwrap_or(edge.at).max(self.last_act.unwrap_or(edge.last_input.unwrap_or(edge.at)));
        Some(DeskClaim { signal, since: edge.at, left })
    }
}

/// Whether the person is away from every live device that knows (C08); the last one to leave gives the reason.
pub(crate) fn desk_claim<'s>(
    sessions: impl Iterator<Item = &'s Session> + Clone,
    dismissals: Dismissals,
) -> Option<DeskClaim> {
    let mut knowing = sessions.filter(|session| session.counts() && session.knows());
    if !knowing.clone().all(|session| session.is_left(dismissals)) {
        return None;
    }
    let left_at = |session: &Session| session.standing_edges(dismissals).map(|(_, edge)| edge.seq).min();
    let last = knowing.clone().filter_map(left_at).max()?;
    knowing.find(|session| left_at(session) == Some(last))?.claim(dismissals)
}
