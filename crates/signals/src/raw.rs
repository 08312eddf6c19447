//! What the back-ends say, in their own words: no interpretation yet.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a back-end says, straight from the operating system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Raw {
    /// The user has given no input for this long, measured now. Sent once as a seed after a start, a reconnect or
    /// the end of a pause, and once when an armed threshold is reached.
    IdleFor(Duration),
    /// The seed of a source that tells only what happens from now on: nothing is known of the input before, and the
    /// idle time counts from this moment. No sign of the user.
    IdleKnown,
    /// The first input after [`Arm::input`] was asked for, or after the [`Raw::IdleFor`] that made somebody ask; said once for
    /// each time it is asked.
    Input,
    /// The same, where the word comes late, as after a freeze of this program: the last input was so long ago.
    InputAgo(Duration),
    /// No idle source works (any more); the reason is for people.
    IdleUnknown(String),
    /// A lock source says so.
    Lock {
        /// Who says so.
        source: LockSource,
        /// `None`: that source is gone or cannot say.
        locked: Option<bool>,
        /// Time since the last input, measured when `locked` became true: too short by up to 30 seconds where the
        /// system tells pauses only, and not the time. `None` where it is not known, where `locked` is not true, and
        /// in a seed (the moment of the lock lies in the past then).
        idle: Option<Duration>,
    },
    /// Whether the person sits in another session of theirs at the same seat: what is heard of input here says nothing
    /// of them then. The lock is that session's, and said before this.
    Elsewhere(bool),
    /// The machine sleeps or wakes.
    Sleep {
        /// True: about to sleep, and held back until [`Handle::sleep_recorded`](crate::Handle::sleep_recorded) is
        /// called or as long as the system allows (three seconds on Linux, one and a half elsewhere). False: awake again.
        asleep: bool,
        /// Time since the last input, measured when `asleep` became true; `None` where it is not known.
        idle: Option<Duration>,
    },
    /// Whether a program keeps the screen on, as a film or a presentation does. Said while [`Arm::screen`] asks for it:
    /// once at first, and when it changes. Where no source can say, it is not so.
    ScreenKept(bool),
    /// Whether anything uses a microphone or a camera, as far as that is known. Said when it changes, by the moment.
    Call {
        /// `None`: no source can say (any more).
        busy: Option<bool>,
    },
}

/// Who says that the session is locked. Several may, at the same time, and disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LockSource {
    /// The `LockedHint` of our logind session.
    Logind,
    /// A screen saver, by its name on the session bus, or its own where it is on none.
    ScreenSaver(&'static str),
    /// The session itself, where the system tells of it (Windows, macOS).
    Session,
    /// The Wayland compositor, whichever program locks it.
    Compositor,
    /// The connection to a desktop on another machine: whoever cuts it has left.
    Remote,
}

impl fmt::Display for LockSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Logind => f.write_str("logind"),
            Self::ScreenSaver(name) => f.write_str(name),
            Self::Session => f.write_str("the session"),
            Self::Compositor => f.write_str("the compositor"),
            Self::Remote => f.write_str("the remote connection"),
        }
    }
}

impl Serialize for LockSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LockSource {
    /// For traces, which are read by tests: what a name takes there is never given back.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = [Self::Logind, Self::Session, Self::Compositor, Self::Remote];
        let known = known.into_iter().find(|source| source.to_string() == name);
        Ok(known.unwrap_or_else(|| Self::ScreenSaver(name.leak())))
    }
}

/// Which idle moments are wanted. Each call of [`Handle::arm`](crate::Handle::arm) replaces the one before, and each
/// wish for a moment is fulfilled at most once.
#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arm {
    /// Say [`Raw::IdleFor`] when the time since the last input reaches this; at once if it already has.
    pub idle_for: Option<Duration>,
    /// Say [`Raw::Input`] at the next input.
    pub input: bool,
    /// Say [`Raw::ScreenKept`]; until then nothing asks about it.
    pub screen: bool,
}
