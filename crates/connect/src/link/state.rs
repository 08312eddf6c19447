//! Where a link is.

use tokio::sync::oneshot;

use super::timing::Why;
use crate::stream::Stream;
use crate::tokens::Soon;

/// What a link does. Each of these is left for another one by a file of its own.
pub(super) enum State {
    /// An attempt to connect is under way.
    Connecting {
        /// How many attempts failed since the last good connection.
        failures: u32,
        /// Tells of changes where the token was missing: heard from before this attempt on, so that nothing that happens
        /// during it is missed.
        token_changed: Option<Soon<()>>,
    },
    /// The service is connected.
    Live {
        /// By this.
        stream: Box<Stream>,
        /// How many attempts failed since the last good connection before this one.
        failures: u32,
    },
    /// Nothing is tried for a while.
    Waiting {
        /// Why.
        why: Why,
        /// How many attempts failed since the last good connection.
        failures: u32,
    },
    /// The service doesn't take the token any more: nothing is tried until told.
    SignedOut,
    /// It ends, and tells whoever waits for that.
    Ending(Option<oneshot::Sender<()>>),
}

/// What a command asks for besides what it brings.
pub(super) enum Order {
    Reconnect,
    End(Option<oneshot::Sender<()>>),
}

impl Order {
    /// What comes of it while there is no connection. `token_changed` is heard on through another attempt.
    pub(super) fn obey(self, token_changed: Option<Soon<()>>) -> State {
        match self {
            Self::Reconnect => State::Connecting { failures: 0, token_changed },
            Self::End(done) => State::Ending(done),
        }
    }
}
