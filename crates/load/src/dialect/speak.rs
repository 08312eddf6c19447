//! How to speak with a server, whichever it is.

use std::fmt;
use std::time::Duration;

use anyhow::Result;

use crate::socket::Socket;

/// A whole message from a server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard<'a> {
    /// Something that a watcher is told.
    Delivery(&'a [u8]),
    /// Everything that holds, when a session begins.
    Snapshot(&'a [u8]),
    /// A write is done.
    Done,
    /// The server asks whether somebody is there.
    Ping(&'a [u8]),
    /// The server hangs up, and says why, by a number and in words.
    Closed(u16, &'a [u8]),
    /// Anything else.
    Other,
}

/// A server can't take somebody now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ComeBack {
    /// When to try again, if it says so.
    pub after: Option<Duration>,
}

impl fmt::Display for ComeBack {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.after {
            Some(after) => write!(out, "to come back after {after:?}"),
            None => write!(out, "to come back later"),
        }
    }
}

impl std::error::Error for ComeBack {}

/// How to speak with a server.
pub(crate) trait Dialect: 'static {
    /// Greets and asks for what the publishers send. `who` is the client's number.
    async fn watch(&self, socket: &mut Socket, who: usize) -> Result<()>;

    /// Greets as a publisher.
    async fn enter(&self, socket: &mut Socket, who: usize) -> Result<()>;

    /// What publishes a message, as that publisher's `sequence`.
    fn publication(&self, publisher: usize, sequence: u64, message: &str) -> Vec<u8>;

    /// The first whole message among these bytes, and how long it is.
    fn split<'a>(&self, bytes: &'a [u8]) -> Option<(Heard<'a>, usize)>;

    /// The answer to a ping.
    fn pong(&self, ping: &[u8]) -> Vec<u8>;
}
