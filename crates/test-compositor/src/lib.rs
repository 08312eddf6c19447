//! Wayland compositors without a screen: a real one (Sway), and one of our own, to stand in for the ones that tell of input: `KWin`, Sway and all that is built
//! on wlroots, Hyprland, niri, COSMIC.
//!
//! It keeps to what they do. A notification counts from the last input or from its own creation, whichever is later. One
//! of version 1 never becomes idle while a program keeps the screen on, and is resumed when that begins. The lock is told
//! at once to whoever asks while it holds. The protocol is spoken by the library that some of them are made with.
#![cfg(target_os = "linux")]

mod hyprland;
mod sway;

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub use self::sway::Sway;

use self::hyprland::hyprland_lock_notification_v1::{self, HyprlandLockNotificationV1};
use self::hyprland::hyprland_lock_notifier_v1::{self, HyprlandLockNotifierV1};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wayland_protocols::ext::idle_notify::v1::server::ext_idle_notification_v1::{self, ExtIdleNotificationV1};
use wayland_protocols::ext::idle_notify::v1::server::ext_idle_notifier_v1::{self, ExtIdleNotifierV1};
use wayland_server::Resource as _;
use wayland_server::backend::{ClientData, ClientId};
use wayland_server::protocol::wl_seat::{self, WlSeat};
use wayland_server::{Client, DataInit, Dispatch, Display, DisplayHandle, GlobalDispatch, ListeningSocket, New};

/// What a compositor offers.
#[derive(Clone, Copy)]
pub struct Offers {
    /// The version of the idle notifier; zero: none.
    pub idle: u32,
    /// Hyprland's notifier of locks.
    pub lock: bool,
}

/// As recent ones do.
pub const ALL: Offers = Offers { idle: 2, lock: true };

enum Command {
    Input,
    Inhibit(bool),
    Lock(bool),
    Hang(Duration),
}

/// It ends with its owner.
pub struct Compositor {
    /// What `WAYLAND_DISPLAY` may name.
    pub socket: PathBuf,
    offers: Offers,
    /// Notifications of pauses that clients hold at the moment.
    pub notifications: Arc<AtomicUsize>,
    running: Option<(Sender<Command>, UnixStream, JoinHandle<()>)>,
}

impl Compositor {
    /// Starts it, with its socket in this folder.
    pub fn start(dir: &Path, offers: Offers) -> Self {
        let socket = dir.join("wayland-7");
        let mut compositor = Self { socket, offers, notifications: Arc::default(), running: None };
        compositor.restart();
        compositor
    }

    /// Starts it anew at the same place: nothing is locked, and the last input unknown.
    pub fn restart(&mut self) {
        self.kill();
        let socket = ListeningSocket::bind_absolute(self.socket.clone()).expect("the place is free");
        let (commands, orders) = channel();
        let (bell, listener) = UnixStream::pair().expect("a pair of sockets");
        let (offers, notifications) = (self.offers, self.notifications.clone());
        let thread = thread::spawn(move || serve(&socket, &listener, &orders, offers, notifications));
        self.running = Some((commands, bell, thread));
    }

    /// Ends it; its clients see it go.
    pub fn kill(&mut self) {
        if let Some((commands, bell, thread)) = self.running.take() {
            drop((commands, bell));
            thread.join().expect("the compositor does not panic");
        }
        let _ = fs::remove_file(&self.socket);
        self.notifications.store(0, Ordering::Relaxed);
    }

    /// The person moves the mouse.
    pub fn input(&self) {
        self.tell(Command::Input);
    }

    /// A program keeps the screen on, or no longer.
    pub fn inhibit(&self, on: bool) {
        self.tell(Command::Inhibit(on));
    }

    /// The screen is locked, or no longer.
    pub fn lock(&self, locked: bool) {
        self.tell(Command::Lock(locked));
    }

    /// Neither reads nor writes for a while.
    pub fn hang(&self, time: Duration) {
        self.tell(Command::Hang(time));
    }

    fn tell(&self, command: Command) {
        let (commands, bell, _) = self.running.as_ref().expect("it runs");
        commands.send(command).expect("it listens");
        (&*bell).write_all(&[0]).expect("it listens");
    }
}

impl Drop for Compositor {
    fn drop(&mut self) {
        self.kill();
    }
}

struct Notification {
    resource: ExtIdleNotificationV1,
    timeout: Duration,
    obeys_inhibitors: bool,
    counts_from: Instant,
    idle: bool,
}

impl Notification {
    fn resume(&mut self) {
        self.counts_from = Instant::now();
        if std::mem::take(&mut self.idle) {
            self.resource.resumed();
        }
    }
}

struct Served {
    notifications: Vec<Notification>,
    held: Arc<AtomicUsize>,
    locks: Vec<HyprlandLockNotificationV1>,
    inhibited: bool,
    locked: bool,
}

impl Served {
    fn obey(&mut self, command: &Command) {
        match *command {
            Command::Input => self.notifications.iter_mut().for_each(Notification::resume),
            Command::Inhibit(on) => {
                self.inhibited = on;
                self.notifications.iter_mut().filter(|it| it.obeys_inhibitors).for_each(Notification::resume);
            }
            Command::Lock(locked) => {
                self.locked = locked;
                self.locks.iter().for_each(|lock| if locked { lock.locked() } else { lock.unlocked() });
            }
            Command::Hang(time) => thread::sleep(time),
        }
    }

    /// Tells the pauses that are long enough; comes back with the time until the next one is.
    fn tick(&mut self) -> Option<Duration> {
        let inhibited = self.inhibited;
        let waiting = self.notifications.iter_mut().filter(|it| !(it.idle || inhibited && it.obeys_inhibitors));
        let mut next = None::<Duration>;
        for notification in waiting {
            let left = notification.timeout.saturating_sub(notification.counts_from.elapsed());
            if left.is_zero() {
                notification.idle = true;
                notification.resource.idled();
            } else {
                next = Some(next.map_or(left, |next| next.min(left)));
            }
        }
        next
    }
}

fn serve(
    socket: &ListeningSocket,
    bell: &UnixStream,
    orders: &Receiver<Command>,
    offers: Offers,
    held: Arc<AtomicUsize>,
) {
    let mut display = Display::<Served>::new().expect("a display");
    let handle = display.handle();
    handle.create_global::<Served, WlSeat, ()>(7, ());
    if offers.idle > 0 {
        handle.create_global::<Served, ExtIdleNotifierV1, ()>(offers.idle, ());
    }
    if offers.lock {
        handle.create_global::<Served, HyprlandLockNotifierV1, ()>(1, ());
    }
    let mut served = Served { notifications: Vec::new(), held, locks: Vec::new(), inhibited: false, locked: false };
    loop {
        let next = served.tick();
        display.flush_clients().expect("clients are told");
        let clients = display.backend().poll_fd().try_clone_to_owned().expect("a descriptor");
        let mut ready = [
            PollFd::new(socket, PollFlags::IN),
            PollFd::new(bell, PollFlags::IN),
            PollFd::new(&clients, PollFlags::IN),
        ];
        let patience = next.map(|next| Timespec::try_from(next).expect("a short time"));
        poll(&mut ready, patience.as_ref()).expect("nothing interrupts this thread");
        let rung = !ready[1].revents().is_empty();
        while let Ok(Some(client)) = socket.accept() {
            display.handle().insert_client(client, Arc::new(Anybody)).expect("there is room");
        }
        display.dispatch_clients(&mut served).expect("clients are heard");
        if rung {
            if (&*bell).read(&mut [0]).unwrap_or(0) == 0 {
                return;
            }
            served.obey(&orders.recv().expect("a ring has a reason"));
        }
    }
}

struct Anybody;

impl ClientData for Anybody {}

/// Objects that are only bound.
macro_rules! bound {
    ($($interface:ty),*) => {$(
        impl GlobalDispatch<$interface, ()> for Served {
            fn bind(
                _: &mut Self,
                _: &DisplayHandle,
                _: &Client,
                new: New<$interface>,
                (): &(),
                init: &mut DataInit<'_, Self>,
            ) {
                init.init(new, ());
            }
        }
    )*};
}

bound!(WlSeat, ExtIdleNotifierV1, HyprlandLockNotifierV1);

impl Dispatch<WlSeat, ()> for Served {
    fn request(
        _: &mut Self,
        _: &Client,
        _: &WlSeat,
        _: wl_seat::Request,
        (): &(),
        _: &DisplayHandle,
        _: &mut DataInit<'_, Self>,
    ) {
    }
}

impl Dispatch<ExtIdleNotifierV1, ()> for Served {
    fn request(
        served: &mut Self,
        _: &Client,
        _: &ExtIdleNotifierV1,
        request: ext_idle_notifier_v1::Request,
        (): &(),
        _: &DisplayHandle,
        init: &mut DataInit<'_, Self>,
    ) {
        use ext_idle_notifier_v1::Request::{GetIdleNotification, GetInputIdleNotification};
        let (id, timeout, obeys_inhibitors) = match request {
            GetIdleNotification { id, timeout, .. } => (id, timeout, true),
            GetInputIdleNotification { id, timeout, .. } => (id, timeout, false),
            _ => return,
        };
        served.notifications.push(Notification {
            resource: init.init(id, ()),
            timeout: Duration::from_millis(timeout.into()),
            obeys_inhibitors,
            counts_from: Instant::now(),
            idle: false,
        });
        served.held.store(served.notifications.len(), Ordering::Relaxed);
    }
}

impl Dispatch<ExtIdleNotificationV1, ()> for Served {
    fn request(
        _: &mut Self,
        _: &Client,
        _: &ExtIdleNotificationV1,
        _: ext_idle_notification_v1::Request,
        (): &(),
        _: &DisplayHandle,
        _: &mut DataInit<'_, Self>,
    ) {
    }

    fn destroyed(served: &mut Self, _: ClientId, gone: &ExtIdleNotificationV1, (): &()) {
        served.notifications.retain(|notification| notification.resource.id() != gone.id());
        served.held.store(served.notifications.len(), Ordering::Relaxed);
    }
}

impl Dispatch<HyprlandLockNotifierV1, ()> for Served {
    fn request(
        served: &mut Self,
        _: &Client,
        _: &HyprlandLockNotifierV1,
        request: hyprland_lock_notifier_v1::Request,
        (): &(),
        _: &DisplayHandle,
        init: &mut DataInit<'_, Self>,
    ) {
        if let hyprland_lock_notifier_v1::Request::GetLockNotification { id } = request {
            let lock = init.init(id, ());
            if served.locked {
                lock.locked();
            }
            served.locks.push(lock);
        }
    }
}

impl Dispatch<HyprlandLockNotificationV1, ()> for Served {
    fn request(
        _: &mut Self,
        _: &Client,
        _: &HyprlandLockNotificationV1,
        _: hyprland_lock_notification_v1::Request,
        (): &(),
        _: &DisplayHandle,
        _: &mut DataInit<'_, Self>,
    ) {
    }

    fn destroyed(served: &mut Self, _: ClientId, gone: &HyprlandLockNotificationV1, (): &()) {
        served.locks.retain(|lock| lock.id() != gone.id());
    }
}
