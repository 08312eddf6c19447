//! What differs between the servers: how one greets, and how a delivery looks.

pub(crate) mod floor;
pub(crate) mod halo;
pub(crate) mod mqtt;
pub(crate) mod nats;
pub(crate) mod websocket;

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use tokio::sync::mpsc;

use crate::socket::Socket;
use crate::tally::{Expected, Tally, add};

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

/// Goes on with a connection until it ends: counts what comes into `tally`, unless that is none of its business, answers
/// pings, and sends what is to be sent.
pub(crate) async fn converse(
    mut socket: Socket,
    dialect: Rc<impl Dialect>,
    tally: Rc<Tally>,
    counts: bool,
    mut to_send: mpsc::Receiver<Vec<u8>>,
) {
    let mut expected = Expected::default();
    let mut sends = true;
    loop {
        let mut taken = 0;
        let mut pongs = Vec::new();
        while let Some((heard, length)) = dialect.split(&socket.coming[taken..]) {
            match heard {
                Heard::Delivery(payload) if counts => tally.take(payload, &mut expected),
                Heard::Ping(payload) => pongs.extend(dialect.pong(payload)),
                Heard::Closed(..) => return add(&tally.lost, 1),
                _ => {}
            }
            taken += length;
        }
        socket.coming.drain(..taken);
        let done = if pongs.is_empty() {
            tokio::select! {
                read = socket.read() => {
                    if let (true, Ok(read)) = (counts, &read) {
                        add(&tally.bytes, *read as u64);
                    }
                    read.map(drop)
                }
                bytes = to_send.recv(), if sends => {
                    sends = bytes.is_some();
                    socket.send(&bytes.unwrap_or_default()).await
                }
            }
        } else {
            socket.send(&pongs).await
        };
        if done.is_err() {
            return add(&tally.lost, 1);
        }
    }
}
