//! How what shows things is doing.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use agent::Tick;
use protocol::{Check, CheckState};
use tokio::sync::mpsc;

use crate::os::habits;

/// How long after a failure what is held may be tried again; twice as long after each that follows.
const FIRST_RETRY: Duration = Duration::from_secs(30);
const LAST_RETRY: Duration = Duration::from_secs(3600);

/// How the tray and the notifications are doing.
#[derive(Debug)]
pub struct Health {
    pub wants_tray: bool,
    /// Why there is no ring, while there is none.
    tray_fault: Mutex<Option<String>>,
    notifications: Mutex<Notifications>,
}

#[derive(Debug)]
struct Notifications {
    /// Why the last one was not shown.
    fault: Option<String>,
    retry: Duration,
    is_waiting: bool,
}

impl Health {
    pub fn new(wants_tray: bool) -> Self {
        Self {
            wants_tray,
            tray_fault: Mutex::new(Some("not shown yet".to_owned())),
            notifications: Mutex::new(Notifications { fault: None, retry: FIRST_RETRY, is_waiting: false }),
        }
    }

    pub fn tray_is(&self, fault: Option<String>) {
        *self.tray_fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// How the last notification went. No system tells when it would show the next one: after a failure, what is held
    /// is tried again by and by.
    pub fn notified(self: &Arc<Self>, result: &Result<(), String>, ticks: &mpsc::Sender<Tick>) {
        let mut notifications = self.notifications.lock().unwrap_or_else(PoisonError::into_inner);
        notifications.fault = result.as_ref().err().cloned();
        if result.is_ok() {
            notifications.retry = FIRST_RETRY;
        } else if !notifications.is_waiting {
            notifications.is_waiting = true;
            let retry = notifications.retry;
            notifications.retry = (retry * 2).min(LAST_RETRY);
            tokio::spawn(self.clone().try_again(retry, ticks.clone()));
        }
    }

    async fn try_again(self: Arc<Self>, after: Duration, ticks: mpsc::Sender<Tick>) {
        tokio::select! {
            () = tokio::time::sleep(after) => {}
            () = ticks.closed() => return,
        }
        self.notifications.lock().unwrap_or_else(PoisonError::into_inner).is_waiting = false;
        let _ = ticks.send(Tick::MayShowAgain).await;
    }

    /// No desktop here gives leave to come to the front.
    #[expect(clippy::unused_self, reason = "elsewhere a click brings it")]
    pub fn take_activation(&self) -> Option<String> {
        None
    }

    /// For the doctor.
    pub fn checks(&self) -> Vec<Check> {
        let tray_fault = self.tray_fault.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let fault = self.notifications.lock().unwrap_or_else(PoisonError::into_inner).fault.clone();
        let (tray, tray_advice) = match tray_fault {
            _ if !self.wants_tray => (Err((CheckState::Absent, "switched off with --no-tray".to_owned())), None),
            Some(fault) => (Err((CheckState::Failing, fault)), Some("until then: halo status, halo set")),
            None => (Ok("it holds the ring"), None),
        };
        let (notifications, advice) = match fault {
            Some(fault) => (Err((CheckState::Failing, fault)), Some("until then notifications are held: halo held")),
            None => (Ok("nothing has failed"), None),
        };
        vec![
            check("tray", habits::TRAY, tray, tray_advice),
            check("notifications", habits::NOTIFICATIONS, notifications, advice),
        ]
    }
}

fn check(part: &str, name: &str, how: Result<&str, (CheckState, String)>, advice: Option<&str>) -> Check {
    let chosen = how.is_ok();
    let (state, why) = how.map_or_else(|fault| fault, |why| (CheckState::Working, why.to_owned()));
    let (part, name, advice) = (part.to_owned(), name.to_owned(), advice.map(str::to_owned));
    Check { part, name, state, chosen, why, advice, last: None }
}
