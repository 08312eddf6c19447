//! What is on the screen, seen from outside: the moment at which a window has something in it.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::damage::{ConnectionExt as _, ReportLevel};
use x11rb::protocol::xproto::{Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, ImageFormat, Window};
use x11rb::rust_connection::RustConnection;

const PATIENCE: Duration = Duration::from_secs(20);

/// Letters are smoothed: a page with a word on it has many more colours than its empty areas and lines.
const COLOURS: usize = 12;

pub(crate) struct Screen {
    server: RustConnection,
    root: Window,
    clients: Atom,
    close: Atom,
}

/// When a window's picture first had something in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) window: Window,
    /// Anything: words, wherever.
    pub(crate) something: Instant,
    /// Something in its upper quarter, where the status stands.
    pub(crate) status: Instant,
}

impl Screen {
    /// The display with this name; from now on it tells of everything that is drawn.
    pub(crate) fn open(display: &str) -> Result<Self> {
        let (server, at) = RustConnection::connect(Some(display)).context("the virtual screen does not answer")?;
        let root = server.setup().roots.get(at).context("the virtual screen has no root")?.root;
        server.damage_query_version(1, 1)?.reply()?;
        server.damage_create(server.generate_id()?, root, ReportLevel::RAW_RECTANGLES)?.check()?;
        let atom = |name: &str| Ok::<_, anyhow::Error>(server.intern_atom(false, name.as_bytes())?.reply()?.atom);
        let (clients, close) = (atom("_NET_CLIENT_LIST")?, atom("_NET_CLOSE_WINDOW")?);
        Ok(Self { server, root, clients, close })
    }

    /// Forgets what was drawn so far.
    pub(crate) fn forget(&self) -> Result<()> {
        while self.server.poll_for_event()?.is_some() {}
        Ok(())
    }

    /// Waits for drawing, and looks after each whether the window has something in it: between two frames the one who
    /// measures takes no time from the one who draws.
    pub(crate) fn wait_for_content(&self) -> Result<Seen> {
        let started = Instant::now();
        let mut something = None;
        while started.elapsed() < PATIENCE {
            if !self.was_drawn_on()? {
                std::thread::sleep(Duration::from_millis(1));
                continue;
            }
            let now = Instant::now();
            let Some(window) = self.windows()?.pop() else { continue };
            let Some((anywhere, above)) = self.look(window)? else { continue };
            if anywhere && something.is_none() {
                something = Some(now);
            }
            if let (Some(something), true) = (something, above) {
                return Ok(Seen { window, something, status: now });
            }
        }
        bail!("no window showed anything within {} s", PATIENCE.as_secs())
    }

    /// Asks the window manager to close the window, as a click on its cross does.
    pub(crate) fn close(&self, window: Window) -> Result<()> {
        let message = ClientMessageEvent::new(32, window, self.close, [0, 2, 0, 0, 0]);
        let to_the_manager = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        self.server.send_event(false, self.root, to_the_manager, message)?.check()?;
        Ok(())
    }

    fn was_drawn_on(&self) -> Result<bool> {
        let mut drawn = false;
        while let Some(event) = self.server.poll_for_event()? {
            drawn |= matches!(event, Event::DamageNotify(_));
        }
        Ok(drawn)
    }

    /// The windows of programs, oldest first, as the window manager lists them.
    fn windows(&self) -> Result<Vec<Window>> {
        let list = self.server.get_property(false, self.root, self.clients, AtomEnum::WINDOW, 0, 64)?.reply()?;
        Ok(list.value32().map(Iterator::collect).unwrap_or_default())
    }

    /// Whether there is something in the window, and in its upper quarter; nothing if it can't be seen yet.
    fn look(&self, window: Window) -> Result<Option<(bool, bool)>> {
        let Ok(place) = self.server.get_geometry(window)?.reply() else { return Ok(None) };
        let picture = self.server.get_image(ImageFormat::Z_PIXMAP, window, 0, 0, place.width, place.height, !0)?;
        let Ok(picture) = picture.reply() else { return Ok(None) };
        let upper = picture.data.len() / 4;
        Ok(Some((has_content(&picture.data), has_content(&picture.data[..upper]))))
    }
}

fn has_content(pixels: &[u8]) -> bool {
    let mut colours = HashSet::new();
    let mut last: &[u8] = &[];
    for pixel in pixels.chunks_exact(4) {
        // Areas of one colour are long.
        if pixel != last {
            colours.insert(pixel);
            if colours.len() >= COLOURS {
                return true;
            }
            last = pixel;
        }
    }
    false
}
