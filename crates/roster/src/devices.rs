//! Devices: where people are signed in, and by which tokens.

use log::LogError;
use presence::{DeviceId, Timestamp};
use protocol::DeviceView;

use crate::{PersonId, Seat};

/// A token as it is kept, without the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Whose, on which device.
    pub seat: Seat,
    /// When it ends.
    pub ends: Timestamp,
    /// Whether it took the place of others that are not spent yet.
    pub is_first_use: bool,
    /// When that other one was first used.
    pub spent: Option<Timestamp>,
}

/// How a token takes the place of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal<'a> {
    /// On which device.
    pub device: &'a DeviceId,
    /// The digest of the new one.
    pub digest: &'a [u8],
    /// When the new one ends, unless the sign-in does before.
    pub ends: Timestamp,
    /// After so long a sign-in ends, however often it was renewed.
    pub longest: jiff::SignedDuration,
    /// When those of before end.
    pub overlap: Timestamp,
    /// Now: what has ended by then is forgotten.
    pub now: Timestamp,
}

/// Where people are signed in. Of tokens only digests are kept: who reads them can't sign in by them.
pub trait Devices {
    /// Adds a device of a person, with its first token.
    fn add_device(
        &mut self,
        seat: &Seat,
        label: &str,
        since: Timestamp,
        digest: &[u8],
        ends: Timestamp,
    ) -> Result<(), LogError>;

    /// The token that has a digest.
    fn token(&self, digest: &[u8]) -> Result<Option<Token>, LogError>;

    /// The newest token of a device is in use: those that were replaced are spent from now on.
    fn spend(&mut self, device: &DeviceId, now: Timestamp) -> Result<(), LogError>;

    /// Until when a device is signed in; `None` if it isn't any more.
    fn signed_in_until(&self, device: &DeviceId, now: Timestamp) -> Result<Option<Timestamp>, LogError>;

    /// Gives a device another token; when that ends.
    fn renew(&mut self, renewal: &Renewal<'_>) -> Result<Timestamp, LogError>;

    /// Where a person is signed in, the latest first. `connected` and `this` are for the caller to say.
    fn devices(&self, person: PersonId, now: Timestamp) -> Result<Vec<DeviceView>, LogError>;

    /// Removes a device of a person; whether there was such a one.
    fn remove_device(&mut self, seat: &Seat) -> Result<bool, LogError>;

    /// Notes when a device was heard.
    fn note_seen(&mut self, device: &DeviceId, at: Timestamp) -> Result<(), LogError>;

    /// The boot that a device said last.
    fn boot(&self, device: &DeviceId) -> Result<Option<String>, LogError>;

    /// Notes a device's boot.
    fn note_boot(&mut self, device: &DeviceId, boot: &str, at: Timestamp) -> Result<(), LogError>;
}
