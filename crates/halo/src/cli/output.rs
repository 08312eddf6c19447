//! What is printed: lines for people, JSON for programs.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use protocol::{Check, CheckState, DeviceView, HeldItem, Interval, PersonRow, Report, Setting};
use words::Language;

use super::failure::{Failure, Outcome};
use crate::newest::Newest;
use crate::zone;

/// What a command line speaks, wherever the person is: scripts read it.
pub const SPOKEN: Language = Language::English;

/// Prints lines.
pub fn lines(lines: impl IntoIterator<Item = String>) -> Outcome {
    let mut out = io::stdout().lock();
    printed(lines.into_iter().try_for_each(|line| writeln!(out, "{line}")).and_then(|()| out.flush()))
}

/// A reader that has gone (`halo watch | head -1`) is no failure.
fn printed(result: io::Result<()>) -> Outcome {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Failure::Refused(error.to_string())),
        Ok(()) => Ok(()),
    }
}

/// Ends the program when nobody reads any more (`halo watch | head -1`): the next line, which would fail, may be hours
/// away.
pub fn end_with_the_reader() {
    #[cfg(unix)]
    std::thread::spawn(|| {
        use rustix::event::{PollFd, PollFlags, poll};
        let stdout = io::stdout();
        let mut reader = [PollFd::new(&stdout, PollFlags::empty())];
        while poll(&mut reader, None).is_ok_and(|gone| gone == 0) {}
        if reader[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) {
            std::process::exit(0);
        }
    });
}

/// A part of what is printed.
pub fn write(text: &str) -> Outcome {
    printed(io::stdout().lock().write_all(text.as_bytes()))
}

fn json(value: &impl serde::Serialize) -> Outcome {
    lines([serde_json::to_string(value).map_err(|error| Failure::Refused(error.to_string()))?])
}

pub fn complain(why: &str) {
    // It may repeat what was typed, or what a link asked for: a terminal obeys control characters.
    let why: String = why.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    // Nobody is left to tell if even this fails.
    let _ = writeln!(io::stderr(), "halo: {why}");
}

pub fn said(words: Option<&str>) -> Outcome {
    lines(words.map(str::to_owned))
}

pub fn status(report: &Report, line: &str, as_json: bool) -> Outcome {
    if as_json { json(report) } else { lines([line.to_owned()]) }
}

pub fn outcome(outcome: protocol::Outcome) -> Outcome {
    let word = match outcome {
        protocol::Outcome::Shown => "shown",
        protocol::Outcome::Held => "held",
        protocol::Outcome::Blocked => "blocked",
    };
    lines([word.to_owned()])
}

/// The history as it comes, page by page: lines, or one JSON array.
pub struct History {
    json: bool,
    any: bool,
    now: Timestamp,
    zone: TimeZone,
}

impl History {
    pub fn begin(json: bool) -> Result<Self, Failure> {
        if json {
            write("[")?;
        }
        Ok(Self { json, any: false, now: Timestamp::now(), zone: zone::local() })
    }

    pub fn print(&mut self, page: &[Interval]) -> Outcome {
        if !self.json {
            return lines(page.iter().map(|interval| self.line(interval)));
        }
        let mut text = String::new();
        for interval in page {
            if std::mem::replace(&mut self.any, true) {
                text.push(',');
            }
            text += &serde_json::to_string(interval).map_err(|error| Failure::Refused(error.to_string()))?;
        }
        write(&text)
    }

    pub fn end(self) -> Outcome {
        if self.json { lines(["]".to_owned()]) } else { Ok(()) }
    }

    fn line(&self, interval: &Interval) -> String {
        let Self { now, zone, .. } = self;
        let end = interval.end.map_or("now".to_owned(), |end| SPOKEN.clock_time(end, *now, zone));
        let lasted: SignedDuration = interval.end.unwrap_or(*now).duration_since(interval.start);
        let detail = interval.detail.as_ref().map(|detail| format!(": {detail}"));
        let message = interval.message.as_ref().map(|message| format!("  “{message}”"));
        let correction = interval.correction.as_ref();
        let correction = correction.map(|one| format!("  corrected from {}: {}", one.was, one.reason));
        format!(
            "{:>12} – {:<12} {:>10}  {:<16} {}{}{}{}",
            SPOKEN.clock_time(interval.start, *now, zone),
            end,
            SPOKEN.duration(lasted),
            interval.status,
            interval.source.as_str(),
            detail.unwrap_or_default(),
            message.unwrap_or_default(),
            correction.unwrap_or_default(),
        )
    }
}

pub fn held(items: &[HeldItem], as_json: bool) -> Outcome {
    if as_json {
        return json(&items);
    }
    if items.is_empty() {
        return lines(["Nothing is held.".to_owned()]);
    }
    let (now, zone) = (Timestamp::now(), zone::local());
    // The numbers of those that the service has not numbered yet are long.
    let width = items.iter().map(|item| item.id.to_string().len()).max().unwrap_or_default();
    lines(items.iter().map(|item| {
        let open = item.open.as_ref().map_or_else(String::new, |open| format!("  {open}"));
        let (time, line) = (SPOKEN.clock_time(item.at, now, &zone), agent::held_line(item, SPOKEN));
        let urgent = if item.urgent { "urgent: " } else { "" };
        format!("{:>width$}  {time:>12}  {urgent}{line}{open}", item.id)
    }))
}

pub fn settings(settings: &[Setting], one: bool) -> Outcome {
    if one {
        return lines(settings.iter().map(|setting| setting.value.clone()));
    }
    lines(settings.iter().map(|setting| {
        let assignment = format!("{} = {}", setting.key, setting.value);
        let fixed = if setting.fixed { " (set by your organisation)" } else { "" };
        format!("{assignment:<34} {}{fixed}", setting.about)
    }))
}

pub fn newest(newest: &Newest, as_json: bool) -> Outcome {
    if as_json {
        return json(newest);
    }
    let this = env!("CARGO_PKG_VERSION");
    let line = match (newest.newer, &newest.page) {
        (false, _) => format!("Halo {this} is the newest there is."),
        (true, Some(page)) => format!("There is Halo {}; this is {this}. It can be had at {page}", newest.version),
        (true, None) => format!("There is Halo {}; this is {this}.", newest.version),
    };
    lines([line])
}

pub fn doctor(checks: &[Check], as_json: bool) -> Outcome {
    if as_json {
        return json(&checks);
    }
    lines(checks.iter().flat_map(|check| {
        let state = match (check.state, check.chosen) {
            (CheckState::Working, true) => "in use",
            (CheckState::Working, false) => "works",
            (CheckState::Absent, _) => "absent",
            (CheckState::Failing, _) => "FAILS",
        };
        let last = check.last.as_ref().map(|last| format!(" (last: {last})"));
        let line =
            format!("{:<14} {:<34} {:<7} {}{}", check.part, check.name, state, check.why, last.unwrap_or_default());
        let advice = check.advice.as_ref().map(|advice| format!("{:<57}→ {advice}", ""));
        [Some(line), advice].into_iter().flatten()
    }))
}

pub fn devices(devices: &[DeviceView], as_json: bool) -> Outcome {
    if as_json {
        return json(&devices);
    }
    let (now, zone) = (Timestamp::now(), zone::local());
    let said = |at: Timestamp| SPOKEN.clock_time(at, now, &zone);
    lines(devices.iter().map(|device| {
        let this = if device.this { ", this one" } else { "" };
        let state = match (device.connected, device.seen) {
            (true, _) => "connected".to_owned(),
            (false, Some(seen)) => format!("last heard {}", said(seen)),
            (false, None) => "never heard".to_owned(),
        };
        format!("{}\t{}\tsince {}, {state}{this}", device.id, device.label, said(device.since))
    }))
}

pub fn people(people: &[PersonRow], as_json: bool) -> Outcome {
    if as_json { json(&people) } else { lines(people.iter().map(person)) }
}

/// One line for a person.
fn person(person: &PersonRow) -> String {
    use std::fmt::Write as _;
    let mut line = format!("{}\t{}\t{}", person.name, person.label, person.status_label);
    let (now, zone) = (Timestamp::now(), zone::local());
    for (when, at) in [("since", person.since), ("until", person.until)] {
        if let Some(at) = at {
            // Writing to a string does not fail.
            let _ = write!(line, " {when} {}", SPOKEN.clock_time(at, now, &zone));
        }
    }
    if person.activity.on_call {
        line.push_str(", on a call");
    }
    if let Some(message) = &person.message {
        let _ = write!(line, "\t“{message}”");
    }
    for (on, mark) in [(person.favourite, "\t*"), (person.tell_when_free, "\twill notify")] {
        if on {
            line.push_str(mark);
        }
    }
    line
}
