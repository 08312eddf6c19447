//! What the tests stand on besides the virtual desktop: the other ends of the bus, and instants.

mod films;
mod hung;
mod notifications;
mod peer;
mod portal;
mod tray;

use jiff::Timestamp;
use serde_json::Value;

pub use films::Films;
pub use hung::Hung;
pub use notifications::Notifications;
pub use portal::{Kind as PortalKind, Portal};
pub use tray::{Memory, Row, TrayHost};

/// An instant in a report.
#[track_caller]
pub fn instant(value: &Value) -> Timestamp {
    let text = value.as_str().unwrap_or_else(|| panic!("not an instant: {value}"));
    text.parse().unwrap_or_else(|error| panic!("not an instant ({error}): {text}"))
}

/// How many seconds lie between two instants of reports.
#[track_caller]
pub fn seconds_between(from: &Value, to: &Value) -> f64 {
    instant(to).duration_since(instant(from)).as_secs_f64()
}

/// How long ago an instant of a report is, in seconds.
#[track_caller]
pub fn seconds_since(at: &Value) -> f64 {
    Timestamp::now().duration_since(instant(at)).as_secs_f64()
}
