//! Idle: which source is asked, and what happens when it is lost.

use std::convert::Infallible;

use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use super::desk::{Desk, Question};
use super::helper::Helper;
use super::outlet::{Ended, Outlet, unpaused};
use super::retry::Retry;
use super::xlink::{Connector, NoLink};
use super::{helper, xsync};
use crate::environment::Environment;
use crate::handle::Orders;
use crate::health::SignalKind::Idle;
use crate::polled;
use crate::raw::Raw;

const NO_DISPLAY: &str = "Start Halo from the desktop session, where DISPLAY names the X server.";
const WAYLAND: &str = "Sign in to an X11 session, or let the screen lock tell when you leave.";

/// Listens to the best source there is, for as long as anybody wants to hear.
pub(super) async fn run(
    environment: Environment,
    outlet: Outlet,
    orders: watch::Receiver<Orders>,
    questions: mpsc::Receiver<Question>,
) {
    let mut desk = Desk::new(outlet, orders, questions);
    let mut retry = Retry::new();
    let mut told = None;
    let mut connector = environment.display.clone().map(Connector::new);
    loop {
        if unpaused(&mut desk.orders).await.is_err() {
            return;
        }
        let why = match listen(&environment, &mut connector, &mut desk, &mut retry).await {
            Ended::Closed => return,
            Ended::Paused => {
                desk.outlet.board.unchoose(Idle);
                told = None;
                continue;
            }
            Ended::Lost(why) => why,
        };
        // While attempts fail for the same reason, once is enough.
        if told.as_ref() != Some(&why) || retry.is_fresh() {
            tracing::info!(why, "the idle time is unknown");
            if desk.outlet.say("", Raw::IdleUnknown(why.clone())).await.is_err() {
                return;
            }
            told = Some(why);
        }
        // Without an X server in the environment nothing changes by waiting.
        let hopeless = environment.display.is_none() || environment.wayland_display.is_some();
        let wait = async { if hopeless { std::future::pending().await } else { sleep(retry.next()).await } };
        if let Err(Ended::Closed) = desk.meanwhile(wait).await {
            return;
        }
    }
}

async fn listen(
    environment: &Environment,
    connector: &mut Option<Connector>,
    desk: &mut Desk,
    retry: &mut Retry,
) -> Ended {
    match choose(environment, connector.as_mut(), desk, retry).await {
        Ok(never) => match never {},
        Err(ended) => ended,
    }
}

async fn choose(
    environment: &Environment,
    connector: Option<&mut Connector>,
    desk: &mut Desk,
    retry: &mut Retry,
) -> Result<Infallible, Ended> {
    let board = desk.outlet.board.clone();
    if environment.wayland_display.is_some() {
        let why = "a Wayland session hides most input from X11 clients";
        board.absent(Idle, xsync::NAME, why, Some(WAYLAND));
        return Err(Ended::Lost(why.to_owned()));
    }
    let (Some(connector), Some(display)) = (connector, environment.display.clone()) else {
        let why = "there is no X display";
        board.absent(Idle, xsync::NAME, why, Some(NO_DISPLAY));
        return Err(Ended::Lost(why.to_owned()));
    };
    match desk.meanwhile(connector.open()).await? {
        Ok(link) if !environment.force_idle_helper => {
            board.working(Idle, xsync::NAME, "the X server tells when the idle time is reached");
            let ended = xsync::run(link, desk, retry).await;
            if let Err(Ended::Lost(why)) = &ended {
                board.failing(Idle, xsync::NAME, why, None);
            }
            ended
        }
        Err(NoLink::Server(why)) => {
            board.absent(Idle, xsync::NAME, &why, Some(NO_DISPLAY));
            Err(Ended::Lost(why))
        }
        Err(NoLink::Wayland) => {
            let why = "this X server is Xwayland, which hears only part of the input";
            board.absent(Idle, xsync::NAME, why, Some(WAYLAND));
            Err(Ended::Lost(why.to_owned()))
        }
        no_events => {
            let why = match no_events {
                Err(NoLink::NoCounter(why)) => why,
                _ => "the helper is asked instead, as configured".to_owned(),
            };
            board.absent(Idle, xsync::NAME, &why, None);
            let ended = match Helper::find(environment, display) {
                Ok(helper) => polled::run(&helper, desk, retry).await,
                Err(why) => Err(Ended::Lost(why)),
            };
            if let Err(Ended::Lost(why)) = &ended {
                let advice = "Install halo-idle beside Halo, from the same build.";
                board.failing(Idle, helper::NAME, why, Some(advice));
            }
            ended
        }
    }
}
