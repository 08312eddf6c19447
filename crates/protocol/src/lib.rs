//! What travels between Halo's programs: over the local socket, to the window, and to a team's service.
//!
//! Types and their JSON only. **It must not know** how any of it is produced, kept or shown. The JSON of [`Report`],
//! [`Interval`] and [`HeldItem`] is a public contract (docs/command-line.md): add keys, never change or drop one.

mod change;
mod intent;
mod json;
mod news;
mod report;
mod secret;
pub mod service;
mod target;
mod window;
mod wire;

pub use change::{Change, OnlyTheService, Stamped};

pub use intent::{Intent, Lasts, Notice, NoticeKind};
pub use json::from_json;
pub use news::{News, Trouble};
pub use report::{
    Activity, Check, CheckState, Connection, Correction, Countdown, HeldAs, HeldItem, Interval, OthersSee, Outcome,
    Paused, Reason, Report, Setting,
};
pub use secret::Secret;
pub use service::DeviceView;
pub use target::{NotATarget, target};
pub use window::{AccountView, ChoiceView, HeldView, MessageView, PersonRow, PresenceView, Stretch, WindowView, Words};
pub use wire::{MAX_LINE, Malformed, Reply, Request, Said, VERSION, decode_request, encode_request};
