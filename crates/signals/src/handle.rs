//! The caller's end: wishes go in here, and come out as events.

use std::sync::Arc;

use tokio::sync::{Notify, watch};

use crate::health::{Board, SourceHealth};
use crate::raw::Arm;

/// What the back-ends are asked for. The latest counts; what came between is of no interest.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Orders {
    pub(crate) arm: Arm,
    /// Goes up with each call, so that the same wish, once fulfilled, can be made again.
    pub(crate) generation: u64,
    pub(crate) paused: bool,
    /// Whether calls are to be told.
    pub(crate) calls: bool,
}

/// Steers the back-ends. Dropping it ends them.
#[derive(Debug)]
pub struct Handle {
    orders: watch::Sender<Orders>,
    recorded: Arc<Notify>,
    logged_out: Arc<Notify>,
    board: Board,
}

/// What a back-end holds of the handle.
#[derive(Debug, Clone)]
pub(crate) struct Wires {
    pub(crate) orders: watch::Receiver<Orders>,
    pub(crate) recorded: Arc<Notify>,
    /// To be told when the person has logged out.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "other systems end this program by themselves"))]
    pub(crate) logged_out: Arc<Notify>,
    pub(crate) board: Board,
}

impl Handle {
    pub(crate) fn new() -> (Self, Wires) {
        let (orders, listening) = watch::channel(Orders::default());
        let handle = Self { orders, recorded: Arc::default(), logged_out: Arc::default(), board: Board::default() };
        let wires = Wires {
            orders: listening,
            recorded: handle.recorded.clone(),
            logged_out: handle.logged_out.clone(),
            board: handle.board.clone(),
        };
        (handle, wires)
    }

    /// Asks for idle moments, in place of what was asked for before. Does nothing during a pause.
    pub fn arm(&self, arm: Arm) {
        self.orders.send_if_modified(|orders| {
            if orders.paused {
                return false;
            }
            orders.arm = arm;
            orders.generation += 1;
            true
        });
    }

    /// The coming sleep is noted down where it must be: the machine need not wait any longer.
    pub fn sleep_recorded(&self) {
        self.recorded.notify_waiters();
    }

    /// True: disarms everything, and hears nothing about the user until it is called with false. Then the seeds come
    /// anew, and wishes must be made anew. What was said just before may still arrive.
    /// Sleep is about the machine and goes on being told, without an idle time.
    pub fn pause(&self, paused: bool) {
        self.orders.send_if_modified(|orders| {
            if orders.paused == paused {
                return false;
            }
            *orders = Orders { arm: Arm::default(), generation: orders.generation + 1, paused, ..*orders };
            true
        });
    }

    /// Waits until the person has logged out of the session that is listened to, pauses included; for ever where the
    /// system itself ends this program then, which is everywhere but on Linux. For one listener.
    pub fn log_out(&self) -> impl Future<Output = ()> + use<> {
        let logged_out = self.logged_out.clone();
        async move { logged_out.notified().await }
    }

    /// Whether to tell of calls. Until then nothing asks about microphones and cameras.
    pub fn tell_calls(&self, calls: bool) {
        self.orders.send_if_modified(|orders| std::mem::replace(&mut orders.calls, calls) != calls);
    }

    /// Every source found so far, by what it tells; of each kind in the order of finding.
    pub fn health(&self) -> Vec<SourceHealth> {
        let mut health = self.board.list();
        health.sort_by_key(|source| source.signal);
        health
    }
}
