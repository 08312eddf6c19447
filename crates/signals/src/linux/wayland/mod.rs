//! The Wayland compositor: idle by `ext_idle_notifier_v1`, lock by `hyprland_lock_notifier_v1`, over one connection; and,
//! if wanted, whether a program keeps the screen on, over another.

mod kept;
mod link;
mod watch;
mod wire;

pub(super) use kept::Kept;
pub(super) use link::{Link, NoLink};
pub(super) use watch::{NAME, run};
