//! The hub: the one presence service that an agent speaks to.

use std::pin::Pin;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use presence::{DeviceId, Effective, Interval, Moment, Policy, Span, State, StatusId, What};
use protocol::service::PersonView;
use protocol::{Check, Connection, HeldAs, HeldItem, Notice, Reply, Request, Said, Trouble};
use tokio::sync::oneshot;
use words::{Key, Language, key};

/// Why a hub did not do as asked, in words that say what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.line)]
pub struct Refusal(pub Said);

impl<Words: Into<Said>> From<Words> for Refusal {
    fn from(words: Words) -> Self {
        Self(words.into())
    }
}

impl Refusal {
    /// Adds what only somebody at a command line can make use of.
    #[must_use]
    pub(crate) fn hint(mut self, command: &str) -> Self {
        self.0.line.push_str(command);
        self
    }
}

/// A sign-in to a team's service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its address.
    pub service: String,
    /// The name there.
    pub name: String,
    /// Whether it ends with the program.
    pub this_run_only: bool,
    /// What keeps it from being connected.
    pub trouble: Option<Trouble>,
}

/// Something that the hub tells besides the presence itself.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// The service's own.
    OfService(protocol::News),
    /// Something of the program went wrong that the person should know: what, and the values of its holes.
    Fault(Key, Vec<(&'static str, String)>),
}

/// What waits to be sent, while the service is out of reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The status that was chosen last.
    pub status: Option<StatusId>,
    /// Whether the message beside it waits, too.
    pub message: bool,
}

/// A presence service, embedded or a team's.
pub trait Hub: std::fmt::Debug {
    /// The service's clock at this moment: a device's own may be wrong.
    fn clock(&self, now: Moment) -> Moment {
        now
    }
    /// Records what somebody asked for in one; refused unless all of it is kept.
    fn ask_all(&mut self, whats: Vec<What>, now: Moment) -> Result<(), Refusal>;
    /// Records what somebody asked for; refused unless it is kept.
    fn ask(&mut self, what: What, now: Moment) -> Result<(), Refusal> {
        self.ask_all(vec![what], now)
    }
    /// Records what the device sensed. It counts in any case.
    fn sense(&mut self, at: Timestamp, what: What, now: Moment);
    /// Runs timers up to now, and tries again what could not be kept.
    fn advance(&mut self, now: Moment);
    /// The effective status.
    fn effective(&self, now: Timestamp) -> Effective;
    /// The folded facts.
    fn state(&self) -> &State;
    /// The organisation's policy.
    fn policy(&self) -> &Policy;
    /// What the person is called there.
    fn person(&self) -> String;
    /// This device's name there.
    fn device(&self) -> &DeviceId;
    /// Whether something sensed could not be kept yet, and should be tried again.
    fn is_behind(&self) -> bool;
    /// How it is reached.
    fn connection(&self) -> Connection;
    /// The intervals of a span of the last two days, as corrected.
    fn recent(&self, span: &Span) -> Result<Vec<Interval>, Refusal>;
    /// Where what is kept begins; `None` where nothing is.
    fn kept_since(&self) -> Result<Option<Timestamp>, Refusal>;
    /// Answers what takes a while, by [`Request::History`], [`Request::People`], [`Request::Devices`],
    /// [`Intent::DeleteHistory`](protocol::Intent::DeleteHistory), [`Intent::Revoke`](protocol::Intent::Revoke),
    /// [`Intent::Favourite`](protocol::Intent::Favourite) or [`Intent::TellWhenFree`](protocol::Intent::TellWhenFree).
    fn fetch(&mut self, request: Request, language: Language, reply: oneshot::Sender<Reply>);
    /// When the answer can change though nothing is heard, in time since boot.
    fn next_change(&self, now: Moment) -> Option<Duration> {
        let ahead = self.state().next_change()?.duration_since(now.wall);
        Some(now.boot + Duration::try_from(ahead).unwrap_or_default())
    }
    /// How long history is kept from now on; `None`: for ever.
    fn keep_history(&mut self, keep: Option<SignedDuration>, now: Moment);
    /// Keeps a notification.
    fn hold(&mut self, notice: &Notice, held_as: HeldAs, now: Moment) -> Result<(), Refusal>;
    /// What is held.
    fn held(&self) -> Result<Vec<HeldItem>, Refusal>;
    /// A digest has told of what is held up to this number; what came after it was not in it.
    fn mark_told(&mut self, up_to: u64) -> Result<(), Refusal>;
    /// Forgets what is held; how many that were.
    fn clear_held(&mut self) -> Result<usize, Refusal>;
    /// Forgets one of the held; whether it was there.
    fn forget_held(&mut self, id: u64) -> Result<bool, Refusal>;
    /// How its parts are doing.
    fn checks(&self) -> Vec<Check>;
    /// The sign-in to a team's service; `None` for the embedded one.
    fn account(&self) -> Option<Account> {
        None
    }
    /// What was asked for and is not confirmed, while the service is out of reach.
    fn asked(&self) -> Asked {
        Asked::default()
    }
    /// What others see while the service is out of reach, and since when they do.
    fn others_see(&self, _now: Timestamp) -> Option<(StatusId, Timestamp)> {
        None
    }
    /// The favourites and those awaited, as far as they are known.
    fn people(&self) -> &[PersonView] {
        &[]
    }
    /// Sends what is still to be sent, for as long as that is worth waiting for.
    fn close(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(async {})
    }
    /// What the service told since the last call.
    fn take_news(&mut self) -> Vec<News> {
        Vec::new()
    }
}

/// What an embedded service says of all that needs a team's.
pub fn no_service(language: Language) -> Refusal {
    let [line, words] = [Language::English, language].map(|language| language.say(key::REFUSAL_NO_SERVICE, &[]));
    Refusal(Said { line, words }).hint(" To sign in: halo sign-in ADDRESS")
}
