//! A settings file, read as far as it can be understood (C23).
//!
//! A slip in one line, or a key of a newer Halo, leaves every other setting in force. Where the line might have been
//! about sensing or erasing, less is sensed and nothing is erased until it is mended.

use presence::Policy;
use toml::de::DeTable;

use crate::managed::Managed;
use crate::settings::{Settings, careful_keys};
use crate::toml_text::{Faults, leaves, line_of, written};

impl Settings {
    /// Reads a settings file: over what the organisation presets, and under what it fixes. With the settings, in words,
    /// what in the file could not be read.
    pub fn read(text: &str, managed: &Managed, policy: &Policy) -> (Self, Option<String>) {
        let mut settings = Self::default();
        settings.take_all(&managed.preset, policy);
        let faults = read(&mut settings, text, policy);
        (settings.managed_by(managed, policy), faults.sentence())
    }

    /// The settings where the file can't be read at all.
    pub fn unreadable(managed: &Managed, policy: &Policy) -> Self {
        let mut settings = Self::default();
        settings.take_all(&managed.preset, policy);
        for key in careful_keys() {
            settings.be_careful_with(key, policy);
        }
        settings.managed_by(managed, policy)
    }
}

fn read(settings: &mut Settings, text: &str, policy: &Policy) -> Faults {
    let line = |at: usize| line_of(text, at);
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut understood = Vec::new();
    let mut doubtful = Vec::new();
    let mut faults = Faults::default();
    for error in &errors {
        faults.add(|| format!("line {}: {}", line(error.span().map_or(0, |span| span.start)), error.message()));
    }
    for (key, at, value) in leaves(table.get_ref()) {
        let done = written(value).ok_or_else(|| format!("{key} can't have a value of this kind"));
        match done.and_then(|value| settings.take(&key, &value, policy).map_err(|error| error.to_string())) {
            Ok(()) => understood.push(key),
            Err(why) => {
                faults.add(|| format!("line {}: {why}", line(at)));
                doubtful.push(key);
            }
        }
    }
    let is_doubtful = |key: &str| {
        // What can't be parsed, or an unknown key in the same table, may have been meant for this one.
        let table = |key: &str| key.split_once('.').map(|(table, _)| table.to_owned());
        !errors.is_empty() || doubtful.iter().any(|other| other == key || table(other) == table(key))
    };
    for key in careful_keys() {
        if !understood.iter().any(|known| known == key) && is_doubtful(key) {
            settings.be_careful_with(key, policy);
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, policy: &Policy) -> (Settings, Option<String>) {
        Settings::read(text, &Managed::default(), policy)
    }

    /// What is sensed (idle, lock, call), whether history is erased, and how many faults there are.
    fn sensed(text: &str) -> ([bool; 3], bool, usize) {
        let policy = Policy::genesys();
        let (settings, fault) = read(text, &policy);
        let faults = fault.map_or(0, |fault| fault.split("; ").count());
        let on = |key| settings.list(Some(key), &policy, || false).unwrap()[0].value == "true";
        (["idle.auto", "lock.auto", "call.auto"].map(on), settings.keep_history().is_some(), faults)
    }

    const OFF: &str = "[call]\nauto = false\n[lock]\nauto = false\n[idle]\nauto = false\n";

    #[test]
    fn c23_one_bad_key_leaves_every_other_setting_in_force() {
        assert_eq!(sensed(""), ([true; 3], true, 0));
        assert_eq!(sensed(OFF), ([false; 3], true, 0));
        assert_eq!(sensed(&format!("nmae = \"x\"\n{OFF}")), ([false; 3], true, 1));
        assert_eq!(sensed(&format!("{OFF}[coffee]\nmachine = true\n")), ([false; 3], true, 1));
        assert_eq!(sensed("shortcut = \"H\"\n[idle]\nauto = false\n"), ([false, true, true], true, 1));
        assert_eq!(sensed("[away]\ncovers = [\"meal\"]\n"), ([true; 3], true, 1));
    }

    #[test]
    fn c23_what_might_have_been_about_sensing_senses_less_and_erases_nothing() {
        assert_eq!(sensed("[idle]\nauto = \"maybe\"\n"), ([false, true, true], true, 1));
        assert_eq!(sensed("[call]\natuo = false\n"), ([true, true, false], true, 1));
        assert_eq!(sensed("[history]\nkeep = \"for evr\"\n"), ([true; 3], false, 1));
        // A line that is none, and what stands around it.
        let broken = sensed("[lock]\nauto = true\n[idle]\nauto = = tru\n");
        assert_eq!((broken.0[0], broken.0[2], broken.1), (false, false, false));
        assert!(broken.2 > 0);
        assert_eq!(sensed("\u{0}\u{1}garbage").0, [false; 3]);
    }

    #[test]
    fn a_fault_says_the_line_and_what_is_right() {
        let (_, fault) = read("[idle]\nafter = \"7m\"\nafterr = \"3m\"\n", &Policy::genesys());
        let fault = fault.unwrap();
        assert!(fault.starts_with("line 3: ") && fault.contains("idle.after"), "{fault}");
        let (_, fault) = read("[idle]\nauto = tru\n", &Policy::genesys());
        assert!(fault.unwrap().starts_with("line 2: "));
    }

    #[test]
    fn only_what_was_changed_is_a_change() {
        let policy = Policy::genesys();
        let before = read("name = \"Ada\"\n[history]\nkeep = 30\n", &policy).0;
        let mut after = before.clone();
        after.set("idle.after", "7m", &policy).unwrap();
        after.set("name", "", &policy).unwrap();
        assert_eq!(after.changes(&before), [("name", None), ("idle.after", Some("7m".into()))]);
        assert_eq!(before.keep_history(), Some(jiff::SignedDuration::from_hours(30 * 24)));
    }
}
