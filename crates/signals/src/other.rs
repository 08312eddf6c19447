//! Systems without back-ends yet: everything is unknown, and says so.

use tokio::sync::mpsc;

use crate::environment::Environment;
use crate::handle::Wires;
use crate::health::SignalKind;
use crate::raw::Raw;

pub(crate) fn start(_: Environment, tx: mpsc::Sender<Raw>, wires: Wires) {
    let why = "there is no source for this system yet";
    for signal in [SignalKind::Idle, SignalKind::Lock, SignalKind::Sleep] {
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
    //! Clocks by what the standard library and tokio offer.

    use std::io;
    use std::sync::OnceLock;
    use std::time::{Duration, Instant};

    pub(crate) fn boot() -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }

    pub(crate) fn boot_id() -> Option<String> {
        None
    }

    /// A deadline on the clock of [`Moment::boot`](crate::clock::Moment::boot) that can be set anew at any time.
    #[derive(Debug)]
    pub struct Alarm(Option<Duration>);

    impl Alarm {
        /// An alarm that is not set.
        pub fn new() -> io::Result<Self> {
            Ok(Self(None))
        }

        /// Sets the deadline, as a boot time; a past one fires at once, `None` never.
        pub fn set(&mut self, deadline: Option<Duration>) {
            self.0 = deadline;
        }

        /// Waits for the deadline, for ever if there is none; says it once. May be dropped and called anew.
        pub async fn fired(&mut self) {
            match self.0 {
                Some(deadline) => tokio::time::sleep(deadline.saturating_sub(boot())).await,
                None => std::future::pending().await,
            }
            self.0 = None;
        }
    }

    /// Tells when somebody or something sets the wall clock; silent on this system.
    #[derive(Debug)]
    pub struct ClockChanges(());

    impl ClockChanges {
        /// Starts watching.
        pub fn new() -> io::Result<Self> {
            Ok(Self(()))
        }

        /// Waits for the next step of the wall clock.
        pub async fn stepped(&mut self) {
            std::future::pending::<()>().await;
        }
    }
}
