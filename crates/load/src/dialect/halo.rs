//! Halo's own stream: the hello, writes, and what a device is told.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use protocol::service::{Hello, STREAM_VERSION, Up, Write, Writing, capabilities};
use protocol::{Change, Stamped};

use super::speak::{ComeBack, Dialect, Heard};
use super::websocket;
use crate::socket::Socket;

/// The stream of a service, for devices with these tokens; publishers are the first of them.
#[derive(Debug)]
pub(crate) struct Halo {
    pub tokens: Rc<[String]>,
}

/// A service that can't take a device now says so by this number.
const TRY_AGAIN: u16 = 1013;

impl Halo {
    /// Connects a device until it has its snapshot, which is given to `look`.
    pub(crate) async fn begin(&self, at: SocketAddr, who: usize, look: impl FnOnce(&[u8])) -> Result<Socket> {
        let mut socket = Socket::connect(at, who).await?;
        self.greet(&mut socket, who, look).await?;
        Ok(socket)
    }

    async fn greet(&self, socket: &mut Socket, who: usize, look: impl FnOnce(&[u8])) -> Result<()> {
        let token = self.tokens.get(who).context("there are fewer devices")?;
        websocket::open(socket, "/v1/me/stream", Some(token)).await?;
        let hello = Hello {
            version: STREAM_VERSION,
            oldest: None,
            capabilities: capabilities(),
            boot: "load".into(),
            starts: false,
            writes: Vec::new(),
            own_clock: None,
        };
        socket.send(&up(&Up::Hello(hello))).await?;
        loop {
            let split = self.split(&socket.coming);
            let length = match split {
                None => 0,
                Some((Heard::Snapshot(snapshot), length)) => {
                    look(snapshot);
                    socket.coming.drain(..length);
                    return Ok(());
                }
                Some((Heard::Closed(TRY_AGAIN, reason), _)) => return Err(ComeBack { after: seconds(reason) }.into()),
                Some((Heard::Closed(code, reason), _)) => {
                    bail!("closed by {code}: {}", String::from_utf8_lossy(reason))
                }
                Some((_, length)) => length,
            };
            socket.coming.drain(..length);
            if length == 0 {
                socket.read().await?;
            }
        }
    }
}

/// The number of seconds in a reason, if there is one.
fn seconds(reason: &[u8]) -> Option<Duration> {
    let digits = reason.iter().skip_while(|byte| !byte.is_ascii_digit()).take_while(|byte| byte.is_ascii_digit());
    let digits: String = digits.map(|digit| char::from(*digit)).collect();
    digits.parse().ok().map(Duration::from_secs)
}

/// A message of a device, as a frame.
fn up(message: &Up) -> Vec<u8> {
    websocket::masked(websocket::TEXT, &serde_json::to_vec(message).unwrap_or_default())
}

impl Dialect for Halo {
    async fn watch(&self, socket: &mut Socket, who: usize) -> Result<()> {
        self.greet(socket, who, |_| ()).await
    }

    async fn enter(&self, socket: &mut Socket, who: usize) -> Result<()> {
        self.greet(socket, who, |_| ()).await
    }

    fn publication(&self, _: usize, sequence: u64, message: &str) -> Vec<u8> {
        let change = Change::Message { text: Some(message.to_owned()), until: None };
        let what = Writing::Changes(vec![Stamped { at: Timestamp::now(), change }]);
        // Milliseconds make it another one than those of an earlier run.
        let key = format!("{}-{sequence}", Timestamp::now().as_millisecond());
        up(&Up::Write(Write { key, what }))
    }

    fn split<'a>(&self, bytes: &'a [u8]) -> Option<(Heard<'a>, usize)> {
        let (kind, payload, length) = websocket::frame(bytes)?;
        let begins = |tag: &str| payload.strip_prefix(b"{\"").is_some_and(|rest| rest.starts_with(tag.as_bytes()));
        let heard = match kind {
            websocket::TEXT if begins("snapshot\"") => Heard::Snapshot(payload),
            websocket::TEXT if begins("done\"") => Heard::Done,
            websocket::TEXT if begins("facts\"") => Heard::Other,
            websocket::TEXT => Heard::Delivery(payload),
            websocket::PING => Heard::Ping(payload),
            websocket::CLOSE => {
                let code = payload.get(..2).and_then(|code| code.try_into().ok()).map_or(0, u16::from_be_bytes);
                Heard::Closed(code, payload.get(2..).unwrap_or_default())
            }
            _ => Heard::Other,
        };
        Some((heard, length))
    }

    fn pong(&self, ping: &[u8]) -> Vec<u8> {
        websocket::pong(ping)
    }
}
