//! The agent: one controller and one loop between the person, their device and a presence service.
//!
//! Signals, intents and timers come in as [`Tick`]s; facts go to the [`Hub`]; what is to be seen goes to the [`Shell`]
//! as values. **It must not know** of D-Bus, windows, sockets, files or a database, nor which service it speaks to.

mod account;
mod asking_first;
mod bad_setting;
mod controller;
mod gate;
mod hub;
mod intents;
mod managed;
mod managed_file;
mod model;
mod news;
mod notices;
mod people;
mod proposal;
mod questions;
mod reports;
mod setting_values;
mod settings;
mod settings_text;
mod shell;
mod shortcut;
mod speech;
mod status_names;
mod toml_text;
mod tray;
mod tray_view;
mod window_view;

pub use bad_setting::{BadSetting, MustBe};
pub use controller::{Controller, Ending, Locale, Tick, run};
pub use gate::{Gate, Notification, NotificationAction, Tag, Urgency, held_line};
pub use hub::{Account, Answer, Asked, Fetch, HeldBox, Hub, News, Refusal, TeamFetch, TeamService};
pub use managed::Managed;
pub use model::TrayModel;
pub use settings::Settings;
pub use shell::{Credentials, Shell};
pub use shortcut::{Key, Modifier, NoShortcut, NotBound, Shortcut};
pub use tray::Tray;
pub use tray_view::{Row, TrayView, tray_view};
