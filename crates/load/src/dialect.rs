//! What differs between the servers: how one greets, and how a delivery looks.

pub(crate) mod floor;
pub(crate) mod halo;
pub(crate) mod mqtt;
pub(crate) mod nats;
mod speak;
pub(crate) mod websocket;

use std::rc::Rc;

use tokio::sync::mpsc;

pub(crate) use self::speak::{ComeBack, Dialect, Heard};
use crate::socket::Socket;
use crate::tally::{Expected, Tally, add};

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
