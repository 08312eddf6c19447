//! Named pipes: the access list lets the person in alone, and whoever connects looks whose the pipe is.

mod access;
#[cfg(feature = "listener")]
mod listener;
mod stream;

#[cfg(feature = "listener")]
pub use listener::{Connection, Listener};
pub use stream::{Stream, connect};
