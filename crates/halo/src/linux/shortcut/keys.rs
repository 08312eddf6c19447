//! Keys by the names and numbers of X, which the portal for Wayland uses as well (keysymdef.h).

use agent::{Key, Modifier, Shortcut};

/// The symbol of a key, without Shift.
pub fn symbol(key: Key) -> u32 {
    match key {
        Key::Character(c) => u32::from(c.to_ascii_lowercase()),
        Key::Function(number) => 0xffbd + u32::from(number),
        Key::Named(name) => named(name).1,
    }
}

/// The trigger as the shortcuts specification of freedesktop.org writes it: `CTRL+ALT+h`.
pub fn trigger(shortcut: &Shortcut) -> String {
    let modifiers = shortcut.modifiers().iter().map(|modifier| match modifier {
        Modifier::Ctrl => "CTRL+",
        Modifier::Alt => "ALT+",
        Modifier::Shift => "SHIFT+",
        Modifier::Super => "LOGO+",
    });
    let key = match shortcut.key() {
        Key::Character(c) => c.to_ascii_lowercase().to_string(),
        Key::Function(number) => format!("F{number}"),
        Key::Named(name) => named(name).0.to_owned(),
    };
    modifiers.collect::<String>() + &key
}

fn named(name: &str) -> (&'static str, u32) {
    match name {
        "Pause" => ("Pause", 0xff13),
        "Print" => ("Print", 0xff61),
        "Tab" => ("Tab", 0xff09),
        "Enter" => ("Return", 0xff0d),
        "Insert" => ("Insert", 0xff63),
        "Delete" => ("Delete", 0xffff),
        "Home" => ("Home", 0xff50),
        "End" => ("End", 0xff57),
        "PageUp" => ("Prior", 0xff55),
        "PageDown" => ("Next", 0xff56),
        "Left" => ("Left", 0xff51),
        "Up" => ("Up", 0xff52),
        "Right" => ("Right", 0xff53),
        "Down" => ("Down", 0xff54),
        _ => ("space", 0x20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_symbols_and_names_of_x() {
        let of = |text: &str| {
            let shortcut: Shortcut = text.parse().unwrap();
            (symbol(shortcut.key()), trigger(&shortcut))
        };
        assert_eq!(of("Ctrl+Alt+H"), (0x68, "CTRL+ALT+h".to_owned()));
        assert_eq!(of("Super+Shift+F12"), (0xffc9, "SHIFT+LOGO+F12".to_owned()));
        assert_eq!(of("Super+PageUp"), (0xff55, "LOGO+Prior".to_owned()));
        let all: std::collections::BTreeSet<_> = Key::NAMES.into_iter().map(named).collect();
        assert_eq!(all.len(), Key::NAMES.len(), "each name has its own");
    }
}
