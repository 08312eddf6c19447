//! macOS: the menu bar, the notification centre, a Unix socket, launchd.

mod autostart;
pub mod habits;
pub mod main_thread;
mod managed;
mod notifications;

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use etcetera::BaseStrategy;
use etcetera::base_strategy::Apple;

use crate::other_systems::farewell;
pub use crate::other_systems::{Health, has_outlived_its_session, keep_tray, shortcut};
use crate::place::Place;
use crate::unix::{self, common_socket_folder};
pub use crate::unix::{apart, check_home, claim_links, device_name, prepare_for_socket, replace, unseen};
pub use autostart::Autostart;
pub use main_thread::host;
pub use managed::managed;
pub use notifications::{Notifier, last_words};

/// Where things lie.
pub fn place() -> anyhow::Result<Place> {
    let base = Apple::new().context("no home folder is known: set HOME")?;
    let data = base.data_dir().join("Halo");
    Ok(Place {
        config: data.clone(),
        state: base.home_dir().join("Library/Logs/Halo"),
        socket: common_socket_folder().join("socket"),
        data,
    })
}

/// Where an administrator puts the policy for everybody on this machine.
pub fn machine_policy() -> PathBuf {
    "/Library/Application Support/Halo/policy.toml".into()
}

/// Nothing is known of children that a program before this one has left.
pub fn reap_window_left_open() -> std::future::Ready<()> {
    std::future::ready(())
}

/// Whether there is a screen to open a window on.
pub fn has_screen() -> bool {
    true
}

/// Why the window's program does not start: the system has all that it needs.
pub fn why_no_window(_program: &std::path::Path) -> std::future::Ready<Option<String>> {
    std::future::ready(None)
}

/// Opens an address with the program that the system has for it.
pub fn opener(target: &str) -> Command {
    let mut command = Command::new("open");
    command.arg(target);
    command
}

/// Waits until the system or a person politely asks to end.
pub async fn end_of_session() {
    tokio::select! {
        () = unix::end_of_session() => {}
        () = farewell::asked() => {}
    }
}

/// Ends when the keyring may have something new to say: nobody tells of that here.
pub async fn keyring_changed() {
    std::future::pending::<()>().await;
}
