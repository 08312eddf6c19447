//! What goes on from one state of a link to the next.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use presence::Moment;
use protocol::Trouble;
use protocol::service::{Down, Write};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::renewal::Renewal;
use super::state::{Order, State};
use super::timing::Timing;
use crate::client::Client;
use crate::clock::ServiceClock;
use crate::tokens::Tokens;

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

/// What a link is told.
#[derive(Debug)]
pub(super) enum Command {
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

/// The state that is entered, and what is announced by that.
pub(super) type Entered = (State, Option<Event>);

/// What goes on from one state to the next.
pub(super) struct Link {
    pub setup: LinkSetup,
    pub commands: mpsc::UnboundedReceiver<Command>,
    /// What is not answered, in order, and since when it has been on its way.
    pub unanswered: VecDeque<(Write, Instant)>,
    /// What the service said last of the connection; nothing until a hello of this run was answered.
    pub terms: Option<Terms>,
    pub renewal: Renewal,
}

/// What a snapshot says of the connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// After how long without a ping the connection is lost.
    pub lost_after: Duration,
    /// When the token ends.
    pub expires_at: Timestamp,
}

impl Link {
    /// Takes a command in while there is no connection.
    pub(super) fn take(&mut self, command: Option<Command>) -> Option<Order> {
        match command {
            Some(Command::Write(write)) => self.unanswered.push_back((*write, Instant::now())),
            Some(Command::Forget(keys)) => self.unanswered.retain(|(write, _)| !keys.contains(&write.key)),
            Some(Command::Reconnect) => return Some(Order::Reconnect),
            Some(Command::Close { done, .. }) => return Some(Order::End(Some(done))),
            None => return Some(Order::End(None)),
        }
        None
    }

    pub(super) fn tell(&self, event: Event) {
        // Who doesn't listen any more is about to end the link.
        let _ = self.setup.events.send(event);
        (self.setup.wake)();
    }
}
