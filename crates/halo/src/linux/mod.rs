//! Linux: a session bus, an X server or Wayland, folders by the XDG specification.

mod autostart;
mod daemon;
mod health;
mod keyring;
mod left_behind;
mod log_out;
mod managed;
mod notifications;
mod notifier;
mod session_bus;
pub mod shortcut;
mod tray;
mod tray_life;
mod window_libraries;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use etcetera::BaseStrategy;

use crate::place::Place;
use crate::unix::common_socket_folder;
pub use crate::unix::{
    apart, check_home, claim_links, device_name, end_of_session, prepare_for_socket, replace, unseen,
};
pub use autostart::Autostart;
pub use health::Health;
pub use keyring::keyring_changed;
pub use left_behind::reap_window_left_open;
pub use log_out::has_outlived_its_session;
pub use managed::managed;
pub use notifications::last_words;
pub use notifier::Notifier;
pub use tray_life::keep_tray;
pub use window_libraries::why_no_window;

/// Where things lie.
pub fn place() -> anyhow::Result<Place> {
    let base = etcetera::choose_base_strategy().context("no home folder is known: set HOME")?;
    let data = base.data_dir().join("halo");
    let runtime = base.runtime_dir().map_or_else(common_socket_folder, |runtime| runtime.join("halo"));
    Ok(Place {
        state: base.state_dir().map_or_else(|| data.clone(), |state| state.join("halo")),
        config: base.config_dir().join("halo"),
        socket: runtime.join("socket"),
        data,
    })
}

/// Where an administrator puts the policy for everybody on this machine.
pub fn machine_policy() -> PathBuf {
    managed::machine_folder(Path::new("/")).join("policy.toml")
}

/// Opens an address with the program that the desktop has for it.
pub fn opener(target: &str) -> Command {
    let mut command = Command::new("xdg-open");
    command.arg(target);
    command
}

/// Runs the program's life. Nothing else is asked of the main thread.
pub fn host<T: Send>(life: impl FnOnce() -> T + Send) -> T {
    life()
}

/// Whether there is a screen to open a window on.
pub fn has_screen() -> bool {
    ["WAYLAND_DISPLAY", "DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}
