//! Calls by the sound server, PulseAudio or PipeWire: whether an application records from a microphone.
//!
//! Never which application (D13), and no server is started by asking for one.

use std::convert::Infallible;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::net::sockopt::set_socket_passcred;
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, Interest};
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::pulse::{self, Question, Said};
use crate::call_source::{self, CallSource, Teller};
use crate::environment::Environment;
use crate::handle::Orders;
use crate::health::SignalKind::Call;
use crate::outlet::{Ended, Outlet};

const PATIENCE: Duration = Duration::from_secs(3);
/// How long to wait for a server where nothing tells that one comes.
const UNWATCHED: Duration = Duration::from_secs(300);
/// More than any list of streams comes to.
const LONGEST: usize = 1 << 20;

/// Where a sound server is reached.
struct Place {
    socket: PathBuf,
    /// There while one runs. A socket alone may be there to start one.
    sign: PathBuf,
}

/// Listens for as long as anybody wants to hear.
pub(super) fn run(
    environment: &Environment,
    outlet: Outlet,
    orders: watch::Receiver<Orders>,
) -> impl Future<Output = ()> + use<> {
    let place = Place::of(environment);
    async move {
        let Some(place) = place else {
            let why = "there is no folder for its socket: XDG_RUNTIME_DIR is not set";
            return outlet.board.absent(Call, Place::NAME, why, None);
        };
        call_source::serve(place, outlet, orders).await;
    }
}

impl CallSource for Place {
    const NAME: &str = "sound server";
    const WHY: &str = "it tells whether a microphone is in use, never by which program";

    /// Listens to the server, once one runs.
    async fn hear(&mut self, teller: &mut Teller) -> Result<Infallible, Ended> {
        while !self.is_served() {
            teller.absent("no sound server runs").await?;
            self.stirs_unless(|| self.is_served()).await;
        }
        let mut server = Server::enter(&self.socket).await?;
        loop {
            teller.heard(server.is_recorded().await?).await?;
            server.changed().await?;
        }
    }

    async fn stirs(&self) {
        self.stirs_unless(|| false).await;
    }
}

impl Place {
    fn of(environment: &Environment) -> Option<Self> {
        if let Some(socket) = environment.sound_server.clone() {
            return Some(Self { sign: socket.clone(), socket });
        }
        let folder = environment.runtime_dir.as_ref()?.join("pulse");
        Some(Self { socket: folder.join("native"), sign: folder.join("pid") })
    }

    fn is_served(&self) -> bool {
        self.sign.exists() && self.socket.exists()
    }

    /// Waits until something comes or goes where the socket is or, as long as that has no folder, where that will be.
    /// Returns at once if `unless` holds by the time that this would be noticed.
    async fn stirs_unless(&self, unless: impl Fn() -> bool) {
        let Some(folder) = self.socket.ancestors().skip(1).take(2).find(|folder| folder.exists()) else {
            return std::future::pending().await;
        };
        match watch_folder(folder) {
            Ok(_) if unless() => {}
            Ok(events) => drop(events.readable().await),
            Err(error) => {
                tracing::debug!("{} cannot be watched: {error}", folder.display());
                sleep(UNWATCHED).await;
            }
        }
    }
}

#[expect(deprecated, reason = "an owned descriptor stays the same for its whole life; the new name for this is unsafe")]
fn watch_folder(folder: &Path) -> io::Result<AsyncFd<OwnedFd>> {
    let events = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
    let comes_or_goes = WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::DELETE | WatchFlags::DELETE_SELF;
    inotify::add_watch(&events, folder, comes_or_goes)?;
    AsyncFd::with_interest(events, Interest::READABLE)
}

/// A connection to a sound server.
struct Server {
    stream: UnixStream,
    /// Of the last question.
    tag: u32,
    /// The last message.
    message: Vec<u8>,
    /// Some recording stream is not what it was when they were asked for.
    changed: bool,
}

impl Server {
    async fn enter(socket: &Path) -> Result<Self, Ended> {
        let stream = UnixStream::connect(socket).await?;
        // The kernel then names our user with each message, whenever the server gets to read it.
        set_socket_passcred(&stream, true).map_err(io::Error::from)?;
        let mut server = Self { stream, tag: 0, message: Vec::new(), changed: false };
        for question in [Question::Enter, Question::Name, Question::Subscribe] {
            server.ask(question).await?.ok_or_else(|| Ended::Lost(format!("it refuses us: {question:?}")))?;
        }
        Ok(server)
    }

    /// Whether an application records from a microphone.
    async fn is_recorded(&mut self) -> Result<bool, Ended> {
        self.changed = false;
        let Some(streams) = self.ask(Question::Recordings).await? else {
            return Err(Ended::Lost("it does not list what is recorded".to_owned()));
        };
        for source in pulse::recorded_sources(streams).ok_or_else(nonsense)? {
            // One that is gone by now has no answer, and an event is on its way.
            if let Some(source) = self.ask(Question::Source(source)).await?
                && pulse::is_microphone(source).ok_or_else(nonsense)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Waits until some recording stream is not what it was.
    async fn changed(&mut self) -> Result<(), Ended> {
        while !self.changed {
            self.receive().await?;
        }
        Ok(())
    }

    /// The answer; `None` if there is none.
    async fn ask(&mut self, question: Question) -> Result<Option<&[u8]>, Ended> {
        self.tag += 1;
        let exchange = async {
            self.stream.write_all(&pulse::frame(question, self.tag)).await?;
            loop {
                match self.receive().await? {
                    Said::Answer(tag) if tag == self.tag => return Ok(true),
                    Said::Refusal(tag) if tag == self.tag => return Ok(false),
                    _ => {}
                }
            }
        };
        let answered = timeout(PATIENCE, exchange).await;
        let answered = answered.unwrap_or_else(|_| Err(Ended::Lost("it does not answer".to_owned())))?;
        Ok(answered.then_some(self.message.as_slice()))
    }

    async fn receive(&mut self) -> Result<Said, Ended> {
        let mut descriptor = [0; pulse::DESCRIPTOR];
        self.stream.read_exact(&mut descriptor).await?;
        let length = pulse::length(&descriptor);
        if length > LONGEST {
            return Err(nonsense());
        }
        self.message = vec![0; length];
        self.stream.read_exact(&mut self.message).await?;
        let said = pulse::read(&self.message).ok_or_else(nonsense)?;
        self.changed |= said == Said::Changed;
        Ok(said)
    }
}

fn nonsense() -> Ended {
    Ended::Lost("what it says makes no sense".to_owned())
}
