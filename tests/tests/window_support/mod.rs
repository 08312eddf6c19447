//! What tests of the real window share: whether it is built, what of it is alive, and its page as a person uses it.

#![allow(dead_code, unused_imports, reason = "each test file uses its part of this")]
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "tests may stop at once")]

mod driven;
mod reader;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use e2e::{Desktop, halo_program, skip, wait_until};

pub use driven::DrivenWindow;
pub use reader::{Role, ScreenReader};

/// A debug window on a busy machine, with all its processes.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The window's program; without it the calling test is skipped.
pub fn window_program() -> Option<PathBuf> {
    let window = halo_program().with_file_name("halo-window");
    if window.exists() {
        return Some(window);
    }
    skip("the window is not built (it needs Node)");
    None
}

/// The processes of the window in this desktop, those of its web view among them, each with its name.
pub fn window_processes(desktop: &Desktop) -> Vec<(i32, String)> {
    let ours = format!("HOME={}", desktop.home().display());
    let belonging = |process: PathBuf| {
        let name = fs::read_to_string(process.join("comm")).unwrap_or_default().trim_end().to_owned();
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        let of_the_window = name.starts_with("halo-window") || name.starts_with("WebKit");
        let driver = name.starts_with("WebKitWebDriver");
        let here = environment.split(|&byte| byte == 0).any(|one| one == ours.as_bytes());
        let id = process.file_name()?.to_str()?.parse().ok()?;
        (of_the_window && !driver && here).then_some((id, name))
    };
    fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| belonging(entry.path())).collect()
}

/// The windows whose title ends in the product's name, each with its title; before the first view that is the name alone.
pub fn titles(desktop: &Desktop) -> Vec<(String, String)> {
    let found = desktop.xdotool(&["search", "--onlyvisible", "--name", "Halo$"]).unwrap_or_default();
    let title =
        |id: &str| desktop.xdotool(&["getwindowname", id]).ok().map(|title| (id.to_owned(), title.trim().to_owned()));
    found.lines().filter_map(title).collect()
}

/// Puts the pointer over the middle of the window, and gives it the keyboard.
#[track_caller]
pub fn point_at_window(desktop: &Desktop) {
    let (id, _) = titles(desktop).pop().expect("an open window");
    desktop.xdotool(&["windowactivate", "--sync", &id, "mousemove", "--window", &id, "200", "320"]).unwrap();
}

/// Presses real keys, one after the other.
#[track_caller]
pub fn press(desktop: &Desktop, keys: &[&str]) {
    for key in keys {
        desktop.xdotool(&["key", key]).unwrap();
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Closes the window as a person does: the window manager asks it to. Nothing of it may live on.
#[track_caller]
pub fn close(desktop: &Desktop) {
    let (id, _) = titles(desktop).pop().expect("an open window");
    desktop.xdotool(&["windowactivate", "--sync", &id, "key", "alt+F4"]).unwrap();
    let gone = wait_until(PATIENCE, || window_processes(desktop).is_empty());
    assert!(gone, "something of the window lives on: {:?}", window_processes(desktop));
}
