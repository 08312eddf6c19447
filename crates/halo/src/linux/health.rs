//! How the session bus and what lives on it are doing.

use std::sync::{Mutex, MutexGuard, PoisonError};

use agent::Tick;
use protocol::{Check, CheckState};
use tokio::sync::{mpsc, watch};
use zbus::Connection;

use super::daemon::DAEMON;

/// Whoever shows the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// It has not been asked yet.
    Unknown,
    /// There is none.
    Missing,
    /// It has its name and does not answer.
    Silent,
    /// It took the ring and does not have it among what it shows.
    Forgetful,
    /// It has the ring.
    Shows,
}

/// Whoever shows notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Daemon {
    /// There is none.
    Missing,
    /// None runs, and the bus starts one for the first notification.
    Startable,
    /// It has its name and does not answer.
    Silent,
    /// It answers.
    Shows,
}

/// What is known, and the connection that all share.
#[derive(Debug)]
pub struct Health {
    pub wants_tray: bool,
    now: Mutex<Now>,
    connection: watch::Sender<Option<Connection>>,
}

#[derive(Debug)]
struct Now {
    /// Why there is no bus, while there is none.
    fault: Option<String>,
    host: Host,
    daemon: Daemon,
    /// The desktop's leave to come to the front, for what the person has just clicked.
    activation: Option<String>,
}

impl Health {
    pub fn new(wants_tray: bool) -> Self {
        let fault = Some("not connected yet".to_owned());
        let now = Now { fault, host: Host::Unknown, daemon: Daemon::Missing, activation: None };
        Self { wants_tray, now: Mutex::new(now), connection: watch::Sender::new(None) }
    }

    /// The connection, while there is one.
    pub fn connection(&self) -> watch::Receiver<Option<Connection>> {
        self.connection.subscribe()
    }

    pub fn bus_came(&self, connection: &Connection) {
        self.now().fault = None;
        self.connection.send_replace(Some(connection.clone()));
    }

    pub fn bus_went(&self, why: String) {
        *self.now() = Now { fault: Some(why), host: Host::Unknown, daemon: Daemon::Missing, activation: None };
        self.connection.send_replace(None);
    }

    pub fn tray_host_came(&self, ticks: &mpsc::Sender<Tick>) {
        tracing::info!("a tray host is there");
        self.host_is(Host::Shows);
        // What was to be shown without a host may be shown now.
        let _ = ticks.try_send(Tick::MayShowAgain);
    }

    pub fn tray_host_went(&self) {
        tracing::warn!("no tray host: the ring can't be seen; the command line serves instead");
        self.host_is(Host::Missing);
    }

    pub fn host_is(&self, host: Host) {
        self.now().host = host;
    }

    pub fn host(&self) -> Host {
        self.now().host
    }

    pub fn daemon_is(&self, daemon: Daemon) {
        let before = std::mem::replace(&mut self.now().daemon, daemon);
        if before != daemon && daemon == Daemon::Silent {
            tracing::warn!("the notification daemon does not answer");
        }
    }

    /// The desktop lets what this click opens come to the front.
    pub fn may_come_to_front(&self, token: Option<String>) {
        self.now().activation = token;
    }

    /// The leave of the last click, once.
    pub fn take_activation(&self) -> Option<String> {
        self.now().activation.take()
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        // A panic while writing leaves at worst an old line for the doctor.
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For the doctor.
    pub fn checks(&self) -> Vec<Check> {
        let now = self.now();
        if let Some(fault) = &now.fault {
            let advice = "start Halo inside a desktop session, or set DBUS_SESSION_BUS_ADDRESS";
            let absent =
                |part, name| check(part, name, CheckState::Absent, &format!("no session bus: {fault}"), Some(advice));
            return vec![absent("tray", ITEM), absent("notifications", DAEMON)];
        }
        vec![self.tray(now.host), notifications(now.daemon)]
    }

    fn tray(&self, host: Host) -> Check {
        let (state, why, advice) = match host {
            _ if !self.wants_tray => (CheckState::Absent, "switched off with --no-tray", None),
            Host::Unknown => (CheckState::Failing, "not shown yet", None),
            Host::Missing => {
                let advice = "add a tray to your panel; on GNOME, the extension “AppIndicator and KStatusNotifierItem Support”. Until then: halo status, halo set";
                (CheckState::Absent, "no tray host on this desktop", Some(advice))
            }
            Host::Silent => {
                let advice = "restart your panel, or log in again. Until then: halo status, halo set";
                (CheckState::Failing, "the tray host does not answer", Some(advice))
            }
            Host::Forgetful => {
                let advice = "restart your panel, or log in again. Until then: halo status, halo set";
                (CheckState::Failing, "the tray host took the ring, but does not list it", Some(advice))
            }
            Host::Shows => (CheckState::Working, "a host shows the ring", None),
        };
        check("tray", ITEM, state, why, advice)
    }
}

const ITEM: &str = "StatusNotifierItem";

fn notifications(daemon: Daemon) -> Check {
    let (state, why, advice) = match daemon {
        Daemon::Missing => {
            let advice = "start a notification daemon (dunst, or your desktop's own). Until then notifications are held: halo held";
            (CheckState::Absent, "no daemon runs", Some(advice))
        }
        Daemon::Startable => (CheckState::Working, "the desktop starts a daemon for the first one", None),
        Daemon::Silent => {
            let advice =
                "restart your notification daemon, or log in again. Until then notifications are held: halo held";
            (CheckState::Failing, "the notification daemon does not answer", Some(advice))
        }
        Daemon::Shows => (CheckState::Working, "a daemon shows them", None),
    };
    check("notifications", DAEMON, state, why, advice)
}

fn check(part: &str, name: &str, state: CheckState, why: &str, advice: Option<&str>) -> Check {
    Check {
        part: part.to_owned(),
        name: name.to_owned(),
        state,
        chosen: state == CheckState::Working,
        why: why.to_owned(),
        advice: advice.map(str::to_owned),
        last: None,
    }
}
