//! NATS: subjects, and on top of them the key-value store of its `JetStream`.

use anyhow::{Context as _, Result, ensure};

use super::{Dialect, Heard};
use crate::socket::Socket;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nats {
    /// Messages that nobody keeps.
    Core,
    /// A bucket that keeps the last value of each key in a file, watched by one consumer for each watcher.
    KeyValue,
}

/// What a watcher's subscription is called; answers to requests come by another one.
const TOLD: &[u8] = b" 1 ";

impl Nats {
    /// Makes the bucket.
    pub(crate) async fn prepare(self, socket: &mut Socket) -> Result<()> {
        self.enter(socket, 0).await?;
        let bucket = r#"{"name":"KV_load","subjects":["$KV.load.>"],"max_msgs_per_subject":1,"discard":"new",
            "allow_rollup_hdrs":true,"deny_delete":true,"storage":"file","num_replicas":1}"#;
        request(socket, "$JS.API.STREAM.CREATE.KV_load", "_INBOX.prepare", bucket).await
    }
}

impl Dialect for Nats {
    async fn watch(&self, socket: &mut Socket, who: usize) -> Result<()> {
        self.enter(socket, who).await?;
        if *self == Self::Core {
            socket.send(b"SUB load.* 1\r\nPING\r\n").await?;
            socket.read_until(b"PONG\r\n").await?;
            return Ok(());
        }
        socket.send(format!("SUB _INBOX.told.{who} 1\r\n").as_bytes()).await?;
        let consumer = format!(
            r#"{{"stream_name":"KV_load","config":{{"deliver_subject":"_INBOX.told.{who}","deliver_policy":"new",
            "ack_policy":"none","max_deliver":1,"filter_subject":"$KV.load.>","mem_storage":true,"num_replicas":1}}}}"#
        );
        request(socket, "$JS.API.CONSUMER.CREATE.KV_load", &format!("_INBOX.asked.{who}"), &consumer).await
    }

    async fn enter(&self, socket: &mut Socket, who: usize) -> Result<()> {
        socket.read_until(b"\r\n").await.context("no greeting")?;
        socket.send(b"CONNECT {\"verbose\":false,\"pedantic\":false,\"protocol\":1}\r\n").await?;
        socket.send(format!("SUB _INBOX.kept.{who} 2\r\nPING\r\n").as_bytes()).await?;
        socket.read_until(b"PONG\r\n").await?;
        Ok(())
    }

    fn publication(&self, publisher: usize, _: u64, message: &str) -> Vec<u8> {
        let subject = match self {
            Self::Core => format!("load.{publisher}"),
            Self::KeyValue => format!("$KV.load.{publisher} _INBOX.kept.{publisher}"),
        };
        format!("PUB {subject} {}\r\n{message}\r\n", message.len()).into_bytes()
    }

    fn split<'a>(&self, bytes: &'a [u8]) -> Option<(Heard<'a>, usize)> {
        let end = bytes.windows(2).position(|window| window == b"\r\n")?;
        let (line, begins) = (&bytes[..end], end + 2);
        if line.starts_with(b"PING") {
            return Some((Heard::Ping(&[]), begins));
        }
        if !line.starts_with(b"MSG ") {
            return Some((Heard::Other, begins));
        }
        let length = line.rsplit(|byte| *byte == b' ').next()?;
        let length: usize = std::str::from_utf8(length).ok()?.parse().ok()?;
        let payload = bytes.get(begins..begins + length)?;
        bytes.get(begins + length + 1)?;
        let is_told = line.windows(TOLD.len()).any(|window| window == TOLD);
        Some((if is_told { Heard::Delivery(payload) } else { Heard::Other }, begins + length + 2))
    }

    fn pong(&self, _: &[u8]) -> Vec<u8> {
        b"PONG\r\n".to_vec()
    }
}

/// Asks something of the `JetStream`, and waits until it is done.
async fn request(socket: &mut Socket, subject: &str, inbox: &str, body: &str) -> Result<()> {
    socket.send(format!("SUB {inbox} 3\r\nPUB {subject} {inbox} {}\r\n{body}\r\n", body.len()).as_bytes()).await?;
    socket.read_until(format!("MSG {inbox} 3 ").as_bytes()).await?;
    socket.read_until(b"\r\n").await?;
    let answer = socket.read_until(b"\r\n").await?;
    let answer = String::from_utf8_lossy(&answer);
    ensure!(!answer.contains("\"error\""), "JetStream refuses {subject}: {answer}");
    Ok(())
}
