//! Sessions of other versions, line by line, as they were recorded (tests/transcripts): an older service, and one that is
//! newer than this program. A folder for each version stays for as long as that version is to work.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::State as Shared;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use connect::RemoteHub;
use presence::What;
use protocol::service::{Up, Write, Writing};
use protocol::{Change, Connection, News, Trouble};
use serde_json::Value;
use support::{Desk, Ring, behind};

/// One line of a transcript.
#[derive(Debug, Clone)]
enum Line {
    Up(Value),
    Down(String),
}

/// A service that says what a transcript says, in its order, and hears what was heard then.
#[derive(Debug, Clone)]
struct Script {
    lines: Arc<Vec<Line>>,
    progress: Arc<Mutex<Progress>>,
}

#[derive(Debug, Default)]
struct Progress {
    /// The line that is next.
    at: usize,
    /// Before which line a device may connect: not before it has done what its hello tells of.
    opens: usize,
    connections: usize,
    /// What the keys of then are today.
    keys: HashMap<String, String>,
    complaint: Option<String>,
}

impl Script {
    fn read(text: &str) -> Self {
        let line = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            line.get("up").map_or_else(|| Line::Down(line["down"].to_string()), |up| Line::Up(up.clone()))
        };
        Self { lines: Arc::new(text.lines().map(line).collect()), progress: Arc::default() }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap()
    }

    async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/v1/me/stream", get(stream)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        address
    }

    async fn converse(self, mut socket: WebSocket) -> Option<()> {
        self.progress().connections += 1;
        loop {
            let at = self.progress().at;
            match self.lines.get(at) {
                Some(Line::Up(then)) => {
                    let now = loop {
                        match socket.recv().await?.ok()? {
                            Message::Text(text) => break serde_json::from_str(&text).unwrap(),
                            Message::Close(_) => return None,
                            _ => {}
                        }
                    };
                    self.hear(then, &now);
                }
                Some(Line::Down(said)) => {
                    let keys = self.progress().keys.clone();
                    let said = keys.iter().fold(said.clone(), |said, (then, now)| said.replace(then, now));
                    socket.send(Message::text(said)).await.ok()?;
                }
                None => {
                    while socket.recv().await?.is_ok() {}
                    return None;
                }
            }
            self.progress().at += 1;
        }
    }

    fn hear(&self, then: &Value, now: &Value) {
        let mut progress = self.progress();
        if let Err(place) = says_at_least(then, now, "") {
            progress.complaint = Some(format!("{place} was {then} and is {now}"));
        }
        for (then, now) in writes(then).iter().zip(writes(now)) {
            progress.keys.insert(then.key.clone(), now.key);
        }
    }

    /// Plays it against a device that does what the one of then did.
    async fn play(&self, folder: &tempfile::TempDir) -> Desk {
        let mut desk = Desk::sit(&self.listen().await, folder.path(), Ring::with_token());
        for (at, line) in self.lines.iter().enumerate() {
            let Line::Up(up) = line else { continue };
            let is_hello = up.get("hello").is_some();
            if !is_hello {
                self.wait(&mut desk, at).await;
            }
            for write in writes(up) {
                do_again(&mut desk.hub, write.what);
            }
            if is_hello {
                self.progress().opens = at + 1;
            }
        }
        self.wait(&mut desk, self.lines.len()).await;
        desk
    }

    async fn wait(&self, desk: &mut Desk, at: usize) {
        desk.until(&format!("line {}", at + 1), |hub| {
            let progress = self.progress();
            assert_eq!(progress.complaint, None);
            progress.at >= at && hub.waiting() == 0
        })
        .await;
    }
}

async fn stream(Shared(script): Shared<Script>, upgrade: WebSocketUpgrade) -> Response {
    let progress = script.progress();
    if progress.opens <= progress.at || matches!(script.lines.get(progress.at), Some(Line::Down(_))) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    drop(progress);
    upgrade.on_upgrade(async move |socket| {
        script.converse(socket).await;
    })
}

/// What a device wrote.
fn writes(up: &Value) -> Vec<Write> {
    match serde_json::from_value(up.clone()).unwrap() {
        Up::Hello(hello) => hello.writes,
        Up::Write(write) => vec![write],
    }
}

fn do_again(hub: &mut RemoteHub, what: Writing) {
    match what {
        Writing::Changes(changes) if changes.iter().any(|stamped| stamped.change == Change::Quit) => {
            hub.sense(behind().wall, What::SignedOut, behind());
        }
        Writing::Changes(changes) => {
            let whats = changes.into_iter().map(|stamped| stamped.change.into()).collect();
            hub.ask_all(whats, behind()).unwrap();
        }
        Writing::Hold(hold) => hub.hold(&hold.notice, hold.held_as, behind()).unwrap(),
        Writing::Told(up_to) => hub.mark_told(up_to),
        other => panic!("nobody does that in a transcript: {other:?}"),
    }
}

/// Whether what was said then is still said: keys may come, none may go or become something else. Where not.
fn says_at_least(then: &Value, now: &Value, place: &str) -> Result<(), String> {
    match (then, now) {
        (Value::Object(then), Value::Object(now)) => then.iter().try_for_each(|(key, then)| {
            says_at_least(then, now.get(key).ok_or(format!("{place}.{key}"))?, &format!("{place}.{key}"))
        }),
        (Value::Array(then), Value::Array(now)) if then.len() == now.len() => {
            then.iter().zip(now).try_for_each(|(then, now)| says_at_least(then, now, &format!("{place}[]")))
        }
        (then, now) if std::mem::discriminant(then) == std::mem::discriminant(now) && !then.is_array() => Ok(()),
        _ => Err(place.to_owned()),
    }
}

/// What a session leaves on the device.
#[derive(Debug, PartialEq)]
struct Left {
    shown: String,
    held: Vec<(String, bool)>,
    people: usize,
    free: Vec<String>,
    connection: Connection,
    connections: usize,
}

fn left(script: &Script, desk: &mut Desk) -> Left {
    let free = |news| match news {
        News::Free(person) => person.name,
        News::Refused(why) => panic!("refused: {why}"),
    };
    Left {
        shown: desk.shown(),
        held: desk.hub.held().iter().map(|item| (item.text.clone(), item.told)).collect(),
        people: desk.hub.people().len(),
        free: desk.hub.take_news().into_iter().map(free).collect(),
        connection: desk.hub.connection(),
        connections: script.progress().connections,
    }
}

fn after_work() -> Left {
    Left {
        shown: "offline".to_owned(),
        held: vec![("is free now".to_owned(), true)],
        people: 0,
        free: vec!["grace".to_owned()],
        connection: Connection::Online,
        connections: 1,
    }
}

fn counts<'c>(counts: impl IntoIterator<Item = (&'c str, usize)>) -> BTreeMap<String, usize> {
    counts.into_iter().map(|(what, count)| (what.to_owned(), count)).collect()
}

#[tokio::test]
async fn a_day_of_work_at_a_service_of_version_2() {
    let (script, folder) = (Script::read(include_str!("transcripts/v2/work.jsonl")), tempfile::tempdir().unwrap());
    let mut desk = script.play(&folder).await;
    assert_eq!(left(&script, &mut desk), after_work());
    assert_eq!((desk.hub.state().seq(), desk.hub.unknown()), (5, &BTreeMap::new()));
}

#[tokio::test]
async fn c21_what_was_chosen_out_of_reach_of_a_service_of_version_2_and_a_sign_out_there() {
    let text = include_str!("transcripts/v2/out-of-reach.jsonl");
    let (script, folder) = (Script::read(text), tempfile::tempdir().unwrap());
    let mut desk = script.play(&folder).await;
    desk.until("it is signed out", |hub| hub.connection() == Connection::SignedOut).await;
    assert_eq!(desk.hub.trouble(), Some(&Trouble::SignedOut("you signed out here".to_owned())));
    assert_eq!((desk.hub.state().seq() >= 13, desk.hub.waiting()), (true, 0));
}

#[tokio::test]
async fn a_sign_out_from_elsewhere_by_a_service_of_version_2() {
    let text = include_str!("transcripts/v2/signed-out.jsonl");
    let (script, folder) = (Script::read(text), tempfile::tempdir().unwrap());
    let mut desk = script.play(&folder).await;
    desk.until("it is signed out", |hub| hub.connection() == Connection::SignedOut).await;
    assert_eq!(script.progress().connections, 1);
}

#[tokio::test]
async fn the_same_day_at_a_service_of_a_later_version_is_the_same_here_and_what_is_new_is_counted() {
    let (script, folder) = (Script::read(include_str!("transcripts/future.jsonl")), tempfile::tempdir().unwrap());
    let mut desk = script.play(&folder).await;
    assert_eq!(left(&script, &mut desk), after_work());
    assert_eq!(desk.hub.state().seq(), 8);
    let new = counts([("the fact moved_desk", 3), ("the message banner", 2), ("the message tea_time", 1)]);
    assert_eq!(desk.hub.unknown(), &new);
}
