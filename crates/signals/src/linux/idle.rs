//! Idle: what happens when the source that is listened to is lost.

use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use super::chain::Chain;
use super::desk::{Desk, Films, Question};
use super::log_out::Doubts;
use super::outlet::{Ended, Outlet, unpaused};
use super::retry::Retry;
use crate::handle::Orders;
use crate::health::SignalKind::{Idle, Lock};
use crate::raw::Raw;

/// Listens to the best source there is, for as long as anybody wants to hear.
pub(super) async fn run(
    mut chain: Chain,
    outlet: Outlet,
    orders: watch::Receiver<Orders>,
    questions: mpsc::Receiver<Question>,
    doubts: Doubts,
    films: Films,
) {
    let mut desk = Desk::new(outlet, orders, questions);
    desk.films = Some(films);
    let mut retry = Retry::new();
    let mut told = None;
    loop {
        if unpaused(&mut desk.orders).await.is_err() {
            return;
        }
        let why = match chain.listen(&mut desk, &mut retry).await {
            Ended::Closed => return,
            Ended::Paused => {
                desk.outlet.board.unchoose(Idle);
                // A compositor tells of both.
                desk.outlet.board.unchoose(Lock);
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
            if desk.outlet.say("", Raw::IdleUnknown(why.clone())).await.is_err() {
                return;
            }
            told = Some(why);
        }
        let hopeless = chain.is_hopeless();
        let wait = async { if hopeless { std::future::pending().await } else { sleep(retry.next()).await } };
        if let Err(Ended::Closed) = desk.meanwhile(wait).await {
            return;
        }
    }
}
