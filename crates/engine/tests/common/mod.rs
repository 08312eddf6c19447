//! A log of one person's own, and what is done in it.

#![allow(clippy::unwrap_used, dead_code, reason = "tests may stop at once, and none of them uses everything")]

use std::path::Path;
use std::time::Duration;

use engine::{LogError, Moment, PersonId, Seat, Weight};
use log_sqlite::{Opened, Sharing, Sqlite};
use presence::{By, DeviceId, End, Policy, Timestamp, What};

pub type Engine = engine::Engine<Sqlite>;

pub fn open(folder: &Path) -> (Engine, Opened) {
    open_as(folder, Policy::genesys(), Sharing::Alone).unwrap()
}

/// As the program opens it: a damaged one of a person's own is set aside.
pub fn open_as(folder: &Path, policy: Policy, sharing: Sharing) -> Result<(Engine, Opened), LogError> {
    let (keeper, opened) = Sqlite::open(folder, sharing)?;
    if sharing == Sharing::Beside {
        return Ok((Engine::of_accounts(keeper, policy)?, opened));
    }
    match Engine::new(keeper, policy.clone()) {
        Err(LogError::Damaged(_)) if sharing == Sharing::Alone => {
            let (keeper, opened) = Sqlite::begin_anew(folder)?;
            Ok((Engine::new(keeper, policy)?, opened))
        }
        engine => Ok((engine?, opened)),
    }
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

pub fn choose(service: &mut Engine, status: &str, until: Option<Moment>, now: &Moment) -> Result<(), LogError> {
    let until = until.map(|moment| End { at: moment.wall, fixed: false });
    let what = What::Chose { status: status.into(), until, by: By::Person };
    service.record(&ada(), now.wall, what, Weight::Asked, now).map(|_| ())
}

pub fn status(service: &Engine, now: &Moment) -> String {
    service.effective(ADA, now.wall).status.to_string()
}
