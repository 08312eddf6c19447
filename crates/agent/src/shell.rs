//! The shell: everything that a controller may ask of the desktop around it.

use protocol::{Check, Reply, Report, Secret};
use signals::Arm;
use tokio::sync::oneshot;
use words::Language;

use crate::gate::{Notification, Tag};
use crate::settings::Settings;
use crate::shortcut::Shortcut;
use crate::tray::Tray;

/// A sign-in to a team's service, as asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Credentials {
    /// Its address.
    pub service: String,
    /// The name there.
    pub name: String,
    /// The password.
    pub password: Secret,
    /// Whether the token is kept nowhere.
    pub this_run_only: bool,
}

/// A desktop, or a test's stand-in for one. Calls return at once; answers come back as ticks.
pub trait Shell {
    /// Shows this in the tray.
    fn show_tray(&mut self, tray: &Tray);
    /// Tells whoever watches, with the same as one line for people.
    fn publish(&mut self, report: &Report, line: &str);
    /// Shows a notification; [`Tick::Shown`](crate::Tick::Shown) says whether that worked.
    fn notify(&mut self, notification: Notification);
    /// Takes a notification away, if it is still there.
    fn withdraw(&mut self, tag: Tag);
    /// Asks the signals for idle moments.
    fn arm(&mut self, arm: Arm);
    /// Lets the machine sleep: what had to be recorded is.
    fn sleep_recorded(&mut self);
    /// Stops or starts sensing.
    fn pause_sensing(&mut self, paused: bool);
    /// Has the signals tell of calls, or not ask about the microphone at all.
    fn tell_calls(&mut self, calls: bool);
    /// Keeps what was changed in the settings; in words why not.
    fn save_settings(&mut self, before: &Settings, after: &Settings) -> Result<(), String>;
    /// Whether a log-in starts the program. The desktop's own lists may have changed it.
    fn starts_with_session(&self) -> bool;
    /// Makes a log-in start the program, or not; in words why not.
    fn start_with_session(&mut self, on: bool) -> Result<(), String>;
    /// Makes these keys, and no others, open the program; [`Tick::Bound`](crate::Tick::Bound) says whether that worked.
    /// If it didn't, what was bound before still is.
    fn bind_shortcut(&mut self, shortcut: Option<&Shortcut>);
    /// Whether there is a window to open.
    fn has_window(&self) -> bool;
    /// Opens the window; in words why not. Whether it came to be shown is known later: the shell may take `reply`, and
    /// answers it then.
    fn open_window(&mut self, reply: &mut Option<oneshot::Sender<Reply>>) -> Result<(), String>;
    /// Opens an address with the program that the desktop has for it; in words why not.
    fn open_target(&mut self, target: &str) -> Result<(), String>;
    /// Closes the window, if it is open: the program ends and won't be back.
    fn close_window(&mut self);
    /// Signs in to a team's service, and answers; [`Tick::Switched`](crate::Tick::Switched) follows if it worked.
    fn sign_in(&mut self, credentials: Credentials, language: Language, reply: Option<oneshot::Sender<Reply>>);
    /// Signs out of it and deletes the token everywhere, and answers; [`Tick::Switched`](crate::Tick::Switched) follows.
    fn sign_out(&mut self, language: Language, reply: Option<oneshot::Sender<Reply>>);
    /// How the desktop's parts are doing.
    fn checks(&self) -> Vec<Check>;
}
