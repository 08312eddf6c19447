//! The session bus: keeps the tray on it, through hosts and buses that come and go.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use agent::{Tick, TrayModel};
use futures_util::StreamExt;
use ksni::TrayMethods;
use protocol::{Check, CheckState};
use std::sync::Mutex;
use tokio::sync::{mpsc, watch};
use zbus::fdo::DBusProxy;

use super::tray::Ring;

/// The name of whoever shows notifications.
const NOTIFICATIONS: &str = "org.freedesktop.Notifications";

/// How long a tray host may be missing before the person is told: panels start when they start.
const HOST_PATIENCE: Duration = Duration::from_secs(10);

const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(300);

/// How the session bus and what lives on it are doing.
#[derive(Debug)]
pub struct Health {
    wants_tray: bool,
    /// Why there is no bus, while there is none.
    fault: Mutex<Option<String>>,
    has_host: AtomicBool,
    has_notifications: AtomicBool,
    /// Whether the daemon reads markup, so that plain text must be escaped.
    pub markup: AtomicBool,
}

impl Health {
    pub fn new(wants_tray: bool) -> Self {
        Self {
            wants_tray,
            fault: Mutex::new(Some("not connected yet".to_owned())),
            has_host: AtomicBool::new(true),
            has_notifications: AtomicBool::new(false),
            markup: AtomicBool::new(true),
        }
    }

    pub fn tray_host_came(&self, ticks: &mpsc::Sender<Tick>) {
        tracing::info!("a tray host is there");
        self.has_host.store(true, Ordering::Relaxed);
        // What was to be shown without a host may be shown now.
        let _ = ticks.try_send(Tick::NotificationsBack);
    }

    pub fn tray_host_went(&self) {
        tracing::warn!("no tray host: the ring can't be seen; the command line serves instead");
        self.has_host.store(false, Ordering::Relaxed);
    }

    fn is_hostless(&self) -> bool {
        self.wants_tray && !self.has_host.load(Ordering::Relaxed)
    }

    fn set_fault(&self, fault: Option<String>) {
        if let Ok(mut held) = self.fault.lock() {
            *held = fault;
        }
    }

    /// For the doctor.
    pub fn checks(&self) -> Vec<Check> {
        let fault = self.fault.lock().ok().and_then(|fault| fault.clone());
        let check = |part: &str, name: &str, state, why: String, advice: Option<&str>| Check {
            part: part.to_owned(),
            name: name.to_owned(),
            state,
            chosen: state == CheckState::Working,
            why,
            advice: advice.map(str::to_owned),
            last: None,
        };
        let (tray, notifications) = ("StatusNotifierItem", NOTIFICATIONS);
        if let Some(fault) = fault {
            let advice = Some("start Halo inside a desktop session, or set DBUS_SESSION_BUS_ADDRESS");
            return vec![
                check("tray", tray, CheckState::Absent, format!("no session bus: {fault}"), advice),
                check("notifications", notifications, CheckState::Absent, format!("no session bus: {fault}"), advice),
            ];
        }
        let tray = if !self.wants_tray {
            check("tray", tray, CheckState::Absent, "switched off with --no-tray".to_owned(), None)
        } else if self.is_hostless() {
            let advice = "add a tray to your panel; on GNOME, the extension “AppIndicator and KStatusNotifierItem Support”. Until then: halo status, halo set";
            check("tray", tray, CheckState::Absent, "no tray host on this desktop".to_owned(), Some(advice))
        } else {
            check("tray", tray, CheckState::Working, "a host shows the ring".to_owned(), None)
        };
        let notifications = if self.has_notifications.load(Ordering::Relaxed) {
            check("notifications", notifications, CheckState::Working, "a daemon shows them".to_owned(), None)
        } else {
            let advice = "start a notification daemon (dunst, or your desktop's own). Until then notifications are held: halo held";
            check("notifications", notifications, CheckState::Absent, "no daemon runs".to_owned(), Some(advice))
        };
        vec![tray, notifications]
    }
}

/// Keeps the tray and an eye on the notification daemon, for as long as the program runs.
pub async fn keep_tray(mut models: watch::Receiver<Option<TrayModel>>, bus: Arc<Health>, ticks: mpsc::Sender<Tick>) {
    let mut retry = FIRST_RETRY;
    loop {
        let ended = while_connected(&mut models, &bus, &ticks, &mut retry).await;
        match ended {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!("the session bus is gone: {error}");
                bus.set_fault(Some(error.to_string()));
                bus.has_notifications.store(false, Ordering::Relaxed);
            }
        }
        tokio::select! {
            () = tokio::time::sleep(retry) => {}
            // The program ends; it must not wait for a bus that may never come.
            () = async { while models.changed().await.is_ok() {} } => return,
        }
        retry = (retry * 2).min(LAST_RETRY);
    }
}

/// Until the bus goes (an error) or the program ends.
async fn while_connected(
    models: &mut watch::Receiver<Option<TrayModel>>,
    bus: &Arc<Health>,
    ticks: &mpsc::Sender<Tick>,
    retry: &mut Duration,
) -> zbus::Result<()> {
    let Ok(model) = models.wait_for(Option::is_some).await.map(|model| model.clone()) else { return Ok(()) };
    let tray = match model.filter(|_| bus.wants_tray) {
        Some(model) => {
            let ring = Ring { model, bus: bus.clone(), ticks: ticks.clone() };
            bus.has_host.store(true, Ordering::Relaxed);
            let tray = ring.assume_sni_available(true).spawn().await;
            Some(tray.map_err(|error| zbus::Error::Failure(error.to_string()))?)
        }
        None => None,
    };
    let connection = zbus::Connection::session().await?;
    bus.set_fault(None);
    *retry = FIRST_RETRY;
    let names = DBusProxy::new(&connection).await?;
    let mut owners = names.receive_name_owner_changed_with_args(&[(0, NOTIFICATIONS)]).await?;
    if names.name_has_owner(NOTIFICATIONS.try_into()?).await? {
        notifications_came(&connection, bus, ticks).await;
    }
    let patience = tokio::time::sleep(HOST_PATIENCE);
    tokio::pin!(patience);
    let mut patient = bus.is_hostless();
    loop {
        tokio::select! {
            changed = models.changed() => {
                if changed.is_err() {
                    // Said good-bye, so that the ring is gone from the panel before the process is.
                    if let Some(tray) = tray {
                        tray.shutdown().await;
                    }
                    return Ok(());
                }
                let model = models.borrow_and_update().clone();
                if let (Some(tray), Some(model)) = (&tray, model) {
                    tray.update(move |ring: &mut Ring| ring.model = model).await;
                }
            }
            owner = owners.next() => {
                let Some(owner) = owner else { break };
                let came = owner.args()?.new_owner().is_some();
                if came {
                    notifications_came(&connection, bus, ticks).await;
                } else {
                    bus.has_notifications.store(false, Ordering::Relaxed);
                }
            }
            () = &mut patience, if patient => {
                patient = false;
                if bus.is_hostless() {
                    let words = "This desktop has no tray, so the ring can't be seen. Halo works all the same: halo status, halo set, halo doctor.";
                    let _ = ticks.try_send(Tick::Say(words.to_owned()));
                }
            }
        }
    }
    if let Some(tray) = tray {
        tray.shutdown().await;
    }
    Err(zbus::Error::Failure("the connection ended".to_owned()))
}

/// A notification daemon is there: what waits for one goes on.
async fn notifications_came(connection: &zbus::Connection, bus: &Health, ticks: &mpsc::Sender<Tick>) {
    let path = "/org/freedesktop/Notifications";
    let asked = connection.call_method(Some(NOTIFICATIONS), path, Some(NOTIFICATIONS), "GetCapabilities", &()).await;
    let capabilities: Vec<String> = asked.ok().and_then(|reply| reply.body().deserialize().ok()).unwrap_or_default();
    bus.markup.store(capabilities.iter().any(|capability| capability == "body-markup"), Ordering::Relaxed);
    bus.has_notifications.store(true, Ordering::Relaxed);
    let _ = ticks.try_send(Tick::NotificationsBack);
}
