//! What travels between a Wayland client and its compositor: messages of 32-bit words in the machine's byte order.
//!
//! A handful of requests and events is all that is spoken here, so that a library with all of the protocol would be
//! many times the size of its use, in every session.

use std::io;
use std::path::Path;

use tokio::net::UnixStream;

const HEADER: usize = 8;
const WORD: usize = 4;

/// One event: the object it is about, which of its events, and the arguments.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) object: u32,
    pub(super) opcode: u16,
    body: Vec<u8>,
}

impl Event {
    /// The arguments, to be read in the order of the protocol.
    pub(super) fn arguments(&self) -> Arguments<'_> {
        Arguments(&self.body)
    }
}

/// Arguments that have not been read yet.
pub(super) struct Arguments<'a>(&'a [u8]);

impl Arguments<'_> {
    pub(super) fn number(&mut self) -> io::Result<u32> {
        let (word, rest) = self.0.split_first_chunk::<WORD>().ok_or_else(nonsense)?;
        self.0 = rest;
        Ok(u32::from_ne_bytes(*word))
    }

    pub(super) fn text(&mut self) -> io::Result<String> {
        let length = usize::try_from(self.number()?).map_err(|_| nonsense())?;
        let (text, rest) = self.0.split_at_checked(length.next_multiple_of(WORD)).ok_or_else(nonsense)?;
        self.0 = rest;
        // The length counts the zero at the end, and is zero where there is no text at all.
        let text = text.get(..length.saturating_sub(1)).ok_or_else(nonsense)?;
        Ok(String::from_utf8_lossy(text).into_owned())
    }
}

/// A request in the making.
pub(super) struct Request(Vec<u8>);

impl Request {
    pub(super) fn new(object: u32, opcode: u16) -> Self {
        let mut request = Self(Vec::with_capacity(6 * WORD));
        request.0.extend(object.to_ne_bytes());
        // The upper half is the size, known at the end.
        request.number(opcode.into())
    }

    pub(super) fn number(mut self, number: u32) -> Self {
        self.0.extend(number.to_ne_bytes());
        self
    }

    /// A text without zeros.
    pub(super) fn text(self, text: &str) -> Self {
        let length = text.len() + 1;
        let mut request = self.number(u32::try_from(length).unwrap_or(u32::MAX));
        request.0.extend(text.as_bytes());
        request.0.resize(request.0.len() + length.next_multiple_of(WORD) - text.len(), 0);
        request
    }

    fn finish(mut self) -> Vec<u8> {
        let size = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        let opcode = u32::from_ne_bytes([self.0[4], self.0[5], self.0[6], self.0[7]]);
        self.0[WORD..HEADER].copy_from_slice(&(size << 16 | opcode).to_ne_bytes());
        self.0
    }
}

/// The connection.
pub(super) struct Wire {
    stream: UnixStream,
    received: Vec<u8>,
}

impl Wire {
    pub(super) async fn connect(socket: &Path) -> io::Result<Self> {
        Ok(Self { stream: UnixStream::connect(socket).await?, received: Vec::new() })
    }

    /// Sends a request. It may be cut off when this is dropped: the connection is then of no more use.
    pub(super) async fn send(&mut self, request: Request) -> io::Result<()> {
        let bytes = request.finish();
        let mut left = bytes.as_slice();
        while !left.is_empty() {
            self.stream.writable().await?;
            match self.stream.try_write(left) {
                Ok(sent) => left = &left[sent..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The next event. May be dropped and called anew.
    pub(super) async fn next(&mut self) -> io::Result<Event> {
        loop {
            if let Some(event) = self.arrived()? {
                return Ok(event);
            }
            self.stream.readable().await?;
        }
    }

    /// The next event, if it is there already.
    pub(super) fn arrived(&mut self) -> io::Result<Option<Event>> {
        loop {
            if let Some(event) = take(&mut self.received)? {
                return Ok(Some(event));
            }
            let mut bytes = [0; 1024];
            match self.stream.try_read(&mut bytes) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(length) => self.received.extend(&bytes[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }
}

/// Takes a whole event from the front of what has been received, if there is one.
fn take(received: &mut Vec<u8>) -> io::Result<Option<Event>> {
    let Some(header) = received.first_chunk::<HEADER>() else { return Ok(None) };
    let [o0, o1, o2, o3, s0, s1, s2, s3] = *header;
    let (object, second) = (u32::from_ne_bytes([o0, o1, o2, o3]), u32::from_ne_bytes([s0, s1, s2, s3]));
    let size = usize::try_from(second >> 16).map_err(|_| nonsense())?;
    let opcode = u16::try_from(second & 0xffff).map_err(|_| nonsense())?;
    if size < HEADER || size % WORD != 0 {
        return Err(nonsense());
    }
    if received.len() < size {
        return Ok(None);
    }
    let body = received[HEADER..size].to_vec();
    received.drain(..size);
    Ok(Some(Event { object, opcode, body }))
}

fn nonsense() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it sends what makes no sense")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reads_back_as_it_was_written() {
        for name in ["", "abc", "abcd", "wl_seat"] {
            let mut bytes = Request::new(7, 3).number(42).text(name).number(9).finish();
            assert_eq!(bytes.len() % WORD, 0);
            let event = take(&mut bytes).unwrap().unwrap();
            assert_eq!((event.object, event.opcode), (7, 3));
            let mut arguments = event.arguments();
            assert_eq!(arguments.number().unwrap(), 42);
            assert_eq!(arguments.text().unwrap(), name);
            assert_eq!(arguments.number().unwrap(), 9);
            assert!(arguments.number().is_err(), "there is no more");
            assert!(bytes.is_empty());
        }
    }

    #[test]
    fn half_an_event_is_waited_for() {
        let whole = Request::new(1, 0).text("half").finish();
        for length in 0..whole.len() {
            assert_eq!(take(&mut whole[..length].to_vec()).unwrap(), None, "{length}");
        }
    }

    #[test]
    fn nonsense_is_an_error_and_never_a_panic() {
        for size in [0_u32, 4, 7, 10] {
            let mut bytes = [1_u32.to_ne_bytes(), (size << 16).to_ne_bytes()].concat();
            assert!(take(&mut bytes).is_err(), "{size}");
        }
        for length in [5, 4096, u32::MAX] {
            let mut bytes = Request::new(1, 0).number(length).finish();
            assert!(take(&mut bytes).unwrap().unwrap().arguments().text().is_err(), "{length}");
        }
    }
}
