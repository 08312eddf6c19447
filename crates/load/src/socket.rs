//! A connection to a server on this machine, and what came over it that is not read yet.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

/// So many connections one of this machine's addresses makes: it has 28,000 ports.
const OF_ONE_ADDRESS: usize = 4000;

/// How much is read at once.
const AT_ONCE: usize = 4 * 1024;

/// A connection.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    /// What came and is not taken yet.
    pub coming: Vec<u8>,
}

impl Socket {
    /// Connects, as the client of this number.
    pub(crate) async fn connect(to: SocketAddr, who: usize) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        let address = u8::try_from(2 + who / OF_ONE_ADDRESS).unwrap_or(254);
        socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 0, address), 0)))?;
        let stream = socket.connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, coming: Vec::new() })
    }

    /// Reads what there is; how much that was.
    pub(crate) async fn read(&mut self) -> Result<usize> {
        self.coming.reserve(AT_ONCE);
        let read = self.stream.read_buf(&mut self.coming).await?;
        ensure!(read > 0, "the server has hung up");
        Ok(read)
    }

    /// Reads until something comes to an end by these bytes, and takes it.
    pub(crate) async fn read_until(&mut self, end: &[u8]) -> Result<Vec<u8>> {
        loop {
            if let Some(at) = self.coming.windows(end.len()).position(|window| window == end) {
                return Ok(self.take(at + end.len()));
            }
            self.read().await?;
        }
    }

    /// Takes so many bytes, which must have come.
    pub(crate) fn take(&mut self, length: usize) -> Vec<u8> {
        let rest = self.coming.split_off(length);
        std::mem::replace(&mut self.coming, rest)
    }

    /// Sends something.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).await.context("the server takes nothing")
    }
}
