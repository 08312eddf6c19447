//! What every source of calls does alike: it listens while calls are wanted, says what changes, and comes back.

use std::convert::Infallible;
use std::future::pending;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::handle::Orders;
use crate::health::SignalKind::Call;
use crate::outlet::{Ended, Outlet};
use crate::raw::Raw;
use crate::retry::Retry;

/// What knows whether a microphone or a camera is in use, and tells when that changes.
pub(crate) trait CallSource: Send + Sync {
    /// The source, as people look it up.
    const NAME: &str;
    /// What it tells, for people.
    const WHY: &str;

    /// Tells until the source is lost.
    fn hear(&mut self, teller: &mut Teller) -> impl Future<Output = Result<Infallible, Ended>> + Send;

    /// Ends when a lost source may be back.
    fn stirs(&self) -> impl Future<Output = ()> + Send {
        pending()
    }
}

/// Listens for as long as anybody wants to hear.
pub(crate) async fn serve<S: CallSource>(mut source: S, outlet: Outlet, mut orders: watch::Receiver<Orders>) {
    let mut teller = Teller { name: S::NAME, why: S::WHY, outlet: outlet.clone(), retry: Retry::new(), busy: None };
    loop {
        if orders.wait_for(wanted).await.is_err() {
            return;
        }
        tokio::select! {
            _ = listen(&mut source, &mut teller) => return,
            unwanted = orders.wait_for(|orders| !wanted(orders)) => if unwanted.is_err() { return },
            () = outlet.closed() => return,
        }
        let unasked = teller.absent("nothing asks it: calls are switched off, or sensing is paused").await;
        if unasked.is_err() {
            return;
        }
    }
}

fn wanted(orders: &Orders) -> bool {
    orders.calls && !orders.paused
}

/// Listens, and tries again when the source is lost, until nobody hears it any more.
async fn listen<S: CallSource>(source: &mut S, teller: &mut Teller) -> Ended {
    loop {
        let why = match source.hear(teller).await {
            Err(Ended::Lost(why)) => why,
            Err(ended) => return ended,
            Ok(never) => match never {},
        };
        tracing::info!(why, "{} is out of reach", S::NAME);
        teller.outlet.board.failing(Call, S::NAME, &why, None);
        if let Err(ended) = teller.say(None).await {
            return ended;
        }
        tokio::select! {
            () = sleep(teller.retry.next()) => {}
            () = source.stirs() => {}
        }
    }
}

/// Passes on what a source says, once.
pub(crate) struct Teller {
    name: &'static str,
    why: &'static str,
    outlet: Outlet,
    retry: Retry,
    /// What was last passed on.
    busy: Option<bool>,
}

impl Teller {
    /// The source answers.
    pub(crate) async fn heard(&mut self, busy: bool) -> Result<(), Ended> {
        self.retry.succeeded();
        self.outlet.board.working(Call, self.name, self.why);
        self.say(Some(busy)).await
    }

    /// There is nothing to ask.
    pub(crate) async fn absent(&mut self, why: &str) -> Result<(), Ended> {
        self.outlet.board.absent(Call, self.name, why, None);
        self.say(None).await
    }

    async fn say(&mut self, busy: Option<bool>) -> Result<(), Ended> {
        if std::mem::replace(&mut self.busy, busy) == busy {
            return Ok(());
        }
        self.outlet.say(self.name, Raw::Call { busy }).await
    }
}
