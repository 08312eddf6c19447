//! The connection to the servers: made when it is needed, and dropped for good when it fails.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use async_nats::{ConnectErrorKind, ConnectOptions, Event};
use log::LogError;
use secrecy::ExposeSecret;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, timeout_at};

use crate::fault::Place;
use crate::options::Options;

/// A connection, kept alive by a thread of its own: the server expects answers between calls, too.
///
/// It never connects twice. What was asked over a lost connection is given up at once, and whoever asks next makes a
/// new one: nothing that waits in an old one can be written behind somebody's back.
pub(crate) struct Line {
    runtime: Handle,
    lost: watch::Receiver<bool>,
    client: async_nats::Client,
    place: Place,
    /// The thread ends when this goes.
    _stop: oneshot::Sender<()>,
}

impl Line {
    /// # Errors
    ///
    /// If no server answers before the deadline.
    pub(crate) fn connect(options: &Options, deadline: Instant) -> Result<Self, LogError> {
        let (addresses, place) = options.addresses()?;
        let (runtime, stop) = start().map_err(|error| place.other(format!("no thread can be started: {error}")))?;
        let (told, lost) = watch::channel(false);
        let made = Arc::new(AtomicBool::new(false));
        let again = Arc::clone(&made);
        let login = options.login.as_ref().map(|(name, password)| (name.clone(), password.expose_secret().to_owned()));
        let connection = login
            .map_or_else(ConnectOptions::new, |(name, password)| ConnectOptions::with_user_and_password(name, password))
            .name("halo")
            .connection_timeout(options.limit)
            .request_timeout(Some(options.limit))
            .reconnect_delay_callback(move |_| if again.load(Ordering::Relaxed) { NEVER } else { Duration::ZERO })
            .event_callback(move |event| {
                if matches!(event, Event::Disconnected | Event::Closed) {
                    told.send_replace(true);
                }
                std::future::ready(())
            });
        let client = match runtime.block_on(async { timeout_at(deadline, connection.connect(addresses)).await }) {
            Ok(Ok(client)) => client,
            Ok(Err(error)) if error.kind() == ConnectErrorKind::AuthorizationViolation => {
                return Err(place.unreachable("the server does not take this name and password"));
            }
            Ok(Err(error)) => return Err(place.unreachable(error.to_string())),
            Err(_) => return Err(place.unreachable(silence(options.limit))),
        };
        made.store(true, Ordering::Relaxed);
        Ok(Self { runtime, lost, client, place, _stop: stop })
    }

    pub(crate) fn client(&self) -> async_nats::Client {
        self.client.clone()
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) fn is_lost(&self) -> bool {
        *self.lost.borrow()
    }

    /// Waits for an answer: until there is one, the connection is lost or the deadline is over.
    pub(crate) fn wait<T>(
        &self,
        deadline: Instant,
        limit: Duration,
        answer: impl Future<Output = Result<T, LogError>>,
    ) -> Result<T, LogError> {
        let mut lost = self.lost.clone();
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                answer = timeout_at(deadline, answer) => match answer {
                    Ok(answer) => answer,
                    Err(_) => Err(self.place.unreachable(silence(limit))),
                },
                _ = lost.wait_for(|lost| *lost) => Err(self.place.unreachable("the connection was lost")),
            }
        })
    }
}

/// Longer than any line lives.
const NEVER: Duration = Duration::from_secs(86_400 * 365);

fn silence(limit: Duration) -> String {
    format!("no answer within {} ms", limit.as_millis())
}

/// A runtime that lives until the sender goes.
fn start() -> io::Result<(Handle, oneshot::Sender<()>)> {
    let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
    let handle = runtime.handle().clone();
    let (stop, stopped) = oneshot::channel::<()>();
    thread::Builder::new().name("log-nats".to_owned()).spawn(move || {
        _ = runtime.block_on(stopped);
        // A name that is being looked up may hang; nobody waits for it.
        runtime.shutdown_background();
    })?;
    Ok((handle, stop))
}
