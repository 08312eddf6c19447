//! `halo-window`: shows what the resident program says, and passes on what the person wants.
//!
//! It lives only while the window is open. **It must not hold** a token, a timer or a state of its own: the page gets
//! views from the resident program's socket and sends intents there; this program is the pipe between the two.

#![expect(clippy::needless_pass_by_value, reason = "Tauri hands commands their state by value")]
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod appearance;
#[cfg(target_os = "linux")]
mod drawing;
mod export;
mod one;
mod pipe;

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use export::Saved;
use pipe::{Listening, News, Socket};
use protocol::{Intent, Reply, Request};
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager, State};

/// The page listens: views may come.
#[tauri::command]
fn begin(news: Channel<News>, app: AppHandle, socket: State<'_, Socket>, listening: State<'_, Listening>) {
    pipe::watch(app, news, socket.inner().clone(), &listening);
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

/// Starts the resident program, which has been off. It finds this window by itself.
#[tauri::command(async)]
fn start() -> Result<(), String> {
    let failed = |error: std::io::Error| format!("Halo couldn't be started: {error}");
    let name = format!("halo{}", std::env::consts::EXE_SUFFIX);
    let program = std::env::current_exe().map_err(failed)?.with_file_name(name);
    let mut starting = Command::new(program);
    starting.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    // It ends once the resident program runs, or says why that can't be.
    let started = starting.output().map_err(failed)?;
    if started.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&started.stderr).trim().to_owned()) }
}

/// How large the page is drawn, as a factor.
#[tauri::command]
fn zoom(factor: f64, window: tauri::WebviewWindow) -> Result<(), String> {
    window.set_zoom(factor).map_err(|error| error.to_string())
}

/// Saves a table among the person's downloads.
#[tauri::command(async)]
fn save_csv(name: String, text: String, app: AppHandle) -> Saved {
    // Without a folder of downloads that the desktop names, the home is where people look.
    let folder = app.path().download_dir().or_else(|_| app.path().home_dir()).unwrap_or_default();
    export::save(&folder, &name, &text)
}

fn main() -> ExitCode {
    let socket = std::env::args_os().nth(1).map(PathBuf::from);
    let Some(socket) = socket.filter(|socket| socket.is_absolute()) else {
        eprintln!("The window is opened by Halo: click the ring in the tray, or type: halo");
        return ExitCode::from(2);
    };
    // Held until the program ends.
    let Some(_only) = one::Only::claim(&socket) else {
        // The one that is open comes to the front.
        return match Socket::at(socket).ask(Request::Do(Intent::Open)) {
            Ok(_) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    };
    #[cfg(target_os = "linux")]
    drawing::prepare();
    let run = tauri::Builder::default()
        .setup(|app| {
            #[cfg(target_os = "linux")]
            app.webview_windows().values().try_for_each(drawing::revive)?;
            appearance::at_last(app.handle().clone());
            Ok(())
        })
        .on_page_load(|view, load| appearance::once_loaded(view.app_handle(), load.event()))
        .manage(Socket::at(socket))
        .manage(Listening::default())
        .invoke_handler(tauri::generate_handler![begin, ask, restart, start, zoom, save_csv])
        .run(tauri::generate_context!());
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The window can't be shown: {error}. Halo itself goes on; to use it without: halo --help");
            ExitCode::FAILURE
        }
    }
}
