//! As much of WebSocket as a client needs that counts bytes: the request that opens one, and its frames.

use std::time::Duration;

use anyhow::{Result, bail};

use super::ComeBack;
use crate::socket::Socket;

pub(crate) const TEXT: u8 = 1;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
const PONG: u8 = 10;

/// Opens one.
pub(crate) async fn open(socket: &mut Socket, path: &str, token: Option<&str>) -> Result<()> {
    let authorization = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{authorization}Connection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    );
    socket.send(request.as_bytes()).await?;
    let answer = socket.read_until(b"\r\n\r\n").await?;
    if answer.starts_with(b"HTTP/1.1 101") {
        return Ok(());
    }
    let answer = String::from_utf8_lossy(&answer).to_lowercase();
    if ["http/1.1 503", "http/1.1 429"].iter().any(|busy| answer.starts_with(busy)) {
        let after = answer.lines().find_map(|line| line.strip_prefix("retry-after:")?.trim().parse().ok());
        return Err(ComeBack { after: after.map(Duration::from_secs) }.into());
    }
    bail!("no WebSocket: {answer}")
}

/// The first whole frame among these bytes: what it is, what is in it, and how long it is. Servers send theirs in one piece
/// and unmasked.
pub(crate) fn frame(bytes: &[u8]) -> Option<(u8, &[u8], usize)> {
    let (&first, &second) = (bytes.first()?, bytes.get(1)?);
    let (header, length) = match second & 0x7f {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?),
        short => (2, usize::from(short)),
    };
    Some((first & 0x0f, bytes.get(header..header + length)?, header + length))
}

/// A frame as a client sends it. Its mask is nought, which leaves what it masks as it is.
pub(crate) fn masked(kind: u8, payload: &[u8]) -> Vec<u8> {
    /// What a short length is not, and says how many bytes the length has.
    const TWO: u8 = 0x7e;
    const EIGHT: u8 = 0x7f;
    let mut bytes = vec![0x80 | kind];
    let length = payload.len();
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..TWO), _) => bytes.push(0x80 | short),
        (_, Ok(length)) => {
            bytes.push(0x80 | TWO);
            bytes.extend(length.to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | EIGHT);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

/// The answer to a ping.
pub(crate) fn pong(ping: &[u8]) -> Vec<u8> {
    masked(PONG, ping)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_taken_once_it_is_whole() {
        let long = [&[0x81, 126, 1, 0][..], &[b'a'; 256], b"next"].concat();
        assert_eq!(frame(&long).map(|(kind, payload, length)| (kind, payload.len(), length)), Some((TEXT, 256, 260)));
        assert_eq!(frame(&long[..259]), None);
        assert_eq!(frame(&[0x89, 2, 7, 8]), Some((PING, &[7, 8][..], 4)));
    }
}
