//! The task that keeps a device connected to its service.
//!
//! It costs one wake-up for each ping of the service and no other: there is one timer, for when a ping is overdue, and
//! it is taken back before it fires.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use protocol::service::{Down, Hello, OwnClock, STREAM_VERSION, Snapshot, Up, Write};
use protocol::{Secret, Trouble};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::client::{Client, ClientError};
use crate::clock::{Moment, ServiceClock};
use crate::stream::{Ended, Received, Stream};
use crate::tokens::{NoToken, Soon, Tokens};

/// With so little of its life left, a token is renewed.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_hours(15 * 24);
/// After a renewal that failed, it is tried again so much later.
const RENEW_AGAIN: Duration = Duration::from_secs(24 * 3600);
/// A new token that could not be kept is tried to be kept again after these; the old one goes on for five minutes.
const KEEP_AGAIN: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(15), Duration::from_secs(60)];
/// Until a service has said how long its leases are.
const LOST_AFTER: Duration = Duration::from_secs(45);

/// The most that a hello brings of what was asked for meanwhile, in bytes: a service takes a megabyte at once.
const LONGEST_HELLO: usize = 512 * 1024;

/// How long the link waits for what.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// The longest first wait before another attempt; each further one may be twice as long.
    pub first_wait: Duration,
    /// The longest wait before another attempt.
    pub longest_wait: Duration,
    /// The longest wait before the place with the token is asked again though nobody told of a change there.
    pub longest_wait_for_token: Duration,
    /// How soon after an attempt another one may follow because the place with the token changed.
    pub token_settles_within: Duration,
    /// A connection that lasted for so long was a good one: the next wait is a first one again.
    pub steady_after: Duration,
    /// For how long a write, or the hello, may stay without an answer.
    pub answer_within: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(10),
            longest_wait_for_token: Duration::from_secs(60),
            token_settles_within: Duration::from_secs(1),
            steady_after: Duration::from_secs(30),
            answer_within: Duration::from_secs(10),
        }
    }
}

/// What the link tells.
#[derive(Debug)]
pub(crate) enum Event {
    /// The service said something.
    Heard(Box<Down>),
    /// The connection is gone.
    Lost {
        /// Why, in words; `None` if it was ended from here.
        why: Option<String>,
        /// When the service was last heard, in time since boot.
        heard: Duration,
        /// Whether the service knows that it is gone.
        closed: bool,
    },
    /// An attempt to connect failed.
    Failed(Trouble),
}

#[derive(Debug)]
enum Command {
    Write(Box<Write>),
    Forget(Vec<String>),
    Reconnect,
    Close { patience: Duration, done: oneshot::Sender<()> },
}

/// What a link needs.
pub(crate) struct LinkSetup {
    pub client: Arc<Client>,
    pub tokens: Arc<dyn Tokens>,
    pub clock: Arc<ServiceClock>,
    pub now: fn() -> Moment,
    pub boot_id: String,
    pub timing: Timing,
    /// Writes of an earlier run.
    pub writes: Vec<Write>,
    pub events: mpsc::UnboundedSender<Event>,
    /// Called once an event is queued.
    pub wake: Arc<dyn Fn() + Send + Sync>,
}

/// The way to a link. Without it, the link ends.
#[derive(Debug, Clone)]
pub(crate) struct LinkHandle(mpsc::UnboundedSender<Command>);

impl LinkHandle {
    /// Sends a write, now or once connected, until it is answered.
    pub(crate) fn write(&self, write: Write) {
        self.tell(Command::Write(Box::new(write)));
    }

    /// Writes that need not be sent any more.
    pub(crate) fn forget(&self, keys: Vec<String>) {
        self.tell(Command::Forget(keys));
    }

    /// Connects anew and at once: the device woke, the network changed, something was missed.
    pub(crate) fn reconnect(&self) {
        self.tell(Command::Reconnect);
    }

    /// Ends, once all is answered if that comes within `patience`.
    pub(crate) async fn close(&self, patience: Duration) {
        let (done, ended) = oneshot::channel();
        self.tell(Command::Close { patience, done });
        // A link that is gone already has nothing to end.
        let _ = ended.await;
    }

    fn tell(&self, command: Command) {
        // A link only ends before its handle if the whole program does.
        let _ = self.0.send(command);
    }
}

/// What comes after something ended.
enum Next {
    /// Another attempt after a wait.
    Wait,
    /// Another attempt now.
    Now,
    /// None until told.
    Stop,
    /// The link ends.
    End(Option<oneshot::Sender<()>>),
}

struct Link {
    setup: LinkSetup,
    commands: mpsc::UnboundedReceiver<Command>,
    /// What is not answered, in order, and since when it has been on its way.
    unanswered: VecDeque<(Write, Instant)>,
    /// Whether a hello of this run was answered.
    started: bool,
    failures: u32,
    /// Whether the last attempt failed for want of a token.
    no_token: bool,
    /// When that attempt was.
    attempted: Instant,
    /// Tells of changes where the token should be, while it is missing there.
    token_changed: Option<Soon<()>>,
    lost_after: Duration,
    expires_at: Timestamp,
    renewal: Option<JoinHandle<Option<Timestamp>>>,
    renew_after: Option<Instant>,
}

/// Begins to connect.
pub(crate) fn spawn(mut setup: LinkSetup) -> LinkHandle {
    let (handle, commands) = mpsc::unbounded_channel();
    let now = Instant::now();
    let unanswered = std::mem::take(&mut setup.writes).into_iter().map(|write| (write, now)).collect();
    let link = Link {
        setup,
        commands,
        unanswered,
        started: false,
        failures: 0,
        no_token: false,
        attempted: now,
        token_changed: None,
        lost_after: LOST_AFTER,
        expires_at: Timestamp::MAX,
        renewal: None,
        renew_after: None,
    };
    tokio::spawn(link.run());
    LinkHandle(handle)
}

impl Link {
    async fn run(mut self) {
        loop {
            let next = match self.connect().await {
                Ok(stream) => self.talk(stream).await,
                Err(next) => next,
            };
            let next = match next {
                Next::Wait => {
                    let wait = self.wait();
                    self.rest(Some(wait)).await
                }
                Next::Stop => self.rest(None).await,
                next => next,
            };
            if let Next::End(done) = next {
                if let Some(renewal) = self.renewal.take() {
                    // A token that was asked for and not kept would be the person's last.
                    let _ = timeout(self.setup.timing.answer_within, renewal).await;
                }
                drop(self.setup);
                let _ = done.map(|done| done.send(()));
                return;
            }
        }
    }

    /// One attempt.
    async fn connect(&mut self) -> Result<Stream, Next> {
        self.attempted = Instant::now();
        let attempt = attempt(Arc::clone(&self.setup.client), Arc::clone(&self.setup.tokens));
        tokio::pin!(attempt);
        loop {
            let command = tokio::select! {
                opened = &mut attempt => return opened.map_err(|trouble| self.failed(trouble)),
                command = self.commands.recv() => command,
            };
            if let Some(next) = self.obey(command) {
                return Err(next);
            }
        }
    }

    fn failed(&mut self, trouble: Trouble) -> Next {
        tracing::info!("not connected: {trouble:?}");
        self.failures += 1;
        self.no_token = matches!(trouble, Trouble::TokenLocked | Trouble::TokenMissing | Trouble::TokenUnavailable(_));
        if !self.no_token {
            self.token_changed = None;
        } else if self.token_changed.is_none() {
            // Heard from before the next attempt on, so that nothing that happens during that one is missed.
            self.token_changed = Some(self.setup.tokens.changed());
        }
        let next = if matches!(trouble, Trouble::SignedOut(_)) { Next::Stop } else { Next::Wait };
        self.tell(Event::Failed(trouble));
        next
    }

    /// Does nothing for a while, or until told.
    async fn rest(&mut self, wait: Option<Duration>) -> Next {
        let over = async {
            match wait {
                Some(wait) => sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(over);
        loop {
            let settled = self.attempted + self.setup.timing.token_settles_within;
            let changed = async {
                match &mut self.token_changed {
                    Some(changed) => changed.await,
                    None => std::future::pending().await,
                }
                // A change comes as many small ones, and what asks may itself be one of them.
                sleep_until(settled).await;
            };
            let command = tokio::select! {
                () = &mut over => return Next::Now,
                () = changed => {
                    self.token_changed = None;
                    return Next::Now;
                }
                command = self.commands.recv() => command,
            };
            if let Some(next) = self.obey(command) {
                return next;
            }
        }
    }

    /// Takes a command while there is no connection.
    fn obey(&mut self, command: Option<Command>) -> Option<Next> {
        match command {
            Some(Command::Write(write)) => self.unanswered.push_back((*write, Instant::now())),
            Some(Command::Forget(keys)) => self.forget(&keys),
            Some(Command::Reconnect) => {
                self.failures = 0;
                return Some(Next::Now);
            }
            Some(Command::Close { done, .. }) => return Some(Next::End(Some(done))),
            None => return Some(Next::End(None)),
        }
        None
    }

    /// Any time up to one that grows with each failure: those who were cut off together don't come back together. A
    /// token is waited for on this machine alone, and for the whole of that time.
    fn wait(&self) -> Duration {
        let Timing { first_wait, longest_wait, longest_wait_for_token, .. } = self.setup.timing;
        let growing = first_wait.saturating_mul(1 << self.failures.saturating_sub(1).min(16));
        if self.no_token {
            return growing.min(longest_wait_for_token);
        }
        let longest = growing.min(longest_wait);
        let random = getrandom::u32().unwrap_or(u32::MAX / 2);
        longest.mul_f64(f64::from(random) / f64::from(u32::MAX))
    }

    /// Speaks with the service until the connection ends.
    async fn talk(&mut self, mut stream: Stream) -> Next {
        let began = Instant::now();
        self.no_token = false;
        self.setup.clock.heard((self.setup.now)().boot);
        let (next, why, closed) = match self.converse(&mut stream).await {
            Ok(next) => {
                if matches!(next, Next::End(_)) {
                    stream.close().await;
                }
                (next, None, true)
            }
            Err(ended) => {
                let steady = began.elapsed() >= self.setup.timing.steady_after;
                self.failures = if steady { 0 } else { self.failures + 1 };
                // A service that says goodbye to one that was connected for long is there again at once, or soon.
                tracing::info!("disconnected: {}", ended.why);
                (if steady && ended.closed { Next::Now } else { Next::Wait }, Some(ended.why), ended.closed)
            }
        };
        let heard = self.setup.clock.last_heard().unwrap_or_else(|| (self.setup.now)().boot);
        self.tell(Event::Lost { why, heard, closed });
        next
    }

    async fn converse(&mut self, stream: &mut Stream) -> Result<Next, Ended> {
        let now = Instant::now();
        self.unanswered.iter_mut().for_each(|(_, since)| *since = now);
        let (first, rest) = self.in_hello();
        let now_shown = self.setup.clock.at((self.setup.now)()).wall;
        let hello = Hello {
            version: STREAM_VERSION,
            boot: self.setup.boot_id.clone(),
            starts: !self.started,
            writes: first,
            own_clock: self.setup.clock.own().map(|own| OwnClock { shows: now_shown, since: own.wall }),
        };
        stream.send(&Up::Hello(hello)).await?;
        // They are answered after the snapshot, in order.
        for write in rest {
            stream.send(&Up::Write(write)).await?;
        }
        // Whether the hello was answered, by the snapshot.
        let mut greeted = false;
        let mut heard = now;
        let mut closing: Option<(Instant, oneshot::Sender<()>)> = None;
        loop {
            if let Some((_, done)) =
                closing.take_if(|(until, _)| self.unanswered.is_empty() || *until <= Instant::now())
            {
                return Ok(Next::End(Some(done)));
            }
            let overdue = self.overdue(heard, (!greeted).then_some(now));
            let deadline = closing.as_ref().map_or(overdue, |(until, _)| overdue.min(*until));
            tokio::select! {
                received = stream.next() => {
                    heard = Instant::now();
                    self.setup.clock.heard((self.setup.now)().boot);
                    match received? {
                        Received::Said(said) => {
                            let signed_out = matches!(said, Down::SignedOut(_));
                            greeted |= matches!(said, Down::Snapshot(_));
                            self.hear(said);
                            if signed_out {
                                return Ok(Next::Stop);
                            }
                        }
                        Received::Ping(clock) => self.pinged(clock),
                        Received::Noise => {}
                    }
                }
                command = self.commands.recv() => match command {
                    Some(Command::Write(write)) => {
                        let up = Up::Write((*write).clone());
                        self.unanswered.push_back((*write, Instant::now()));
                        stream.send(&up).await?;
                    }
                    Some(Command::Forget(keys)) => self.forget(&keys),
                    Some(Command::Reconnect) => {
                        self.failures = 0;
                        return Ok(Next::Now);
                    }
                    Some(Command::Close { patience, done }) => closing = Some((Instant::now() + patience, done)),
                    None => return Ok(Next::End(None)),
                },
                () = sleep_until(deadline) => {
                    if overdue <= Instant::now() {
                        return Err(Ended { why: "The service doesn't answer any more".to_owned(), closed: false });
                    }
                }
            }
        }
    }

    /// What is not answered yet: as much of it as a hello takes, and the rest.
    fn in_hello(&self) -> (Vec<Write>, Vec<Write>) {
        let mut all: Vec<_> = self.unanswered.iter().map(|(write, _)| write.clone()).collect();
        let mut bytes = 0;
        let fits = all.iter().take_while(|write| {
            bytes += serde_json::to_vec(write).map_or(0, |json| json.len());
            bytes <= LONGEST_HELLO
        });
        let rest = all.split_off(fits.count());
        (all, rest)
    }

    /// When something that must come by then will not have come.
    fn overdue(&self, heard: Instant, hello: Option<Instant>) -> Instant {
        let write = self.unanswered.front().map(|(_, since)| *since);
        let answers = hello.into_iter().chain(write).map(|since| since + self.setup.timing.answer_within);
        answers.fold(heard + self.lost_after, Instant::min)
    }

    fn hear(&mut self, said: Down) {
        match &said {
            Down::Snapshot(snapshot) => self.begin(snapshot),
            Down::Done(key) | Down::Refused { key, .. } => {
                self.unanswered.retain(|(write, _)| write.key != *key);
                // The service is at work: the next one has its time from now on.
                if let Some((_, since)) = self.unanswered.front_mut() {
                    *since = Instant::now();
                }
            }
            _ => {}
        }
        self.tell(Event::Heard(Box::new(said)));
    }

    fn begin(&mut self, snapshot: &Snapshot) {
        self.started = true;
        self.lost_after = Duration::from_secs(snapshot.lease.lost_seconds.into());
        self.expires_at = snapshot.expires_at;
        self.setup.clock.set(snapshot.now, (self.setup.now)().boot);
        self.renew_if_due(snapshot.now);
    }

    fn pinged(&mut self, clock: Option<Timestamp>) {
        let Some(clock) = clock else { return };
        self.setup.clock.set(clock, (self.setup.now)().boot);
        self.renew_if_due(clock);
    }

    fn renew_if_due(&mut self, now: Timestamp) {
        if self.expires_at.duration_since(now) >= RENEW_BEFORE
            || self.renew_after.is_some_and(|after| Instant::now() < after)
        {
            return;
        }
        self.renew_after = Some(Instant::now() + RENEW_AGAIN);
        // In a task of its own: the connection may end, but not between a new token and its keeping.
        self.renewal = Some(tokio::spawn(renew(Arc::clone(&self.setup.client), Arc::clone(&self.setup.tokens))));
    }

    fn forget(&mut self, keys: &[String]) {
        self.unanswered.retain(|(write, _)| !keys.contains(&write.key));
    }

    fn tell(&self, event: Event) {
        // Who doesn't listen any more is about to end the link.
        let _ = self.setup.events.send(event);
        (self.setup.wake)();
    }
}

/// Connects with the token, which is forgotten right after.
async fn attempt(client: Arc<Client>, tokens: Arc<dyn Tokens>) -> Result<Stream, Trouble> {
    let token = tokens.load().await.map_err(|error| match error {
        NoToken::Locked => Trouble::TokenLocked,
        NoToken::Missing => Trouble::TokenMissing,
        NoToken::Unavailable(why) => Trouble::TokenUnavailable(why),
    })?;
    Stream::open(&client, &token).await.map_err(|error| match error {
        ClientError::Unauthorized(why) => Trouble::SignedOut(why),
        other => Trouble::Unreachable(other.to_string()),
    })
}

/// Renews the token; until when the new one lasts.
async fn renew(client: Arc<Client>, tokens: Arc<dyn Tokens>) -> Option<Timestamp> {
    let token = tokens.load().await.ok()?;
    // The old token ends soon after it was renewed: first see that the place takes one.
    if let Err(error) = tokens.keep(token.clone()).await {
        tracing::warn!("the token is not renewed: {error}");
        return None;
    }
    match client.renew(&token).await {
        Ok(renewed) => keep(&*tokens, renewed.token).await.then_some(renewed.expires_at),
        Err(error) => {
            tracing::warn!("the token is not renewed: {error}");
            None
        }
    }
}

async fn keep(tokens: &dyn Tokens, token: Secret) -> bool {
    for again in KEEP_AGAIN {
        match tokens.keep(token.clone()).await {
            Ok(()) => return true,
            Err(error) => tracing::error!("the new token can't be kept: {error}"),
        }
        sleep(again).await;
    }
    tokens.keep(token).await.is_ok()
}
