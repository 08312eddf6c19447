//! The stream: a WebSocket on a connection that the HTTP client made, so that proxies, certificates and time limits are
//! the same for both.

use std::time::Duration;

use base64ct::{Base64, Encoding};
use futures_util::{SinkExt, StreamExt};
use jiff::Timestamp;
use protocol::Secret;
use protocol::service::{Down, Up};
use serde_json::Value;
use sha1::{Digest, Sha1};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::client::{Client, ClientError};

/// Messages are short; the buffer is kept as long as the connection.
const READ_BUFFER: usize = 4096;
/// A snapshot with two full days in it is far smaller.
const LONGEST_MESSAGE: usize = 16 << 20;
/// Who takes nothing for so long is gone.
const SEND_WITHIN: Duration = Duration::from_secs(10);
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// A connection to the service.
#[derive(Debug)]
pub(crate) struct Stream(WebSocketStream<reqwest::Upgraded>);

/// What came over it.
#[derive(Debug)]
pub(crate) enum Received {
    /// A message.
    Said(Down),
    /// The service looked whether the device is there, and told its clock.
    Ping(Option<Timestamp>),
    /// A message of this kind, which this version doesn't know.
    Unknown(String),
    /// Something without a meaning here.
    Noise,
}

/// Why it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// In words.
    pub why: String,
    /// Whether the service said goodbye, or the system that the connection is gone.
    pub closed: bool,
    /// For how long the service said to stay away.
    pub told: Option<Duration>,
}

impl Stream {
    /// Connects.
    pub(crate) async fn open(client: &Client, token: &Secret) -> Result<Self, ClientError> {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).expect("the system has random numbers");
        let key = Base64::encode_string(&nonce);
        let response = client.upgrade(token, &key).await?;
        let accepted = response.headers().get("sec-websocket-accept").map(|accept| accept.as_bytes().to_vec());
        if accepted.is_none_or(|accepted| accepted != accept(&key).as_bytes()) {
            return Err(client.not_halo("changes to another protocol than asked for"));
        }
        let upgraded = response.upgrade().await;
        let upgraded = upgraded.map_err(|error| ClientError::Unreachable(format!("The connection broke: {error}")))?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(LONGEST_MESSAGE))
            .max_frame_size(Some(LONGEST_MESSAGE));
        Ok(Self(WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await))
    }

    /// The next that comes. To be called again at once: that is what sends the answer to a ping. May be given up at any
    /// time, nothing is lost.
    pub(crate) async fn next(&mut self) -> Result<Received, Ended> {
        let message = match self.0.next().await {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Err(Ended::of(&error)),
            None => return Err(Ended::closed(None)),
        };
        match message {
            Message::Text(text) => read(&text),
            Message::Ping(clock) => Ok(Received::Ping(read_clock(&clock))),
            Message::Close(frame) => Err(Ended::closed(frame)),
            Message::Binary(_) | Message::Pong(_) | Message::Frame(_) => Ok(Received::Noise),
        }
    }

    /// Sends a message.
    pub(crate) async fn send(&mut self, up: &Up) -> Result<(), Ended> {
        let text = serde_json::to_string(up).expect("a message is plain data");
        match tokio::time::timeout(SEND_WITHIN, self.0.send(Message::text(text))).await {
            Ok(sent) => sent.map_err(|error| Ended::of(&error)),
            Err(_) => Err(Ended::broken("The service takes nothing any more".to_owned())),
        }
    }

    /// Says goodbye.
    pub(crate) async fn close(mut self) {
        // Whoever doesn't hear it notices soon.
        let _ = tokio::time::timeout(CLOSE_WITHIN, self.0.close(None)).await;
    }
}

/// A message. One of a kind that a later version has is skipped; one of a known kind that can't be read is more than that,
/// as nobody knows what of the person's presence is missed by it.
fn read(text: &str) -> Result<Received, Ended> {
    serde_json::from_str(text).map(Received::Said).or_else(|error| match unknown_kind(text) {
        Some(kind) => Ok(Received::Unknown(kind)),
        // A person's own presence is nobody's business: where, not what.
        None => Err(Ended::broken(format!(
            "The service says something that this version can't read (line {}, column {}). Update Halo",
            error.line(),
            error.column()
        ))),
    })
}

/// The kind of a message, if this version doesn't know it.
fn unknown_kind(text: &str) -> Option<String> {
    let kind = match serde_json::from_str(text).ok()? {
        Value::String(kind) => kind,
        Value::Object(said) if said.len() == 1 => said.into_iter().next()?.0,
        _ => return None,
    };
    (!Down::KINDS.contains(&kind.as_str())).then_some(kind)
}

impl Ended {
    fn of(error: &Error) -> Self {
        let closed = match error {
            Error::ConnectionClosed | Error::AlreadyClosed | Error::Protocol(_) => true,
            Error::Io(error) => error.kind() != std::io::ErrorKind::TimedOut,
            _ => false,
        };
        Self { closed, ..Self::broken(format!("The connection broke: {error}")) }
    }

    /// Nobody but this side knows.
    pub(crate) fn broken(why: String) -> Self {
        Self { why, closed: false, told: None }
    }

    /// The service closed the connection.
    fn closed(frame: Option<CloseFrame>) -> Self {
        let told = frame.as_ref().and_then(told);
        let reason = frame.map(|frame| frame.reason.to_string()).filter(|reason| !reason.is_empty());
        let why = match told {
            Some(_) => "The service has too much to do just now".to_owned(),
            None => reason.unwrap_or_else(|| "The service closed the connection".to_owned()),
        };
        Self { why, closed: true, told }
    }
}

/// For how long a service that closes the connection says to stay away: `too many come at once: retry after 30 s`.
fn told(frame: &CloseFrame) -> Option<Duration> {
    let (_, wait) = frame.reason.rsplit_once("retry after ")?;
    let seconds = wait.strip_suffix(" s")?;
    let seconds = seconds.parse().ok().filter(|_| frame.code == CloseCode::Again)?;
    Some(Duration::from_secs(seconds))
}

/// The answer to a key that proves that the other side speaks this protocol (RFC 6455).
fn accept(key: &str) -> String {
    Base64::encode_string(&Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")))
}

fn read_clock(payload: &[u8]) -> Option<Timestamp> {
    let millis = i64::from_be_bytes(payload.try_into().ok()?);
    Timestamp::from_millisecond(millis).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handshake_is_the_one_of_the_standard() {
        assert_eq!(accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn what_only_a_later_version_says_is_skipped_and_what_cannot_be_read_is_not() {
        for (said, kind) in [(r#"{"banner":{"text":"hello"}}"#, "banner"), (r#""tea_time""#, "tea_time")] {
            assert!(matches!(read(said), Ok(Received::Unknown(unknown)) if unknown == kind), "{said}");
        }
        for said in [r#"{"done":7}"#, r#"{"facts":[{"seq":1}]}"#, r#"{"snapshot":{}}"#, "{}", "7", "{"] {
            let why = read(said).unwrap_err().why;
            assert!(
                why.starts_with("The service says something that this version can't read (line 1,"),
                "{said}: {why}"
            );
        }
    }

    #[test]
    fn a_service_that_is_busy_says_for_how_long() {
        let closed = |code, reason: &'static str| Ended::closed(Some(CloseFrame { code, reason: reason.into() }));
        for reason in ["retry after 30 s", "too many come at once: retry after 30 s"] {
            assert_eq!(closed(CloseCode::Again, reason).told, Some(Duration::from_secs(30)), "{reason}");
        }
        for reason in ["", "connect again for a snapshot", "retry after a while", "retry after -1 s", "retry after 30"]
        {
            assert_eq!(closed(CloseCode::Again, reason).told, None, "{reason}");
        }
        assert_eq!(closed(CloseCode::Restart, "retry after 30 s").told, None);
        assert_eq!(closed(CloseCode::Restart, "the service restarts").why, "the service restarts");
    }

    #[test]
    fn a_ping_tells_the_clock() {
        let at: Timestamp = "2026-01-05T10:00:00.25Z".parse().unwrap();
        assert_eq!(read_clock(&at.as_millisecond().to_be_bytes()), Some(at));
        assert_eq!(read_clock(b""), None);
        assert_eq!(read_clock(&[0xff; 9]), None);
        assert_eq!(read_clock(&i64::MAX.to_be_bytes()), None);
    }
}
