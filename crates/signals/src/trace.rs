//! A trace: what a tracker heard for a while and what it made of that, as text that can be heard again.
//!
//! This is how something that went wrong at a desk becomes a test. It is written by `halo doctor --record FILE`, one
//! JSON object a line, the first of them being how things stood. It holds moments and states and nothing else: no
//! names, no words, and no time of day, for its wall clock begins at 1970.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use presence::Moment;
use serde::{Deserialize, Serialize};

use crate::raw::Raw;
use crate::sign::Sign;
use crate::tracker::{Settings, Tracker};

/// What can happen to a tracker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A back-end spoke.
    Heard(Raw),
    /// The person acted on this device.
    Touched,
    /// New wishes.
    Set(Settings),
    /// Something was due.
    Looked,
}

impl Event {
    /// Lets it happen.
    pub(crate) fn happen(&self, tracker: &mut Tracker, now: Moment) -> Vec<Sign> {
        match self {
            Self::Heard(raw) => tracker.hear(raw, now),
            Self::Touched => tracker.touched(now),
            Self::Set(settings) => tracker.set(*settings, now),
            Self::Looked => tracker.look(now),
        }
    }

    /// The same without words, which may tell of more than the person's comings and goings.
    pub(crate) fn without_words(self) -> Self {
        match self {
            Self::Heard(Raw::IdleUnknown(_)) => Self::Heard(Raw::IdleUnknown(String::new())),
            other => other,
        }
    }
}

/// An event, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When.
    pub now: Moment,
    /// What happened.
    pub event: Event,
    /// What the tracker made of it.
    pub signs: Vec<Sign>,
}

/// How things stood before the first step.
#[derive(Debug, Serialize, Deserialize)]
struct Start {
    /// The program's version, and the system.
    program: String,
    /// Every source as it was when the trace was written, for whoever reads it.
    sources: Vec<String>,
    tracker: Tracker,
}

/// A trace.
#[derive(Debug)]
pub struct Trace {
    start: Start,
    steps: Vec<Step>,
}

/// Why a text is no trace.
#[derive(Debug)]
pub struct BadTrace {
    line: usize,
    why: String,
}

impl fmt::Display for BadTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the trace: {}", self.line, self.why)
    }
}

impl std::error::Error for BadTrace {}

impl Trace {
    /// What became of a tracker by these events.
    pub(crate) fn of<'a>(tracker: &Tracker, events: impl Iterator<Item = &'a (Moment, Event)>) -> Self {
        let start = Start { program: String::new(), sources: Vec::new(), tracker: tracker.clone() };
        let mut tracker = tracker.clone();
        let mut began = None;
        let steps = events.map(|(now, event)| {
            let began = *began.get_or_insert(now.wall);
            let now = Moment { wall: without_date(now.wall, began), boot: now.boot };
            Step { now, event: event.clone(), signs: event.happen(&mut tracker, now) }
        });
        Self { steps: steps.collect(), start }
    }

    /// The same, with what its reader will ask for: the program's version, and how each source was doing.
    #[must_use]
    pub fn about(mut self, program: String, sources: Vec<String>) -> Self {
        (self.start.program, self.start.sources) = (program, sources);
        self
    }

    /// What it says happened.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The same events, and what today's tracker makes of them.
    pub fn again(&self) -> Vec<Step> {
        let mut tracker = self.start.tracker.clone();
        let again = |step: &Step| Step { signs: step.event.happen(&mut tracker, step.now), ..step.clone() };
        self.steps.iter().map(again).collect()
    }

    /// Reads what [`fmt::Display`] writes.
    pub fn read(text: &str) -> Result<Self, BadTrace> {
        let mut lines = text.lines().enumerate();
        let (_, first) = lines.next().ok_or(BadTrace { line: 1, why: "it is empty".to_owned() })?;
        let start = parse(0, first)?;
        let steps = lines.map(|(number, line)| parse(number, line)).collect::<Result<_, _>>()?;
        Ok(Self { start, steps })
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |f: &mut fmt::Formatter<'_>, text: serde_json::Result<String>| {
            writeln!(f, "{}", text.map_err(|_| fmt::Error)?)
        };
        line(f, serde_json::to_string(&self.start))?;
        self.steps.iter().try_for_each(|step| line(f, serde_json::to_string(step)))
    }
}

fn parse<'a, T: Deserialize<'a>>(number: usize, line: &'a str) -> Result<T, BadTrace> {
    serde_json::from_str(line).map_err(|error| BadTrace { line: number + 1, why: error.to_string() })
}

/// Steps of the clock stay; which day and which hour it was does not.
fn without_date(wall: Timestamp, began: Timestamp) -> Timestamp {
    let since = wall.duration_since(began);
    let far = SignedDuration::from_hours(24 * 365);
    Timestamp::UNIX_EPOCH.saturating_add(since.clamp(-far, far)).unwrap_or(Timestamp::UNIX_EPOCH)
}
