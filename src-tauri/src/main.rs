//! `halo-window`: shows what the resident program says, and passes on what the person wants.
//!
//! It lives only while the window is open. **It must not hold** a token, a timer or a state of its own: the page gets
//! views from the resident program's socket and sends intents there; this program is the pipe between the two.

#![expect(clippy::needless_pass_by_value, reason = "Tauri hands commands their state by value")]
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

#[cfg(target_os = "linux")]
mod drawing;
mod export;
mod pipe;

use std::path::PathBuf;
use std::process::ExitCode;

use export::Saved;
use pipe::{News, Socket};
use protocol::{Reply, Request};
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager, State};

/// The page listens: views may come.
#[tauri::command]
fn begin(news: Channel<News>, app: AppHandle, socket: State<'_, Socket>) {
    pipe::watch(app, news, socket.inner().clone());
}

/// Passes a request on, and the answer back.
#[tauri::command(async)]
fn ask(request: Request, socket: State<'_, Socket>) -> Result<Reply, String> {
    socket.ask(request)
}

/// Starts the resident program anew, and then this one, so that both are what is installed now.
#[tauri::command(async)]
fn restart(app: AppHandle, socket: State<'_, Socket>) -> Result<(), String> {
    socket.restart()?;
    app.restart();
}

/// Saves a table among the person's downloads.
#[tauri::command(async)]
fn save_csv(name: String, text: String, app: AppHandle) -> Saved {
    // Without a folder of downloads that the desktop names, the home is where people look.
    let folder = app.path().download_dir().or_else(|_| app.path().home_dir()).unwrap_or_default();
    export::save(&folder, &name, &text)
}

fn main() -> ExitCode {
    let Some(socket) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("The window is opened by Halo: click the ring in the tray, or type: halo");
        return ExitCode::from(2);
    };
    let window = tauri::Builder::default();
    #[cfg(target_os = "linux")]
    let window = window.setup(|app| {
        app.webview_windows().values().try_for_each(drawing::without_graphics_card)?;
        Ok(())
    });
    let run = window
        .manage(Socket::at(socket))
        .invoke_handler(tauri::generate_handler![begin, ask, restart, save_csv])
        .run(tauri::generate_context!());
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The window can't be shown: {error}. Halo itself goes on; to use it without: halo --help");
            ExitCode::FAILURE
        }
    }
}
