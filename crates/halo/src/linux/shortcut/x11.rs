//! Keys grabbed from the X server, which then sends them here and to nobody else. Between presses nothing happens.

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::thread;
use std::time::Duration;

use agent::{Modifier, NotBound, Shortcut};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::oneshot;
use tokio::time::Instant;
use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::errors::ReplyError;
use x11rb::protocol::xproto::{ConnectionExt as _, GrabMode, Mapping, ModMask};
use x11rb::protocol::{ErrorKind, Event};
use x11rb::rust_connection::RustConnection;

use super::keys;

pub const NAME: &str = "X11 key grab";

/// How long the server may take for all of it.
const PATIENCE: Duration = Duration::from_secs(5);

/// A change of the keyboard comes as several events in a row.
const SETTLING: Duration = Duration::from_millis(200);

/// Why keys were not grabbed.
#[derive(Debug)]
pub enum Refused {
    /// The server sees only part of the keys.
    Wayland,
    NotBound(NotBound),
}

impl From<NotBound> for Refused {
    fn from(why: NotBound) -> Self {
        Self::NotBound(why)
    }
}

/// Keys that are ours as long as the connection lives.
#[derive(Debug)]
pub struct Grab {
    display: String,
    link: Link,
}

/// A key, by its number, and the mask of the modifiers that are held.
type Press = (u8, u16);

#[derive(Debug)]
struct Link {
    conn: RustConnection,
    presses: Vec<Press>,
}

impl AsRawFd for Link {
    fn as_raw_fd(&self) -> RawFd {
        self.conn.stream().as_raw_fd()
    }
}

impl Grab {
    /// Grabs the keys, or gives up after five seconds.
    pub async fn open(display: String, shortcut: &Shortcut) -> Result<Self, Refused> {
        let link = ask(display.clone(), shortcut, grab).await?;
        Ok(Self { display, link })
    }

    /// Calls `pressed` at each press, until the server is lost. Where the keyboard changes, the keys are found anew.
    pub async fn listen(self, shortcut: &Shortcut, pressed: impl Fn()) -> NotBound {
        let Self { display, link } = self;
        let gone = |why: &dyn std::fmt::Display| NotBound::Failed(format!("the X server {display} is gone: {why}"));
        let mut link = match watched(link) {
            Ok(link) => link,
            Err(error) => return gone(&error),
        };
        loop {
            if let Err(why) = until_keyboard_changes(&link, &pressed).await {
                return gone(&why);
            }
            // Two keyboards in turn are a change each time, and mostly none for these keys: then nothing is let go.
            let found =
                ask(display.clone(), shortcut, |display, shortcut| find(display, shortcut).map(|(_, it)| it)).await;
            if found.is_ok_and(|presses| presses == link.get_ref().presses) {
                continue;
            }
            // Its keys go with the connection, before they are asked for again.
            drop(link);
            let grabbed = ask(display.clone(), shortcut, grab).await;
            link = match grabbed.map(watched) {
                Ok(Ok(link)) => link,
                Ok(Err(error)) => return gone(&error),
                Err(Refused::NotBound(why)) => return why,
                Err(Refused::Wayland) => return NotBound::NotOffered,
            };
        }
    }
}

#[expect(deprecated, reason = "the link keeps one socket for its whole life; the new name for this is unsafe")]
fn watched(link: Link) -> io::Result<AsyncFd<Link>> {
    AsyncFd::with_interest(link, Interest::READABLE)
}

/// Goes on listening while the keyboard settles: the press that brought the change may be the one that counts.
async fn until_keyboard_changes(link: &AsyncFd<Link>, pressed: impl Fn()) -> Result<(), String> {
    let mut settled: Option<Instant> = None;
    loop {
        // First what has arrived: it may have been read, and queued, while replies were waited for.
        while let Some(event) = link.get_ref().conn.poll_for_event().map_err(|error| error.to_string())? {
            match event {
                Event::KeyPress(_) => pressed(),
                Event::MappingNotify(changed) if changed.request != Mapping::POINTER => {
                    settled = Some(Instant::now() + SETTLING);
                }
                _ => {}
            }
        }
        let settling = async {
            match settled {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            ready = link.readable() => ready.map_err(|error| error.to_string())?.clear_ready(),
            () = settling => return Ok(()),
        }
    }
}

/// Does something that waits for replies on a thread of its own: a hung server must not stop the rest.
async fn ask<T: Send + 'static>(
    display: String,
    shortcut: &Shortcut,
    what: impl FnOnce(&str, &Shortcut) -> Result<T, Refused> + Send + 'static,
) -> Result<T, Refused> {
    let silent = |why: &str| NotBound::Failed(format!("the X server {display} {why}"));
    let (tx, answered) = oneshot::channel();
    let (name, wanted) = (display.clone(), shortcut.clone());
    let thread = thread::Builder::new().name("x11-shortcut".to_owned()).stack_size(256 * 1024);
    let asking = thread.spawn(move || drop(tx.send(what(&name, &wanted))));
    asking.map_err(|error| silent(&format!("can't be asked: {error}")))?;
    let Ok(answer) = tokio::time::timeout(PATIENCE, answered).await else {
        return Err(silent("does not answer").into());
    };
    answer.map_err(|_| silent("failed while it was asked"))?
}

fn lost(error: &dyn std::error::Error) -> NotBound {
    NotBound::Failed(format!("the X server failed: {error}"))
}

/// Connects, and finds the presses that the shortcut means on this keyboard.
fn find(display: &str, shortcut: &Shortcut) -> Result<(RustConnection, Vec<Press>), Refused> {
    let unreachable =
        |error: &dyn std::error::Error| NotBound::Failed(format!("the X server {display} cannot be reached: {error}"));
    let (conn, _) = RustConnection::connect(Some(display)).map_err(|error| unreachable(&error))?;
    if conn.extension_information("XWAYLAND").map_err(|error| lost(&error))?.is_some() {
        return Err(Refused::Wayland);
    }
    let keyboard = Keyboard::read(&conn).map_err(|error| lost(&error))?;
    let codes = keyboard.codes(keys::symbol(shortcut.key()));
    let (false, Some(held)) = (codes.is_empty(), keyboard.held(shortcut.modifiers())) else {
        return Err(NotBound::NoSuchKeys.into());
    };
    let with_locks = |code| keyboard.locks().into_iter().map(move |locks| (code, held | locks));
    let presses = codes.into_iter().flat_map(with_locks).collect();
    Ok((conn, presses))
}

/// Connects and grabs.
fn grab(display: &str, shortcut: &Shortcut) -> Result<Link, Refused> {
    let (conn, presses) = find(display, shortcut)?;
    for root in conn.setup().roots.iter().map(|screen| screen.root) {
        for (code, mask) in &presses {
            let asked = conn.grab_key(false, root, ModMask::from(*mask), *code, GrabMode::ASYNC, GrabMode::ASYNC);
            match asked.map_err(|error| lost(&error))?.check() {
                Ok(()) => {}
                Err(ReplyError::X11Error(error)) if error.error_kind == ErrorKind::Access => {
                    return Err(NotBound::Taken.into());
                }
                Err(error) => return Err(lost(&error).into()),
            }
        }
    }
    Ok(Link { conn, presses })
}

/// Which key says what.
struct Keyboard {
    first: u8,
    symbols_per_key: usize,
    symbols: Vec<u32>,
    /// The keys of each of the eight modifiers.
    modifiers: Vec<Vec<u8>>,
}

const SHIFT: u16 = 1;
const CAPS_LOCK: u16 = 1 << 1;
const CONTROL: u16 = 1 << 2;
const ALT: [u32; 2] = [0xffe9, 0xffea];
const SUPER: [u32; 2] = [0xffeb, 0xffec];
const NUM_LOCK: [u32; 1] = [0xff7f];
const SCROLL_LOCK: [u32; 1] = [0xff14];

impl Keyboard {
    fn read(conn: &RustConnection) -> Result<Self, ReplyError> {
        let (first, last) = (conn.setup().min_keycode, conn.setup().max_keycode);
        let symbols = conn.get_keyboard_mapping(first, last - first + 1)?;
        let modifiers = conn.get_modifier_mapping()?;
        let (symbols, modifiers) = (symbols.reply()?, modifiers.reply()?);
        let keys_per_modifier = (modifiers.keycodes.len() / 8).max(1);
        Ok(Self {
            first,
            symbols_per_key: usize::from(symbols.keysyms_per_keycode).max(1),
            symbols: symbols.keysyms,
            modifiers: modifiers.keycodes.chunks(keys_per_modifier).map(<[u8]>::to_vec).collect(),
        })
    }

    /// The keys that give a symbol: by themselves, or else with Shift or in another group (digits on a French
    /// keyboard, letters on a Greek one).
    fn codes(&self, symbol: u32) -> Vec<u8> {
        let codes = |gives: fn(&[u32], u32) -> bool| -> Vec<u8> {
            let keys = (self.first..=u8::MAX).zip(self.symbols.chunks(self.symbols_per_key));
            keys.filter(|(_, symbols)| gives(symbols, symbol)).map(|(code, _)| code).collect()
        };
        let alone = codes(|symbols, wanted| symbols.first() == Some(&wanted));
        if alone.is_empty() { codes(|symbols, wanted| symbols.contains(&wanted)) } else { alone }
    }

    /// The modifier that a key with one of these symbols is.
    fn modifier(&self, wanted: &[u32]) -> Option<u16> {
        let says = |code: u8| {
            let at = usize::from(code.checked_sub(self.first)?) * self.symbols_per_key;
            self.symbols.get(at..at + self.symbols_per_key)
        };
        let is_it = |codes: &Vec<u8>| {
            let mut symbols = codes.iter().filter_map(|code| says(*code)).flatten();
            symbols.any(|symbol| wanted.contains(symbol))
        };
        self.modifiers.iter().position(is_it).map(|bit| 1 << bit)
    }

    /// The mask of the keys to hold, if this keyboard has them.
    fn held(&self, modifiers: &[Modifier]) -> Option<u16> {
        modifiers.iter().try_fold(0, |mask, modifier| {
            Some(
                mask | match modifier {
                    Modifier::Shift => SHIFT,
                    Modifier::Ctrl => CONTROL,
                    Modifier::Alt => self.modifier(&ALT)?,
                    Modifier::Super => self.modifier(&SUPER)?,
                },
            )
        })
    }

    /// Every state of the locks, for none of them is part of a shortcut.
    fn locks(&self) -> Vec<u16> {
        let bits = [Some(CAPS_LOCK), self.modifier(&NUM_LOCK), self.modifier(&SCROLL_LOCK)];
        let mut masks = vec![0];
        for bit in bits.into_iter().flatten() {
            masks.extend(masks.clone().into_iter().map(|mask| mask | bit));
        }
        masks.sort_unstable();
        masks.dedup();
        masks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key 8 is `a`/`A`, 9 is `&`/`1`, 10 Alt, 11 Num Lock, 12 Super.
    fn keyboard() -> Keyboard {
        let symbols = vec![0x61, 0x41, 0x26, 0x31, 0xffe9, 0, 0xff7f, 0, 0xffeb, 0];
        let mut modifiers = vec![vec![0]; 8];
        modifiers[3] = vec![10];
        modifiers[4] = vec![11];
        modifiers[6] = vec![0, 12];
        Keyboard { first: 8, symbols_per_key: 2, symbols, modifiers }
    }

    #[test]
    fn keys_are_found_by_what_they_say_with_or_without_shift() {
        assert_eq!(keyboard().codes(0x61), [8]);
        assert_eq!(keyboard().codes(0x31), [9]);
        assert_eq!(keyboard().codes(0x62), [0_u8; 0]);
    }

    #[test]
    fn modifiers_are_where_this_keyboard_has_them() {
        use Modifier::{Alt, Ctrl, Shift, Super};
        assert_eq!(keyboard().held(&[Ctrl, Alt, Shift, Super]), Some(1 | 4 | 1 << 3 | 1 << 6));
        let mut without = keyboard();
        without.modifiers[6].clear();
        assert_eq!(without.held(&[Super]), None);
    }

    #[test]
    fn the_locks_make_no_difference() {
        assert_eq!(keyboard().locks(), [0, 1 << 1, 1 << 4, 1 << 1 | 1 << 4]);
    }
}
