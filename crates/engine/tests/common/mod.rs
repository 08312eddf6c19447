//! A log of one person's own, and what is done in it.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

use std::path::Path;
use std::time::Duration;

use engine::{Engine, EngineError, Moment, Opened, PersonId, Seat, Sharing, Weight};
use presence::{By, DeviceId, End, Policy, Timestamp, What};

pub fn open(folder: &Path) -> (Engine, Opened) {
    Engine::open(folder, Policy::genesys(), Sharing::Alone).unwrap()
}

pub const ADA: PersonId = PersonId::LOCAL;

pub fn ada() -> Seat {
    Seat { person: ADA, device: DeviceId::from("desk") }
}

/// Minutes after eight, in the first boot.
pub fn minute(minutes: i64) -> Moment {
    let wall: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
    Moment {
        wall: wall + jiff::SignedDuration::from_mins(minutes),
        boot: Duration::from_secs(1000 + 60 * minutes.unsigned_abs()),
        boot_id: "first".into(),
    }
}

pub fn choose(service: &mut Engine, status: &str, until: Option<Moment>, now: &Moment) -> Result<(), EngineError> {
    let until = until.map(|moment| End { at: moment.wall, fixed: false });
    let what = What::Chose { status: status.into(), until, by: By::Person };
    service.record(&ada(), now.wall, what, Weight::Asked, now).map(|_| ())
}

pub fn status(service: &Engine, now: &Moment) -> String {
    service.effective(ADA, now.wall).status.to_string()
}
