//! Where the token is kept, for whoever connects: this crate asks for it when it needs it, and forgets it again.

use std::pin::Pin;

use protocol::Secret;

/// What takes a while.
pub type Soon<Answer> = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Why there is no telling what the token is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    /// Nobody has unlocked the place yet.
    #[error("the keyring is locked")]
    Locked,
    /// The place has none. That is no sign-out: keyrings come late, are locked without saying so, or are moved.
    #[error("the keyring has no sign-in for Halo yet. Sign in again if it was lost")]
    Missing,
    /// There is no such place, and why.
    #[error("{0}")]
    Unavailable(String),
}

/// The keeper of this device's token.
pub trait Tokens: Send + Sync + 'static {
    /// The token.
    fn load(&self) -> Soon<Result<Secret, NoToken>>;
    /// Keeps a token in the place of the one before.
    fn keep(&self, token: Secret) -> Soon<Result<(), NoToken>>;
    /// Ends when it may be worth asking again: the place came, was unlocked, or holds something else. Where nobody
    /// tells of such things it never ends.
    fn changed(&self) -> Soon<()> {
        Box::pin(std::future::pending())
    }
}
