//! Keys that open Halo from anywhere: the system gives them to whoever asks first, and tells the main thread of each press.

use std::cell::OnceCell;
use std::sync::{LazyLock, Once};

use agent::{Key, Modifier, NotBound, Shortcut};
use global_hotkey::hotkey::{Code, HotKey, Modifiers};
use global_hotkey::{Error, GlobalHotKeyEvent, GlobalHotKeyManager, HotKeyState};
use tokio::sync::{broadcast, oneshot};

use crate::os::main_thread::on_main_thread;

pub const NAME: &str = "the system's hot keys";

/// Each press, by the number of its keys.
static PRESSES: LazyLock<broadcast::Sender<u32>> = LazyLock::new(|| broadcast::Sender::new(8));

thread_local! {
    /// On the main thread, the only one that may have it; made when keys are first bound.
    #[allow(clippy::missing_const_for_thread_local, reason = "it is; Clippy misses that on one of the systems")]
    static MANAGER: OnceCell<GlobalHotKeyManager> = const { OnceCell::new() };
}

/// Keys that are ours until this is dropped.
#[derive(Debug)]
pub struct Bound {
    keys: HotKey,
    presses: broadcast::Receiver<u32>,
}

impl Bound {
    pub async fn bind(shortcut: &Shortcut) -> Result<Self, NotBound> {
        let keys = keys(shortcut).ok_or(NotBound::NoSuchKeys)?;
        hear_presses();
        let presses = PRESSES.subscribe();
        let (tell, told) = oneshot::channel();
        on_main_thread(move || {
            // Who has gone meanwhile wants no keys.
            if tell.send(register(keys)).is_err() {
                unregister(keys);
            }
        });
        // Nobody answers where there is no desktop.
        let no_desktop = |_| NotBound::Failed("there is no desktop whose keys could be bound".to_owned());
        told.await.map_err(no_desktop)??;
        Ok(Self { keys, presses })
    }

    /// By which way.
    #[expect(clippy::unused_self, reason = "elsewhere there are several ways")]
    pub fn name(&self) -> &'static str {
        NAME
    }

    /// Tells of each press. The system never takes the keys away.
    pub async fn listen(mut self, _shortcut: &Shortcut, pressed: impl Fn()) -> NotBound {
        loop {
            match self.presses.recv().await {
                Ok(id) if id == self.keys.id() => pressed(),
                // Of others, or so many at once that one is as good as all.
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        let keys = self.keys;
        on_main_thread(move || unregister(keys));
    }
}

fn hear_presses() {
    static HEARS: Once = Once::new();
    HEARS.call_once(|| {
        GlobalHotKeyEvent::set_event_handler(Some(|event: GlobalHotKeyEvent| {
            if event.state() == HotKeyState::Pressed {
                // Nobody listens any more.
                let _ = PRESSES.send(event.id());
            }
        }));
    });
}

/// On the main thread.
fn register(keys: HotKey) -> Result<(), NotBound> {
    MANAGER.with(|manager| {
        if manager.get().is_none() {
            let made = GlobalHotKeyManager::new().map_err(failed)?;
            let _ = manager.set(made);
        }
        manager.get().map_or(Ok(()), |manager| manager.register(keys)).map_err(failed)
    })
}

/// On the main thread. Keys that are gone already are what is wanted.
fn unregister(keys: HotKey) {
    MANAGER.with(|manager| manager.get().map(|manager| manager.unregister(keys)));
}

fn failed(error: Error) -> NotBound {
    match error {
        Error::AlreadyRegistered(_) => NotBound::Taken,
        error => NotBound::Failed(error.to_string()),
    }
}

fn keys(shortcut: &Shortcut) -> Option<HotKey> {
    let code = match shortcut.key() {
        Key::Character(c) if c.is_ascii_digit() => format!("Digit{c}"),
        Key::Character(c) => format!("Key{c}"),
        Key::Function(number) => format!("F{number}"),
        Key::Named("Print") => "PrintScreen".to_owned(),
        Key::Named(name @ ("Left" | "Right" | "Up" | "Down")) => format!("Arrow{name}"),
        Key::Named(name) => name.to_owned(),
    };
    let held = shortcut.modifiers().iter().map(|modifier| match modifier {
        Modifier::Ctrl => Modifiers::CONTROL,
        Modifier::Alt => Modifiers::ALT,
        Modifier::Shift => Modifiers::SHIFT,
        Modifier::Super => Modifiers::META,
    });
    Some(HotKey::new(Some(held.collect()), code.parse::<Code>().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d11_every_key_that_can_be_named_is_known_here() {
        let characters = ('A'..='Z').chain('0'..='9').map(String::from);
        let functions = (1..=24).map(|number| format!("F{number}"));
        let named = Key::NAMES.into_iter().map(str::to_owned);
        for key in characters.chain(functions).chain(named) {
            let shortcut: Shortcut = format!("Ctrl+Alt+Shift+Super+{key}").parse().unwrap();
            assert!(keys(&shortcut).is_some(), "{shortcut}");
        }
    }
}
