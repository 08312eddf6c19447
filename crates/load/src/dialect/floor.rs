//! The bare WebSocket server of our own (`floor.rs` in the folder above): the first message says what a client is.

use anyhow::Result;

use super::{Dialect, Heard, websocket};
use crate::socket::Socket;

/// Nothing but WebSocket.
#[derive(Debug)]
pub(crate) struct Floor;

/// What a client says that is to be told; any other only publishes.
pub(crate) const WATCH: &str = "watch";

impl Dialect for Floor {
    async fn watch(&self, socket: &mut Socket, who: usize) -> Result<()> {
        self.enter(socket, who).await?;
        socket.send(&websocket::masked(websocket::TEXT, WATCH.as_bytes())).await
    }

    async fn enter(&self, socket: &mut Socket, _: usize) -> Result<()> {
        websocket::open(socket, "/", None).await
    }

    fn publication(&self, _: usize, _: u64, message: &str) -> Vec<u8> {
        websocket::masked(websocket::TEXT, message.as_bytes())
    }

    fn split<'a>(&self, bytes: &'a [u8]) -> Option<(Heard<'a>, usize)> {
        let (kind, payload, length) = websocket::frame(bytes)?;
        Some((if kind == websocket::TEXT { Heard::Delivery(payload) } else { Heard::Other }, length))
    }

    fn pong(&self, ping: &[u8]) -> Vec<u8> {
        websocket::pong(ping)
    }
}
