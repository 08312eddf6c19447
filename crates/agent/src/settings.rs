//! Settings: what a person may change, by key, with the words that a wrong value gets.

use std::time::Duration;

use jiff::SignedDuration;
use presence::{Policy, StatusId, one_line};
use protocol::Setting;
use serde::Serialize;
use words::Language;

use crate::{BadSetting, Managed, MustBe, Shortcut};

/// The longest address or key, in characters.
const LONGEST_WORD: usize = 300;

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

pub(crate) fn tags() -> [&'static str; 6] {
    Language::ALL.map(Language::tag)
}

pub(crate) const KEYS: [&str; 15] = [
    "name",
    "language",
    "service",
    "sign_in.status",
    "idle.auto",
    "idle.after",
    "idle.watching",
    "lock.auto",
    "call.auto",
    "away.covers",
    "history.keep",
    "updates.from",
    "updates.key",
    START_WITH_SESSION,
    SHORTCUT,
];

/// The setting that the desktop has a say in.
pub(crate) const SHORTCUT: &str = "shortcut";

/// The setting that is not in the file: the desktop keeps it.
pub(crate) const START_WITH_SESSION: &str = "start.with_session";

impl Settings {
    /// Turns off what would be sensed, and what would be erased, by a setting that can't be read (C23): sense less, not
    /// more, and erase nothing.
    pub(crate) fn be_careful_with(&mut self, key: &str) {
        match key {
            "idle.auto" => self.idle.auto = false,
            "lock.auto" => self.lock.auto = false,
            "call.auto" => self.call.auto = false,
            "history.keep" => FOR_EVER.clone_into(&mut self.history.keep),
            _ => {}
        }
    }

    /// What differs from `before`: the keys in a file, and their values; `None` for one that goes back to the default.
    pub fn changes(&self, before: &Self) -> Vec<(&'static str, Option<toml::Value>)> {
        let [before, after] = [before, self].map(|settings| toml::Table::try_from(settings).unwrap_or_default());
        let value = |table: &toml::Table, key: &str| match key.split_once('.') {
            Some((table_key, key)) => table.get(table_key)?.get(key).cloned(),
            None => table.get(key).cloned(),
        };
        let keys = KEYS.into_iter().filter(|key| value(&before, key) != value(&after, key));
        // Left out, a preset one would not be the default.
        let spelled = |key| self.managed.presets(key).then(|| Self::spelled(key).into());
        keys.map(|key| (key, value(&after, key).or_else(|| spelled(key)))).collect()
    }

    /// Whether nobody at the desk can change this one.
    pub(crate) fn may_change(&self, key: &str) -> Result<(), BadSetting> {
        let fixed = || BadSetting::Fixed { key: key.to_owned(), place: self.managed.place.clone() };
        if self.managed.fixes(key) { Err(fixed()) } else { Ok(()) }
    }

    /// Whether a sign-in may be to this service: where the organisation says which, to no other.
    pub(crate) fn may_sign_in_to(&self, service: &str) -> Result<(), BadSetting> {
        let bare = |address: &str| address.trim_start_matches("https://").trim_end_matches('/').to_lowercase();
        let known: Vec<_> = each(self.service.as_deref().unwrap_or_default()).map(bare).collect();
        if each(service).all(|address| known.contains(&bare(address))) { Ok(()) } else { self.may_change("service") }
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
        // All of them, said in so many words: without any, the organisation's would be back.
        if self.away.covers.is_none() && self.managed.presets("away.covers") {
            self.away.covers = Some(coverable(policy).map(StatusId::from).collect());
        }
        Ok(())
    }

    pub(crate) fn take(&mut self, key: &str, value: &str, policy: &Policy) -> Result<(), BadSetting> {
        let bad = |key, must_be| BadSetting::BadValue { key, value: value.to_owned(), must_be };
        let switch = |key| switch(key, value);
        match key {
            "name" => {
                let name = one_line(value);
                if name.chars().count() > LONGEST_NAME {
                    return Err(bad("name", MustBe::Name));
                }
                self.name = (!name.is_empty()).then_some(name);
            }
            "service" => self.service = addresses(value).map_err(|()| bad("service", MustBe::Address))?,
            "updates.from" => self.updates.from = word(value).map_err(|()| bad("updates.from", MustBe::Address))?,
            "updates.key" => self.updates.key = word(value).map_err(|()| bad("updates.key", MustBe::PublicKey))?,
            "language" if value == SYSTEM => self.language = None,
            "language" if tags().contains(&value) => self.language = Some(value.to_owned()),
            "language" => return Err(bad("language", MustBe::Language)),
            "sign_in.status" => {
                let id = StatusId::from(value);
                let known: Vec<_> = policy.selectable().map(|status| status.id.to_string()).collect();
                if !known.iter().any(|known| known == value) {
                    return Err(bad("sign_in.status", MustBe::Status(known)));
                }
                self.sign_in.status = Some(id);
            }
            "idle.auto" => self.idle.auto = switch("idle.auto")?,
            "idle.after" => {
                let [shortest, longest] = policy.desk.idle_seconds_range.map(u64::from);
                let must_be = || MustBe::Duration(spell_seconds(shortest), spell_seconds(longest));
                let after = parse_duration(value).map_err(|_| bad("idle.after", must_be()))?;
                if !(shortest..=longest).contains(&after.as_secs()) {
                    return Err(bad("idle.after", must_be()));
                }
                self.idle.after = Some(spell_seconds(after.as_secs()));
            }
            "idle.watching" => self.idle.watching = switch("idle.watching")?,
            "lock.auto" => self.lock.auto = switch("lock.auto")?,
            "call.auto" => self.call.auto = switch("call.auto")?,
            "away.covers" => {
                let known = || coverable(policy).map(str::to_owned).collect();
                let covers = parse_covers(value, policy);
                self.away.covers = covers.map_err(|()| bad("away.covers", MustBe::Covers(known())))?;
            }
            SHORTCUT if matches!(value.trim(), "" | NONE) => self.shortcut = None,
            SHORTCUT => {
                let shortcut: Shortcut = value.parse().map_err(|_| bad(SHORTCUT, MustBe::Shortcut))?;
                self.shortcut = Some(shortcut.to_string());
            }
            "history.keep" => {
                let keep = parse_days(value).map_err(|()| bad("history.keep", MustBe::Days))?;
                self.history.keep = keep.map_or_else(|| FOR_EVER.to_owned(), spell_days);
            }
            _ => return Err(BadSetting::UnknownKey(key.to_owned())),
        }
        Ok(())
    }

    /// All, or the one named. Whether a log-in starts the program is for the desktop to say.
    pub fn list(
        &self,
        key: Option<&str>,
        policy: &Policy,
        starts_with_session: impl Fn() -> bool,
    ) -> Result<Vec<Setting>, BadSetting> {
        if let Some(key) = key.filter(|key| !KEYS.contains(key)) {
            return Err(BadSetting::UnknownKey(key.to_owned()));
        }
        let wanted = KEYS.iter().filter(|known| key.is_none_or(|key| key == **known));
        let value = |key: &str| match key {
            START_WITH_SESSION => starts_with_session().to_string(),
            _ => self.value(key, policy),
        };
        Ok(wanted
            .map(|key| Setting {
                key: (*key).to_owned(),
                value: value(key),
                about: about(key).to_owned(),
                allowed: allowed(key, policy),
                fixed: self.managed.fixes(key),
            })
            .collect())
    }

    /// The default of a key that is left out of the file, as the file says it.
    fn spelled(key: &str) -> &'static str {
        match key {
            "language" => SYSTEM,
            _ => "",
        }
    }

    fn value(&self, key: &str, policy: &Policy) -> String {
        match key {
            "name" => self.name.clone().unwrap_or_default(),
            "language" => self.language.clone().unwrap_or_else(|| SYSTEM.to_owned()),
            "service" => self.service.clone().unwrap_or_default(),
            "updates.from" => self.updates.from.clone().unwrap_or_default(),
            "updates.key" => self.updates.key.clone().unwrap_or_default(),
            "sign_in.status" => self.sign_in.status.as_ref().unwrap_or(&policy.sign_in.status).to_string(),
            "idle.auto" => self.idle.auto.to_string(),
            "idle.after" => spell_seconds(self.idle_after(policy).as_secs()),
            "idle.watching" => self.idle.watching.to_string(),
            "lock.auto" => self.lock.auto.to_string(),
            "call.auto" => self.call.auto.to_string(),
            SHORTCUT => self.shortcut.clone().unwrap_or_default(),
            "away.covers" => match &self.away.covers {
                None => joined(coverable(policy)),
                Some(covers) if covers.is_empty() => NONE.to_owned(),
                Some(covers) => joined(covers.iter().map(StatusId::as_str)),
            },
            _ => self.history.keep.clone(),
        }
    }
}

/// The value of `history.keep` that erases nothing.
const FOR_EVER: &str = "for ever";

/// The value of `language` that leaves the choice to the system.
const SYSTEM: &str = "system";

fn about(key: &str) -> &'static str {
    match key {
        "name" => "what you are called",
        "language" => "the language of tray, window and notifications: system, en, de, es, fr, ja or ar",
        "service" => {
            "the address of your team's service, which a sign-in offers, or several with commas between; or none"
        }
        "updates.from" => "the address that is asked once a day whether there is a newer Halo; or none",
        "updates.key" => "the public key (minisign) by which what is said there is signed; or none",
        "sign_in.status" => "the status after signing in",
        "idle.auto" => "whether a time without input sets Away: true or false",
        "idle.after" => "how long that time is: 10s to 4h",
        "idle.watching" => {
            "whether a program that keeps the screen on, as a film does, counts as you being there: true or false"
        }
        "lock.auto" => "whether a locked screen sets Away: true or false",
        "call.auto" => {
            "whether a microphone in use (on Windows, a camera, too) is a call, whatever uses it: true or false"
        }
        "away.covers" => "the statuses that Away may cover by itself, with commas between, or none",
        START_WITH_SESSION => "whether Halo starts when you log in: true or false",
        SHORTCUT => "keys that open Halo from anywhere, such as Ctrl+Alt+H, or none",
        _ => "how long history is kept: a number of days, or for ever",
    }
}

/// What the value, or each part of a list, is one of; empty where that is no short list.
fn allowed(key: &str, policy: &Policy) -> Vec<String> {
    match key {
        "idle.auto" | "idle.watching" | "lock.auto" | "call.auto" | START_WITH_SESSION => {
            ["true", "false"].map(str::to_owned).to_vec()
        }
        "language" => [SYSTEM].into_iter().chain(tags()).map(str::to_owned).collect(),
        "sign_in.status" => policy.selectable().map(|status| status.id.to_string()).collect(),
        "away.covers" => coverable(policy).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// A switch, as people write it.
pub(crate) fn switch(key: &'static str, value: &str) -> Result<bool, BadSetting> {
    match value {
        "true" | "on" | "yes" | "1" => Ok(true),
        "false" | "off" | "no" | "0" => Ok(false),
        _ => Err(BadSetting::BadValue { key, value: value.to_owned(), must_be: MustBe::Switch }),
    }
}

/// One word, which its reader checks; `None` for none.
fn word(value: &str) -> Result<Option<String>, ()> {
    let word = one_line(value);
    match word.as_str() {
        "" | NONE => Ok(None),
        _ if word.contains(char::is_whitespace) || word.chars().count() > LONGEST_WORD => Err(()),
        _ => Ok(Some(word)),
    }
}

/// The addresses of one service, which people separate by blanks or commas.
fn each(value: &str) -> impl Iterator<Item = &str> {
    value.split(|c: char| c == ',' || c.is_whitespace()).filter(|address| !address.is_empty())
}

fn addresses(value: &str) -> Result<Option<String>, ()> {
    word(&each(value).collect::<Vec<_>>().join(","))
}

/// An empty list, as people write it.
const NONE: &str = "none";

/// The statuses that leaving the desk may cover at all.
fn coverable(policy: &Policy) -> impl Iterator<Item = &str> {
    policy.desk_coverable().map(|status| status.id.as_str())
}

fn joined<'t>(parts: impl Iterator<Item = &'t str>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

/// `available, on_queue` in the catalogue's order; all of it is `None`, so that a policy that later lists more is
/// followed.
fn parse_covers(text: &str, policy: &Policy) -> Result<Option<Vec<StatusId>>, ()> {
    let wanted: Vec<&str> = text.split(',').map(str::trim).filter(|id| !id.is_empty() && *id != NONE).collect();
    if wanted.iter().any(|id| !coverable(policy).any(|known| known == *id)) {
        return Err(());
    }
    let narrowed = coverable(policy).any(|known| !wanted.contains(&known));
    Ok(narrowed.then(|| coverable(policy).filter(|known| wanted.contains(known)).map(StatusId::from).collect()))
}

/// `30m`, `1h 30m`, `90s`; a number alone is minutes.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let minutes = text.parse::<u32>().map(|minutes| SignedDuration::from_mins(minutes.into()));
    let parsed = minutes.or_else(|_| text.parse::<SignedDuration>()).map_err(|_| text.to_owned())?;
    let parsed = Duration::try_from(parsed).map_err(|_| text.to_owned())?;
    if parsed.is_zero() { Err(text.to_owned()) } else { Ok(parsed) }
}

fn parse_days(text: &str) -> Result<Option<SignedDuration>, ()> {
    if text == FOR_EVER || text == "forever" {
        return Ok(None);
    }
    let digits = text.trim_end_matches("days").trim_end_matches("day").trim_end_matches('d').trim();
    let days: i64 = digits.parse().map_err(|_| ())?;
    if (1..=100_000).contains(&days) { Ok(Some(SignedDuration::from_hours(24 * days))) } else { Err(()) }
}

fn spell_days(keep: SignedDuration) -> String {
    format!("{} days", keep.as_hours() / 24)
}

fn spell_seconds(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let spelled = [(hours, 'h'), (minutes, 'm'), (rest, 's')].map(|(count, unit)| match count {
        0 => String::new(),
        count => format!("{count}{unit}"),
    });
    spelled.concat()
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
