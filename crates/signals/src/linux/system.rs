//! The system bus: logind tells of the lock, of sleep and of the session's end, over one connection.

use std::sync::Arc;

use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use super::bus::{LOGIND_NAME, Shared};
use super::login_session::Hints;
use super::{log_out, logind};
use crate::handle::Orders;
use crate::health::SignalKind::{Lock, Sleep};
use crate::idle_port::Gauge;
use crate::outlet::{Ended, Outlet};
use crate::retry::Retry;

const NO_BUS: &str = "Without a system bus, only a screen saver can tell of a lock, and nothing tells of sleep.";

/// Listens for as long as anybody wants to hear.
pub(super) async fn run(
    bus: Option<Shared>,
    hints: Hints,
    outlet: Outlet,
    orders: watch::Receiver<Orders>,
    recorded: Arc<Notify>,
    gauge: Gauge,
    mut ends: log_out::Watch,
) {
    let Some(bus) = bus else {
        for signal in [Lock, Sleep] {
            outlet.board.absent(signal, LOGIND_NAME, "there is no system bus", Some(NO_BUS));
        }
        return;
    };
    let mut handle_gone = orders.clone();
    let mut locks = logind::Watch::new(hints, outlet.clone(), orders, gauge.clone());
    let mut sleeps = super::sleep::Watch::new(outlet.clone(), recorded, gauge);
    let mut retry = Retry::new();
    loop {
        let attempt = async {
            let conn = bus.get().await.map_err(Ended::Lost)?;
            tokio::try_join!(locks.run(&conn), sleeps.run(&conn), ends.run(&conn))
        };
        let ended = tokio::select! {
            ended = attempt => ended,
            () = outlet.closed() => return,
            // Nobody asks for a change of this kind: it ends when the handle is dropped.
            _ = handle_gone.wait_for(|_| false) => return,
        };
        let Err(Ended::Lost(why)) = ended else { return };
        tracing::info!(why, "logind is out of reach");
        // A bus that answers is not yet a logind that does.
        if outlet.board.is_chosen(LOGIND_NAME) {
            retry.succeeded();
        }
        for signal in [Lock, Sleep] {
            outlet.board.failing(signal, LOGIND_NAME, &why, Some(NO_BUS));
        }
        if locks.lost().await.is_err() || sleeps.lost().await.is_err() {
            return;
        }
        tokio::select! {
            () = sleep(retry.next()) => {}
            () = outlet.closed() => return,
            _ = handle_gone.wait_for(|_| false) => return,
        }
    }
}
