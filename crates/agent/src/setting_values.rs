//! The values of settings, as people type them and as they are spelled back.

use std::time::Duration;

use jiff::SignedDuration;
use presence::{Policy, StatusId, one_line};

use crate::bad_setting::MustBe;

/// The longest address or key, in characters.
const LONGEST_WORD: usize = 300;

/// The value of `history.keep` that erases nothing.
pub(crate) const FOR_EVER: &str = "for ever";

/// The value of `language` that leaves the choice to the system.
pub(crate) const SYSTEM: &str = "system";

pub(crate) fn on_or_off(_policy: &Policy) -> Vec<String> {
    ["true", "false"].map(str::to_owned).to_vec()
}

pub(crate) fn selectable(policy: &Policy) -> Vec<String> {
    policy.selectable().map(|status| status.id.to_string()).collect()
}

/// A switch, as people write it.
pub(crate) fn is_on(value: &str) -> Result<bool, MustBe> {
    match value {
        "true" | "on" | "yes" | "1" => Ok(true),
        "false" | "off" | "no" | "0" => Ok(false),
        _ => Err(MustBe::Switch),
    }
}

/// One word, which its reader checks; `None` for none.
pub(crate) fn word(value: &str) -> Result<Option<String>, ()> {
    let word = one_line(value);
    match word.as_str() {
        "" | NONE => Ok(None),
        _ if word.contains(char::is_whitespace) || word.chars().count() > LONGEST_WORD => Err(()),
        _ => Ok(Some(word)),
    }
}

/// The addresses of one service, which people separate by blanks or commas.
pub(crate) fn each_address(value: &str) -> impl Iterator<Item = &str> {
    value.split(|c: char| c == ',' || c.is_whitespace()).filter(|address| !address.is_empty())
}

/// Addresses of one service with commas between; `None` for none.
pub(crate) fn addresses(value: &str) -> Result<Option<String>, ()> {
    word(&each_address(value).collect::<Vec<_>>().join(","))
}

/// An empty list, as people write it.
pub(crate) const NONE: &str = "none";

/// The statuses that leaving the desk may cover at all.
pub(crate) fn coverable(policy: &Policy) -> impl Iterator<Item = &str> {
    policy.desk_coverable().map(|status| status.id.as_str())
}

pub(crate) fn joined<'t>(parts: impl Iterator<Item = &'t str>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

/// `available, on_queue` in the catalogue's order; all of it is `None`, so that a policy that later lists more is
/// followed.
pub(crate) fn parse_covers(text: &str, policy: &Policy) -> Result<Option<Vec<StatusId>>, ()> {
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

pub(crate) fn parse_days(text: &str) -> Result<Option<SignedDuration>, ()> {
    if text == FOR_EVER || text == "forever" {
        return Ok(None);
    }
    let digits = text.trim_end_matches("days").trim_end_matches("day").trim_end_matches('d').trim();
    let days: i64 = digits.parse().map_err(|_| ())?;
    if (1..=100_000).contains(&days) { Ok(Some(SignedDuration::from_hours(24 * days))) } else { Err(()) }
}

pub(crate) fn spell_days(keep: SignedDuration) -> String {
    format!("{} days", keep.as_hours() / 24)
}

pub(crate) fn spell_seconds(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let spelled = [(hours, 'h'), (minutes, 'm'), (rest, 's')].map(|(count, unit)| match count {
        0 => String::new(),
        count => format!("{count}{unit}"),
    });
    spelled.concat()
}
