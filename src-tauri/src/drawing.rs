//! How the page gets onto the screen on Linux.

use tauri::WebviewWindow;
use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};

/// By the processor alone. A page of words and one ring needs no graphics card; to set one up in the web view costs a
/// quarter of the work until the window shows something (docs/performance.md), and with some drivers it stays white.
pub fn without_graphics_card(window: &WebviewWindow) -> tauri::Result<()> {
    window.with_webview(|view| {
        if let Some(settings) = view.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })
}
