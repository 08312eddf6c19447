//! Words: a presence in a sentence. Who, what, why, since when, what next (D12).

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use presence::{Effective, Policy, Primary, Source, StatusId};
use protocol::Words;

/// A status' label as shown: an Away by idleness says so.
pub(crate) fn shown_label(effective: &Effective, policy: &Policy) -> String {
    let label = label(&effective.status, policy);
    match (effective.primary, effective.reason.source) {
        (Primary::Away, Source::Idle) => format!("{label} (Idle)"),
        _ => label.to_owned(),
    }
}

pub(crate) fn label<'p>(id: &'p StatusId, policy: &'p Policy) -> &'p str {
    policy.status(id).map_or(id.as_str(), |status| status.label("en"))
}

/// `10:42`; on another day `Mon 10:42`, and beyond a week `3 Nov 10:42`.
pub fn clock_time(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let format = match at.date().duration_until(now.date()).as_hours().abs() {
        0 => "%H:%M",
        1..=144 => "%a %H:%M",
        _ => "%-d %b %H:%M",
    };
    at.strftime(format).to_string()
}

/// `25 s`, `14 min`, `2 h 5 min`: whole minutes above one minute.
pub fn duration(lasts: SignedDuration) -> String {
    let seconds = lasts.as_secs().max(0);
    match (seconds / 3600, seconds / 60 % 60) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// Why, as the end of a clause: `because the screen was locked`.
pub(crate) fn why(effective: &Effective, now: Timestamp, zone: &TimeZone) -> String {
    let reason = &effective.reason;
    let detail = reason.detail.as_deref();
    // The status may be younger than its reason: a Meal that ended while the screen was locked (C04).
    let apart = effective.since.duration_since(reason.since) > SignedDuration::from_mins(1);
    let at = if apart { format!(" at {}", clock_time(reason.since, now, zone)) } else { String::new() };
    let because = |what: &str| match detail {
        Some(detail) => format!("because {what}: {detail}"),
        None => format!("because {what}"),
    };
    match reason.source {
        Source::Default => "as after every sign-in".to_owned(),
        Source::Manual => "chosen by you".to_owned(),
        Source::Supervisor => format!("set by {}", detail.unwrap_or("a supervisor")),
        Source::Idle => "because there was no input".to_owned(),
        Source::Lock => format!("because the screen was locked{at}"),
        Source::Sleep => format!("because the computer slept{at}"),
        Source::Capacity => because("of your work in hand"),
        Source::Missed => because("an offer was missed"),
        Source::Rejected => because("an offer was rejected"),
        Source::Call => because("you are on a call"),
        Source::Calendar => because("of your calendar"),
        Source::Schedule => because("of your schedule"),
        Source::External => because("another system says so"),
        Source::SignedOut => "because you signed out".to_owned(),
        Source::Connection => "because the connection is lost".to_owned(),
    }
}

/// What comes next, as a sentence, if anything does. The status that it names is the strong part.
fn what_next(effective: &Effective, policy: &Policy, now: Timestamp, zone: &TimeZone) -> Option<[Words; 3]> {
    let then = label(effective.returns_to.as_ref()?, policy);
    let (before, after) = match effective.until {
        Some(until) => (format!(" Until {}, then ", clock_time(until, now, zone)), "."),
        None if effective.reason.source.is_desk() => (" Back to ".to_owned(), " when you return."),
        None => (" Back to ".to_owned(), " after that."),
    };
    let weak = |text: String| Words { text, strong: false };
    Some([weak(before), Words { text: then.to_owned(), strong: true }, weak(after.to_owned())])
}

/// The line of truth without the status itself: `since 10:42, because the screen was locked. Back to …`
pub(crate) fn truth(effective: &Effective, policy: &Policy, now: Timestamp, zone: &TimeZone) -> Vec<Words> {
    let since = format!("since {}, {}.", clock_time(effective.since, now, zone), why(effective, now, zone));
    let mut words = vec![Words { text: since, strong: false }];
    words.extend(what_next(effective, policy, now, zone).into_iter().flatten());
    words
}

/// The line of truth: `Away since 10:42, because the screen was locked. Back to Available when you return.`
pub(crate) fn line_of_truth(effective: &Effective, policy: &Policy, now: Timestamp, zone: &TimeZone) -> String {
    let truth: String = truth(effective, policy, now, zone).into_iter().map(|part| part.text).collect();
    let mut line = format!("{} {truth}", shown_label(effective, policy));
    let mut say = |sentence: String| {
        line.push(' ');
        line.push_str(&sentence);
    };
    if let Some(message) = &effective.message {
        let until = message.until.map(|end| format!(" until {}", clock_time(end.at, now, zone)));
        say(format!("Message: “{}”{}.", message.text, until.unwrap_or_default()));
    }
    if let Some(pause) = effective.paused {
        say(match pause.until {
            Some(end) => format!("Sensing is paused until {}.", clock_time(end.at, now, zone)),
            None => "Sensing is paused.".to_owned(),
        });
    }
    if let Some(until) = effective.snoozed_until {
        say(format!("Notifications wait until {}.", clock_time(until, now, zone)));
    }
    line
}

/// What somebody wrote, fit for a line: no line feeds, and nothing that a terminal would obey.
pub(crate) fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if breaks(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_in_whole_minutes_above_one_minute() {
        let said = |seconds| duration(SignedDuration::from_secs(seconds));
        assert_eq!(
            [said(25), said(61), said(14 * 60), said(3600), said(7500)],
            ["25 s", "1 min", "14 min", "1 h", "2 h 5 min"]
        );
    }

    #[test]
    fn times_of_other_days_say_which() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let said = |at: &str| clock_time(at.parse().unwrap(), now, &TimeZone::UTC);
        assert_eq!(said("2026-11-23T10:42:00Z"), "10:42");
        assert_eq!(said("2026-11-22T23:50:00Z"), "Sun 23:50");
        assert_eq!(said("2026-11-03T10:42:00Z"), "3 Nov 10:42");
    }
}
