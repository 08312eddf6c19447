//! What an organisation fixes or presets, as it is read and checked.

use presence::Policy;
use toml::de::{DeTable, DeValue};

use crate::managed::Managed;
use crate::settings::{self, START_WITH_SESSION, Settings, starts_with_session};
use crate::toml_text::{Faults, leaves, line_of, written};

impl Managed {
    /// Reads a managed file, of which each of the two tables has settings as in a person's own file. What is wrong in it is
    /// in [`Managed::fault`], and the rest is taken.
    pub fn from_toml(place: &str, text: &str, policy: &Policy) -> Self {
        let (document, errors) = DeTable::parse_recoverable(text);
        let line = |at: usize| format!("line {}", line_of(text, at));
        let mut managed = Self { place: place.to_owned(), ..Self::default() };
        let mut faults = Faults::default();
        for error in &errors {
            faults.add(|| format!("{}: {}", line(error.span().map_or(0, |span| span.start)), error.message()));
        }
        for (name, value) in document.get_ref() {
            let (list, table) = match (name.get_ref().as_ref(), value.get_ref()) {
                ("fixed", DeValue::Table(table)) => (&mut managed.fixed, table),
                ("preset", DeValue::Table(table)) => (&mut managed.preset, table),
                (other, _) => {
                    faults.add(|| {
                        format!("{}: there is no table {other}: use [fixed] and [preset]", line(name.span().start))
                    });
                    continue;
                }
            };
            let is_preset = name.get_ref().as_ref() == "preset";
            for (key, at, value) in leaves(table) {
                let value = written(value).ok_or_else(|| format!("{key} can't have a value of this kind"));
                match value.and_then(|value| may_be(&key, &value, is_preset, policy).map(|()| value)) {
                    Ok(value) => list.push((key, value)),
                    Err(why) => faults.add(|| format!("{}: {why}", line(at))),
                }
            }
        }
        managed.fault = faults.sentence();
        managed
    }

    /// The same without what can't be, for values that are in no file.
    #[must_use]
    pub fn checked(mut self, policy: &Policy) -> Self {
        let mut faults = Faults::default();
        for (list, is_preset) in [(&mut self.fixed, false), (&mut self.preset, true)] {
            list.retain(|(key, value)| may_be(key, value, is_preset, policy).map_err(|why| faults.add(|| why)).is_ok());
        }
        self.fault = faults.sentence();
        self
    }

    /// Whether the log-in is to start the program, where that is fixed.
    pub fn starts_with_session(&self) -> Option<bool> {
        let (_, value) = self.fixed.iter().find(|(key, _)| key == START_WITH_SESSION)?;
        starts_with_session(value).ok()
    }

    /// What it does, in one line; `None` where nothing is managed.
    pub(crate) fn about(&self) -> Option<String> {
        let keys = |list: &[(String, String)]| {
            let listed = settings::keys().filter(|key| list.iter().any(|(listed, _)| listed == key));
            listed.collect::<Vec<_>>().join(", ")
        };
        let parts = [("fixed", keys(&self.fixed)), ("preset", keys(&self.preset))];
        let said: Vec<_> =
            parts.iter().filter(|(_, keys)| !keys.is_empty()).map(|(kind, keys)| format!("{kind}: {keys}")).collect();
        (!self.place.is_empty())
            .then(|| if said.is_empty() { "nothing is fixed or preset".to_owned() } else { said.join("; ") })
    }
}

/// Whether an organisation may say this of a setting; in words why not.
fn may_be(key: &str, value: &str, is_preset: bool, policy: &Policy) -> Result<(), String> {
    if key != START_WITH_SESSION {
        return Settings::default().take(key, value, policy).map_err(|bad| bad.to_string());
    }
    if is_preset {
        return Err(format!("{key} can only be fixed: what the packages install is its preset"));
    }
    starts_with_session(value).map(drop).map_err(|bad| bad.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn managed(text: &str) -> Managed {
        Managed::from_toml("/etc/halo/managed.toml", text, &Policy::genesys())
    }

    #[test]
    fn what_is_fixed_holds_over_the_file_and_what_is_preset_under_it() {
        let policy = Policy::genesys();
        let managed = managed(
            "[fixed]\nidle.after = \"7m\"\n[fixed.lock]\nauto = true\n[preset]\nlanguage = \"de\"\ncall.auto = false\n",
        );
        assert_eq!(managed.fault, None);
        let value = |settings: &Settings, key| settings.list(Some(key), &policy, || false).unwrap().remove(0);
        let (settings, fault) = Settings::read("call.auto = true\n[idle]\nafter = \"3m\"\n", &managed, &policy);
        assert_eq!(fault, None);
        let after = value(&settings, "idle.after");
        assert_eq!((after.value.as_str(), after.fixed), ("7m", true));
        let call = value(&settings, "call.auto");
        assert_eq!((call.value.as_str(), call.fixed), ("true", false), "the person's own word counts over a preset");
        assert_eq!(value(&settings, "language").value, "de");
    }

    #[test]
    fn a_service_with_several_addresses_is_the_same_in_any_order_and_by_any_of_them() {
        let settings = managed("[fixed]\nservice = \"a.example, https://B.example/halo\"\n");
        let settings = Settings::default().managed_by(&settings, &Policy::genesys());
        for same in ["a.example", "b.example/halo/,a.example", "https://b.example/halo https://A.example"] {
            assert!(settings.may_sign_in_to(same).is_ok(), "{same}");
        }
        for other in ["c.example", "a.example,c.example", "b.example"] {
            assert!(settings.may_sign_in_to(other).is_err(), "{other}");
        }
    }

    #[test]
    fn what_is_fixed_can_not_be_changed_and_what_is_preset_can() {
        let policy = Policy::genesys();
        let managed = managed("[fixed]\nlock.auto = true\n[preset]\nlanguage = \"de\"\n");
        let (mut settings, _) = Settings::read("", &managed, &policy);
        let before = settings.clone();
        let refused = settings.set("lock.auto", "false", &policy).unwrap_err().to_string();
        assert!(refused.contains("/etc/halo/managed.toml"), "{refused}");
        settings.set("language", "system", &policy).unwrap();
        // Without a word in the file, the preset would be back at the next start.
        assert_eq!(settings.changes(&before), [("language", Some("system".into()))]);
    }

    #[test]
    fn what_can_not_be_taken_is_said_with_its_line_and_the_rest_is() {
        let bad = managed("[fixed]\nidle.after = \"soon\"\nlock.auto = true\n[presets]\nlanguage = \"de\"\n");
        let fault = bad.fault.clone().unwrap();
        assert!(fault.contains("line 4: there is no table presets: use [fixed] and [preset]"), "{fault}");
        assert!(fault.contains("line 2: “soon” isn’t valid for idle.after"), "{fault}");
        assert_eq!(bad.fixed, [("lock.auto".to_owned(), "true".to_owned())]);
        assert!(managed("[fixed\n").fault.is_some());
        assert!(managed("[preset]\nstart.with_session = true\n").fault.is_some());
        assert_eq!(managed("[fixed]\nstart.with_session = true\n").starts_with_session(), Some(true));
    }
}
