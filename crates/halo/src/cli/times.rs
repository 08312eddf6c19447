//! Times as people write them, and the moment that each of them means.
//!
//! A time of day is the next one that fits where an end is asked for, and the last one where something past is: *until
//! 03:00* on a night shift is tomorrow's, and of an hour that the clock shows twice it is the one that lies ahead (D07).
//! What `tests/times.json` lists holds for the window as well.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Span, Timestamp, Zoned};

/// Why a text means no moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoMoment {
    /// It is no time.
    NoTime,
    /// It names a time zone that this computer doesn't know.
    NoZone(String),
    /// Its time zone isn't at its offset then.
    TwoOffsets,
    /// It lies beyond what can be counted.
    TooFar,
    /// Only later moments fit, where a past one is asked for, or the other way round.
    Other(Timestamp),
}

/// The first moment after `now` that fits.
pub fn next(text: &str, now: &Zoned) -> Result<Timestamp, NoMoment> {
    let fit = moments(text, now)?;
    let ahead = fit.iter().copied().filter(|at| *at > now.timestamp()).min();
    ahead.ok_or_else(|| fit.into_iter().max().map_or(NoMoment::TooFar, NoMoment::Other))
}

/// The last moment up to `now` that fits.
pub fn last(text: &str, now: &Zoned) -> Result<Timestamp, NoMoment> {
    let fit = moments(text, now)?;
    let past = fit.iter().copied().filter(|at| *at <= now.timestamp()).max();
    past.ok_or_else(|| fit.into_iter().min().map_or(NoMoment::TooFar, NoMoment::Other))
}

/// All moments near `now` that fit, and at least one.
fn moments(text: &str, now: &Zoned) -> Result<Vec<Timestamp>, NoMoment> {
    let written = Written::read(text)?;
    let fit: Vec<Timestamp> = if let Some(date) = written.date {
        written.on(date, now.time_zone())?
    } else {
        let today = written.today(now);
        let days = (-2..=2).filter_map(|days| today.checked_add(Span::new().days(days)).ok());
        days.filter_map(|day| written.on(day, now.time_zone()).ok()).flatten().collect()
    };
    if fit.is_empty() { Err(NoMoment::TwoOffsets) } else { Ok(fit) }
}

/// The parts of a text.
struct Written {
    date: Option<Date>,
    time: Time,
    offset: Option<Offset>,
    zone: Option<TimeZone>,
}

impl Written {
    /// `14:00`, `2026-11-23`, `2026-11-23T14:00:30`, each perhaps with `Z`, `+02:00` or `[Asia/Tokyo]` after it. All of
    /// the text must be understood: what was dropped might have been the point of it.
    fn read(text: &str) -> Result<Self, NoMoment> {
        let (rest, zone) = match text.strip_suffix(']').map(|text| text.split_once('[')) {
            Some(Some((rest, name))) => {
                (rest, Some(crate::zone::named(name).ok_or_else(|| NoMoment::NoZone(name.to_owned()))?))
            }
            Some(None) => return Err(NoMoment::NoTime),
            None => (text, None),
        };
        let is_date = |text: &&str| matches!(text.as_bytes(), [_, _, _, _, b'-', _, _, b'-', ..]);
        let (date, rest) = match rest.get(..10).filter(is_date) {
            Some(date) => (Some(date.parse().map_err(|_| NoMoment::NoTime)?), &rest[10..]),
            None => (None, rest),
        };
        if date.is_some() && rest.is_empty() {
            return Ok(Self { date, time: Time::midnight(), offset: None, zone });
        }
        let rest = match date {
            Some(_) => rest.strip_prefix(['T', 't', ' ']).ok_or(NoMoment::NoTime)?,
            None => rest,
        };
        let (time, offset) = match (rest.strip_suffix(['Z', 'z']), rest.find(['+', '-'])) {
            (Some(time), _) => (time, Some(Offset::UTC)),
            (None, Some(at)) => (&rest[..at], Some(offset(&rest[at..]).ok_or(NoMoment::NoTime)?)),
            (None, None) => (rest, None),
        };
        Ok(Self { date, time: time_of_day(time).ok_or(NoMoment::NoTime)?, offset, zone })
    }

    /// The day that it is where the text's clock stands.
    fn today(&self, now: &Zoned) -> Date {
        match (&self.zone, self.offset) {
            (Some(zone), _) => now.with_time_zone(zone.clone()).date(),
            (None, Some(offset)) => offset.to_datetime(now.timestamp()).date(),
            (None, None) => now.date(),
        }
    }

    /// The moments at which that clock shows it on a day: two in an hour that comes twice. In an hour that is left out
    /// it is as long after midnight as it would have been.
    fn on(&self, date: Date, local: &TimeZone) -> Result<Vec<Timestamp>, NoMoment> {
        let clock: DateTime = date.to_datetime(self.time);
        let offsets = match (self.offset, self.zone.as_ref().unwrap_or(local)) {
            (Some(offset), _) => [Some(offset), None],
            (None, zone) => match zone.to_ambiguous_timestamp(clock).offset() {
                AmbiguousOffset::Unambiguous { offset } => [Some(offset), None],
                AmbiguousOffset::Gap { before, .. } => [Some(before), None],
                AmbiguousOffset::Fold { before, after } => [Some(before), Some(after)],
            },
        };
        let moments = offsets.into_iter().flatten().map(|offset| offset.to_timestamp(clock));
        let moments = moments.collect::<Result<Vec<_>, _>>().map_err(|_| NoMoment::TooFar)?;
        let agrees = |at: &Timestamp| match (&self.zone, self.offset) {
            (Some(zone), Some(offset)) => zone.to_offset(*at) == offset,
            _ => true,
        };
        if moments.iter().all(agrees) { Ok(moments) } else { Err(NoMoment::TwoOffsets) }
    }
}

/// `9:05`, `14:00`, `14:00:30`, `14:00:30.5`.
fn time_of_day(text: &str) -> Option<Time> {
    let clock = |c: char| c.is_ascii_digit() || c == ':' || c == '.';
    if !text.chars().all(clock) || !text.contains(':') {
        return None;
    }
    let padded = if text.find(':') == Some(1) { format!("0{text}") } else { text.to_owned() };
    padded.parse().ok()
}

/// `+02:00`, `-0800`, `+9`.
fn offset(text: &str) -> Option<Offset> {
    let (sign, text) = (if text.starts_with('-') { -1 } else { 1 }, text.get(1..)?);
    let (hours, minutes) = match text.split_once(':') {
        Some(parts) => parts,
        None if text.len() == 4 => text.split_at_checked(2)?,
        None => (text, "00"),
    };
    let number = |text: &str, most: i32| {
        let digits = (1..=2).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit());
        text.parse::<i32>().ok().filter(|number| digits && *number <= most)
    };
    let minutes = number(minutes, 59).filter(|_| minutes.len() == 2)?;
    Offset::from_seconds(sign * (number(hours, 23)? * 3600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Vectors {
        vectors: Vec<Vector>,
    }

    #[derive(Deserialize)]
    struct Vector {
        zone: String,
        now: Timestamp,
        text: String,
        next: Option<Timestamp>,
        last: Option<Timestamp>,
    }

    #[test]
    fn d07_a_time_of_day_is_the_next_that_fits_or_the_last() {
        let vectors: Vectors =
            serde_json::from_str(include_str!("../../../../tests/times.json")).expect("the vectors are in order");
        assert!(vectors.vectors.len() > 20);
        for Vector { zone, now, text, next: ahead, last: past } in vectors.vectors {
            let now = now.to_zoned(crate::zone::named(&zone).expect("the zones of the vectors are everywhere"));
            assert_eq!(next(&text, &now).ok(), ahead, "the next {text} after {now}");
            assert_eq!(last(&text, &now).ok(), past, "the last {text} before {now}");
        }
    }

    #[test]
    fn d07_what_is_not_understood_whole_is_no_time() {
        let now = "2026-11-23T12:00:00Z".parse::<Timestamp>().unwrap().to_zoned(TimeZone::UTC);
        for text in [
            "",
            "soon",
            "14",
            "1400",
            "25:00",
            "14:60",
            "14:0",
            ":30",
            "14:00x",
            "14:00+",
            "14:00+99:00",
            "14:00[",
            "14:00]",
            "T14:00",
            "2026-13-01",
            "2026-11-23x14:00",
            "2026-11-23T",
            "2026-11-23T14:00+02:00x",
            "14:00 pm",
            "-14:00",
            "14:00+02:00+02:00",
            "é4:00",
            "２０:00",
        ] {
            assert_eq!(next(text, &now), Err(NoMoment::NoTime), "{text}");
        }
        assert_eq!(next("14:00[Mars/Base]", &now), Err(NoMoment::NoZone("Mars/Base".into())));
        assert_eq!(next("2026-11-23T14:00+05:00[Asia/Tokyo]", &now), Err(NoMoment::TwoOffsets));
        assert_eq!(next("14:00+05:00[Asia/Tokyo]", &now), Err(NoMoment::TwoOffsets));
        assert_eq!(next("9999-12-31T23:50-10:00", &now), Err(NoMoment::TooFar));
    }
}
