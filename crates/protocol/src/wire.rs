//! The local socket: one JSON object a line, each way. A request names the version that it speaks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::intent::Intent;
use crate::json::from_json;
use crate::report::{Check, HeldItem, Interval, Outcome, Report, Setting};
use crate::service::DeviceView;
use crate::window::{PersonRow, WindowView};

/// The version of the local protocol.
pub const VERSION: u32 = 1;

/// The longest line that a program need accept, in bytes.
pub const MAX_LINE: usize = 64 * 1024;

/// What a program asks of the resident one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub enum Request {
    /// The presence now.
    Status,
    /// The presence now and at each change, until the asking end hangs up.
    Watch,
    /// Intervals that ended after `since` and began before `until`, as corrected.
    ///
    /// Whoever wants years asks for one page after the other: the next one is `since` the latest end on this one, and
    /// the last page holds the interval that lasts, or nothing.
    History {
        /// From when; `None`: from the oldest that is kept.
        #[cfg_attr(feature = "ts", ts(type = "string | null"))]
        since: Option<Timestamp>,
        /// Up to when; `None`: now.
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(type = "string | null"))]
        until: Option<Timestamp>,
        /// About so many, those that ended first: what a correction splits counts as one, and intervals that ended
        /// together come together.
        #[serde(default)]
        limit: Option<u32>,
    },
    /// What was held.
    Held,
    /// How each part is doing.
    Doctor,
    /// What the device told of its user of late, to be heard again in a test.
    Trace,
    /// The settings; one, if named.
    Settings {
        /// Which.
        key: Option<String>,
    },
    /// The people of the team's service that this person may see; a search finds parts of names.
    People {
        /// What to look for; empty: everybody.
        search: String,
    },
    /// The person's signed-in devices.
    Devices,
    /// What the window shows now and at each change, until the asking end hangs up.
    Window,
    /// Do something.
    Do(Intent),
}

/// What the resident program answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub enum Reply {
    /// Done; there may be something to say.
    Done(Option<Said>),
    /// Refused or failed: why, and what to do.
    Refused(Said),
    /// A presence, and the same as one line for people.
    Status {
        /// The presence.
        report: Box<Report>,
        /// What people read.
        line: String,
    },
    /// What the window shows.
    Window(Box<WindowView>),
    /// The window should come to the front.
    Raise {},
    /// The window should close: the person has quit the program.
    Close {},
    /// Intervals, the oldest first.
    History(Vec<Interval>),
    /// What was held, the oldest first.
    Held(Vec<HeldItem>),
    /// What the gate did.
    Notified(Outcome),
    /// Checks.
    Doctor(Vec<Check>),
    /// A trace as the signals write it, of so many events.
    Trace {
        /// One JSON object a line.
        text: String,
        /// How many events it holds.
        events: usize,
    },
    /// Settings.
    Settings(Vec<Setting>),
    /// People, favourites first.
    People(Vec<PersonRow>),
    /// Devices.
    Devices(Vec<DeviceView>),
    /// The token can't be kept, why and what can be done: ask again with `this_run_only`, if the person wants that.
    NoKeyring(Said),
}

/// The same words twice: a command line stays English and names its commands, a window speaks the person's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Said {
    /// For a command line.
    pub line: String,
    /// For the window.
    pub words: String,
}

impl From<String> for Said {
    /// Words that there are in English only.
    fn from(line: String) -> Self {
        Self { words: line.clone(), line }
    }
}

impl From<&str> for Said {
    fn from(line: &str) -> Self {
        Self::from(line.to_owned())
    }
}

#[derive(Serialize, Deserialize)]
struct Envelope {
    halo: u32,
    request: Request,
}

/// A line that is not a request.
#[derive(Debug, thiserror::Error)]
pub enum Malformed {
    /// Another version.
    #[error(
        "this Halo speaks version {VERSION} of the local protocol, the other program speaks {0}: restart both, so that they are of one release"
    )]
    Version(u64),
    /// Not JSON, or not a request.
    #[error("not a request: {0}. A request is one line of JSON: {{\"halo\":{VERSION},\"request\":\"status\"}}")]
    Shape(String),
}

/// A request as a line, line feed included.
pub fn encode_request(request: Request) -> String {
    let envelope = Envelope { halo: VERSION, request };
    let mut line = serde_json::to_string(&envelope).expect("requests are plain data");
    line.push('\n');
    line
}

/// Reads a request line.
pub fn decode_request(line: &[u8]) -> Result<Request, Malformed> {
    let shape = |error: serde_json::Error| Malformed::Shape(error.to_string());
    let value: Value = from_json(line).map_err(shape)?;
    match value.get("halo").and_then(Value::as_u64) {
        Some(version) if version == u64::from(VERSION) => {
            from_json::<Envelope>(line).map(|envelope| envelope.request).map_err(shape)
        }
        Some(_) if value["request"]["do"] == "restart" => Ok(Request::Do(Intent::Restart)),
        Some(version) => Err(Malformed::Version(version)),
        None => Err(Malformed::Shape("it names no version".to_owned())),
    }
}
