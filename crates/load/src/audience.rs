//! Those who watch a server and those who publish there, and a round of messages from the ones to the others.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::dialect::{Dialect, converse};
use crate::numbers::{float, percentile};
use crate::process::Server;
use crate::socket::Socket;
use crate::stamp::Stamp;
use crate::tally::Tally;

/// So many connect at once.
const AT_ONCE: usize = 64;

/// After the last message of a round its deliveries may take so long.
const STRAGGLERS: Duration = Duration::from_secs(20);

/// Changes a second in a round.
const RATE: u64 = 20;

/// Sessions at one server.
#[derive(Debug)]
pub(crate) struct Audience<D> {
    dialect: Rc<D>,
    tally: Rc<Tally>,
    publishers: Vec<mpsc::Sender<Vec<u8>>>,
    /// How many messages each has sent.
    sent: Vec<u64>,
    watchers: usize,
    /// All sessions; they end with this.
    sessions: JoinSet<()>,
}

/// What a round came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    /// Processor seconds of the server for 100,000 deliveries.
    pub work: f64,
    /// Milliseconds from the publisher to the watcher.
    pub p50: f64,
    /// The same.
    pub p99: f64,
    /// Bytes that watchers read for each delivery.
    pub bytes: f64,
    /// Deliveries that should have come and didn't.
    pub missing: f64,
    /// Those that came twice, or too late.
    pub repeated: f64,
}

/// Connects clients, a few at once, for so long at most; those who came, with their numbers.
pub(crate) async fn connect(
    dialect: &Rc<impl Dialect>,
    server: &Server,
    clients: Range<usize>,
    within: Duration,
) -> Vec<(usize, Socket)> {
    let few = Arc::new(Semaphore::new(AT_ONCE));
    let mut connecting = JoinSet::new();
    for who in clients {
        let (few, dialect, at) = (Arc::clone(&few), Rc::clone(dialect), server.at);
        connecting.spawn_local(async move {
            let _turn = few.acquire_owned().await?;
            let mut socket = Socket::connect(at, who).await?;
            dialect.watch(&mut socket, who).await?;
            anyhow::Ok((who, socket))
        });
    }
    let until = Instant::now() + within;
    let mut came = Vec::new();
    let mut complained = false;
    while let Ok(Some(done)) = timeout(until.saturating_duration_since(Instant::now()), connecting.join_next()).await {
        match done {
            Ok(Ok(client)) => came.push(client),
            Ok(Err(error)) if !complained => {
                println!("note: a client can't connect: {error:#}");
                complained = true;
            }
            _ => {}
        }
    }
    came
}

impl<D: Dialect> Audience<D> {
    /// Connects so many publishers, the first of the clients, and watchers, those after them.
    pub(crate) async fn gather(dialect: Rc<D>, server: &Server, publishers: usize, watchers: usize) -> Result<Self> {
        let sessions = JoinSet::new();
        let (tally, sent) = (Rc::default(), vec![0; publishers]);
        let mut audience = Self { dialect, tally, publishers: Vec::new(), sent, watchers, sessions };
        for who in 0..publishers {
            let mut socket = Socket::connect(server.at, who).await?;
            audience.dialect.enter(&mut socket, who).await?;
            let (to_send, sends) = mpsc::channel(8);
            audience.publishers.push(to_send);
            let (dialect, tally) = (Rc::clone(&audience.dialect), Rc::clone(&audience.tally));
            audience.sessions.spawn_local(converse(socket, dialect, tally, false, sends));
        }
        let came = audience.join(server, publishers..publishers + watchers, true, Duration::from_secs(120)).await;
        anyhow::ensure!(came == watchers, "only {came} of {watchers} watchers can connect: {}", server.said());
        Ok(audience)
    }

    /// Connects further clients, a few at once, for so long at most; how many came. What they are told counts, or not.
    pub(crate) async fn join(
        &mut self,
        server: &Server,
        clients: Range<usize>,
        counts: bool,
        within: Duration,
    ) -> usize {
        let clients = connect(&self.dialect, server, clients, within).await;
        let came = clients.len();
        for (_, socket) in clients {
            let (_, nothing) = mpsc::channel(1);
            let (dialect, tally) = (Rc::clone(&self.dialect), Rc::clone(&self.tally));
            self.sessions.spawn_local(converse(socket, dialect, tally, counts, nothing));
        }
        came
    }

    /// How many connections have ended that should not have.
    pub(crate) fn lost(&self) -> u64 {
        self.tally.lost.get()
    }

    /// Messages at an even pace, publisher after publisher; then waits for what is on its way.
    pub(crate) async fn round(&mut self, server: &Server, lasts: Duration) -> Result<Round> {
        let changes = lasts.as_secs() * RATE;
        let expected = changes * self.watchers as u64;
        for counted in [&self.tally.deliveries, &self.tally.left_out, &self.tally.repeated, &self.tally.bytes] {
            counted.set(0);
        }
        self.tally.delays.borrow_mut().clear();
        let before = server.work();
        let mut pace = interval(Duration::from_secs(1) / u32::try_from(RATE)?);
        pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for change in 0..changes {
            pace.tick().await;
            let publisher = usize::try_from(change)? % self.publishers.len();
            let sequence = self.sent[publisher];
            self.sent[publisher] += 1;
            let message = Stamp::message(publisher, sequence);
            let bytes = self.dialect.publication(publisher, sequence, &message);
            self.publishers[publisher].send(bytes).await.context("a publisher has lost its connection")?;
        }
        let began = Instant::now();
        while self.tally.deliveries.get() < expected && began.elapsed() < STRAGGLERS {
            sleep(Duration::from_millis(2)).await;
        }
        // What is told twice comes late.
        sleep(Duration::from_millis(300)).await;
        let work = server.work() - before;
        let deliveries = self.tally.deliveries.get();
        let mut delays = self.tally.delays.borrow_mut();
        Ok(Round {
            work: work * 100_000.0 / float(deliveries),
            p50: percentile(&mut delays, 50),
            p99: percentile(&mut delays, 99),
            bytes: float(self.tally.bytes.get()) / float(deliveries),
            missing: float(expected.saturating_sub(deliveries)),
            repeated: float(self.tally.repeated.get()),
        })
    }
}
