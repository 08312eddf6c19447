//! Which parts a desktop has.

use anyhow::Result;

use crate::desktop::Desktop;

/// The parts of a [`Desktop`]; none unless asked for. A part brings what it cannot be without: notifications and the
/// tray host bring a display and a session bus, the keyring brings a session bus.
#[derive(Debug, Clone, Copy, Default)]
#[must_use]
#[expect(clippy::struct_excessive_bools, reason = "independent parts, each there or not")]
pub struct Builder {
    pub(crate) display: bool,
    pub(crate) session_bus: bool,
    pub(crate) system_bus: bool,
    pub(crate) notifications: bool,
    pub(crate) tray_host: bool,
    pub(crate) keyring: bool,
}

impl Builder {
    /// An X server of 1280 × 800 with a window manager.
    pub fn display(mut self, wanted: bool) -> Self {
        self.display = wanted;
        self
    }

    /// A private session bus.
    pub fn session_bus(mut self, wanted: bool) -> Self {
        self.session_bus = wanted;
        self
    }

    /// A private bus that stands for the system bus. The machine's own is never visible.
    pub fn system_bus(mut self, wanted: bool) -> Self {
        self.system_bus = wanted;
        self
    }

    /// A notification daemon (dunst; `dunstctl` works through [`Desktop::command`]).
    pub fn notifications(mut self, wanted: bool) -> Self {
        self.notifications = wanted;
        self
    }

    /// A panel with a system tray (Xfce's).
    pub fn tray_host(mut self, wanted: bool) -> Self {
        self.tray_host = wanted;
        self
    }

    /// An unlocked keyring (GNOME's).
    pub fn keyring(mut self, wanted: bool) -> Self {
        self.keyring = wanted;
        self
    }

    /// Every part.
    pub fn everything(self) -> Self {
        Self { display: true, session_bus: true, system_bus: true, notifications: true, tray_host: true, keyring: true }
    }

    /// Starts all parts and waits until each serves.
    pub fn start(mut self) -> Result<Desktop> {
        self.display |= self.notifications || self.tray_host;
        self.session_bus |= self.notifications || self.tray_host || self.keyring;
        Desktop::start(self)
    }
}
