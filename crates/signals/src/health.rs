//! How each source is doing, for diagnostics and for the person who asks why nothing happens.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// What kind of thing a source tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SignalKind {
    /// Time since the last input.
    Idle,
    /// Screen locked, or its saver running.
    Lock,
    /// The machine sleeps or wakes.
    Sleep,
    /// A program keeps the screen on, or none.
    Screen,
    /// A microphone or a camera in use, or not.
    Call,
}

/// Whether a source can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceState {
    /// It answers.
    Working,
    /// This device does not have it.
    Absent,
    /// It should be there and does not answer; it is tried again.
    Failing,
}

/// One source, as of now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceHealth {
    /// What it tells.
    pub signal: SignalKind,
    /// Its name, as an administrator would look it up.
    pub source: String,
    /// Whether it can be relied on.
    pub state: SourceState,
    /// True for the sources that are listened to at this moment.
    pub chosen: bool,
    /// Why it is in this state, in words.
    pub why: String,
    /// What a person could do about it, if anything.
    pub advice: Option<String>,
    /// The last thing it said, and when.
    pub last: Option<(Timestamp, String)>,
}

/// The sources known so far, shared between the back-ends that write and the handle that reads.
#[derive(Debug, Clone, Default)]
pub(crate) struct Board(Arc<Mutex<Vec<SourceHealth>>>);

impl Board {
    pub(crate) fn list(&self) -> Vec<SourceHealth> {
        self.lock().clone()
    }

    /// A source that is listened to.
    pub(crate) fn working(&self, signal: SignalKind, source: &str, why: &str) {
        self.put(signal, source, SourceState::Working, why, None);
    }

    /// A source that is listened to, and that the person could have tell more.
    #[cfg(target_os = "linux")]
    pub(crate) fn limited(&self, signal: SignalKind, source: &str, why: &str, advice: &str) {
        self.put(signal, source, SourceState::Working, why, Some(advice));
    }

    /// A source that this device lacks.
    pub(crate) fn absent(&self, signal: SignalKind, source: &str, why: &str, advice: Option<&str>) {
        self.put(signal, source, SourceState::Absent, why, advice);
    }

    /// A source that ought to work.
    pub(crate) fn failing(&self, signal: SignalKind, source: &str, why: &str, advice: Option<&str>) {
        self.put(signal, source, SourceState::Failing, why, advice);
    }

    /// Nothing of this kind is listened to for now, whatever each source was before.
    pub(crate) fn unchoose(&self, signal: SignalKind) {
        for entry in self.lock().iter_mut().filter(|entry| entry.signal == signal) {
            entry.chosen = false;
        }
    }

    /// Whether a source is listened to, whatever it tells.
    #[cfg(target_os = "linux")]
    pub(crate) fn is_chosen(&self, source: &str) -> bool {
        self.lock().iter().any(|entry| entry.source == source && entry.chosen)
    }

    /// Notes what a source just said.
    pub(crate) fn said(&self, signal: SignalKind, source: &str, what: impl Into<String>) {
        let mut list = self.lock();
        if let Some(entry) = find(&mut list, signal, source) {
            entry.last = Some((Timestamp::now(), what.into()));
        }
    }

    fn put(&self, signal: SignalKind, source: &str, state: SourceState, why: &str, advice: Option<&str>) {
        let mut list = self.lock();
        let chosen = state == SourceState::Working;
        let (why, advice) = (why.to_owned(), advice.map(str::to_owned));
        if let Some(entry) = find(&mut list, signal, source) {
            (entry.state, entry.chosen, entry.why, entry.advice) = (state, chosen, why, advice);
            return;
        }
        list.push(SourceHealth { signal, source: source.to_owned(), state, chosen, why, advice, last: None });
    }

    fn lock(&self) -> MutexGuard<'_, Vec<SourceHealth>> {
        // A panic while writing leaves at worst an old line, which is better than none.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find<'a>(list: &'a mut [SourceHealth], signal: SignalKind, source: &str) -> Option<&'a mut SourceHealth> {
    list.iter_mut().find(|entry| entry.signal == signal && entry.source == source)
}
