//! An attempt to connect is under way.

use std::sync::Arc;
use std::time::Duration;

use protocol::Trouble;
use tokio::time::Instant;

use super::carried::{Entered, Event, Link};
use super::state::State;
use super::timing::Why;
use crate::client::{Client, ClientError};
use crate::stream::Stream;
use crate::tokens::{NoToken, Soon, Tokens};

pub(super) struct Connecting {
    attempt: Soon<Result<Stream, Failed>>,
    began: Instant,
    /// How many attempts failed since the last good connection.
    failures: u32,
    /// Tells of changes where the token was missing: heard from before this attempt on, so that nothing that happens
    /// during it is missed.
    token_changed: Option<Soon<()>>,
}

/// Why an attempt failed.
struct Failed {
    trouble: Trouble,
    /// For how long the service said to wait.
    told: Option<Duration>,
}

impl Connecting {
    pub(super) fn new(link: &Link, failures: u32, token_changed: Option<Soon<()>>) -> Self {
        let attempt = attempt(Arc::clone(&link.setup.client), Arc::clone(&link.setup.tokens));
        Self { attempt: Box::pin(attempt), began: Instant::now(), failures, token_changed }
    }

    pub(super) async fn stay(mut self, link: &mut Link) -> Entered {
        loop {
            let command = tokio::select! {
                opened = &mut self.attempt => return match opened {
                    Ok(stream) => (State::Live { stream: Box::new(stream), failures: self.failures }, None),
                    Err(failed) => self.failed(link, failed),
                },
                command = link.commands.recv() => command,
            };
            if let Some(order) = link.take(command) {
                return (order.obey(self.token_changed), None);
            }
        }
    }

    fn failed(self, link: &Link, Failed { trouble, told }: Failed) -> Entered {
        tracing::info!("not connected: {trouble:?}");
        let why = match (&trouble, told) {
            (Trouble::SignedOut(_), _) => return (State::SignedOut, Some(Event::Failed(trouble))),
            (Trouble::Unreachable(_), Some(told)) => Why::Told(told),
            (Trouble::Unreachable(_), None) => Why::OutOfReach,
            (Trouble::TokenLocked | Trouble::TokenMissing | Trouble::TokenUnavailable(_), _) => Why::NoToken {
                changed: Some(self.token_changed.unwrap_or_else(|| link.setup.tokens.changed())),
                settled: self.began + link.setup.timing.token_settles_within,
            },
        };
        (State::Waiting { why, failures: self.failures + 1 }, Some(Event::Failed(trouble)))
    }
}

/// Connects with the token, which is forgotten right after.
async fn attempt(client: Arc<Client>, tokens: Arc<dyn Tokens>) -> Result<Stream, Failed> {
    let token = tokens.load().await.map_err(|error| match error {
        NoToken::Locked => Trouble::TokenLocked,
        NoToken::Missing => Trouble::TokenMissing,
        NoToken::Unavailable(why) => Trouble::TokenUnavailable(why),
    })?;
    Stream::open(&client, &token).await.map_err(|error| match error {
        ClientError::Unauthorized(why) => Trouble::SignedOut(why).into(),
        ClientError::TryAgain { why, after } => Failed { trouble: Trouble::Unreachable(why), told: Some(after) },
        other => Trouble::Unreachable(other.to_string()).into(),
    })
}

impl From<Trouble> for Failed {
    fn from(trouble: Trouble) -> Self {
        Self { trouble, told: None }
    }
}
