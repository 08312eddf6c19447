//! The global shortcut, as people write it: `Ctrl+Alt+H`.

use std::fmt;
use std::str::FromStr;

use words::{Language, key};

/// A key that others are held down with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are what stands on the keys")]
pub enum Modifier {
    Ctrl,
    Alt,
    Shift,
    Super,
}

/// The key that is pressed with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// `A` to `Z` and `0` to `9`.
    Character(char),
    /// `F1` to `F24`.
    Function(u8),
    /// One of [`Key::NAMES`].
    Named(&'static str),
}

impl Key {
    /// The other keys that may be in a shortcut.
    pub const NAMES: [&str; 15] = [
        "Pause", "Print", "Space", "Tab", "Enter", "Insert", "Delete", "Home", "End", "PageUp", "PageDown", "Left",
        "Right", "Up", "Down",
    ];
}

/// Keys that open Halo from anywhere: at least one of Ctrl, Alt and Super, and one more.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shortcut {
    modifiers: Vec<Modifier>,
    key: Key,
}

impl Shortcut {
    /// The keys to hold, each once.
    pub fn modifiers(&self) -> &[Modifier] {
        &self.modifiers
    }

    /// The key to press.
    pub fn key(&self) -> Key {
        self.key
    }
}

/// Why keys are not bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotBound {
    /// Another program has them.
    Taken,
    /// The keyboard has none such.
    NoSuchKeys,
    /// This desktop lets no program bind keys.
    NotOffered,
    /// The desktop, or the person there, said no.
    NotAllowed,
    /// Something is missing or failed, in words.
    Failed(String),
}

impl NotBound {
    /// Why, and what to do.
    pub fn say(&self, shortcut: &Shortcut, language: Language) -> String {
        let key = match self {
            Self::Taken => key::REFUSAL_SHORTCUT_TAKEN,
            Self::NoSuchKeys => key::REFUSAL_SHORTCUT_NO_KEYS,
            Self::NotOffered => key::REFUSAL_SHORTCUT_NOT_OFFERED,
            Self::NotAllowed => key::REFUSAL_SHORTCUT_NOT_ALLOWED,
            Self::Failed(fault) => return language.say(key::REFUSAL_NOT_KEPT, &[("fault", fault)]),
        };
        language.say(key, &[("keys", &shortcut.to_string())])
    }
}

/// Text that names no shortcut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a shortcut")]
pub struct NoShortcut;

impl FromStr for Shortcut {
    type Err = NoShortcut;

    fn from_str(text: &str) -> Result<Self, NoShortcut> {
        let mut words: Vec<String> = text.split('+').map(|word| word.trim().to_lowercase()).collect();
        let key = key(&words.pop().ok_or(NoShortcut)?)?;
        let mut modifiers = words.iter().map(|word| modifier(word)).collect::<Result<Vec<_>, _>>()?;
        modifiers.sort_unstable();
        modifiers.dedup();
        // A letter alone, or with Shift, could be typed no more.
        if modifiers.iter().all(|modifier| *modifier == Modifier::Shift) {
            return Err(NoShortcut);
        }
        Ok(Self { modifiers, key })
    }
}

fn modifier(word: &str) -> Result<Modifier, NoShortcut> {
    Ok(match word {
        "ctrl" | "control" | "strg" => Modifier::Ctrl,
        "alt" => Modifier::Alt,
        "shift" => Modifier::Shift,
        "super" | "win" | "windows" | "meta" => Modifier::Super,
        _ => return Err(NoShortcut),
    })
}

fn key(word: &str) -> Result<Key, NoShortcut> {
    let mut characters = word.chars();
    if let (Some(c), None) = (characters.next(), characters.next()) {
        return if c.is_ascii_alphanumeric() { Ok(Key::Character(c.to_ascii_uppercase())) } else { Err(NoShortcut) };
    }
    if let Some(number) = word.strip_prefix('f').and_then(|number| number.parse().ok()) {
        return if (1..=24).contains(&number) { Ok(Key::Function(number)) } else { Err(NoShortcut) };
    }
    let named = Key::NAMES.into_iter().find(|name| name.eq_ignore_ascii_case(word));
    named.map(Key::Named).ok_or(NoShortcut)
}

impl fmt::Display for Shortcut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for modifier in &self.modifiers {
            write!(f, "{modifier:?}+")?;
        }
        match self.key {
            Key::Character(c) => write!(f, "{c}"),
            Key::Function(number) => write!(f, "F{number}"),
            Key::Named(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcuts_are_read_as_people_write_them_and_said_in_one_way() {
        for (written, said) in [
            ("Ctrl+Alt+H", "Ctrl+Alt+H"),
            ("alt + control + h", "Ctrl+Alt+H"),
            ("super+shift+F12", "Shift+Super+F12"),
            ("Win+space", "Super+Space"),
            ("Ctrl+Shift+pageup", "Ctrl+Shift+PageUp"),
            ("CTRL+1", "Ctrl+1"),
        ] {
            assert_eq!(written.parse::<Shortcut>().unwrap().to_string(), said);
        }
    }

    #[test]
    fn bad_input_what_would_take_a_key_from_typing_is_no_shortcut() {
        for text in [
            "H", "Shift+H", "F5", "Ctrl", "Ctrl+", "+", "", "Ctrl+Alt", "Ctrl+ä", "Ctrl+F25", "Ctrl+F0", "Ctrl+H+J",
            "Hyper+H",
        ] {
            assert_eq!(text.parse::<Shortcut>(), Err(NoShortcut), "{text}");
        }
    }
}
