//! Systems without back-ends: everything is unknown, and says so.

use tokio::sync::mpsc;

use crate::environment::Environment;
use crate::handle::Wires;
use crate::health::SignalKind;
use crate::raw::Raw;

pub(crate) fn start(_: Environment, tx: mpsc::Sender<Raw>, wires: Wires) {
    let why = "there is no source for this system yet";
    for signal in [SignalKind::Idle, SignalKind::Lock, SignalKind::Sleep, SignalKind::Call] {
        wires.board.absent(signal, std::env::consts::OS, why, None);
    }
    tokio::spawn(async move {
        let mut orders = wires.orders;
        // A closed receiver is nothing to act on here; holding the sender keeps the caller's channel open.
        let _ = tx.send(Raw::IdleUnknown(why.to_owned())).await;
        while orders.changed().await.is_ok() {}
        drop(tx);
    });
}

pub(crate) mod clock {
    //! The clock of the standard library, which may stand still during sleep.

    use std::io;
    use std::sync::OnceLock;
    use std::time::{Duration, Instant};

    use tokio::sync::watch;

    pub(crate) fn boot() -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }

    pub(crate) fn boot_id() -> Option<String> {
        None
    }

    /// Nothing is told here.
    #[expect(clippy::unnecessary_wraps, reason = "on other systems it may fail")]
    pub(crate) fn changes() -> io::Result<watch::Receiver<()>> {
        Ok(watch::channel(()).1)
    }
}
