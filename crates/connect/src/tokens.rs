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
    /// There is no such place, and why.
    #[error("{0}")]
    Unavailable(String),
}

/// The keeper of this device's token.
pub trait Tokens: Send + Sync + 'static {
    /// The token; `None` if none is kept.
    fn load(&self) -> Soon<Result<Option<Secret>, NoToken>>;
    /// Keeps a token in the place of the one before.
    fn keep(&self, token: Secret) -> Soon<Result<(), NoToken>>;
}
