//! A team's service as a hub: reached over HTTPS and a WebSocket, and kept through lost connections.
//!
//! [`RemoteHub`] answers at once and at any time from what this device knows: the service's last word, and on top of it what
//! waits to be confirmed. A task behind it keeps the connection. **It must not know** of keyrings, D-Bus, windows or a
//! tray, nor who asks: it brings the token by [`Tokens`], the clocks as [`presence::Moment`]s, and wakes its owner by a callback.

mod address;
mod client;
mod clock;
mod link;
mod outbox;
mod pending;
mod remote_hub;
mod replica;
mod stream;
mod tokens;

pub use address::{Address, AddressError, Addresses};
pub use client::{Client, ClientError};
pub use clock::ServiceClock;
pub use link::Timing;
pub use outbox::{Left, Outbox, OutboxError};
pub use remote_hub::{FetchError, NotTaken, RemoteHub, Setup};
pub use tokens::{NoToken, Soon, Tokens};
