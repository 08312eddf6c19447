//! The tracker: from what back-ends say to what is known of the person (D01–D03, D06).
//!
//! Pure: time is an argument, and all of it is time since boot, which no one sets and which goes on during suspend.
//! It decides *that* the person left or came back, and when; what that means for a status is not its business.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use presence::{DeskSignal, Moment};
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::raw::{Arm, LockSource, Raw};
use crate::sign::Sign;

/// The person's and the policy's wishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The idle time; `None`: idleness says nothing.
    pub idle_after: Option<Duration>,
    /// How long before its end the countdown begins.
    pub countdown: Duration,
    /// Whether a lock counts.
    pub lock: bool,
    /// Whether somebody who watches is there: as long as a program keeps the screen on, nobody becomes idle.
    #[serde(default)]
    pub watching: bool,
}

/// After a restart, what was known before it holds for this long, until the back-ends have told it again.
const TAKING_UP: Duration = Duration::from_secs(10);

/// Two tellings of the last input that are this close together mean the same input: at a start, the idle time and a
/// lock are told one after the other.
const NEWS: Duration = Duration::from_secs(1);

/// A threshold counts as reached when this little is missing: counters are in whole milliseconds.
const TOLERANCE: Duration = Duration::from_millis(5);

/// Folds raw signals into signs.
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tracker {
    settings: Settings,
    /// The last input, by the idle source's own counter.
    last_input: Option<Duration>,
    /// When the source said so. There may have been input since.
    heard_of_input: Option<Duration>,
    /// The last proof of the person: input, or an act on this device.
    last_here: Option<Duration>,
    idle_known: bool,
    /// The person sits in another session of theirs.
    #[serde(default)]
    elsewhere: bool,
    locks: BTreeMap<LockSource, bool>,
    asleep: bool,
    /// The person acted on this device though its screen is locked: by another login, for one.
    acted_while_locked: bool,
    /// What has begun and not ended: idle, lock, sleep.
    on: [bool; 3],
    countdown: Option<Duration>,
    knows: (bool, bool),
    /// What was known before this program started and has not been told anew: the time since the last input, a lock.
    /// That nobody has spoken yet is no reason to think that the person is back.
    awaited: (bool, bool),
    /// When the first back-end spoke.
    since: Option<Duration>,
    #[serde(default)]
    call: Call,
    /// A program keeps the screen on; `None`: not told yet.
    #[serde(default)]
    screen_kept: Option<bool>,
}

impl Tracker {
    /// A tracker that has heard nothing.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            last_input: None,
            heard_of_input: None,
            last_here: None,
            idle_known: false,
            elsewhere: false,
            locks: BTreeMap::new(),
            asleep: false,
            acted_while_locked: false,
            on: [false; 3],
            countdown: None,
            knows: (false, false),
            awaited: (false, false),
            since: None,
            call: Call::default(),
            screen_kept: None,
        }
    }

    /// Takes up what had begun before this program started, so that only what differs is said anew.
    pub fn resume(
        &mut self,
        on: impl IntoIterator<Item = DeskSignal>,
        on_call: bool,
        knows_idle: bool,
        knows_lock: bool,
    ) {
        self.call = Call::resume(on_call);
        on.into_iter().for_each(|signal| self.on[signal as usize] = true);
        self.knows = (knows_idle, knows_lock);
        self.awaited = self.knows;
    }

    /// Hears a back-end.
    pub fn hear(&mut self, raw: &Raw, now: Moment) -> Vec<Sign> {
        let mut signs = Vec::new();
        if self.since.is_none() {
            self.call.expect(false, TAKING_UP, now);
        }
        self.no_longer_await(raw, now);
        self.see_busy(now);
        match raw {
            Raw::IdleFor(idle) => {
                let last_input = now.boot.saturating_sub(*idle);
                let moved = self.last_input.is_none_or(|known| last_input > known + TOLERANCE);
                self.idle_known = true;
                self.last_input = Some(last_input);
                self.heard_of_input = Some(now.boot);
                if moved {
                    self.last_here = self.last_here.max(Some(last_input));
                    // A counter tells that there was input, not that it came after an unlock (D03).
                    if !self.idle_passed(now) {
                        self.end_countdown(&mut signs);
                        self.end(DeskSignal::Idle, &mut signs);
                    }
                }
            }
            Raw::IdleKnown => {
                // No proof of the person: what had begun stays.
                self.idle_known = true;
                self.last_input = Some(now.boot);
                self.heard_of_input = Some(now.boot);
                self.last_here = Some(now.boot);
            }
            Raw::Input => self.hear_input(Duration::ZERO, now, &mut signs),
            Raw::InputAgo(ago) => self.hear_input(*ago, now, &mut signs),
            Raw::IdleUnknown(_) => {
                // What had begun stays: there is no proof that the person is back. Unlocking ends it (D03).
                self.idle_known = false;
                self.last_input = None;
                self.end_countdown(&mut signs);
            }
            Raw::Elsewhere(elsewhere) => {
                self.elsewhere = *elsewhere;
                // Only the person goes from one session of theirs to another. A logind that is gone proves nothing.
                if self.locks.contains_key(&LockSource::Logind) {
                    self.see_person(now.boot, now, &mut signs);
                }
            }
            Raw::Lock { source, locked, idle } => {
                self.note_idle(*idle, now);
                match locked {
                    Some(locked) => self.locks.insert(*source, *locked),
                    None => self.locks.remove(source),
                };
                self.judge_lock(now, &mut signs);
            }
            Raw::Sleep { asleep, idle } => {
                self.note_idle(*idle, now);
                self.asleep = *asleep;
                if *asleep {
                    self.begin(DeskSignal::Sleep, now.wall, now, &mut signs);
                } else if self.is_locked() == Some(true) || !self.knows_idle() {
                    self.end(DeskSignal::Sleep, &mut signs);
                }
            }
            Raw::ScreenKept(kept) => {
                self.screen_kept = Some(*kept);
                // No proof that somebody came: it can only keep them from going.
                self.see_busy(now);
                if *kept {
                    self.end_countdown(&mut signs);
                }
            }
            // What says nothing says of no call (C08).
            Raw::Call { busy } => self.call.hear(*busy == Some(true), now),
        }
        self.settle_call(now, &mut signs);
        self.judge_idle(now, &mut signs);
        let knows_lock = self.is_locked().is_some() || self.awaited.1;
        let knows = (self.knows_idle(), knows_lock && self.settings.lock);
        if self.knows != knows {
            self.knows = knows;
            signs.push(Sign::Knows { idle: knows.0, lock: knows.1 });
        }
        signs
    }

    /// When to look again though no back-end speaks, in time since boot.
    pub fn next_look(&self) -> Option<Duration> {
        self.call.due().into_iter().chain(self.screen_awaited_until()).min()
    }

    /// Looks again.
    pub fn look(&mut self, now: Moment) -> Vec<Sign> {
        let mut signs = Vec::new();
        self.stop_awaiting_screen(now);
        self.settle_call(now, &mut signs);
        signs
    }

    /// The person acted on this device: a choice, an undo, "stay". The idle time begins anew (C05).
    pub fn touched(&mut self, now: Moment) -> Vec<Sign> {
        let mut signs = Vec::new();
        self.acted_while_locked = self.is_locked() == Some(true);
        self.see_person(now.boot, now, &mut signs);
        signs
    }

    /// New wishes.
    pub fn set(&mut self, settings: Settings, now: Moment) -> Vec<Sign> {
        let mut signs = Vec::new();
        self.see_busy(now);
        self.settings = settings;
        if !settings.watching {
            self.screen_kept = None;
        }
        self.end_countdown(&mut signs);
        if settings.idle_after.is_none() {
            self.end(DeskSignal::Idle, &mut signs);
        }
        self.judge_lock(now, &mut signs);
        signs
    }

    /// Forgets everything heard, for a pause: the seeds after it tell it anew.
    pub fn forget(&mut self) -> Vec<Sign> {
        let mut signs = Vec::new();
        self.end_countdown(&mut signs);
        *self = Self::new(self.settings);
        signs
    }

    /// The idle moments to ask for.
    pub fn arm(&self) -> Arm {
        let [idle, lock, sleep] = self.on;
        // While locked or asleep, input proves nothing yet (D03): no need to wake at every key of a password.
        let returning = (lock || sleep) && self.is_locked() != Some(true) && !self.asleep;
        let idle_for = self.next_idle_look();
        // The threshold that is asked for holds as long as there is no input: any sets the counter back, to less than
        // where the idle time began by an act or the end of a film.
        let resets = idle_for.is_some() && self.last_here > self.last_input;
        let waits_for_input = idle || returning || self.countdown.is_some() || resets;
        let input = self.idle_known && waits_for_input && !self.elsewhere;
        Arm { idle_for, input, screen: self.wants_screen() }
    }

    /// Whether the screen is locked; `None`: no source can say.
    pub fn is_locked(&self) -> Option<bool> {
        if self.elsewhere {
            // The others tell of a screen that nobody sees.
            return self.locks.get(&LockSource::Logind).copied();
        }
        self.locks.values().copied().reduce(|one, other| one || other)
    }

    /// The idle counter's value at which there is something to decide.
    fn next_idle_look(&self) -> Option<Duration> {
        let (idle_after, last_input) = (self.settings.idle_after?, self.last_input?);
        let is_on = self.on[DeskSignal::Idle as usize];
        if is_on || self.elsewhere || self.is_busy() || self.screen_awaited_until().is_some() {
            return None;
        }
        let due = self.last_here?.max(last_input) + idle_after;
        let look = if self.countdown.is_some() { due } else { due.saturating_sub(self.settings.countdown) };
        // An act after the last word of the source: there has been input since, most likely by that very act. The
        // source says how long ago it was when it says that this is reached, and then the rest can be asked for.
        let counts_from = if self.last_here > self.heard_of_input { self.last_here? } else { last_input };
        Some(look.saturating_sub(counts_from))
    }

    /// Nobody is known to have left, and they are on a call (C16), or watch what keeps the screen on.
    fn is_busy(&self) -> bool {
        let watches = self.settings.watching && self.screen_kept == Some(true);
        (watches || self.call.goes_on()) && self.on == [false; 3]
    }

    /// Whoever speaks or watches is there, until the call or the film is over.
    fn see_busy(&mut self, now: Moment) {
        if self.is_busy() {
            self.last_here = self.last_here.max(Some(now.boot));
        }
    }

    fn settle_call(&mut self, now: Moment, signs: &mut Vec<Sign>) {
        let Some(settled) = self.call.settle(now) else { return };
        self.see_busy(now);
        if self.is_busy() {
            self.end_countdown(signs);
        }
        signs.push(settled);
    }

    fn wants_screen(&self) -> bool {
        self.settings.watching && self.settings.idle_after.is_some()
    }

    /// After a start in the midst of a film, the idle time is known before the film is.
    fn screen_awaited_until(&self) -> Option<Duration> {
        let awaited = self.wants_screen() && self.screen_kept.is_none() && self.idle_known;
        self.since.filter(|_| awaited).map(|since| since + TAKING_UP)
    }

    /// Where nobody has told of a film by then, there is none.
    fn stop_awaiting_screen(&mut self, now: Moment) {
        if self.screen_awaited_until().is_some_and(|until| until <= now.boot) {
            self.screen_kept = Some(false);
        }
    }

    /// What a lock or sleep measured of the last input.
    fn note_idle(&mut self, idle: Option<Duration>, now: Moment) {
        if let Some(idle) = idle {
            let last_input = now.boot.saturating_sub(idle);
            self.last_input = self.last_input.max(Some(last_input));
            self.heard_of_input = Some(now.boot);
            self.last_here = self.last_here.max(Some(last_input));
        }
    }

    /// There was input so long ago, and none since.
    fn hear_input(&mut self, ago: Duration, now: Moment, signs: &mut Vec<Sign>) {
        let at = now.boot.saturating_sub(ago);
        self.last_input = Some(at);
        self.heard_of_input = Some(now.boot);
        self.see_person(at, now, signs);
    }

    /// There was input, or an act, at this time since boot: ends whatever input may end (D03), and the countdown.
    fn see_person(&mut self, at: Duration, now: Moment, signs: &mut Vec<Sign>) {
        self.last_here = self.last_here.max(Some(at));
        self.end_countdown(signs);
        if !self.idle_passed(now) {
            self.end(DeskSignal::Idle, signs);
        }
        if self.is_locked() != Some(true) || !self.settings.lock {
            self.end(DeskSignal::Lock, signs);
        }
        if !self.asleep {
            self.end(DeskSignal::Sleep, signs);
        }
    }

    fn judge_lock(&mut self, now: Moment, signs: &mut Vec<Sign>) {
        if self.is_locked() != Some(true) && std::mem::take(&mut self.acted_while_locked) {
            // The act said what the input after an unlock would say; the next lock is a new one (C05).
            self.end(DeskSignal::Lock, signs);
        }
        let locked = self.is_locked() == Some(true) && self.settings.lock;
        if locked {
            self.begin(DeskSignal::Lock, now.wall, now, signs);
            if !self.asleep {
                self.end(DeskSignal::Sleep, signs);
            }
        } else if !self.settings.lock || (!self.knows_idle() && !self.asleep) {
            // Nothing will tell of input: unlocking alone means back.
            self.end(DeskSignal::Lock, signs);
            self.end(DeskSignal::Sleep, signs);
            if !self.knows_idle() {
                self.end(DeskSignal::Idle, signs);
            }
        }
    }

    fn knows_idle(&self) -> bool {
        (self.idle_known || self.awaited.0) && !self.elsewhere
    }

    /// A back-end that speaks is awaited no longer, and after a while none is.
    fn no_longer_await(&mut self, raw: &Raw, now: Moment) {
        let since = *self.since.get_or_insert(now.boot);
        match raw {
            _ if now.boot > since + TAKING_UP => self.awaited = (false, false),
            Raw::IdleFor(_) | Raw::IdleKnown | Raw::IdleUnknown(_) => self.awaited.0 = false,
            Raw::Lock { locked: Some(_), .. } => self.awaited.1 = false,
            Raw::Input
            | Raw::InputAgo(_)
            | Raw::Elsewhere(_)
            | Raw::Lock { .. }
            | Raw::Sleep { .. }
            | Raw::ScreenKept(_)
            | Raw::Call { .. } => {}
        }
    }

    fn idle_passed(&self, now: Moment) -> bool {
        let (Some(idle_after), Some(last_here)) = (self.settings.idle_after, self.last_here) else { return false };
        now.boot + TOLERANCE >= last_here + idle_after
    }

    fn judge_idle(&mut self, now: Moment, signs: &mut Vec<Sign>) {
        let (Some(idle_after), Some(last_here)) = (self.settings.idle_after, self.last_here) else { return };
        if !self.idle_known || self.elsewhere || self.on[DeskSignal::Idle as usize] || self.is_busy() {
            return;
        }
        // Between two words of the source there may have been any input: it tells what it is asked for, not each key.
        if self.heard_of_input != Some(now.boot) {
            return;
        }
        self.stop_awaiting_screen(now);
        if self.screen_awaited_until().is_some() {
            return;
        }
        let due = last_here + idle_after;
        if self.idle_passed(now) {
            self.end_countdown(signs);
            self.begin(DeskSignal::Idle, now.wall_at(last_here), now, signs);
        } else if now.boot + TOLERANCE >= due.saturating_sub(self.settings.countdown) && self.countdown.is_none() {
            self.countdown = Some(due);
            signs.push(Sign::CountdownBegan(now.wall_at(due)));
        }
    }

    fn begin(&mut self, signal: DeskSignal, at: Timestamp, now: Moment, signs: &mut Vec<Sign>) {
        if !std::mem::replace(&mut self.on[signal as usize], true) {
            // What was said of input before may be hours old, and the person may have typed all along.
            let heard = self.heard_of_input.max(self.last_here);
            let is_news = self.idle_known && heard.is_some_and(|heard| now.boot <= heard + NEWS);
            let last_here = self.last_here.filter(|_| is_news);
            let last_input = last_here.map(|last_here| now.wall_at(last_here));
            signs.push(Sign::Began { signal, at, last_input });
        }
    }

    fn end(&mut self, signal: DeskSignal, signs: &mut Vec<Sign>) {
        if std::mem::replace(&mut self.on[signal as usize], false) {
            signs.push(Sign::Ended(signal));
        }
    }

    fn end_countdown(&mut self, signs: &mut Vec<Sign>) {
        if self.countdown.take().is_some() {
            signs.push(Sign::CountdownEnded);
        }
    }
}

#[cfg(test)]
mod tests;
