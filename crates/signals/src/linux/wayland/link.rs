//! A connection to the compositor that can tell of the person's input, and perhaps of the lock.

use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::timeout;

use super::wire::{Event, Request, Wire};
use crate::environment::Environment;

const DISPLAY: u32 = 1;
const REGISTRY: u32 = 2;
const PATIENCE: Duration = Duration::from_secs(5);

const SEAT: &str = "wl_seat";
const IDLE_NOTIFIER: &str = "ext_idle_notifier_v1";
/// What came before it: all that Sway has to 1.7 and `KWin` to 5.26.
const OLD_NOTIFIER: &str = "org_kde_kwin_idle";
const LOCK_NOTIFIER: &str = "hyprland_lock_notifier_v1";
/// The notifiers' requests for a notification: of version 1, of version 2, and of the old one.
const NOTIFICATION: u16 = 1;
const INPUT_NOTIFICATION: u16 = 2;
const OLD_NOTIFICATION: u16 = 0;

/// By which protocol a compositor tells of pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notifier {
    Old,
    /// True where input alone can be asked for; else a video that keeps the screen on counts as input.
    New {
        input_only: bool,
    },
}

/// What the compositor says, by the object that it was asked to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// There was no input for the time of this notification.
    Idled(u32),
    /// There is input again.
    Resumed(u32),
    Locked(bool),
    /// All that was asked for before has been answered.
    Done,
}

/// Why there is no such connection.
#[derive(Debug)]
pub(in crate::linux) struct NoLink {
    /// For people.
    pub(in crate::linux) why: String,
    /// There is a compositor; it only tells nothing.
    pub(in crate::linux) answers: bool,
}

pub(in crate::linux) struct Link {
    wire: Wire,
    next_id: u32,
    /// Names that the compositor has given back: used again, or its table of them would grow for ever.
    free: Vec<u32>,
    callback: u32,
    seat: u32,
    idle_notifier: u32,
    notifier: Notifier,
    lock_notifier: Option<u32>,
    lock: Option<u32>,
}

/// A global object on offer: its name in the registry, and its version.
type Offer = Option<(u32, u32)>;

impl Link {
    /// Connects to the display that was named, or else to the first that answers. Never waits for long.
    pub(in crate::linux) async fn open(environment: &Environment) -> Result<Self, NoLink> {
        let mut none = NoLink { why: "there is no Wayland display".to_owned(), answers: false };
        for socket in sockets(environment) {
            let name = socket.display();
            let unreachable = |why: String| NoLink { why, answers: false };
            none = match timeout(PATIENCE, Self::connect(&socket)).await {
                Ok(Ok(Ok(link))) => return Ok(link),
                Ok(Ok(Err(lacks))) => {
                    NoLink { why: format!("the Wayland compositor at {name} has no {lacks}"), answers: true }
                }
                Ok(Err(error)) => unreachable(format!("the Wayland compositor at {name} cannot be reached: {error}")),
                Err(_) => unreachable(format!("the Wayland compositor at {name} does not answer")),
            };
            if none.answers {
                break;
            }
        }
        Err(none)
    }

    /// Connects; the inner error is what the compositor lacks.
    async fn connect(socket: &Path) -> io::Result<Result<Self, &'static str>> {
        let mut link = Self {
            wire: Wire::connect(socket).await?,
            next_id: REGISTRY + 1,
            free: Vec::new(),
            callback: 0,
            seat: 0,
            idle_notifier: 0,
            notifier: Notifier::Old,
            lock_notifier: None,
            lock: None,
        };
        link.wire.send(Request::new(DISPLAY, 1).number(REGISTRY)).await?;
        let [mut seat, mut idle, mut old_idle, mut lock]: [Offer; 4] = [None; 4];
        link.sync().await?;
        loop {
            let event = link.wire.next().await?;
            if (event.object, event.opcode) == (REGISTRY, 0) {
                let mut arguments = event.arguments();
                let (name, interface, version) = (arguments.number()?, arguments.text()?, arguments.number()?);
                let offer = match interface.as_str() {
                    SEAT => &mut seat,
                    IDLE_NOTIFIER => &mut idle,
                    OLD_NOTIFIER => &mut old_idle,
                    LOCK_NOTIFIER => &mut lock,
                    _ => continue,
                };
                // The first seat is where the person sits; further ones are virtual.
                offer.get_or_insert((name, version));
            } else if link.said(&event)? == Some(Said::Done) {
                break;
            }
        }
        let Some((seat, _)) = seat else { return Ok(Err(SEAT)) };
        link.idle_notifier = match (idle, old_idle) {
            (Some((idle, version)), _) => {
                link.notifier = Notifier::New { input_only: version >= 2 };
                link.bind(idle, IDLE_NOTIFIER, version.min(2)).await?
            }
            (None, Some((idle, _))) => link.bind(idle, OLD_NOTIFIER, 1).await?,
            (None, None) => return Ok(Err(IDLE_NOTIFIER)),
        };
        link.seat = link.bind(seat, SEAT, 1).await?;
        if let Some((lock, _)) = lock {
            link.lock_notifier = Some(link.bind(lock, LOCK_NOTIFIER, 1).await?);
        }
        Ok(Ok(link))
    }

    /// The protocol, as people look it up.
    pub(in crate::linux) fn name(&self) -> &'static str {
        if self.notifier == Notifier::Old { OLD_NOTIFIER } else { IDLE_NOTIFIER }
    }

    /// Whether pauses of input and pauses that a video bridges can be asked for side by side.
    pub(in crate::linux) fn tells_videos_apart(&self) -> bool {
        self.notifier == Notifier::New { input_only: true }
    }

    /// What it tells, for people.
    pub(in crate::linux) fn why(&self) -> &'static str {
        if self.tells_videos_apart() {
            "the compositor tells when input stops and goes on"
        } else {
            "the compositor tells when input stops and goes on, and takes a video that keeps the screen on for input"
        }
    }

    async fn bind(&mut self, name: u32, interface: &str, version: u32) -> io::Result<u32> {
        let id = self.new_id();
        self.wire.send(Request::new(REGISTRY, 0).number(name).text(interface).number(version).number(id)).await?;
        Ok(id)
    }

    /// Asks for [`Said::Done`].
    pub(super) async fn sync(&mut self) -> io::Result<()> {
        self.callback = self.new_id();
        self.wire.send(Request::new(DISPLAY, 0).number(self.callback)).await
    }

    /// Asks to be told when there was no input for a time, counted from the last input or from now.
    pub(super) async fn notify(&mut self, idle_for: Duration) -> io::Result<u32> {
        self.notify_by(if self.tells_videos_apart() { INPUT_NOTIFICATION } else { NOTIFICATION }, idle_for).await
    }

    /// The same, for which a video that keeps the screen on counts as input.
    pub(super) async fn notify_unless_kept(&mut self, idle_for: Duration) -> io::Result<u32> {
        self.notify_by(NOTIFICATION, idle_for).await
    }

    async fn notify_by(&mut self, request: u16, idle_for: Duration) -> io::Result<u32> {
        let id = self.new_id();
        let milliseconds = u32::try_from(idle_for.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX);
        let request = match self.notifier {
            Notifier::New { .. } => {
                Request::new(self.idle_notifier, request).number(id).number(milliseconds).number(self.seat)
            }
            // No time at all would never be over.
            Notifier::Old => Request::new(self.idle_notifier, OLD_NOTIFICATION)
                .number(id)
                .number(self.seat)
                .number(milliseconds.max(1)),
        };
        self.wire.send(request).await?;
        Ok(id)
    }

    /// Takes a notification back. What it says on its way is nothing to anybody.
    pub(super) async fn forget(&mut self, notification: u32) -> io::Result<()> {
        self.wire.send(Request::new(notification, 0)).await
    }

    /// Asks to be told of the lock, where the compositor can; true if so. One that is locked says so at once.
    pub(super) async fn follow_lock(&mut self) -> io::Result<bool> {
        let Some(notifier) = self.lock_notifier else { return Ok(false) };
        let id = self.new_id();
        self.wire.send(Request::new(notifier, 1).number(id)).await?;
        self.lock = Some(id);
        Ok(true)
    }

    /// What the compositor says next. May be dropped and called anew.
    pub(super) async fn next(&mut self) -> io::Result<Said> {
        loop {
            let event = self.wire.next().await?;
            if let Some(said) = self.said(&event)? {
                return Ok(said);
            }
        }
    }

    /// What it has said already, beyond what was read.
    pub(super) fn arrived(&mut self) -> io::Result<Vec<Said>> {
        let mut arrived = Vec::new();
        while let Some(event) = self.wire.arrived()? {
            arrived.extend(self.said(&event)?);
        }
        Ok(arrived)
    }

    fn said(&mut self, event: &Event) -> io::Result<Option<Said>> {
        let mut arguments = event.arguments();
        Ok(match (event.object, event.opcode) {
            (DISPLAY, 0) => {
                let (_, _, why) = (arguments.number()?, arguments.number()?, arguments.text()?);
                return Err(io::Error::other(format!("it refused a request: {why}")));
            }
            (DISPLAY, _) => {
                self.free.push(arguments.number()?);
                None
            }
            (REGISTRY, _) => None,
            // What the seat is made of does not matter.
            (object, _) if object == self.seat => None,
            (object, _) if object == self.callback => {
                // It is said once, and then the name is free for something else.
                self.callback = 0;
                Some(Said::Done)
            }
            (object, opcode) if Some(object) == self.lock => Some(Said::Locked(opcode == 0)),
            (object, 0) => Some(Said::Idled(object)),
            (object, _) => Some(Said::Resumed(object)),
        })
    }

    fn new_id(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.next_id += 1;
            self.next_id - 1
        })
    }
}

/// Where a display may be, the likeliest first.
fn sockets(environment: &Environment) -> Vec<PathBuf> {
    let Some(dir) = &environment.runtime_dir else {
        let named = environment.wayland_display.iter().map(PathBuf::from);
        return named.filter(|path| path.is_absolute()).collect();
    };
    if let Some(named) = &environment.wayland_display {
        // An absolute path stands for itself.
        return vec![dir.join(named)];
    }
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let is_display = |entry: &fs::DirEntry| {
        entry.file_name().to_string_lossy().starts_with("wayland-")
            && entry.file_type().is_ok_and(|kind| kind.is_socket())
    };
    let mut found: Vec<_> = entries.filter(is_display).map(|entry| entry.path()).collect();
    found.sort();
    found
}
