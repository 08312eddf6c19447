//! Hyprland's protocol for locks, as a server speaks it.
#![allow(dead_code, non_camel_case_types, unused_imports, unused_unsafe, unused_variables, reason = "generated")]
#![allow(
    non_upper_case_globals,
    non_snake_case,
    missing_docs,
    unsafe_code,
    clippy::all,
    clippy::pedantic,
    reason = "generated"
)]

use wayland_server;

pub mod __interfaces {
    use wayland_server::protocol::__interfaces::*;
    wayland_scanner::generate_interfaces!("hyprland-lock-notify-v1.xml");
}
use self::__interfaces::*;

wayland_scanner::generate_server_code!("hyprland-lock-notify-v1.xml");
