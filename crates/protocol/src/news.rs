//! What a team's service tells a device besides the presence itself, and what keeps the two apart.

use crate::service::PersonView;

/// What keeps a device from its service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The service is out of reach, and why; it is tried again.
    Unreachable(String),
    /// The token lies in a place that nobody has unlocked yet; it is tried again.
    TokenLocked,
    /// The place holds no token, which it may do later; it is tried again.
    TokenMissing,
    /// There is no place with the token, and why; it is tried again.
    TokenUnavailable(String),
    /// The service no longer takes the token, in words: the person must sign in again.
    SignedOut(String),
}

/// Something that a service tells besides the presence itself.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// Somebody whom the person awaited is free.
    Free(Box<PersonView>),
    /// What was asked for earlier is refused for good, in words.
    Refused(String),
}
