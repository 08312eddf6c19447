//! The habits of the system where the ring is shown: what people call its parts, and what a click does there.

use tray_icon::MouseButtonState;
use windows_sys::Win32::UI::WindowsAndMessaging::{GetSystemMetrics, SM_CXSMICON};

/// What holds the ring.
pub const TRAY: &str = "notification area";

/// What shows notifications.
pub const NOTIFICATIONS: &str = "toasts";

/// A click on the ring is for the window, the other mouse button for the menu.
pub const CLICK_OPENS_WINDOW: bool = true;

/// The menu opens as the mouse button comes up.
pub const OPENS_MENU: MouseButtonState = MouseButtonState::Up;

/// How large the system draws the ring, in pixels.
#[expect(unsafe_code, reason = "an OS call")]
pub fn icon_size() -> u32 {
    // SAFETY: it takes a number and gives one.
    u32::try_from(unsafe { GetSystemMetrics(SM_CXSMICON) }).unwrap_or(16)
}
