//! How the page gets onto the screen on Linux.

use std::cell::Cell;

use gtk::prelude::*;
use tauri::WebviewWindow;
use webkit2gtk::{WebView, WebViewExt};
use words::{Language, key};

/// Before GTK begins: how it draws, and what desktops know the window by.
///
/// By the processor alone. A page of words and one ring needs no graphics card; to set one up in the web view costs a
/// quarter of the work until the window shows something (docs/performance.md), and without one, or with some drivers, the
/// page stays white. That can't wait for the view's own setting: a view that was begun with a card and then goes
/// without hears the wheel and scrolls nothing (docs/decisions/028).
pub fn prepare() {
    let variable = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(variable).is_none() {
        // It can only fail for a name that is none.
        let _ = glib::setenv(variable, "1", true);
    }
    // The name of the desktop entry: with another one, desktops show a foreign name and a generic icon.
    glib::set_prgname(Some("halo"));
}

/// Lets a page that has died begin anew, once; after that, says so and ends with the window.
pub fn revive(window: &WebviewWindow) -> tauri::Result<()> {
    window.with_webview(|view| {
        let revived = Cell::new(false);
        view.inner().connect_web_process_terminated(move |view: &WebView, how| {
            eprintln!("The window's page ended by itself: {how:?}");
            if revived.replace(true) { give_up(view) } else { view.reload() }
        });
    })
}

fn give_up(view: &WebView) {
    let window = view.toplevel().and_downcast::<gtk::Window>();
    let words = Language::of_system().say(key::NOTICE_WINDOW_DIED, &[]);
    let (kind, button) = (gtk::MessageType::Error, gtk::ButtonsType::Close);
    let dialog = gtk::MessageDialog::new(window.as_ref(), gtk::DialogFlags::MODAL, kind, button, &words);
    dialog.connect_response(move |dialog, _| {
        dialog.close();
        if let Some(window) = &window {
            window.close();
        }
    });
    dialog.show_all();
}
