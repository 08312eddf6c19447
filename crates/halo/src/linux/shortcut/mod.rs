//! Keys on Linux: X11 gives them to whoever asks first, Wayland's desktops ask the person.

mod keys;
mod portal;
mod x11;

use agent::{NotBound, Shortcut};

/// Keys that are bound, by whichever way this desktop has.
#[derive(Debug)]
pub enum Bound {
    X11(Box<x11::Grab>),
    Portal(Box<portal::Session>),
}

impl Bound {
    /// Where the desktop can't say which kind it is, both are tried.
    pub async fn bind(shortcut: &Shortcut) -> Result<Self, NotBound> {
        let named = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        match (named("WAYLAND_DISPLAY"), named("DISPLAY")) {
            // An X server inside of Wayland sees only the keys that go to its own windows.
            (None, Some(display)) => match x11::Grab::open(display, shortcut).await {
                Ok(grab) => Ok(Self::X11(Box::new(grab))),
                Err(x11::Refused::Wayland) => {
                    portal::Session::open(shortcut).await.map(|session| Self::Portal(Box::new(session)))
                }
                Err(x11::Refused::NotBound(why)) => Err(why),
            },
            (Some(_), _) => portal::Session::open(shortcut).await.map(|session| Self::Portal(Box::new(session))),
            (None, None) => Err(NotBound::Failed("there is no screen whose keys could be bound".to_owned())),
        }
    }

    /// By which way.
    pub fn name(&self) -> &'static str {
        match self {
            Self::X11(_) => x11::NAME,
            Self::Portal(_) => portal::NAME,
        }
    }

    /// Tells of each press, until the desktop takes the keys away.
    pub async fn listen(self, shortcut: &Shortcut, pressed: impl Fn()) -> NotBound {
        match self {
            Self::X11(grab) => grab.listen(shortcut, pressed).await,
            Self::Portal(session) => session.listen(pressed).await,
        }
    }
}
