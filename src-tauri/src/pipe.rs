//! The pipe to the resident program: requests one way, answers and views the other.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use local_socket::Stream;
use protocol::{Intent, Reply, Request, WindowView, encode_request};
use serde::Serialize;
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long to wait before the resident program is looked for again.
const RETRY: Duration = Duration::from_millis(500);

/// How long the resident program may take to end and to begin anew.
const RESTART: Duration = Duration::from_secs(10);

/// How long it may be away before it counts as off: a restart takes less.
const ABSENCE: Duration = Duration::from_secs(10);

/// How often it is looked for while it begins.
const LOOK: Duration = Duration::from_millis(50);

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

    /// Has the resident program start anew, of whatever version it is, and waits until it answers again.
    pub fn restart(&self) -> Result<(), String> {
        let began = Instant::now();
        let failed = |error: std::io::Error| format!("Halo couldn't be restarted: {error}");
        let stream = self.send(Request::Do(Intent::Restart)).map_err(failed)?;
        stream.set_read_timeout(Some(RESTART)).map_err(failed)?;
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line).map_err(failed)?;
        if let Ok(Reply::Refused(why)) = serde_json::from_str(&line) {
            return Err(why.words);
        }
        // Only the end of the old one closes this: the socket's answer after that is the new one's.
        std::io::copy(&mut stream, &mut std::io::sink()).map_err(failed)?;
        while !self.answers() {
            if began.elapsed() > RESTART {
                return Err(format!("Halo didn't come back within {} seconds", RESTART.as_secs()));
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Whether somebody answers, of whatever version.
    fn answers(&self) -> bool {
        let ask = || {
            let mut stream = self.send(Request::Status)?;
            stream.set_read_timeout(Some(RESTART))?;
            stream.read_exact(&mut [0])
        };
        ask().is_ok()
    }

    fn send(&self, request: Request) -> std::io::Result<Stream> {
        let mut stream = local_socket::connect(&self.0)?;
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
    /// `connected`, `connecting`, `off`, or `mismatch: ` and why.
    Connection(String),
}

/// Which page listens: one that was loaded anew takes the place of the one before.
#[derive(Debug, Default)]
pub struct Listening(Arc<AtomicUsize>);

/// Sends each view to the page, on a thread of its own, until the program ends or another page listens.
pub fn watch(app: AppHandle, news: Channel<News>, socket: Socket, listening: &Listening) {
    let latest = listening.0.clone();
    let own = latest.fetch_add(1, Ordering::Relaxed) + 1;
    std::thread::spawn(move || {
        let mut told = String::new();
        // A mismatch is found anew with each look: the page hears of it once, and of what follows it.
        let mut tell_link = |how: String| {
            if how != told {
                connection(&news, &how);
                told = how;
            }
        };
        let mut heard = Instant::now();
        while latest.load(Ordering::Relaxed) == own {
            let stream = socket.send(Request::Window).ok();
            let answers = stream.is_some();
            let link = stream.and_then(|stream| follow(&app, &news, stream, &mut tell_link));
            if answers {
                heard = Instant::now();
            }
            let gone = if heard.elapsed() < ABSENCE { "connecting" } else { "off" };
            tell_link(link.unwrap_or_else(|| gone.to_owned()));
            std::thread::sleep(RETRY);
        }
    });
}

/// Until the resident program hangs up; returns what doesn't fit, if something didn't.
fn follow(app: &AppHandle, news: &Channel<News>, stream: Stream, tell_link: &mut impl FnMut(String)) -> Option<String> {
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        match serde_json::from_str(&line) {
            Ok(Reply::Window(view)) => {
                tell_link("connected".to_owned());
                entitle(app, &view.presence.label, view.held.len());
                tell(news, News::View(view));
            }
            Ok(Reply::Raise {}) => raise(app),
            Ok(Reply::Close {}) => app.exit(0),
            Ok(Reply::Refused(why)) => return Some(format!("mismatch: {}", why.words)),
            Ok(_) => {}
            Err(_) => return Some("mismatch: this window and Halo are of different releases".to_owned()),
        }
    }
    None
}

fn connection(news: &Channel<News>, how: &str) {
    tell(news, News::Connection(how.to_owned()));
}

fn tell(news: &Channel<News>, one: News) {
    // Fails only while the page is being closed.
    let _ = news.send(one);
}

/// The title says the status, too: a task bar and a screen reader's list of windows show it.
/// So does what is held, as everywhere: the count, in front.
fn entitle(app: &AppHandle, status: &str, held: usize) {
    let count = if held > 0 { format!("({held}) ") } else { String::new() };
    if let Some(window) = app.get_webview_window("main") {
        let _ = window.set_title(&format!("{count}{status} – Halo"));
    }
}

fn raise(app: &AppHandle) {
    if let Some(window) = app.get_webview_window("main") {
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    /// A program of another version at a socket of its own: what it was asked, answered with `reply`, then it hangs up.
    fn answer_once(listener: &UnixListener, reply: &str) -> String {
        let (stream, _) = listener.accept().expect("somebody connects");
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).expect("a request");
        (&stream).write_all(reply.as_bytes()).expect("they listen");
        line
    }

    fn place(name: &str) -> PathBuf {
        use std::os::unix::fs::DirBuilderExt;
        // A folder of our own: nobody connects through one that others may enter.
        let folder = std::env::temp_dir().join(format!("halo-window-{name}-{}", std::process::id()));
        std::fs::remove_dir_all(&folder).ok();
        std::fs::DirBuilder::new().mode(0o700).create(&folder).expect("a folder");
        folder.join("socket")
    }

    #[test]
    fn a_restart_waits_for_the_new_program() {
        let path = place("restart");
        let old = UnixListener::bind(&path).expect("a socket");
        let program = std::thread::spawn({
            let path = path.clone();
            move || {
                let asked = answer_once(&old, "{\"done\":null}\n");
                drop(old);
                std::fs::remove_file(&path).expect("it was there");
                std::thread::sleep(LOOK * 3);
                let new = UnixListener::bind(&path).expect("a socket");
                (asked, answer_once(&new, "{\"something\":\"new\"}\n"))
            }
        });
        assert_eq!(Socket::at(path.clone()).restart(), Ok(()));
        let (restart, look) = program.join().expect("no panic");
        assert_eq!(restart, "{\"halo\":1,\"request\":{\"do\":\"restart\"}}\n");
        assert_eq!(look, "{\"halo\":1,\"request\":\"status\"}\n");
        std::fs::remove_dir_all(path.parent().expect("a folder")).ok();
    }

    #[test]
    fn a_refused_restart_says_why() {
        let path = place("refused");
        let listener = UnixListener::bind(&path).expect("a socket");
        let refused = "{\"refused\":{\"line\":\"no\",\"words\":\"It is too old for that.\"}}\n";
        let program = std::thread::spawn(move || answer_once(&listener, refused));
        assert_eq!(Socket::at(path.clone()).restart(), Err("It is too old for that.".to_owned()));
        program.join().expect("no panic");
        std::fs::remove_dir_all(path.parent().expect("a folder")).ok();
    }
}
