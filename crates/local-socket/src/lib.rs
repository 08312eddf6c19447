//! A stream between two programs of one person on one machine: a Unix socket, or a named pipe of Windows.
//!
//! It exists so that the resident program, the command line and the window mean the same by *the local socket* on every
//! system: only the same person gets in, and nobody else can pose as the one who listens.
//!
//! **It must not know** what is said over it.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as os;
#[cfg(windows)]
use windows as os;

#[cfg(feature = "listener")]
pub use os::{Connection, Listener};
pub use os::{Stream, connect};
#[cfg(unix)]
pub use unix::check_private;
