//! What every idle source works with: the wishes for idle moments, and the questions of other back-ends.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use crate::handle::Orders;
use crate::outlet::{Ended, Outlet, stopped};
use crate::raw::Arm;

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
}

pub(crate) fn gauge() -> (Gauge, mpsc::Receiver<Question>) {
    let (tx, rx) = mpsc::channel(8);
    (Gauge(tx), rx)
}

/// What every idle source works with.
pub(crate) struct Desk {
    pub(crate) outlet: Outlet,
    pub(crate) orders: watch::Receiver<Orders>,
    pub(crate) questions: mpsc::Receiver<Question>,
    /// What is asked for and not fulfilled yet; outlives a lost source.
    pub(crate) armed: Arm,
    generation: u64,
}

impl Desk {
    pub(crate) fn new(outlet: Outlet, orders: watch::Receiver<Orders>, questions: mpsc::Receiver<Question>) -> Self {
        Self { outlet, orders, questions, armed: Arm::default(), generation: 0 }
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
