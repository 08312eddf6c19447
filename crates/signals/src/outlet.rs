//! Where back-ends put what they hear, and the ways in which their listening ends.

use std::io;

use tokio::sync::{mpsc, watch};

use crate::handle::Orders;
use crate::health::{Board, SignalKind};
use crate::raw::{LockSource, Raw};

/// Why a back-end stopped listening.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Nobody listens to us any more: stop for good.
    Closed,
    /// Asked to hear nothing until the pause is over.
    Paused,
    /// The source went away or never was there; it may come back. For people.
    Lost(String),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Self::Lost(error.to_string())
    }
}

/// The way to the consumer, and to the board for people.
#[derive(Debug, Clone)]
pub(crate) struct Outlet {
    tx: mpsc::Sender<Raw>,
    pub(crate) board: Board,
}

impl Outlet {
    pub(crate) fn new(tx: mpsc::Sender<Raw>, board: Board) -> Self {
        Self { tx, board }
    }

    /// Tells the consumer, waiting for room.
    pub(crate) async fn say(&self, source: &str, raw: Raw) -> Result<(), Ended> {
        let (signal, what) = describe(&raw);
        tracing::debug!(source, "{what}");
        self.board.said(signal, source, what);
        self.tx.send(raw).await.map_err(|_| Ended::Closed)
    }

    /// Ends when the consumer is gone.
    pub(crate) async fn closed(&self) {
        self.tx.closed().await;
    }
}

fn describe(raw: &Raw) -> (SignalKind, String) {
    match raw {
        Raw::IdleFor(time) => (SignalKind::Idle, format!("no input for {} s", time.as_secs())),
        Raw::IdleKnown => (SignalKind::Idle, "the idle time counts from now".to_owned()),
        Raw::Input => (SignalKind::Idle, "input".to_owned()),
        Raw::InputAgo(time) => (SignalKind::Idle, format!("input {} s ago", time.as_secs())),
        Raw::IdleUnknown(why) => (SignalKind::Idle, format!("unknown: {why}")),
        Raw::Lock { locked: Some(true), .. } => (SignalKind::Lock, "locked".to_owned()),
        Raw::Lock { locked: Some(false), .. } => (SignalKind::Lock, "unlocked".to_owned()),
        Raw::Lock { locked: None, source, .. } => (SignalKind::Lock, format!("{source} cannot say")),
        Raw::Elsewhere(true) => (SignalKind::Lock, "another session of yours is in front".to_owned()),
        Raw::Elsewhere(false) => (SignalKind::Lock, "no other session of yours is in front".to_owned()),
        Raw::Sleep { asleep: true, .. } => (SignalKind::Sleep, "about to sleep".to_owned()),
        Raw::Sleep { asleep: false, .. } => (SignalKind::Sleep, "awake".to_owned()),
        Raw::ScreenKept(true) => (SignalKind::Screen, "a program keeps the screen on".to_owned()),
        Raw::ScreenKept(false) => (SignalKind::Screen, "no program keeps the screen on".to_owned()),
        Raw::Call { busy: Some(true) } => (SignalKind::Call, "in use".to_owned()),
        Raw::Call { busy: Some(false) } => (SignalKind::Call, "not in use".to_owned()),
        Raw::Call { busy: None } => (SignalKind::Call, "unknown".to_owned()),
    }
}

/// A lock without an idle time: gone, open, or locked since a moment that is past.
#[cfg_attr(any(windows, target_os = "macos"), expect(dead_code, reason = "locks have a source of their own there"))]
pub(crate) fn lock(source: LockSource, locked: Option<bool>) -> Raw {
    Raw::Lock { source, locked, idle: None }
}

/// Waits until there is no pause.
pub(crate) async fn unpaused(orders: &mut watch::Receiver<Orders>) -> Result<(), Ended> {
    orders.wait_for(|orders| !orders.paused).await.map(|_| ()).map_err(|_| Ended::Closed)
}

/// Waits for the reason to stop listening: a pause, or the end.
pub(crate) async fn stopped(orders: &mut watch::Receiver<Orders>) -> Ended {
    match orders.wait_for(|orders| orders.paused).await {
        Ok(_) => Ended::Paused,
        Err(_) => Ended::Closed,
    }
}
