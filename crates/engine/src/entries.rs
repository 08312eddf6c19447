//! Facts as they stand in the log: an entry for each write.

use std::sync::Once;

use log::{Entry, Key, Origin, Subject};
use presence::{DeviceId, Fact, Timestamp, What};
use roster::{PersonId, Seat};
use serde::{Deserialize, Serialize};

use crate::moment::Moment;

/// Whose log it is.
pub(crate) fn subject(person: PersonId) -> Subject {
    Subject::new("person", &person.to_string()).expect("an id is one of a subject")
}

/// A fact without what its entry says already.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    at: Timestamp,
    device: std::borrow::Cow<'a, DeviceId>,
    #[serde(flatten)]
    what: std::borrow::Cow<'a, What>,
}

/// Facts of one write as an entry. None of them may be missing.
pub(crate) fn entry(seat: &Seat, facts: &[Fact], key: Option<Key>, now: &Moment) -> Entry {
    let line = |fact: &Fact| {
        let line = Line {
            at: fact.at,
            device: std::borrow::Cow::Borrowed(&fact.device),
            what: std::borrow::Cow::Borrowed(&fact.what),
        };
        serde_json::to_string(&line).expect("a fact is plain data").into()
    };
    Entry {
        version: Entry::VERSION,
        subject: subject(seat.person),
        seq: facts.last().map_or(0, |fact| fact.seq),
        key,
        origin: origin(seat, facts),
        at: facts.first().map_or(now.wall, |fact| fact.at).as_millisecond(),
        recorded: now.recorded(),
        facts: facts.iter().map(line).collect(),
    }
}

/// The facts of an entry. One of a kind that only a newer version knows is kept as it came; what is no fact keeps its
/// place, and is left out.
pub(crate) fn facts(entry: &Entry) -> Vec<Fact> {
    let recorded = Moment::of(&entry.recorded).wall;
    let fact = |(seq, line): (u64, &str)| match serde_json::from_str::<Line<'_>>(line) {
        Ok(Line { at, device, what }) => {
            if let What::Unknown(unknown) = &*what {
                static SAID: Once = Once::new();
                let kind = unknown.kind();
                SAID.call_once(|| tracing::warn!("the log has facts that only a newer version knows, such as {kind}"));
            }
            Some(Fact { seq, at: at.min(recorded), recorded, device: device.into_owned(), what: what.into_owned() })
        }
        Err(error) => {
            tracing::warn!("a fact of the log is not understood and left out: {error}");
            None
        }
    };
    (entry.first()..).zip(entry.facts.iter().map(Box::as_ref)).filter_map(fact).collect()
}

/// What nobody did but the service itself noticed.
fn origin(seat: &Seat, facts: &[Fact]) -> Origin {
    let noticed = |fact: &Fact| {
        matches!(
            fact.what,
            What::ConnectionLost | What::Vanished | What::ClockStepped { .. } | What::PolicyTaken { .. }
        )
    };
    if facts.iter().all(noticed) { Origin::Service } else { Origin::Device(seat.device.as_str().into()) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may stop at once")]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_fact_that_only_a_newer_version_knows_is_kept_as_it_came() {
        let at: Timestamp = "2026-01-05T10:00:00Z".parse().unwrap();
        let seat = Seat { person: PersonId::LOCAL, device: DeviceId::from("this") };
        let what = r#"{"to":{"room":7},"what":"moved_desk"}"#;
        let fact = |seq, what| Fact { seq, at, recorded: at, device: seat.device.clone(), what };
        let written = [fact(1, What::SignedIn), fact(2, serde_json::from_str(what).unwrap())];
        let now = Moment { wall: at, boot: Duration::from_secs(1), boot_id: "boot".into() };
        let entry = entry(&seat, &written, None, &now);
        let read = facts(&entry);
        assert_eq!(read, written);
        assert_eq!(serde_json::to_string(&read[1].what).unwrap(), what);
    }
}
