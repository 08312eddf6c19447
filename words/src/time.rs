//! Times and durations, in words.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::catalogue::{Key, key};
use crate::language::Language;

const WEEKDAYS: [Key; 7] = [
    key::WHEN_WEEKDAY_1,
    key::WHEN_WEEKDAY_2,
    key::WHEN_WEEKDAY_3,
    key::WHEN_WEEKDAY_4,
    key::WHEN_WEEKDAY_5,
    key::WHEN_WEEKDAY_6,
    key::WHEN_WEEKDAY_7,
];

const MONTHS: [Key; 12] = [
    key::WHEN_MONTH_1,
    key::WHEN_MONTH_2,
    key::WHEN_MONTH_3,
    key::WHEN_MONTH_4,
    key::WHEN_MONTH_5,
    key::WHEN_MONTH_6,
    key::WHEN_MONTH_7,
    key::WHEN_MONTH_8,
    key::WHEN_MONTH_9,
    key::WHEN_MONTH_10,
    key::WHEN_MONTH_11,
    key::WHEN_MONTH_12,
];

impl Language {
    /// `10:42`; on another day `Mon 10:42`, beyond a week `3 Nov 10:42`, in another year `3 Nov 2027 10:42`.
    pub fn clock_time(self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
        let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
        let time = at.strftime("%H:%M").to_string();
        let of = |table: &[Key], number: i8| {
            let key = usize::try_from(number - 1).ok().and_then(|index| table.get(index));
            key.map_or_else(String::new, |key| self.say(*key, &[]))
        };
        match at.date().duration_until(now.date()).as_hours().abs() {
            0 => time,
            1..=144 => {
                let weekday = of(&WEEKDAYS, at.weekday().to_monday_one_offset());
                self.say(key::WHEN_OTHER_DAY, &[("weekday", &weekday), ("time", &time)])
            }
            _ => {
                let month = of(&MONTHS, at.month());
                let (day, year) = (at.day().to_string(), at.year().to_string());
                let holes = [("day", day.as_str()), ("month", &month), ("time", &time), ("year", &year)];
                if at.year() == now.year() {
                    self.say(key::WHEN_FAR, &holes[..3])
                } else {
                    self.say(key::WHEN_FAR_YEAR, &holes)
                }
            }
        }
    }

    /// The same inside a sentence, after a preposition: some languages put an article there.
    pub fn said_time(self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
        let same_day = at.to_zoned(zone.clone()).date() == now.to_zoned(zone.clone()).date();
        let key = if same_day { key::WHEN_SAID } else { key::WHEN_SAID_OTHER_DAY };
        self.say(key, &[("time", &self.clock_time(at, now, zone))])
    }

    /// `25 s`, `14 min`, `2 h 5 min`: whole minutes above one minute.
    pub fn duration(self, lasts: SignedDuration) -> String {
        let seconds = lasts.as_secs().max(0).unsigned_abs();
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        let said = |key, count| self.count(key, count, &[]);
        match (hours, minutes) {
            (0, 0) => said(key::UNIT_SECONDS, seconds),
            (0, minutes) => said(key::UNIT_MINUTES, minutes),
            (hours, 0) => said(key::UNIT_HOURS, hours),
            (hours, minutes) => {
                let (hours, minutes) = (said(key::UNIT_HOURS, hours), said(key::UNIT_MINUTES, minutes));
                self.say(key::UNIT_BOTH, &[("hours", &hours), ("minutes", &minutes)])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_in_whole_minutes_above_one_minute() {
        let said = |seconds| Language::English.duration(SignedDuration::from_secs(seconds));
        assert_eq!(
            [said(25), said(61), said(14 * 60), said(3600), said(7500)],
            ["25 s", "1 min", "14 min", "1 h", "2 h 5 min"]
        );
    }

    #[test]
    fn times_of_other_days_say_which() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let said = |at: &str| Language::English.clock_time(at.parse().unwrap(), now, &TimeZone::UTC);
        assert_eq!(said("2026-11-23T10:42:00Z"), "10:42");
        assert_eq!(said("2026-11-22T23:50:00Z"), "Sun 23:50");
        assert_eq!(said("2026-11-03T10:42:00Z"), "3 Nov 10:42");
        assert_eq!(said("2126-11-03T10:42:00Z"), "3 Nov 2126 10:42");
    }
}
