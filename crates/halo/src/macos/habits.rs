//! The habits of the system where the ring is shown: what people call its parts, and what a click does there.

use tray_icon::MouseButtonState;

/// What holds the ring.
pub const TRAY: &str = "menu bar";

/// What shows notifications.
pub const NOTIFICATIONS: &str = "notification centre";

/// A click opens the menu, as everywhere in the menu bar.
pub const CLICK_OPENS_WINDOW: bool = false;

/// The menu opens as the mouse button goes down.
pub const OPENS_MENU: MouseButtonState = MouseButtonState::Down;

/// How large the ring is drawn, in pixels: the system makes it as small as its bar, on a screen with many of them, too.
pub fn icon_size() -> u32 {
    48
}
