//! MQTT 3.1.1 at quality of service 0, with retained messages: what a broker of presence would be used for.

use anyhow::{Result, ensure};

use super::{Dialect, Heard};
use crate::socket::Socket;

/// A broker without accounts.
#[derive(Debug)]
pub(crate) struct Mqtt;

const CONNECT: u8 = 0x10;
const ACCEPTED: u8 = 0x20;
const PUBLISH_RETAINED: u8 = 0x31;
const SUBSCRIBE: u8 = 0x82;
const SUBSCRIBED: u8 = 0x90;

impl Dialect for Mqtt {
    async fn watch(&self, socket: &mut Socket, who: usize) -> Result<()> {
        self.enter(socket, who).await?;
        socket.send(&packet(SUBSCRIBE, &[&[0, 1], &text("load/+")[..], &[0]].concat())).await?;
        ensure!(answer(socket).await?.first() == Some(&SUBSCRIBED), "the broker takes no subscription");
        Ok(())
    }

    async fn enter(&self, socket: &mut Socket, who: usize) -> Result<()> {
        // Protocol 4, a clean session, nobody has to say that they are still there.
        let body = [&text("MQTT")[..], &[4, 2, 0, 0], &text(&format!("load-{who}"))].concat();
        socket.send(&packet(CONNECT, &body)).await?;
        ensure!(answer(socket).await? == [ACCEPTED, 2, 0, 0], "the broker lets nobody in");
        Ok(())
    }

    fn publication(&self, publisher: usize, _: u64, message: &str) -> Vec<u8> {
        packet(PUBLISH_RETAINED, &[&text(&format!("load/{publisher}"))[..], message.as_bytes()].concat())
    }

    fn split<'a>(&self, bytes: &'a [u8]) -> Option<(Heard<'a>, usize)> {
        let (mut length, mut header) = (0, 1);
        loop {
            let byte = *bytes.get(header)?;
            length |= usize::from(byte & 0x7f) << (7 * (header - 1));
            header += 1;
            if byte < 0x80 {
                break;
            }
        }
        let body = bytes.get(header..header + length)?;
        let is_told = bytes.first()? >> 4 == 3;
        let heard = if is_told && body.len() > 2 {
            let topic = usize::from(u16::from_be_bytes([body[0], body[1]]));
            body.get(2 + topic..).map_or(Heard::Other, Heard::Delivery)
        } else {
            Heard::Other
        };
        Some((heard, header + length))
    }

    fn pong(&self, _: &[u8]) -> Vec<u8> {
        Vec::new()
    }
}

async fn answer(socket: &mut Socket) -> Result<Vec<u8>> {
    loop {
        if let Some((_, length)) = Mqtt.split(&socket.coming) {
            return Ok(socket.take(length));
        }
        socket.read().await?;
    }
}

fn text(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap_or(0);
    [&length.to_be_bytes()[..], text.as_bytes()].concat()
}

fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind];
    let mut length = body.len();
    loop {
        let more = if length > 0x7f { 0x80 } else { 0 };
        bytes.push(u8::try_from(length & 0x7f).unwrap_or(0) | more);
        length >>= 7;
        if length == 0 {
            break;
        }
    }
    bytes.extend(body);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_is_told_again() {
        let message = "x".repeat(200);
        let packet = Mqtt.publication(3, 0, &message);
        assert_eq!(Mqtt.split(&packet), Some((Heard::Delivery(message.as_bytes()), packet.len())));
        assert_eq!(Mqtt.split(&packet[..packet.len() - 1]), None);
    }
}
