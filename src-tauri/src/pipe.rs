//! The pipe to the resident program: requests one way, answers and views the other.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use protocol::{Reply, Request, WindowView, encode_request};
use serde::Serialize;
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long to wait before the resident program is looked for again.
const RETRY: Duration = Duration::from_millis(500);

/// Where the resident program listens.
#[derive(Debug, Clone)]
pub struct Socket(PathBuf);

impl Socket {
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Asks once.
    pub fn ask(&self, request: Request) -> Result<Reply, String> {
        let silent = |error: std::io::Error| format!("Halo isn't answering: {error}");
        let stream = self.send(request).map_err(silent)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(silent)?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).map_err(silent)?;
        serde_json::from_str(&line).map_err(|_| "Halo isn't answering".to_owned())
    }

    fn send(&self, request: Request) -> std::io::Result<UnixStream> {
        let mut stream = UnixStream::connect(&self.0)?;
        stream.write_all(encode_request(request).as_bytes())?;
        Ok(stream)
    }
}

/// What the page is told.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// What it shows.
    View(Box<WindowView>),
    /// `connected`, `connecting`, or `mismatch: ` and why.
    Connection(String),
}

/// Sends each view to the page, on a thread of its own, until the program ends.
pub fn watch(app: AppHandle, news: Channel<News>, socket: Socket) {
    std::thread::spawn(move || {
        loop {
            if let Ok(stream) = socket.send(Request::Window) {
                follow(&app, &news, stream);
            }
            connection(&news, "connecting");
            std::thread::sleep(RETRY);
        }
    });
}

/// Until the resident program hangs up.
fn follow(app: &AppHandle, news: &Channel<News>, stream: UnixStream) {
    connection(news, "connected");
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        match serde_json::from_str(&line) {
            Ok(Reply::Window(view)) => {
                entitle(app, &view.presence.label);
                tell(news, News::View(view));
            }
            Ok(Reply::Raise {}) => raise(app),
            Ok(Reply::Refused(why)) => connection(news, &format!("mismatch: {}", why.words)),
            Ok(_) => {}
            Err(_) => connection(news, "mismatch: this window and Halo are of different releases"),
        }
    }
}

fn connection(news: &Channel<News>, how: &str) {
    tell(news, News::Connection(how.to_owned()));
}

fn tell(news: &Channel<News>, one: News) {
    // Fails only while the page is being closed.
    let _ = news.send(one);
}

/// The title says the status, too: a task bar and a screen reader's list of windows show it.
fn entitle(app: &AppHandle, status: &str) {
    if let Some(window) = app.get_webview_window("main") {
        let _ = window.set_title(&format!("{status} – Halo"));
    }
}

fn raise(app: &AppHandle) {
    if let Some(window) = app.get_webview_window("main") {
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
}
