//! The port of an idle source: through it come the idle moments that are asked for and the questions of other back-ends,
//! and through it goes what the source tells.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use crate::clock;
use crate::handle::Orders;
use crate::outlet::{Ended, Outlet, stopped};
use crate::raw::{Arm, Raw};

/// One question for the time since the last input.
pub(crate) type Question = oneshot::Sender<Duration>;

/// Asks the idle source from other back-ends.
#[derive(Debug, Clone)]
pub(crate) struct Gauge(mpsc::Sender<Question>);

impl Gauge {
    /// The time since the last input, or `None` if it is not known within 40 ms: what it goes with must not wait.
    pub(crate) async fn read(&self) -> Option<Duration> {
        let (question, answer) = oneshot::channel();
        self.0.try_send(question).ok()?;
        timeout(Duration::from_millis(40), answer).await.ok()?.ok()
    }

    /// What goes with a word on a lock: the time since the last input, if this is the moment in which it locks.
    pub(crate) async fn at_lock(&self, locked: Option<bool>, as_it_happens: bool) -> Option<Duration> {
        if as_it_happens && locked == Some(true) { self.read().await } else { None }
    }
}

pub(crate) fn gauge() -> (Gauge, mpsc::Receiver<Question>) {
    let (tx, rx) = mpsc::channel(8);
    (Gauge(tx), rx)
}

/// Asks again whether a program keeps the screen on: not every desktop tells when that changes.
#[derive(Debug, Clone)]
pub(crate) struct ScreenGauge(mpsc::Sender<Again>);

/// Dropped when the answer has been passed on.
pub(crate) type Again = oneshot::Sender<()>;

impl ScreenGauge {
    /// Returns when it is known, or after half a second.
    async fn look_again(&self) {
        let (again, done) = oneshot::channel();
        if self.0.try_send(again).is_ok() {
            // It ends with an error in any case: nothing is ever sent.
            let _ = timeout(Duration::from_millis(500), done).await;
        }
    }
}

#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "whoever is asked for the idle time knows of the screen, too")
)]
pub(crate) fn screen_gauge() -> (ScreenGauge, mpsc::Receiver<Again>) {
    let (tx, rx) = mpsc::channel(1);
    (ScreenGauge(tx), rx)
}

/// What every idle source works with.
pub(crate) struct IdlePort {
    pub(crate) outlet: Outlet,
    pub(crate) orders: watch::Receiver<Orders>,
    pub(crate) questions: mpsc::Receiver<Question>,
    /// What is asked for and not fulfilled yet; outlives a lost source.
    pub(crate) armed: Arm,
    /// Asked before an idle time is told.
    pub(crate) screen: Option<ScreenGauge>,
    generation: u64,
    /// The idle time that was told, until new wishes answer it.
    told: Option<IdleTold>,
    /// The idle time that the last wishes answer. There may have been input after it that nobody had asked to hear of.
    pub(crate) answered: Option<IdleTold>,
}

/// An idle time that was told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdleTold {
    /// When, in time since boot.
    pub(crate) at: Duration,
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "a source that is asked compares moments"))]
    pub(crate) idle: Duration,
}

/// Input older than this is told with its age. A source that looks once a second hears of input sooner than that.
const LATE: Duration = Duration::from_secs(2);

/// New wishes that come this soon after an idle time was told answer it.
const ANSWER: Duration = Duration::from_secs(1);

impl IdlePort {
    pub(crate) fn new(outlet: Outlet, orders: watch::Receiver<Orders>, questions: mpsc::Receiver<Question>) -> Self {
        Self {
            outlet,
            orders,
            questions,
            armed: Arm::default(),
            screen: None,
            generation: 0,
            told: None,
            answered: None,
        }
    }

    /// Says the time since the last input, as measured now.
    pub(crate) async fn say_idle(&mut self, source: &str, mut idle: Duration) -> Result<(), Ended> {
        if self.armed.screen
            && let Some(screen) = &self.screen
        {
            let measured = clock::now().boot;
            screen.look_again().await;
            idle += clock::now().boot.saturating_sub(measured);
        }
        self.told = Some(IdleTold { at: clock::now().boot, idle });
        self.outlet.say(source, Raw::IdleFor(idle)).await
    }

    /// Says that there was input, as was asked for, and none for a time that was measured now.
    pub(crate) async fn say_input(&mut self, source: &str, idle: Duration) -> Result<(), Ended> {
        self.armed.input = false;
        self.outlet.say(source, if idle < LATE { Raw::Input } else { Raw::InputAgo(idle) }).await
    }

    /// Takes over what is asked for; true if there is anything new.
    pub(crate) fn take_orders(&mut self) -> Result<bool, Ended> {
        let orders = *self.orders.borrow_and_update();
        if orders.paused {
            return Err(Ended::Paused);
        }
        let new = orders.generation != self.generation;
        if new {
            (self.generation, self.armed) = (orders.generation, orders.arm);
            self.answered = self.told.take().filter(|told| clock::now().boot <= told.at + ANSWER);
        }
        Ok(new)
    }

    /// Does something else than listening, and meanwhile leaves no question open.
    pub(crate) async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Ended> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                ended = stopped(&mut self.orders) => return Err(ended),
                () = self.outlet.closed() => return Err(Ended::Closed),
                Some(question) = self.questions.recv() => drop(question),
            }
        }
    }
}
