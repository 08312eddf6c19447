//! The end: for now, or for good.

use std::time::Duration;

use super::fetching::FetchError;
use super::hub::RemoteHub;
use crate::client::ClientError;
use crate::outbox::Outbox;

impl RemoteHub {
    /// Ends for now: the sign-in stays. What waits is sent if that takes no longer than `patience`; out of reach, it
    /// is left to the next start.
    pub async fn close(mut self, patience: Duration) {
        self.link.close(patience).await;
        let now = (self.now)();
        self.advance(now);
        self.save(self.clock(now));
    }

    /// Signs this device out for good, and forgets all that is kept here. The token is for the caller to forget.
    ///
    /// Whether the service heard it is in the answer; this side is signed out in any case.
    pub async fn sign_out(self) -> Result<(), FetchError> {
        let told = match self.tokens.load().await {
            Ok(token) => self.client.sign_out(&token).await.map_err(FetchError::from),
            Err(error) => Err(error.into()),
        };
        self.link.close(Duration::ZERO).await;
        drop(self.outbox);
        Outbox::delete(&self.folder);
        match told {
            // The service had signed it out before.
            Err(FetchError::Client(ClientError::Unauthorized(_))) => Ok(()),
            told => told,
        }
    }
}
