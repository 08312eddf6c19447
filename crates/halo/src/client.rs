//! Asking the resident program: one line there, one line back, and no runtime for it.

use std::io::{self, BufRead, BufReader, Write};
use std::time::Duration;

use local_socket::Stream;
use protocol::{Reply, Request, encode_request};

use crate::os;
use crate::place::Place;

/// Why there is no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// Nothing listens.
    NotRunning,
    /// It closed the connection without an answer: it is ending, or has been killed.
    HungUp,
    /// Something went wrong on the way, in words.
    Broken(String),
}

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The same where a person may have to unlock something first.
const PROMPT: Duration = Duration::from_secs(120);

/// After this long, whoever looks at the command line should learn that there may be a prompt elsewhere.
const PROMPT_SEEN: Duration = Duration::from_secs(3);

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
            // These say where and why, and what to do.
            Err(error) if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidFilename) => {
                Err(Unanswered::Broken(error.to_string()))
            }
            Err(error) if is_hang_up(&error) => Err(Unanswered::HungUp),
            Err(error) => Err(Unanswered::Broken(format!("{}: {error}", place.socket.display()))),
        }
    }

    /// Whether the resident program runs in a session that the person has logged out of.
    pub fn is_of_a_past_session(&self) -> bool {
        os::has_outlived_its_session(self.0.get_ref())
    }

    /// Asks, and waits for the answer.
    pub fn ask(&mut self, request: Request) -> Result<Reply, Unanswered> {
        self.send(request)?;
        self.0.get_ref().set_read_timeout(Some(PATIENCE)).map_err(|error| broken(&error))?;
        self.next()?.ok_or(Unanswered::HungUp)
    }

    /// Asks something that may wait for a person: for the prompt of a locked keyring. Calls `waiting` once it seems to.
    pub fn ask_patiently(&mut self, request: Request, waiting: impl FnOnce()) -> Result<Reply, Unanswered> {
        self.send(request)?;
        self.0.get_ref().set_read_timeout(Some(PROMPT_SEEN)).map_err(|error| broken(&error))?;
        if self.0.fill_buf().is_err_and(|error| is_time_out(&error)) {
            waiting();
        }
        self.0.get_ref().set_read_timeout(Some(PROMPT)).map_err(|error| broken(&error))?;
        self.next()?.ok_or(Unanswered::HungUp)
    }

    /// Asks, for answers that come one by one, whenever that is.
    pub fn send(&mut self, request: Request) -> Result<(), Unanswered> {
        // An earlier question may have set one.
        self.0.get_ref().set_read_timeout(None).map_err(|error| broken(&error))?;
        self.0.get_mut().write_all(encode_request(request).as_bytes()).map_err(|error| broken(&error))
    }

    /// Whether the resident program closes the connection within this time, though nothing was asked.
    pub fn hangs_up_within(&mut self, time: Duration) -> bool {
        self.0.get_ref().set_read_timeout(Some(time)).is_ok()
            && matches!(self.next(), Ok(None) | Err(Unanswered::HungUp))
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
            Err(error) if is_time_out(&error) => {
                Err(Unanswered::Broken(
                    "Halo runs, but doesn't answer: wait a moment and try again; if that doesn't help, end it and start it again"
                        .to_owned(),
                ))
            }
            Err(error) => Err(broken(&error)),
        }
    }
}

fn broken(error: &io::Error) -> Unanswered {
    if is_hang_up(error) { Unanswered::HungUp } else { Unanswered::Broken(error.to_string()) }
}

fn is_time_out(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn is_hang_up(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe
    )
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, reason = "tests may stop at once")]
mod tests {
    use super::*;

    #[test]
    fn whoever_watches_after_a_question_waits_without_end() {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        let mut client = Client(BufReader::new(ours));
        let mut answering = BufReader::new(theirs);
        let answer = std::thread::spawn(move || {
            answering.read_line(&mut String::new()).unwrap();
            let mut line = serde_json::to_string(&Reply::Done(None)).unwrap();
            line.push('\n');
            answering.get_mut().write_all(line.as_bytes()).unwrap();
            answering
        });
        client.ask(Request::Status).unwrap();
        let _answering = answer.join().unwrap();
        client.send(Request::Watch).unwrap();
        assert_eq!(client.0.get_ref().read_timeout().unwrap(), None);
    }
}
