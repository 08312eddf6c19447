//! Asking the resident program: one line there, one line back, and no runtime for it.

use std::io::{self, BufRead, BufReader, Write};
use std::time::Duration;

use local_socket::Stream;
use protocol::{Reply, Request, encode_request};

use crate::place::Place;

/// Why there is no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// Nothing listens.
    NotRunning,
    /// Something went wrong on the way, in words.
    Broken(String),
}

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The same where a person may have to unlock something first.
const PROMPT: Duration = Duration::from_secs(120);

/// A connection to the resident program.
#[derive(Debug)]
pub struct Client(BufReader<Stream>);

impl Client {
    /// Connects.
    pub fn connect(place: &Place) -> Result<Self, Unanswered> {
        match local_socket::connect(&place.socket) {
            Ok(stream) => Ok(Self(BufReader::new(stream))),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
                Err(Unanswered::NotRunning)
            }
            Err(error) => Err(Unanswered::Broken(format!("{}: {error}", place.socket.display()))),
        }
    }

    /// Asks, and waits for the answer.
    pub fn ask(&mut self, request: Request) -> Result<Reply, Unanswered> {
        self.send(request)?;
        self.0.get_ref().set_read_timeout(Some(PATIENCE)).map_err(|error| broken(&error))?;
        self.next()?.ok_or_else(|| Unanswered::Broken("Halo hung up without an answer".to_owned()))
    }

    /// Asks something that may wait for a person: for the prompt of a locked keyring.
    pub fn ask_patiently(&mut self, request: Request) -> Result<Reply, Unanswered> {
        self.send(request)?;
        self.0.get_ref().set_read_timeout(Some(PROMPT)).map_err(|error| broken(&error))?;
        self.next()?.ok_or_else(|| Unanswered::Broken("Halo hung up without an answer".to_owned()))
    }

    /// Asks, for answers that come one by one.
    pub fn send(&mut self, request: Request) -> Result<(), Unanswered> {
        self.0.get_mut().write_all(encode_request(request).as_bytes()).map_err(|error| broken(&error))
    }

    /// The next answer; `None` when the resident program has hung up.
    pub fn next(&mut self) -> Result<Option<Reply>, Unanswered> {
        let mut line = String::new();
        match self.0.read_line(&mut line) {
            Ok(0) => Ok(None),
            Ok(_) => serde_json::from_str(&line).map(Some).map_err(|error| {
                Unanswered::Broken(format!(
                    "the resident program answered in a way that this one does not know ({error}): restart it with: halo quit && halo"
                ))
            }),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                Err(Unanswered::Broken("Halo runs but does not answer".to_owned()))
            }
            Err(error) => Err(broken(&error)),
        }
    }
}

fn broken(error: &io::Error) -> Unanswered {
    Unanswered::Broken(error.to_string())
}
