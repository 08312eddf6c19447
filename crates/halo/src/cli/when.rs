//! Durations and times as people type them.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use protocol::Lasts;

use super::Failure;

/// `30m`, `1h30m`, `90s`.
pub fn span(text: &str) -> Result<Lasts, Failure> {
    let bad = || Failure::Usage(format!("“{text}” is no duration: write 30m, 2h or 1h30m"));
    let span: SignedDuration = text.parse().map_err(|_| bad())?;
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

/// `14:00` today, or a full date and time. An end in the past is refused.
pub fn until(text: &str) -> Result<Lasts, Failure> {
    let now = Zoned::now();
    let at = instant(text, now.time_zone()).or_else(|| time_of_day(text, &now));
    let bad = || Failure::Usage(format!("“{text}” is no time: write 14:00 or 2026-11-23T14:00"));
    let at = at.ok_or_else(bad)?;
    if at <= now.timestamp() {
        return Err(Failure::Refused(format!(
            "{text} has passed already: give a time that lies ahead (another day: 2026-11-23T14:00)"
        )));
    }
    Ok(Lasts::Until(at))
}

/// `2h` ago, `14:00` today, a day, a full date and time, or `now`.
pub fn past(text: &str) -> Result<Timestamp, Failure> {
    let now = Zoned::now();
    if text == "now" {
        return Ok(now.timestamp());
    }
    let ago = text.parse::<SignedDuration>().ok().and_then(|span| now.timestamp().checked_sub(span).ok());
    let bad = || Failure::Usage(format!("“{text}” is no time: write 2h, 14:00, 2026-11-23 or 2026-11-23T14:00"));
    ago.or_else(|| instant(text, now.time_zone())).or_else(|| time_of_day(text, &now)).ok_or_else(bad)
}

/// Asked last: it would take a full date and time for its time of day.
fn time_of_day(text: &str, now: &Zoned) -> Option<Timestamp> {
    let time: Time = text.parse().ok()?;
    Some(now.date().to_datetime(time).to_zoned(now.time_zone().clone()).ok()?.timestamp())
}

fn instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let local =
        text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(|date| date.to_datetime(Time::midnight())));
    Some(local.ok()?.to_zoned(zone.clone()).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_nonsense_is_refused() {
        assert_eq!(span("30m").unwrap(), Lasts::For(1800));
        assert_eq!(span("1h30m").unwrap(), Lasts::For(5400));
        for nonsense in ["", "soon", "-5m", "0m", "30"] {
            assert!(matches!(span(nonsense), Err(Failure::Usage(_))), "{nonsense}");
        }
    }

    #[test]
    fn an_end_in_the_past_is_refused() {
        assert!(matches!(until("2001-01-01T00:00"), Err(Failure::Refused(_))));
        assert!(matches!(until("25:99"), Err(Failure::Usage(_))));
        let year = |text| match until(text) {
            Ok(Lasts::Until(at)) => at.to_zoned(TimeZone::UTC).year(),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!([year("2999-06-01T00:00"), year("2999-06-01T23:59"), year("2999-06-01")], [2999; 3]);
    }

    #[test]
    fn the_past_is_a_span_a_time_a_day_or_now() {
        for fine in ["now", "2h", "00:00", "2026-11-23", "2026-11-23T14:00", "2026-11-23T14:00:00Z"] {
            assert!(past(fine).is_ok(), "{fine}");
        }
        assert!(past("yesterday-ish").is_err());
    }
}
