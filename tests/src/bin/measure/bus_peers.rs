//! The other side of the bus: a tray host that notes when an item arrives, and a screen saver that notes when it
//! speaks.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use zbus::object_server::SignalEmitter;

const LIMIT: Duration = Duration::from_secs(20);
const WATCHER: &str = "/StatusNotifierWatcher";
const SCREEN_SAVER: &str = "/org/gnome/ScreenSaver";

pub(crate) struct BusPeers {
    registrations: Receiver<Instant>,
    orders: UnboundedSender<bool>,
    spoken: Receiver<Instant>,
}

impl BusPeers {
    /// Takes its place on the bus at `address`.
    pub(crate) fn open(address: &str) -> Result<Self> {
        let (registered, registrations) = mpsc::channel();
        let (orders, ordered) = unbounded_channel();
        let (spoke, spoken) = mpsc::channel();
        let (open, opened) = mpsc::channel();
        let address = address.to_owned();
        thread::spawn(move || {
            let served = serve(&address, registered, ordered, &spoke, &open);
            if let Err(error) = served {
                let _ = open.send(Err(error));
            }
        });
        opened.recv_timeout(LIMIT).context("the session bus does not answer")??;
        Ok(Self { registrations, orders, spoken })
    }

    /// Forgets what has happened so far.
    pub(crate) fn forget(&self) {
        while self.registrations.try_recv().is_ok() {}
    }

    /// When the next tray item arrived.
    pub(crate) fn registration(&self) -> Result<Instant> {
        self.registrations.recv_timeout(LIMIT).context("no tray item came within 20 s")
    }

    /// Locks or unlocks; gives the moment before the signal was sent.
    pub(crate) fn set_active(&self, active: bool) -> Result<Instant> {
        self.orders.send(active)?;
        self.spoken.recv_timeout(LIMIT).context("the screen saver did not speak")
    }
}

fn serve(
    address: &str,
    registered: Sender<Instant>,
    mut ordered: UnboundedReceiver<bool>,
    spoke: &Sender<Instant>,
    open: &Sender<Result<()>>,
) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let connection = zbus::connection::Builder::address(address)?
            .serve_at(
                WATCHER,
                Watcher { registered, items: Vec::new(), hosts: vec!["measure".to_owned()], version: 0 },
            )?
            .serve_at(SCREEN_SAVER, ScreenSaver { active: false })?
            .name("org.kde.StatusNotifierWatcher")?
            .name("org.gnome.ScreenSaver")?
            .build()
            .await?;
        open.send(Ok(()))?;
        let saver = connection.object_server().interface::<_, ScreenSaver>(SCREEN_SAVER).await?;
        while let Some(active) = ordered.recv().await {
            saver.get_mut().await.active = active;
            let before = Instant::now();
            ScreenSaver::active_changed(saver.signal_emitter(), active).await?;
            spoke.send(before)?;
        }
        Ok(())
    })
}

struct Watcher {
    registered: Sender<Instant>,
    items: Vec<String>,
    hosts: Vec<String>,
    version: i32,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    async fn register_status_notifier_item(
        &mut self,
        service: String,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) {
        let _ = self.registered.send(Instant::now());
        self.items.push(service.clone());
        let _ = Self::status_notifier_item_registered(&emitter, &service).await;
    }

    fn register_status_notifier_host(&mut self, service: String) {
        self.hosts.push(service);
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.items.clone()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        !self.hosts.is_empty()
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        self.version
    }

    #[zbus(signal)]
    async fn status_notifier_item_registered(emitter: &SignalEmitter<'_>, service: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn status_notifier_item_unregistered(emitter: &SignalEmitter<'_>, service: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn status_notifier_host_registered(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
}

struct ScreenSaver {
    active: bool,
}

#[zbus::interface(name = "org.gnome.ScreenSaver")]
impl ScreenSaver {
    fn get_active(&self) -> bool {
        self.active
    }

    fn get_active_time(&self) -> u32 {
        u32::from(self.active)
    }

    #[zbus(signal)]
    async fn active_changed(emitter: &SignalEmitter<'_>, active: bool) -> zbus::Result<()>;
}
