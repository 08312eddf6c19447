//! The global shortcut: keys that open Halo from anywhere. Nothing of it exists while none is set.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use agent::{NotBound, Shortcut, Tick};
use protocol::{Check, CheckState, Intent};
use tokio::sync::{mpsc, oneshot};

use crate::os::shortcut::Bound;

/// What is bound now.
#[derive(Debug, Default)]
struct Now {
    shortcut: Option<Shortcut>,
    name: &'static str,
    fault: Option<NotBound>,
    /// Dropping it ends the task that listens, and with it the connection that holds the keys.
    life: Option<oneshot::Sender<()>>,
    /// Goes up with each order: an attempt that was overtaken comes to nothing.
    order: u64,
}

impl Now {
    fn is_bound(&self) -> bool {
        self.life.as_ref().is_some_and(|life| !life.is_closed())
    }
}

/// Binds and releases the shortcut.
#[derive(Debug)]
pub struct Keeper {
    ticks: mpsc::Sender<Tick>,
    now: Arc<Mutex<Now>>,
}

impl Keeper {
    pub fn new(ticks: mpsc::Sender<Tick>) -> Self {
        Self { ticks, now: Arc::default() }
    }

    /// Binds these keys in place of those before, or releases them. A tick says how it went.
    pub fn bind(&mut self, shortcut: Option<&Shortcut>) {
        let mut now = lock(&self.now);
        let order = now.order + 1;
        match shortcut {
            None => *now = Now { order, ..Now::default() },
            Some(shortcut) => {
                now.order = order;
                tokio::spawn(live(shortcut.clone(), order, self.now.clone(), self.ticks.clone()));
            }
        }
    }

    /// For the doctor.
    pub fn check(&self) -> Check {
        let now = lock(&self.now);
        let (state, why, advice) = match (&now.fault, &now.shortcut) {
            (Some(fault), _) => in_words(fault),
            (None, Some(shortcut)) => (CheckState::Working, format!("{shortcut} opens Halo"), None),
            (None, None) => {
                (CheckState::Absent, "none is set (halo config shortcut Ctrl+Alt+H sets one)".to_owned(), None)
            }
        };
        Check {
            part: "shortcut".to_owned(),
            name: if now.name.is_empty() { "keys" } else { now.name }.to_owned(),
            state,
            chosen: state == CheckState::Working,
            why,
            advice: advice.map(str::to_owned),
            last: None,
        }
    }
}

/// For the doctor, who is only at home in English.
fn in_words(fault: &NotBound) -> (CheckState, String, Option<&'static str>) {
    const OTHERS: &str = "choose other keys: halo config shortcut KEYS";
    let said = |why: &str| why.to_owned();
    match fault {
        NotBound::Taken => (CheckState::Failing, said("another program has the keys"), Some(OTHERS)),
        NotBound::NoSuchKeys => (CheckState::Failing, said("this keyboard has no such keys"), Some(OTHERS)),
        NotBound::NotAllowed => (CheckState::Failing, said("the desktop did not allow the keys"), Some(OTHERS)),
        NotBound::NotOffered => {
            let advice = "bind the command `halo` in its own settings";
            (CheckState::Absent, said("this desktop offers no global shortcuts"), Some(advice))
        }
        NotBound::Failed(why) => (CheckState::Failing, why.clone(), Some("set it again: halo config shortcut KEYS")),
    }
}

fn lock(now: &Mutex<Now>) -> MutexGuard<'_, Now> {
    // A panic while writing leaves at worst an old line for the doctor.
    now.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One shortcut, from the attempt to its end.
async fn live(shortcut: Shortcut, order: u64, now: Arc<Mutex<Now>>, ticks: mpsc::Sender<Tick>) {
    let holds_it = |now: &Now| now.is_bound() && now.shortcut.as_ref() == Some(&shortcut);
    if holds_it(&lock(&now)) {
        let _ = ticks.send(Tick::Bound(shortcut, Ok(()))).await;
        return;
    }
    let attempt = Bound::bind(&shortcut).await;
    let (life, ended) = oneshot::channel();
    let bound = {
        let mut now = lock(&now);
        match attempt {
            // Its keys go as it is dropped.
            Ok(_) if now.order != order => return,
            Ok(bound) => {
                let name = bound.name();
                *now = Now { shortcut: Some(shortcut.clone()), name, fault: None, life: Some(life), order };
                Ok(bound)
            }
            Err(fault) => {
                if now.order == order && !now.is_bound() {
                    now.fault = Some(fault.clone());
                }
                Err(fault)
            }
        }
    };
    let (bound, result) = match bound {
        Ok(bound) => (Some(bound), Ok(())),
        Err(why) => (None, Err(why)),
    };
    let _ = ticks.send(Tick::Bound(shortcut.clone(), result)).await;
    let Some(bound) = bound else { return };
    let pressed = || {
        tracing::debug!("the shortcut was pressed");
        // The loop is busy only if it hangs; then the window is no use either.
        let _ = ticks.try_send(Tick::Clicked(Intent::Open));
    };
    tokio::select! {
        fault = bound.listen(&shortcut, pressed) => {
            tracing::warn!("the shortcut {shortcut} is gone: {fault:?}");
            let mut now = lock(&now);
            if now.shortcut.as_ref() == Some(&shortcut) {
                now.fault = Some(fault);
            }
        }
        // Another one took its place, or none is wanted any more.
        _ = ended => {}
    }
}
