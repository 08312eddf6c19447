//! The task that keeps a device connected to its service.
//!
//! It is in one [`State`] at a time, each in a file of its own; whoever enters one says what is announced by that. It
//! costs one wake-up for each ping of the service and no other: there is one timer, for when a ping is overdue, and it is
//! taken back before it fires.

mod carried;
mod connecting;
mod live;
mod renewal;
mod state;
mod timing;
mod waiting;

use std::time::Duration;

use protocol::service::Write;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use self::carried::{Command, Entered, Link};
pub(crate) use self::carried::{Event, LinkSetup};
use self::connecting::Connecting;
use self::live::Live;
use self::renewal::Renewal;
use self::state::State;
pub use self::timing::Timing;
use self::waiting::Waiting;

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

/// Begins to connect.
pub(crate) fn spawn(mut setup: LinkSetup) -> LinkHandle {
    let (handle, commands) = mpsc::unbounded_channel();
    let now = Instant::now();
    let unanswered = std::mem::take(&mut setup.writes).into_iter().map(|write| (write, now)).collect();
    tokio::spawn(keep(Link { setup, commands, unanswered, terms: None, renewal: Renewal::default() }));
    LinkHandle(handle)
}

/// Goes from one state to the next.
async fn keep(mut link: Link) {
    let mut state = State::Connecting { failures: 0, token_changed: None };
    loop {
        let (next, announced) = match state {
            State::Connecting { failures, token_changed } => {
                Connecting::new(&link, failures, token_changed).stay(&mut link).await
            }
            State::Live { stream, failures } => Live::new(&link, *stream, failures).stay(&mut link).await,
            State::Waiting { why, failures } => Waiting::new(&link, why, failures).stay(&mut link).await,
            State::SignedOut => signed_out(&mut link).await,
            State::Ending(done) => return end(link, done).await,
        };
        if let Some(event) = announced {
            link.tell(event);
        }
        state = next;
    }
}

async fn signed_out(link: &mut Link) -> Entered {
    loop {
        let command = link.commands.recv().await;
        if let Some(order) = link.take(command) {
            return (order.obey(None), None);
        }
    }
}

async fn end(link: Link, done: Option<oneshot::Sender<()>>) {
    link.renewal.finish(link.setup.timing.answer_within).await;
    drop(link.setup);
    let _ = done.map(|done| done.send(()));
}
