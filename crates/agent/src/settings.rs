//! Settings: what a person may change, by key, with the words that a wrong value gets.

use std::slice;
use std::time::Duration;

use jiff::SignedDuration;
use presence::{Policy, StatusId, one_line};
use protocol::Setting;
use serde::Serialize;
use words::Language;

use crate::bad_setting::{BadSetting, MustBe, tags};
use crate::managed::Managed;
use crate::setting_values::{
    FOR_EVER, NONE, SYSTEM, addresses, coverable, each_address, is_on, joined, on_or_off, parse_covers, parse_days,
    parse_duration, selectable, spell_days, spell_seconds, word,
};
use crate::shortcut::Shortcut;

/// The longest name of one's own, in characters.
const LONGEST_NAME: usize = 100;

/// The person's settings. In the file, a dot in a key is a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Settings {
    name: Option<String>,
    /// `None`: as the system.
    language: Option<String>,
    shortcut: Option<String>,
    sign_in: SignIn,
    idle: Idle,
    lock: Lock,
    call: Call,
    away: Away,
    history: History,
    /// The address of the team's service that a sign-in offers, or several with commas between.
    service: Option<String>,
    updates: Updates,
    /// What the organisation has a say in.
    #[serde(skip)]
    managed: Managed,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
struct SignIn {
    status: Option<StatusId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Idle {
    auto: bool,
    after: Option<String>,
    watching: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Lock {
    auto: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Call {
    auto: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
struct Away {
    covers: Option<Vec<StatusId>>,
}

/// Where it is asked whether there is a newer Halo, and whose signature is believed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
struct Updates {
    from: Option<String>,
    key: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct History {
    keep: String,
}

impl Default for Idle {
    fn default() -> Self {
        Self { auto: true, after: None, watching: false }
    }
}

impl Default for Lock {
    fn default() -> Self {
        Self { auto: true }
    }
}

impl Default for Call {
    fn default() -> Self {
        Self { auto: true }
    }
}

impl Default for History {
    fn default() -> Self {
        Self { keep: "400 days".to_owned() }
    }
}

/// The setting that the desktop has a say in.
pub(crate) const SHORTCUT: &str = "shortcut";

/// The setting that is not in the file: the desktop keeps it.
pub(crate) const START_WITH_SESSION: &str = "start.with_session";

/// The setting that says nothing where it says all: then it follows the policy.
const COVERS: &str = "away.covers";

/// A setting: all that there is to know of it.
struct Entry {
    /// In a file, what stands before a dot is a table.
    key: &'static str,
    /// What it is, for a person.
    about: &'static str,
    /// What the value, or each part of a list, is one of; empty where that is no short list.
    allowed: fn(&Policy) -> Vec<String>,
    /// The value, as a person types it.
    get: fn(&Settings, &Around<'_>) -> String,
    /// Takes a value as a person types it; `None` where it is not in the file.
    set: Option<Set>,
    /// What a file says where it would otherwise be left out, so that it goes back to the default over a preset.
    left_out: &'static str,
    /// What holds where it can't be read and its misreading would sense or erase what the person did not want sensed or
    /// erased (C23): sense less, not more, and erase nothing.
    careful: Option<&'static str>,
}

type Set = fn(&mut Settings, &str, &Policy) -> Result<(), MustBe>;

/// What values depend on besides the settings.
struct Around<'a> {
    policy: &'a Policy,
    starts_with_session: &'a dyn Fn() -> bool,
}

/// One that is on or off.
macro_rules! switch {
    ($key:literal, $about:literal, $($field:ident).+, $careful:expr) => {
        Entry {
            key: $key,
            about: $about,
            allowed: on_or_off,
            get: |settings, _| settings.$($field).+.to_string(),
            set: Some(|settings, value, _| {
                settings.$($field).+ = is_on(value)?;
                Ok(())
            }),
            left_out: "",
            careful: $careful,
        }
    };
}

/// One that is a word, which its reader checks, or none.
macro_rules! word {
    ($key:literal, $about:literal, $($field:ident).+, $must_be:expr) => {
        Entry {
            key: $key,
            about: $about,
            allowed: |_| Vec::new(),
            get: |settings, _| settings.$($field).+.clone().unwrap_or_default(),
            set: Some(|settings, value, _| {
                settings.$($field).+ = word(value).map_err(|()| $must_be)?;
                Ok(())
            }),
            left_out: "",
            careful: None,
        }
    };
}

/// All settings, in the order in which people see them.
const SETTINGS: [Entry; 15] = [
    Entry {
        key: "name",
        about: "what you are called",
        allowed: |_| Vec::new(),
        get: |settings, _| settings.name.clone().unwrap_or_default(),
        set: Some(|settings, value, _| {
            let name = one_line(value);
            if name.chars().count() > LONGEST_NAME {
                return Err(MustBe::Name);
            }
            settings.name = (!name.is_empty()).then_some(name);
            Ok(())
        }),
        left_out: "",
        careful: None,
    },
    Entry {
        key: "language",
        about: "the language of tray, window and notifications: system, en, de, es, fr, ja or ar",
        allowed: |_| [SYSTEM].into_iter().chain(tags()).map(str::to_owned).collect(),
        get: |settings, _| settings.language.clone().unwrap_or_else(|| SYSTEM.to_owned()),
        set: Some(|settings, value, _| {
            if value != SYSTEM && !tags().contains(&value) {
                return Err(MustBe::Language);
            }
            settings.language = (value != SYSTEM).then(|| value.to_owned());
            Ok(())
        }),
        left_out: SYSTEM,
        careful: None,
    },
    Entry {
        key: "service",
        about: "the address of your team's service, which a sign-in offers, or several with commas between; or none",
        allowed: |_| Vec::new(),
        get: |settings, _| settings.service.clone().unwrap_or_default(),
        set: Some(|settings, value, _| {
            settings.service = addresses(value).map_err(|()| MustBe::Address)?;
            Ok(())
        }),
        left_out: "",
        careful: None,
    },
    Entry {
        key: "sign_in.status",
        about: "the status after signing in",
        allowed: selectable,
        get: |settings, around| settings.sign_in.status.as_ref().unwrap_or(&around.policy.sign_in.status).to_string(),
        set: Some(|settings, value, policy| {
            let known = selectable(policy);
            if !known.iter().any(|known| known == value) {
                return Err(MustBe::Status(known));
            }
            settings.sign_in.status = Some(StatusId::from(value));
            Ok(())
        }),
        left_out: "",
        careful: None,
    },
    switch!("idle.auto", "whether a time without input sets Away: true or false", idle.auto, Some("false")),
    Entry {
        key: "idle.after",
        about: "how long that time is: 10s to 4h",
        allowed: |_| Vec::new(),
        get: |settings, around| spell_seconds(settings.idle_after(around.policy).as_secs()),
        set: Some(|settings, value, policy| {
            let [shortest, longest] = policy.desk.idle_seconds_range.map(u64::from);
            let after = parse_duration(value).ok().filter(|after| (shortest..=longest).contains(&after.as_secs()));
            let must_be = || MustBe::Duration(spell_seconds(shortest), spell_seconds(longest));
            settings.idle.after = Some(spell_seconds(after.ok_or_else(must_be)?.as_secs()));
            Ok(())
        }),
        left_out: "",
        careful: None,
    },
    switch!(
        "idle.watching",
        "whether a program that keeps the screen on, as a film does, counts as you being there: true or false",
        idle.watching,
        None
    ),
    switch!("lock.auto", "whether a locked screen sets Away: true or false", lock.auto, Some("false")),
    switch!(
        "call.auto",
        "whether a microphone in use (on Windows, a camera, too) is a call, whatever uses it: true or false",
        call.auto,
        Some("false")
    ),
    Entry {
        key: COVERS,
        about: "the statuses that Away may cover by itself, with commas between, or none",
        allowed: |policy| coverable(policy).map(str::to_owned).collect(),
        get: |settings, around| match &settings.away.covers {
            None => joined(coverable(around.policy)),
            Some(covers) if covers.is_empty() => NONE.to_owned(),
            Some(covers) => joined(covers.iter().map(StatusId::as_str)),
        },
        set: Some(|settings, value, policy| {
            let known = || coverable(policy).map(str::to_owned).collect();
            settings.away.covers = parse_covers(value, policy).map_err(|()| MustBe::Covers(known()))?;
            Ok(())
        }),
        left_out: "",
        careful: None,
    },
    Entry {
        key: "history.keep",
        about: "how long history is kept: a number of days, or for ever",
        allowed: |_| Vec::new(),
        get: |settings, _| settings.history.keep.clone(),
        set: Some(|settings, value, _| {
            let keep = parse_days(value).map_err(|()| MustBe::Days)?;
            settings.history.keep = keep.map_or_else(|| FOR_EVER.to_owned(), spell_days);
            Ok(())
        }),
        left_out: "",
        careful: Some(FOR_EVER),
    },
    word!(
        "updates.from",
        "the address that is asked once a day whether there is a newer Halo; or none",
        updates.from,
        MustBe::Address
    ),
    word!(
        "updates.key",
        "the public key (minisign) by which what is said there is signed; or none",
        updates.key,
        MustBe::PublicKey
    ),
    Entry {
        key: START_WITH_SESSION,
        about: "whether Halo starts when you log in: true or false",
        allowed: on_or_off,
        get: |_, around| (around.starts_with_session)().to_string(),
        set: None,
        left_out: "",
        careful: None,
    },
    Entry {
        key: SHORTCUT,
        about: "keys that open Halo from anywhere, such as Ctrl+Alt+H, or none",
        allowed: |_| Vec::new(),
        get: |settings, _| settings.shortcut.clone().unwrap_or_default(),
        set: Some(|settings, value, _| {
            settings.shortcut = match value.trim() {
                "" | NONE => None,
                _ => Some(value.parse::<Shortcut>().map_err(|_| MustBe::Shortcut)?.to_string()),
            };
            Ok(())
        }),
        left_out: "",
        careful: None,
    },
];

/// The keys of all settings.
pub(crate) fn keys() -> impl Iterator<Item = &'static str> {
    SETTINGS.iter().map(|entry| entry.key)
}

/// Those whose misreading would sense or erase too much.
pub(crate) fn careful_keys() -> impl Iterator<Item = &'static str> {
    SETTINGS.iter().filter(|entry| entry.careful.is_some()).map(|entry| entry.key)
}

fn entry(key: &str) -> Result<&'static Entry, BadSetting> {
    SETTINGS.iter().find(|entry| entry.key == key).ok_or_else(|| unknown(key))
}

impl Settings {
    /// Takes the value that senses less, or erases nothing, in place of one that can't be read (C23).
    pub(crate) fn be_careful_with(&mut self, key: &str, policy: &Policy) {
        if let Some(value) = entry(key).ok().and_then(|entry| entry.careful) {
            self.take_all(&[(key.to_owned(), value.to_owned())], policy);
        }
    }

    /// What differs from `before`: the keys in a file, and their values; `None` for one that goes back to the default.
    pub fn changes(&self, before: &Self) -> Vec<(&'static str, Option<toml::Value>)> {
        let [before, after] = [before, self].map(|settings| toml::Table::try_from(settings).unwrap_or_default());
        let value = |table: &toml::Table, key: &str| match key.split_once('.') {
            Some((table_key, key)) => table.get(table_key)?.get(key).cloned(),
            None => table.get(key).cloned(),
        };
        let differing = SETTINGS.iter().filter(|entry| value(&before, entry.key) != value(&after, entry.key));
        let changes = differing.map(|Entry { key, left_out, .. }| {
            // Left out, a preset one would not be the default.
            let default = || self.managed.presets(key).then(|| (*left_out).into());
            (*key, value(&after, key).or_else(default))
        });
        changes.collect()
    }

    /// Whether nobody at the desk can change this one.
    pub(crate) fn may_change(&self, key: &str) -> Result<(), BadSetting> {
        let fixed = || BadSetting::Fixed { key: key.to_owned(), place: self.managed.place.clone() };
        if self.managed.fixes(key) { Err(fixed()) } else { Ok(()) }
    }

    /// Whether a sign-in may be to this service: where the organisation says which, to no other.
    pub(crate) fn may_sign_in_to(&self, service: &str) -> Result<(), BadSetting> {
        let bare = |address: &str| address.trim_start_matches("https://").trim_end_matches('/').to_lowercase();
        let known: Vec<_> = each_address(self.service.as_deref().unwrap_or_default()).map(bare).collect();
        let same = each_address(service).all(|address| known.contains(&bare(address)));
        if same { Ok(()) } else { self.may_change("service") }
    }

    /// What the organisation has a say in.
    pub(crate) fn managed(&self) -> &Managed {
        &self.managed
    }

    /// With what the organisation fixes over everything else.
    pub(crate) fn managed_by(mut self, managed: &Managed, policy: &Policy) -> Self {
        self.take_all(&managed.fixed, policy);
        self.managed = managed.clone();
        self
    }

    /// Takes values that were checked.
    pub(crate) fn take_all(&mut self, values: &[(String, String)], policy: &Policy) {
        for (key, value) in values.iter().filter(|(key, _)| key != START_WITH_SESSION) {
            if let Err(error) = self.take(key, value, policy) {
                tracing::warn!("{error}");
            }
        }
    }

    /// Whether somebody wants to know of newer releases.
    pub fn asks_for_newer(&self) -> bool {
        self.updates.from.is_some()
    }

    /// What the person is called.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The language that the person chose; `None`: the system's.
    pub fn language(&self) -> Option<Language> {
        self.language.as_deref().and_then(Language::from_tag)
    }

    /// The person's own status after signing in.
    pub fn sign_in_status(&self) -> Option<&StatusId> {
        self.sign_in.status.as_ref()
    }

    /// The global shortcut, if one is set.
    pub fn shortcut(&self) -> Option<Shortcut> {
        self.shortcut.as_deref().and_then(|text| text.parse().ok())
    }

    /// What leaving the desk may cover at most; `None`: all that the policy lists (C02).
    pub fn covers(&self) -> Option<&[StatusId]> {
        self.away.covers.as_deref()
    }

    /// What the tracker needs.
    pub fn tracker(&self, policy: &Policy) -> signals::Settings {
        let idle_after = self.idle_after(policy);
        signals::Settings {
            idle_after: self.idle.auto.then_some(idle_after),
            countdown: policy.countdown(idle_after),
            lock: self.lock.auto,
            watching: self.idle.watching,
        }
    }

    /// Whether a microphone in use is a call.
    pub fn tells_calls(&self) -> bool {
        self.call.auto
    }

    /// How long history is kept; `None`: for ever.
    pub fn keep_history(&self) -> Option<SignedDuration> {
        parse_days(&self.history.keep).ok().flatten()
    }

    fn idle_after(&self, policy: &Policy) -> Duration {
        let own = self.idle.after.as_deref().and_then(|after| parse_duration(after).ok());
        own.unwrap_or(Duration::from_secs(policy.desk.idle_seconds.into()))
    }

    /// Changes one, by key, as a person asks for it.
    pub fn set(&mut self, key: &str, value: &str, policy: &Policy) -> Result<(), BadSetting> {
        self.may_change(key)?;
        self.take(key, value, policy)?;
        // Write the whole list down: without a value of its own, the organisation's preset would be back.
        if self.away.covers.is_none() && self.managed.presets(COVERS) {
            self.away.covers = Some(coverable(policy).map(StatusId::from).collect());
        }
        Ok(())
    }

    pub(crate) fn take(&mut self, key: &str, value: &str, policy: &Policy) -> Result<(), BadSetting> {
        let Entry { key, set, .. } = entry(key)?;
        let set = set.ok_or_else(|| unknown(key))?;
        set(self, value, policy).map_err(|must_be| bad(key, value, must_be))
    }

    /// All, or the one named. Whether a log-in starts the program is for the desktop to say.
    pub fn list(
        &self,
        key: Option<&str>,
        policy: &Policy,
        starts_with_session: impl Fn() -> bool,
    ) -> Result<Vec<Setting>, BadSetting> {
        let wanted = match key {
            Some(key) => slice::from_ref(entry(key)?),
            None => &SETTINGS,
        };
        let around = Around { policy, starts_with_session: &starts_with_session };
        let told = |entry: &Entry| Setting {
            key: entry.key.to_owned(),
            value: (entry.get)(self, &around),
            about: entry.about.to_owned(),
            allowed: (entry.allowed)(policy),
            fixed: self.managed.fixes(entry.key),
        };
        Ok(wanted.iter().map(told).collect())
    }
}

/// Whether a log-in is to start the program, as people write it.
pub(crate) fn starts_with_session(value: &str) -> Result<bool, BadSetting> {
    is_on(value).map_err(|must_be| bad(START_WITH_SESSION, value, must_be))
}

fn bad(key: &'static str, value: &str, must_be: MustBe) -> BadSetting {
    BadSetting::BadValue { key, value: value.to_owned(), must_be }
}

fn unknown(key: &str) -> BadSetting {
    BadSetting::UnknownKey { key: key.to_owned(), known: joined(keys()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The settings as a file of them reads.
    fn reread(settings: &Settings, policy: &Policy) -> Settings {
        let (read, fault) = Settings::read(&toml::to_string(settings).unwrap(), &Managed::default(), policy);
        assert_eq!(fault, None);
        read
    }

    #[test]
    fn a_file_that_was_written_reads_the_same() {
        let policy = Policy::genesys();
        let mut settings = Settings::default();
        settings.set("idle.after", "1h 30m", &policy).unwrap();
        settings.set("sign_in.status", "busy", &policy).unwrap();
        settings.set("lock.auto", "off", &policy).unwrap();
        assert_eq!(reread(&settings, &policy), settings);
        assert_eq!(settings.list(Some("idle.after"), &policy, || false).unwrap()[0].value, "1h30m");
    }

    #[test]
    fn every_setting_takes_the_value_that_it_shows_and_those_that_it_offers() {
        let policy = Policy::genesys();
        for entry in SETTINGS.iter().filter(|entry| entry.key != START_WITH_SESSION) {
            let shown = |settings: &Settings| settings.list(Some(entry.key), &policy, || false).unwrap().remove(0);
            let mut settings = Settings::default();
            let default = shown(&settings);
            settings.set(entry.key, &default.value, &policy).unwrap();
            assert_eq!(shown(&settings), default);
            for value in default.allowed.iter().map(String::as_str).chain(entry.careful) {
                settings.set(entry.key, value, &policy).unwrap();
                assert_eq!(shown(&settings).value, value, "{}", entry.key);
            }
            assert_eq!(reread(&settings, &policy), settings, "{}", entry.key);
        }
        assert!(Settings::default().set(START_WITH_SESSION, "true", &policy).is_err(), "it is not in the file");
    }

    #[test]
    fn wrong_keys_and_values_name_the_right_ones() {
        let policy = Policy::genesys();
        let mut settings = Settings::default();
        let refused = settings.set("idle.afte", "1m", &policy).unwrap_err().to_string();
        assert!(refused.contains("idle.after"), "{refused}");
        let refused = settings.set("idle.after", "5s", &policy).unwrap_err().to_string();
        assert!(refused.contains("from 10s to 4h"), "{refused}");
        let refused = settings.set("idle.auto", "maybe", &policy).unwrap_err().to_string();
        assert!(refused.contains("true or false"), "{refused}");
        let refused = settings.set("sign_in.status", "offline", &policy).unwrap_err().to_string();
        assert!(refused.contains("available, busy"), "{refused}");
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn c02_what_away_covers_can_be_narrowed_and_never_widened() {
        let policy = Policy::genesys();
        let mut settings = Settings::default();
        let shown =
            |settings: &Settings| settings.list(Some("away.covers"), &policy, || false).unwrap()[0].value.clone();
        assert_eq!((shown(&settings).as_str(), settings.covers()), ("available, on_queue, busy", None));
        settings.set("away.covers", " on_queue,available ,on_queue", &policy).unwrap();
        assert_eq!(shown(&settings), "available, on_queue");
        assert_eq!(reread(&settings, &policy), settings);
        let before = settings.clone();
        for wrong in ["meeting", "available, meeting", "Available", "all"] {
            let refused = settings.set("away.covers", wrong, &policy).unwrap_err().to_string();
            assert!(refused.contains("none, or some of available, on_queue, busy, with commas"), "{refused}");
        }
        assert_eq!(settings, before);
        settings.set("away.covers", "none", &policy).unwrap();
        assert_eq!((shown(&settings).as_str(), settings.covers()), ("none", Some(&[][..])));
        assert_eq!(reread(&settings, &policy), settings);
        settings.set("away.covers", "busy, available, on_queue", &policy).unwrap();
        assert_eq!(settings.covers(), None, "all of the policy's is no narrowing");
    }

    #[test]
    fn d11_a_shortcut_is_kept_in_one_spelling_and_a_lone_letter_is_refused() {
        let policy = Policy::genesys();
        let mut settings = Settings::default();
        settings.set("shortcut", "alt+ctrl+h", &policy).unwrap();
        assert_eq!(settings.list(Some("shortcut"), &policy, || false).unwrap()[0].value, "Ctrl+Alt+H");
        assert_eq!(reread(&settings, &policy), settings);
        let refused = settings.set("shortcut", "H", &policy).unwrap_err().to_string();
        assert!(refused.contains("use keys such as Ctrl+Alt+H"), "{refused}");
        settings.set("shortcut", "", &policy).unwrap();
        assert_eq!(settings, Settings::default());
    }
}
