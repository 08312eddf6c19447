//! What Linux and macOS have in common.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::bail;
use tokio::signal::unix::{SignalKind, signal};

use crate::place::{Place, private_folder};

/// The socket's folder where a login has none of its own: in the common place for temporary files, checked before use.
pub fn common_socket_folder() -> PathBuf {
    std::env::temp_dir().join(format!("halo-{}", user()))
}

/// Refuses to run as root in the folders of somebody else, as `sudo -E` would have it: what root made there would keep
/// the person's own Halo from starting.
pub fn check_home(place: &Place) -> anyhow::Result<()> {
    if user() != 0 {
        return Ok(());
    }
    for folder in [&place.data, &place.config, &place.state, &place.socket] {
        let there = folder.ancestors().find_map(|folder| fs::metadata(folder).ok().map(|found| (folder, found)));
        if let Some((folder, _)) = there.filter(|(_, found)| found.uid() != 0) {
            bail!(
                "{} belongs to somebody else: start Halo as that person, without sudo. For root's own Halo: sudo -H halo",
                folder.display()
            );
        }
    }
    Ok(())
}

/// Makes the socket's folder, or refuses one that somebody else could have laid out.
pub fn prepare_for_socket(place: &Place) -> anyhow::Result<()> {
    let folder = place.socket.parent().unwrap_or(&place.socket);
    private_folder(folder)?;
    Ok(local_socket::check_private(folder)?)
}

/// The number of the user who runs this.
fn user() -> u32 {
    rustix::process::getuid().as_raw()
}

/// Has links open Halo: what installs it says so, in a desktop entry or an application's bundle.
pub fn claim_links() {}

/// What this device calls itself.
pub fn device_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Has a command run apart from the terminal: a group of its own, so that Ctrl-C there is not meant for it.
pub fn apart(command: &mut Command) {
    command.process_group(0);
}

/// Has a command show nothing of its own while it runs.
pub fn unseen(_command: &mut Command) {}

/// Becomes the program of `command`; returns only if that can't be.
pub fn replace(command: &mut Command) -> io::Result<()> {
    Err(command.exec())
}

/// Waits until the system politely asks to end; for ever, where it can't be heard.
pub async fn end_of_session() {
    let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hang_up)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), signal(SignalKind::hangup()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hang_up.recv() => {}
    }
}
