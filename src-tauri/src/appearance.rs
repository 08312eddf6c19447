//! When the window appears: with its page in it.
//!
//! On Linux, a view that is drawn earlier stands still for half a second, as it waits for its page, which waits for what
//! the view would pass on (docs/performance.md). Elsewhere the window would be empty at first.

use std::time::Duration;

use tauri::webview::PageLoadEvent;
use tauri::{AppHandle, Manager};

/// A page takes a few hundred milliseconds to load.
const LOADING: Duration = Duration::from_secs(3);

/// To be called at each event of the page's loading.
pub fn once_loaded(app: &AppHandle, event: PageLoadEvent) {
    if event == PageLoadEvent::Finished {
        show(app);
    }
}

/// Whatever keeps the page from loading: whoever opens a window gets to see one.
pub fn at_last(app: AppHandle) {
    std::thread::spawn(move || {
        std::thread::sleep(LOADING);
        show(&app);
    });
}

/// One that is shown is left as it is: it may have been made small meanwhile.
fn show(app: &AppHandle) {
    let hidden = app.get_webview_window("main").filter(|window| window.is_visible().is_ok_and(|visible| !visible));
    if let Some(window) = hidden {
        // It can only fail while the window is being closed.
        let _ = window.show();
    }
}
