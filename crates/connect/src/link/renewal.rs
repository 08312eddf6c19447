//! The token's renewal. It outlives the connection that gave reason for it: that may end, but not between a new token and
//! its keeping.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use protocol::Secret;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::client::Client;
use crate::tokens::Tokens;

/// With so little of its life left, a token is renewed.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_hours(15 * 24);
/// After a renewal that failed, it is tried again so much later.
const RENEW_AGAIN: Duration = Duration::from_secs(24 * 3600);
/// A new token that could not be kept is tried to be kept again after these; the old one goes on for five minutes.
const KEEP_AGAIN: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(15), Duration::from_secs(60)];

/// The last renewal of this run, and when another one may begin.
#[derive(Default)]
pub(super) struct Renewal(Option<(JoinHandle<()>, Instant)>);

impl Renewal {
    /// Renews the token if it has little left.
    pub(super) fn begin_if_due(&mut self, left: SignedDuration, client: &Arc<Client>, tokens: &Arc<dyn Tokens>) {
        let tried = self.0.as_ref().is_some_and(|(_, again)| Instant::now() < *again);
        if left < RENEW_BEFORE && !tried {
            let renewal = tokio::spawn(renew(Arc::clone(client), Arc::clone(tokens)));
            self.0 = Some((renewal, Instant::now() + RENEW_AGAIN));
        }
    }

    /// Waits for one that is under way: a token that was asked for and not kept would be the person's last.
    pub(super) async fn finish(self, within: Duration) {
        if let Some((renewal, _)) = self.0 {
            let _ = timeout(within, renewal).await;
        }
    }
}

async fn renew(client: Arc<Client>, tokens: Arc<dyn Tokens>) {
    let Ok(token) = tokens.load().await else { return };
    // The old token ends soon after it was renewed: first see that the place takes one.
    if let Err(error) = tokens.keep(token.clone()).await {
        return tracing::warn!("the token is not renewed: {error}");
    }
    match client.renew(&token).await {
        Ok(renewed) => keep(&*tokens, renewed.token).await,
        Err(error) => tracing::warn!("the token is not renewed: {error}"),
    }
}

async fn keep(tokens: &dyn Tokens, token: Secret) {
    let mut again = KEEP_AGAIN.into_iter();
    while let Err(error) = tokens.keep(token.clone()).await {
        tracing::error!("the new token can't be kept: {error}");
        let Some(again) = again.next() else { return };
        sleep(again).await;
    }
}
