//! What Halo does, seen from outside: the real program in a real session, with real input, locks and notifications.
//!
//! One program, so that it is linked once and its tests fill the cores; one module a topic.

mod calls;
mod command_line;
mod foreign_text;
mod held;
mod history;
mod idle;
mod interruptions;
mod languages;
mod links;
mod lock;
mod managed;
mod newer;
mod one_instance;
mod other_daemons;
mod pictures;
mod privacy;
mod restart;
mod sessions;
mod settings;
mod shortcut;
mod status;
mod support;
mod tray_clicks;
mod tray_host;
mod tray_menu;
mod wayland;
mod window_missing;
