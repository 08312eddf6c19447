//! Durations and times as people type them, and the words for what is none.

use jiff::{SignedDuration, Timestamp, Zoned};
use protocol::Lasts;

use super::failure::Failure;
use super::times::{self, NoMoment};
use crate::zone;

/// `30m`, `1h30m`, `90s`, or minutes alone: `30`.
pub fn span(text: &str) -> Result<Lasts, Failure> {
    let bad = || Failure::Usage(format!("“{text}” isn't a duration. Try 30m, 2h or 1h30m"));
    let span = match text.parse::<u32>() {
        Ok(minutes) => SignedDuration::from_mins(minutes.into()),
        Err(_) => text.parse().map_err(|_| bad())?,
    };
    let seconds = u64::try_from(span.as_secs()).ok().filter(|seconds| *seconds > 0).ok_or_else(bad)?;
    Ok(Lasts::For(seconds))
}

/// A span, `off`, or the usual one.
pub fn span_or_off(text: Option<&str>, usual: &str) -> Result<Option<Lasts>, Failure> {
    match text {
        Some("off") => Ok(None),
        text => span(text.unwrap_or(usual)).map(Some),
    }
}

/// The next `14:00`, or a full date and time. An end in the past is refused.
pub fn until(text: &str) -> Result<Lasts, Failure> {
    match times::next(text, &now()) {
        Ok(at) => Ok(Lasts::Until(at)),
        Err(NoMoment::Other(_)) => Err(Failure::Refused(format!(
            "{text} has passed already: give a time that lies ahead (another day: {}T14:00)",
            tomorrow()
        ))),
        Err(why) => Err(said(&why, text, &format!("14:00, or {}T14:00", tomorrow()))),
    }
}

/// An example that has not passed.
fn tomorrow() -> jiff::civil::Date {
    let today = now().date();
    today.tomorrow().unwrap_or(today)
}

/// Says when a choice ends, if that is not today: a time of day may have been meant for another.
pub fn another_day(lasts: Option<Lasts>) -> Option<String> {
    let Some(Lasts::Until(end)) = lasts else { return None };
    let now = now();
    let said = || format!("Until {}", words::Language::English.clock_time(end, now.timestamp(), now.time_zone()));
    (at(end).date() != now.date()).then(said)
}

/// `2h` ago, the last `14:00`, a day, a full date and time, or `now`.
pub fn past(text: &str) -> Result<Timestamp, Failure> {
    match moment_before(text, &now()) {
        Ok(at) => Ok(at),
        Err(NoMoment::Other(_)) => Err(Failure::Refused(format!("{text} lies ahead: give a time that has passed"))),
        Err(why) => Err(said(&why, text, "2h (for two hours ago), 14:00, 2026-11-23 or 2026-11-23T14:00")),
    }
}

/// The two ends of a stretch of the past. Where the first is given, a time of day that is the second is the next one
/// after it, so that a stretch may run over midnight.
pub fn stretch(from: Option<&str>, to: Option<&str>) -> Result<[Option<Timestamp>; 2], Failure> {
    let from = from.map(past).transpose()?;
    let to = match (to, from) {
        (Some(to), Some(from)) if moment_before(to, &now()).is_ok() => match times::next(to, &at(from)) {
            Ok(to) => Some(to),
            // A span, `now`, or a date that lies before the beginning: as it is, whatever comes of it.
            Err(_) => Some(past(to)?),
        },
        // Up to a moment that lies ahead is up to now.
        (Some(to), _) => match moment_before(to, &now()) {
            Err(NoMoment::Other(ahead)) => Some(ahead),
            _ => Some(past(to)?),
        },
        (None, _) => None,
    };
    Ok([from, to])
}

fn moment_before(text: &str, now: &Zoned) -> Result<Timestamp, NoMoment> {
    if text == "now" {
        return Ok(now.timestamp());
    }
    // A number alone might be an hour or a year as well.
    let ago = text.parse::<SignedDuration>().ok().and_then(|span| now.timestamp().checked_sub(span).ok());
    ago.map_or_else(|| times::last(text, now), Ok)
}

fn now() -> Zoned {
    at(Timestamp::now())
}

fn at(moment: Timestamp) -> Zoned {
    moment.to_zoned(zone::local())
}

fn said(why: &NoMoment, text: &str, forms: &str) -> Failure {
    match why {
        NoMoment::NoZone(name) => Failure::Usage(format!(
            "“{text}” isn't a time: this computer doesn't know the time zone {name}. Try a name such as Europe/Berlin, \
             or an offset such as +02:00"
        )),
        NoMoment::TwoOffsets => Failure::Usage(format!(
            "“{text}” isn't a time: that time zone has another offset then. Leave one of them out"
        )),
        NoMoment::TooFar => Failure::Refused(format!("{text} is too far from now")),
        NoMoment::NoTime | NoMoment::Other(_) => Failure::Usage(format!("“{text}” isn't a time. Try {forms}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_nonsense_is_refused() {
        assert_eq!(span("30m").unwrap(), Lasts::For(1800));
        assert_eq!(span("1h30m").unwrap(), Lasts::For(5400));
        assert_eq!(span("30").unwrap(), Lasts::For(1800));
        for nonsense in ["", "soon", "-5m", "0m", "0", "-30", "1.5"] {
            assert!(matches!(span(nonsense), Err(Failure::Usage(_))), "{nonsense}");
        }
    }

    #[test]
    fn an_end_in_the_past_or_beyond_all_counting_is_refused() {
        for refused in ["2001-01-01T00:00", "9999-12-31T23:50"] {
            assert!(matches!(until(refused), Err(Failure::Refused(_))), "{refused}");
        }
        assert!(matches!(until("25:99"), Err(Failure::Usage(_))));
        let year = |text| match until(text) {
            Ok(Lasts::Until(at)) => at.to_zoned(jiff::tz::TimeZone::UTC).year(),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!([year("2999-06-01T00:00"), year("2999-06-01T23:59"), year("2999-06-02")], [2999; 3]);
    }

    #[test]
    fn the_past_is_a_span_a_time_a_day_or_now() {
        for fine in ["now", "2h", "00:00", "23:59", "2020-11-23", "2020-11-23T14:00", "2020-11-23T14:00:00Z"] {
            assert!(past(fine).is_ok(), "{fine}");
        }
        assert!(matches!(past("yesterday-ish"), Err(Failure::Usage(_))));
        assert!(matches!(past("2999-01-01"), Err(Failure::Refused(_))));
    }

    #[test]
    fn d07_a_stretch_runs_over_midnight() {
        for (from, to) in [("23:50", "00:10"), ("22:00", "22:30"), ("2020-01-01T23:50", "00:10"), ("3h", "1h")] {
            let [Some(from), Some(to)] = stretch(Some(from), Some(to)).unwrap() else { panic!("{from} {to}") };
            let lasted = to.duration_since(from);
            assert!(lasted.is_positive() && lasted <= SignedDuration::from_hours(24), "{from} to {to}");
        }
    }
}
