//! The task that keeps a device connected to its service.
//!
//! It is in one [`State`] at a time, each in a file of its own; whoever enters one says what is announced by that. It
//! costs one wake-up for each ping of the service and no other: there is one timer, for when a ping is overdue, and it is
//! taken back before it fires.

mod connecting;
mod live;
mod renewal;
mod waiting;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use protocol::service::{Down, Write};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use self::connecting::Connecting;
use self::live::Live;
use self::renewal::Renewal;
use self::waiting::Waiting;
use crate::client::Client;
use crate::clock::{Moment, ServiceClock};
use crate::tokens::{Soon, Tokens};

/// How long the link waits for what.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// The longest first wait before another attempt; each further one may be twice as long.
    pub first_wait: Duration,
    /// The longest wait before another attempt.
    pub longest_wait: Duration,
    /// The longest wait before another attempt if the service itself said how long to wait.
    pub longest_told_wait: Duration,
    /// The longest wait before the place with the token is asked again though nobody told of a change there.
    pub longest_wait_for_token: Duration,
    /// How soon after an attempt another one may follow because the place with the token changed.
    pub token_settles_within: Duration,
    /// A connection that lasted for so long was a good one: the next wait is a first one again.
    pub steady_after: Duration,
    /// For how long a write, or the hello, may stay without an answer.
    pub answer_within: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(10),
            longest_told_wait: Duration::from_secs(5 * 60),
            longest_wait_for_token: Duration::from_secs(60),
            token_settles_within: Duration::from_secs(1),
            steady_after: Duration::from_secs(30),
            answer_within: Duration::from_secs(10),
        }
    }
}

/// What keeps a device from its service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The service is out of reach, and why; it is tried again.
    Unreachable(String),
    /// The token lies in a locked place; it is tried again.
    TokenLocked,
    /// The place holds no token, which it may do later; it is tried again.
    TokenMissing,
    /// There is no place with the token, and why; it is tried again.
    TokenUnavailable(String),
    /// The service no longer takes the token, in words: the person must sign in again.
    SignedOut(String),
}

/// What the link tells.
#[derive(Debug)]
pub(crate) enum Event {
    /// The service said something.
    Heard(Box<Down>),
    /// The connection is gone.
    Lost {
        /// Why, in words; `None` if it was ended from here.
        why: Option<String>,
        /// When the service was last heard, in time since boot.
        heard: Duration,
        /// Whether the service knows that it is gone.
        closed: bool,
    },
    /// The service said something that this version doesn't know: what.
    Unknown(String),
    /// An attempt to connect failed.
    Failed(Trouble),
}

#[derive(Debug)]
enum Command {
    Write(Box<Write>),
    Forget(Vec<String>),
    Reconnect,
    Close { patience: Duration, done: oneshot::Sender<()> },
}

/// What a link needs.
pub(crate) struct LinkSetup {
    pub client: Arc<Client>,
    pub tokens: Arc<dyn Tokens>,
    pub clock: Arc<ServiceClock>,
    pub now: fn() -> Moment,
    pub boot_id: String,
    pub timing: Timing,
    /// Writes of an earlier run.
    pub writes: Vec<Write>,
    pub events: mpsc::UnboundedSender<Event>,
    /// Called once an event is queued.
    pub wake: Arc<dyn Fn() + Send + Sync>,
}

/// The way to a link. Without it, the link ends.
#[derive(Debug, Clone)]
pub(crate) struct LinkHandle(mpsc::UnboundedSender<Command>);

impl LinkHandle {
    /// Sends a write, now or once connected, until it is answered.
    pub(crate) fn write(&self, write: Write) {
        self.tell(Command::Write(Box::new(write)));
    }

    /// Writes that need not be sent any more.
    pub(crate) fn forget(&self, keys: Vec<String>) {
        self.tell(Command::Forget(keys));
    }

    /// Connects anew and at once: the device woke, the network changed, something was missed.
    pub(crate) fn reconnect(&self) {
        self.tell(Command::Reconnect);
    }

    /// Ends, once all is answered if that comes within `patience`.
    pub(crate) async fn close(&self, patience: Duration) {
        let (done, ended) = oneshot::channel();
        self.tell(Command::Close { patience, done });
        // A link that is gone already has nothing to end.
        let _ = ended.await;
    }

    fn tell(&self, command: Command) {
        // A link only ends before its handle if the whole program does.
        let _ = self.0.send(command);
    }
}

/// Where a link is.
enum State {
    /// An attempt to connect is under way.
    Connecting(Connecting),
    /// The service is connected.
    Live(Box<Live>),
    /// Nothing is tried for a while.
    Waiting(Waiting),
    /// The service doesn't take the token any more: nothing is tried until told.
    SignedOut,
    /// It ends, and tells whoever waits for that.
    Ending(Option<oneshot::Sender<()>>),
}

/// The state that was entered, and what is announced by that.
type Entered = (State, Option<Event>);

/// What goes on from one state to the next.
struct Link {
    setup: LinkSetup,
    commands: mpsc::UnboundedReceiver<Command>,
    /// What is not answered, in order, and since when it has been on its way.
    unanswered: VecDeque<(Write, Instant)>,
    /// What the service said last of the connection; nothing until a hello of this run was answered.
    terms: Option<Terms>,
    renewal: Renewal,
}

/// What a snapshot says of the connection.
#[derive(Debug, Clone, Copy)]
struct Terms {
    /// After how long without a ping the connection is lost.
    lost_after: Duration,
    /// When the token ends.
    expires_at: Timestamp,
}

/// What a command asks for besides what it brings.
enum Order {
    Reconnect,
    End(Option<oneshot::Sender<()>>),
}

/// Begins to connect.
pub(crate) fn spawn(mut setup: LinkSetup) -> LinkHandle {
    let (handle, commands) = mpsc::unbounded_channel();
    let now = Instant::now();
    let unanswered = std::mem::take(&mut setup.writes).into_iter().map(|write| (write, now)).collect();
    let link = Link { setup, commands, unanswered, terms: None, renewal: Renewal::default() };
    tokio::spawn(link.run());
    LinkHandle(handle)
}

impl Link {
    async fn run(mut self) {
        let (mut state, mut announced) = Connecting::enter(&self, 0, None, None);
        loop {
            if let Some(event) = announced.take() {
                self.tell(event);
            }
            (state, announced) = match state {
                State::Connecting(connecting) => connecting.stay(&mut self).await,
                State::Live(live) => live.stay(&mut self).await,
                State::Waiting(waiting) => waiting.stay(&mut self).await,
                State::SignedOut => self.signed_out().await,
                State::Ending(done) => return self.end(done).await,
            };
        }
    }

    async fn signed_out(&mut self) -> Entered {
        loop {
            let command = self.commands.recv().await;
            if let Some(order) = self.take(command) {
                return order.obey(self, None);
            }
        }
    }

    async fn end(self, done: Option<oneshot::Sender<()>>) {
        self.renewal.finish(self.setup.timing.answer_within).await;
        drop(self.setup);
        let _ = done.map(|done| done.send(()));
    }

    /// Takes a command in while there is no connection.
    fn take(&mut self, command: Option<Command>) -> Option<Order> {
        match command {
            Some(Command::Write(write)) => self.unanswered.push_back((*write, Instant::now())),
            Some(Command::Forget(keys)) => self.unanswered.retain(|(write, _)| !keys.contains(&write.key)),
            Some(Command::Reconnect) => return Some(Order::Reconnect),
            Some(Command::Close { done, .. }) => return Some(Order::End(Some(done))),
            None => return Some(Order::End(None)),
        }
        None
    }

    fn tell(&self, event: Event) {
        // Who doesn't listen any more is about to end the link.
        let _ = self.setup.events.send(event);
        (self.setup.wake)();
    }
}

impl Order {
    /// What comes of it while there is no connection. `token_changed` is heard on through another attempt.
    fn obey(self, link: &Link, token_changed: Option<Soon<()>>) -> Entered {
        match self {
            Self::Reconnect => Connecting::enter(link, 0, token_changed, None),
            Self::End(done) => (State::Ending(done), None),
        }
    }
}
