//! Nothing is tried for a while.

use tokio::time::{Instant, sleep_until};

use super::carried::{Entered, Link};
use super::state::State;
use super::timing::Why;

pub(super) struct Waiting {
    until: Instant,
    why: Why,
    /// How many attempts failed since the last good connection.
    failures: u32,
}

impl Waiting {
    pub(super) fn new(link: &Link, why: Why, failures: u32) -> Self {
        let random = f64::from(getrandom::u32().unwrap_or(u32::MAX / 2)) / f64::from(u32::MAX);
        let until = Instant::now() + why.wait(failures, link.setup.timing, random);
        Self { until, why, failures }
    }

    pub(super) async fn stay(mut self, link: &mut Link) -> Entered {
        loop {
            let changed = async {
                match &mut self.why {
                    Why::NoToken { changed: Some(changed), .. } => changed.await,
                    _ => std::future::pending().await,
                }
            };
            tokio::select! {
                () = sleep_until(self.until) => {
                    let token_changed = self.why.into_changed();
                    return (State::Connecting { failures: self.failures, token_changed }, None);
                }
                () = changed => self.look_soon(),
                command = link.commands.recv() => if let Some(order) = link.take(command) {
                    return (order.obey(self.why.into_changed()), None);
                },
            }
        }
    }

    /// Something changed where the token should be.
    fn look_soon(&mut self) {
        if let Why::NoToken { changed, settled } = &mut self.why {
            *changed = None;
            self.until = self.until.min(*settled);
        }
    }
}
