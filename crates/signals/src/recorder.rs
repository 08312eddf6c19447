//! A tracker that can say what it heard of late: whoever sees a wrong status asks for the trace afterwards.

use std::collections::VecDeque;
use std::time::Duration;

use presence::{DeskSignal, Moment};

use crate::raw::{Arm, Raw};
use crate::sign::Sign;
use crate::trace::{Event, Trace};
use crate::tracker::{Settings, Tracker};

/// How many events are kept: some hours of a working day, in a few kilobytes.
const KEPT: usize = 256;

/// A tracker with a memory.
#[derive(Debug)]
pub struct Recorder {
    tracker: Tracker,
    /// As it was before the first of the events.
    before: Tracker,
    events: VecDeque<(Moment, Event)>,
}

impl Recorder {
    /// A tracker that has heard nothing.
    pub fn new(settings: Settings) -> Self {
        let tracker = Tracker::new(settings);
        Self { before: tracker.clone(), tracker, events: VecDeque::new() }
    }

    /// Takes up what had begun before this program started.
    pub fn resume(
        &mut self,
        on: impl IntoIterator<Item = DeskSignal>,
        on_call: bool,
        knows_idle: bool,
        knows_lock: bool,
    ) {
        self.tracker.resume(on, on_call, knows_idle, knows_lock);
        self.forget_events();
    }

    /// Hears a back-end.
    pub fn hear(&mut self, raw: &Raw, now: Moment) -> Vec<Sign> {
        self.happen(Event::Heard(raw.clone()), now)
    }

    /// The person acted on this device.
    pub fn touched(&mut self, now: Moment) -> Vec<Sign> {
        self.happen(Event::Touched, now)
    }

    /// New wishes.
    pub fn set(&mut self, settings: Settings, now: Moment) -> Vec<Sign> {
        self.happen(Event::Set(settings), now)
    }

    /// When to look again though no back-end speaks, in time since boot.
    pub fn next_look(&self) -> Option<Duration> {
        self.tracker.next_look()
    }

    /// Looks, if anything is due. Then other idle moments may be to be asked for.
    pub fn look(&mut self, now: Moment) -> Option<Vec<Sign>> {
        let due = self.next_look().is_some_and(|due| due <= now.boot);
        due.then(|| self.happen(Event::Looked, now))
    }

    /// Forgets everything, for a pause.
    pub fn forget(&mut self) -> Vec<Sign> {
        let signs = self.tracker.forget();
        self.forget_events();
        signs
    }

    /// Forgets what happened, and goes on.
    pub fn forget_events(&mut self) {
        self.before = self.tracker.clone();
        self.events.clear();
    }

    /// The idle moments to ask for.
    pub fn arm(&self) -> Arm {
        self.tracker.arm()
    }

    /// Whether the screen is locked; `None`: no source can say.
    pub fn is_locked(&self) -> Option<bool> {
        self.tracker.is_locked()
    }

    /// What happened of late.
    pub fn trace(&self) -> Trace {
        Trace::of(&self.before, self.events.iter())
    }

    fn happen(&mut self, event: Event, now: Moment) -> Vec<Sign> {
        let event = event.without_words();
        let signs = event.happen(&mut self.tracker, now);
        if self.events.len() == KEPT
            && let Some((then, oldest)) = self.events.pop_front()
        {
            oldest.happen(&mut self.before, then);
        }
        self.events.push_back((now, event));
        signs
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::LockSource;

    fn at(seconds: u64) -> Moment {
        let midnight: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        let boot = Duration::from_secs(seconds);
        Moment { wall: midnight + boot, boot }
    }

    fn recorder() -> Recorder {
        let settings = Settings {
            idle_after: Some(Duration::from_secs(300)),
            countdown: Duration::from_secs(30),
            lock: true,
            watching: false,
        };
        Recorder::new(settings)
    }

    fn lock(locked: bool) -> Raw {
        Raw::Lock { source: LockSource::ScreenSaver("org.mate.ScreenSaver"), locked: Some(locked), idle: None }
    }

    #[test]
    fn a_trace_that_was_written_and_read_happens_again_as_it_did() {
        let mut recorder = recorder();
        let signs = [
            recorder.hear(&Raw::IdleFor(Duration::ZERO), at(1000)),
            recorder.hear(&lock(true), at(1100)),
            recorder.hear(&Raw::IdleUnknown("no display /home/ada".to_owned()), at(1150)),
            recorder.touched(at(1160)),
            recorder.hear(&lock(false), at(1200)),
            recorder.hear(&Raw::Call { busy: Some(true) }, at(1300)),
            recorder.look(at(1302)).unwrap(),
        ];
        let text = recorder.trace().about("halo 1".to_owned(), vec!["idle: X11".to_owned()]).to_string();
        assert!(!text.contains("ada") && !text.contains("2026"), "{text}");
        let trace = Trace::read(&text).unwrap();
        assert_eq!(trace.again(), trace.steps());
        let kinds = |signs: &Vec<Sign>| signs.iter().map(std::mem::discriminant).collect::<Vec<_>>();
        let written: Vec<_> = trace.steps().iter().map(|step| kinds(&step.signs)).collect();
        assert_eq!(written, signs.iter().map(kinds).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_no_longer_kept_still_counts() {
        let mut recorder = recorder();
        recorder.hear(&lock(true), at(10));
        for second in 20..20 + 2 * KEPT as u64 {
            recorder.hear(&Raw::Input, at(second));
        }
        let trace = Trace::read(&recorder.trace().to_string()).unwrap();
        assert_eq!(trace.steps().len(), KEPT);
        assert!(trace.steps().iter().all(|step| step.signs.is_empty()), "it was locked, and input is no return (D03)");
    }

    #[test]
    fn a_pause_leaves_nothing_to_tell() {
        let mut recorder = recorder();
        recorder.hear(&lock(true), at(10));
        recorder.forget();
        assert!(recorder.trace().steps().is_empty());
    }

    #[test]
    fn what_is_no_trace_is_refused_with_the_line() {
        let trace = recorder().trace().to_string();
        for (text, line) in [(String::new(), "line 1 "), ("{}".to_owned(), "line 1 "), (trace + "nonsense", "line 2 ")]
        {
            let refusal = Trace::read(&text).unwrap_err().to_string();
            assert!(refusal.starts_with(line), "{refusal}");
        }
    }
}
