//! Windows: the notification area, toasts, a named pipe, the registry.

mod autostart;
pub mod habits;
mod links;
pub mod main_thread;
mod managed;
mod notifications;

use std::io;
use std::os::windows::io::AsRawHandle;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use etcetera::BaseStrategy;
use windows_sys::Win32::Foundation::{HANDLE_FLAG_INHERIT, SetHandleInformation};
use windows_sys::Win32::System::Threading::{CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW, DETACHED_PROCESS};

use crate::other_systems::pipe_name;
pub use crate::other_systems::{Health, has_outlived_its_session, keep_tray, shortcut};
use crate::place::Place;
pub use autostart::Autostart;
pub use links::claim_links;
pub use main_thread::{end_of_session, host};
pub use managed::managed;
pub use notifications::{Notifier, last_words};

/// Where things lie: what belongs to this machine does not roam. Windows lets only the person and the administrators
/// into either.
pub fn place() -> anyhow::Result<Place> {
    let base = etcetera::choose_base_strategy().context("no home folder is known: set USERPROFILE")?;
    // What the crate calls a cache is the folder of this machine.
    let data = base.cache_dir().join("Halo");
    Ok(Place {
        state: data.clone(),
        config: base.config_dir().join("Halo"),
        socket: pipe_name::of(&data.to_string_lossy()).into(),
        data,
    })
}

/// Where an administrator puts the policy for everybody on this machine: where nobody else may write.
pub fn machine_policy() -> PathBuf {
    let programs = std::env::var_os("ProgramFiles").unwrap_or_else(|| r"C:\Program Files".into());
    PathBuf::from(programs).join("Halo").join("policy.toml")
}

/// Whose the folders are: an administrator's programs run as the person there.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it may be refused")]
pub fn check_home(_place: &Place) -> anyhow::Result<()> {
    Ok(())
}

/// Makes the socket's folder: pipes need none.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it may be refused")]
pub fn prepare_for_socket(_place: &Place) -> anyhow::Result<()> {
    Ok(())
}

/// What this device calls itself.
pub fn device_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// Nothing is known of children that a program before this one has left.
pub fn reap_window_left_open() -> std::future::Ready<()> {
    std::future::ready(())
}

/// Whether there is a screen to open a window on.
pub fn has_screen() -> bool {
    true
}

/// Why the window's program does not start: of all that it needs, only one part may be missing from a Windows.
pub fn why_no_window(_program: &std::path::Path) -> std::future::Ready<Option<String>> {
    let why =
        "it needs Microsoft's WebView2, which this Windows seems to lack: install “Microsoft Edge WebView2 Runtime”";
    std::future::ready(Some(why.to_owned()))
}

/// Opens an address with the program that the system has for it.
pub fn opener(target: &str) -> Command {
    let mut command = Command::new("rundll32.exe");
    command.args(["url.dll,FileProtocolHandler", target]);
    command
}

/// Has a command run apart from the terminal: without a console, so that closing this one is not meant for it, and
/// without this process's own ends of pipes, whose readers would wait for it otherwise.
#[expect(unsafe_code, reason = "an OS call")]
pub fn apart(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    command.creation_flags(DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP);
    for own in [io::stdin().as_raw_handle(), io::stdout().as_raw_handle(), io::stderr().as_raw_handle()] {
        // SAFETY: it changes a flag; a handle that is none is an error that nobody needs.
        unsafe { SetHandleInformation(own, HANDLE_FLAG_INHERIT, 0) };
    }
}

/// Has a command show nothing of its own while it runs: a program without a console would give it a new one.
pub fn unseen(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    command.creation_flags(CREATE_NO_WINDOW);
}

/// Starts the program of `command` to take this one's place, as no process of Windows can become another.
pub fn replace(command: &mut Command) -> io::Result<()> {
    use std::io::IsTerminal;
    // Somebody who watches at a terminal goes on watching; otherwise there is no console to share.
    if !io::stderr().is_terminal() {
        apart(command);
    }
    command.spawn().map(|_| ())
}

/// Ends when the keyring may have something new to say: nobody tells of that here.
pub async fn keyring_changed() {
    std::future::pending::<()>().await;
}
