//! Idle: what happens when the source that is listened to is lost.

use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use super::chain::Chain;
use super::log_out::Doubts;
use crate::handle::Orders;
use crate::health::SignalKind::{Idle, Lock};
use crate::idle_port::{IdlePort, Question, ScreenGauge};
use crate::outlet::{Ended, Outlet, unpaused};
use crate::raw::Raw;
use crate::retry::Retry;

/// Listens to the best source there is, for as long as anybody wants to hear.
pub(super) async fn run(
    mut chain: Chain,
    outlet: Outlet,
    orders: watch::Receiver<Orders>,
    questions: mpsc::Receiver<Question>,
    doubts: Doubts,
    screen: ScreenGauge,
) {
    let mut port = IdlePort::new(outlet, orders, questions);
    port.screen = Some(screen);
    let mut retry = Retry::new();
    let mut told = None;
    loop {
        if unpaused(&mut port.orders).await.is_err() {
            return;
        }
        let why = match chain.listen(&mut port, &mut retry).await {
            Ended::Closed => return,
            Ended::Paused => {
                port.outlet.board.unchoose(Idle);
                // A compositor tells of both.
                port.outlet.board.unchoose(Lock);
                told = None;
                continue;
            }
            Ended::Lost(why) => why,
        };
        // With each vain attempt anew: the display goes before the session does.
        doubts.raise();
        // While attempts fail for the same reason, once is enough.
        if told.as_ref() != Some(&why) || retry.is_fresh() {
            tracing::info!(why, "the idle time is unknown");
            if port.outlet.say("", Raw::IdleUnknown(why.clone())).await.is_err() {
                return;
            }
            told = Some(why);
        }
        let hopeless = chain.is_hopeless();
        let wait = async { if hopeless { std::future::pending().await } else { sleep(retry.next()).await } };
        if let Err(Ended::Closed) = port.meanwhile(wait).await {
            return;
        }
    }
}
