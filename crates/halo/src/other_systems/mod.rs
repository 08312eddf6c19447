//! What Windows and macOS have in common: a tray of the system's own, and its loop on the main thread.
//!
//! What is only text is compiled for the tests of every system.

#[cfg(not(target_os = "linux"))]
pub mod farewell;
#[cfg(not(target_os = "linux"))]
pub mod health;
#[cfg(any(target_os = "macos", test))]
pub mod launch_agent;
#[cfg(any(windows, test))]
pub mod pipe_name;
#[cfg(any(windows, test))]
pub mod run_key;
#[cfg(not(target_os = "linux"))]
pub mod shortcut;
#[cfg(any(windows, test))]
pub mod toast;
#[cfg(not(target_os = "linux"))]
mod tray;

#[cfg(not(target_os = "linux"))]
pub use health::Health;
#[cfg(not(target_os = "linux"))]
pub use tray::keep_tray;

/// Whether whoever listens at the other end has outlived its session: the system lets no program do so.
#[cfg(not(target_os = "linux"))]
pub fn has_outlived_its_session(_stream: &local_socket::Stream) -> bool {
    false
}
