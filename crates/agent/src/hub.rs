//! The hub: the one presence service that an agent speaks to.

use std::pin::Pin;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use presence::{DeviceId, Effective, Interval, Moment, Policy, Span, State, StatusId, What};
use protocol::service::{Follow, PersonView};
use protocol::{Check, Connection, DeviceView, HeldAs, HeldItem, Notice, Reply, Said, Trouble};
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

/// Where the answer to a question goes, once it is there.
pub struct Answer<T>(Box<dyn FnOnce(Result<T, Refusal>) -> Option<Refusal> + Send>);

impl<T: 'static> Answer<T> {
    /// An answer that is sent to whoever asked, as the reply that `make` makes of it.
    pub fn to(reply: oneshot::Sender<Reply>, make: impl FnOnce(T) -> Reply + Send + 'static) -> Self {
        let send = move |answer: Result<T, Refusal>| {
            let answer = answer.map_or_else(|refusal| Reply::Refused(refusal.0), make);
            match reply.send(answer) {
                Err(Reply::Refused(said)) => Some(Refusal(said)),
                // Whoever hung up before the answer needs none.
                Err(_) | Ok(()) => None,
            }
        };
        Self(Box::new(send))
    }

    /// Gives it. A refusal that nobody waits for comes back, for whoever can say it otherwise.
    pub fn give(self, answer: Result<T, Refusal>) -> Option<Refusal> {
        (self.0)(answer)
    }
}

impl<T> std::fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answer")
    }
}

/// What takes a while to ask of a hub.
#[derive(Debug)]
pub enum Fetch {
    /// The intervals of a span, as corrected.
    History(Span, Answer<Vec<protocol::Interval>>),
    /// Erases the history before now.
    DeleteHistory(Answer<()>),
}

/// What only a team's service can be asked. It takes a while, too.
#[derive(Debug)]
pub enum TeamFetch {
    /// The people whose names have this in them.
    People(String, Answer<Vec<PersonView>>),
    /// Where the person is signed in.
    Devices(Answer<Vec<DeviceView>>),
    /// Signs the device with this id out.
    Revoke(String, Answer<()>),
    /// Follows somebody, or no longer, by their name, what they are called, or a part of either that only one has.
    Follow {
        /// Whom.
        person: String,
        /// How.
        how: Follow,
        /// Whether.
        on: bool,
        /// Where the answer goes.
        answer: Answer<()>,
    },
}

impl TeamFetch {
    /// Answers that it can't be asked.
    pub(crate) fn refuse(self, why: Refusal) {
        let _ = match self {
            Self::People(_, answer) => answer.give(Err(why)),
            Self::Devices(answer) => answer.give(Err(why)),
            Self::Revoke(_, answer) | Self::Follow { answer, .. } => answer.give(Err(why)),
        };
    }
}

/// A presence service, embedded or a team's.
pub trait Hub: HeldBox + std::fmt::Debug {
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
    /// How long history is kept from now on; `None`: for ever.
    fn keep_history(&mut self, keep: Option<SignedDuration>, now: Moment);
    /// Asks what takes a while.
    fn fetch(&mut self, fetch: Fetch);
    /// When the answer can change though nothing is heard, in time since boot.
    fn next_change(&self, now: Moment) -> Option<Duration> {
        let ahead = self.state().next_change()?.duration_since(now.wall);
        Some(now.boot + Duration::try_from(ahead).unwrap_or_default())
    }
    /// How its parts are doing.
    fn checks(&self) -> Vec<Check>;
    /// What there is besides if the service is a team's.
    fn team(&self) -> Option<&dyn TeamService> {
        None
    }
    /// What the service told since the last call.
    fn take_news(&mut self) -> Vec<News> {
        Vec::new()
    }
    /// Sends what is still to be sent, for as long as that is worth waiting for.
    fn close(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(async {})
    }
}

/// Where notifications wait for a digest.
pub trait HeldBox {
    /// Keeps a notification.
    fn hold(&mut self, notice: &Notice, held_as: HeldAs, now: Moment) -> Result<(), Refusal>;
    /// What is held, the oldest first.
    fn held(&self) -> Result<Vec<HeldItem>, Refusal>;
    /// A digest has told of what is held up to this number; what came after it was not in it.
    fn mark_told(&mut self, up_to: u64) -> Result<(), Refusal>;
    /// Forgets what is held; how many that were.
    fn clear_held(&mut self) -> Result<usize, Refusal>;
    /// Forgets one of the held; whether it was there.
    fn forget_held(&mut self, id: u64) -> Result<bool, Refusal>;
}

/// What only a team's service has: a sign-in, colleagues, and a way to it that may be cut.
pub trait TeamService {
    /// The sign-in.
    fn account(&self) -> Account;
    /// What was asked for and is not confirmed, while the service is out of reach.
    fn asked(&self) -> Asked;
    /// What others see while the service is out of reach, and since when they do.
    fn others_see(&self, now: Timestamp) -> Option<(StatusId, Timestamp)>;
    /// The favourites and those awaited, as far as they are known.
    fn people(&self) -> &[PersonView];
    /// Asks what takes a while.
    fn fetch(&self, fetch: TeamFetch);
}

/// What an embedded service says of all that needs a team's.
pub(crate) fn no_service(language: Language) -> Refusal {
    let [line, words] = [Language::English, language].map(|language| language.say(key::REFUSAL_NO_SERVICE, &[]));
    Refusal(Said { line, words }).hint(" To sign in: halo sign-in ADDRESS")
}
