//! A small service that speaks the protocol, and a desk that is connected to it.

#![allow(dead_code, reason = "each test uses its part of it")]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Path as UrlPath, Query, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use connect::{Client, NoToken, RemoteHub, Setup, Soon, Timing, Tokens};
use jiff::{SignedDuration, Timestamp};
use presence::{Correction, DeviceId, Fact, Interval, Moment, Policy, State, What, corrected};
use protocol::service::{
    Down, Hello, Lease, Me, Person, Problem, Renewed, Role, SignIn, SignedIn, Snapshot, TOKEN_ENDED, Up, Write, Writing,
};
use protocol::{HeldItem, Secret};
use tokio::sync::{Notify, broadcast};

pub const TOKEN: &str = "a-token";
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What the service is told to do next.
#[derive(Debug, Clone)]
pub enum Do {
    Say(Box<Down>),
    Ping,
    /// Ends connections without a word.
    Drop,
    /// Ends them with one.
    Close(&'static str),
    /// Ends them because there is too much to do, and says for how long.
    Busy(&'static str),
}

/// An answer of something else than the service: its status, one of its headers, its body.
pub type Front = (u16, &'static str, &'static str, &'static str);

#[derive(Debug)]
pub struct Kept {
    pub state: State,
    pub closed: Vec<Interval>,
    pub corrections: Vec<Correction>,
    pub held: Vec<HeldItem>,
    last_held: u64,
    pub hellos: Vec<Hello>,
    /// How often each key came, and was recorded.
    pub came: HashMap<String, usize>,
    pub recorded: Vec<Write>,
    pub pongs: usize,
    pub token: String,
    pub renewals: usize,
    pub expires_in: SignedDuration,
    pub lost_seconds: u32,
    /// Takes writes but drops the connection instead of an answer.
    pub drops_instead_of_answers: bool,
    /// Takes writes but says nothing.
    pub silent: bool,
    /// Answers every request to connect by this.
    pub turns_away: Option<u16>,
    /// Something stands in front of it that answers every request to connect in its place: status, headers, body.
    pub in_front: Option<Front>,
    /// How often somebody asked to connect.
    pub knocks: usize,
    pub revoked: Vec<String>,
    pub asked: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Service {
    pub kept: Arc<Mutex<Kept>>,
    pub tell: broadcast::Sender<Do>,
}

pub fn this() -> DeviceId {
    DeviceId::from("this")
}

impl Service {
    pub fn new() -> Self {
        let kept = Kept {
            state: State::default(),
            closed: Vec::new(),
            corrections: Vec::new(),
            held: Vec::new(),
            last_held: 0,
            hellos: Vec::new(),
            came: HashMap::new(),
            recorded: Vec::new(),
            pongs: 0,
            token: TOKEN.to_owned(),
            renewals: 0,
            expires_in: SignedDuration::from_hours(24 * 60),
            lost_seconds: 45,
            drops_instead_of_answers: false,
            silent: false,
            turns_away: None,
            in_front: None,
            knocks: 0,
            revoked: Vec::new(),
            asked: Vec::new(),
        };
        Self { kept: Arc::new(Mutex::new(kept)), tell: broadcast::channel(64).0 }
    }

    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    /// Waits until something came here.
    pub async fn until(&self, holds: impl Fn(&Kept) -> bool) {
        let begin = Instant::now();
        while !holds(&self.kept()) {
            assert!(begin.elapsed() < PATIENCE, "it never came");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    pub fn tell(&self, what: Do) {
        self.tell.send(what).unwrap();
    }

    pub async fn listen(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        self.serve(listener);
        address
    }

    pub fn serve(&self, listener: tokio::net::TcpListener) {
        let router = self.router();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    }

    pub fn router(&self) -> Router {
        Router::new()
            .route("/v1/sign-in", post(sign_in))
            .route("/v1/token", post(renew))
            .route("/v1/me", get(me))
            .route("/v1/me/devices/{id}", delete(revoke))
            .route("/v1/me/devices", get(async || Json(Vec::<protocol::DeviceView>::new())))
            .route("/v1/people", get(people))
            .route("/v1/me/history", get(history).delete(delete_history))
            .route("/v1/me/stream", get(stream))
            .with_state(self.clone())
    }

    pub fn record(&self, device: &DeviceId, what: What) -> Down {
        Down::Facts(vec![self.fact(device, what)])
    }

    fn fact(&self, device: &DeviceId, what: What) -> Fact {
        let mut kept = self.kept();
        let now = now().wall;
        let fact = Fact { seq: kept.state.seq() + 1, at: now, recorded: now, device: device.clone(), what };
        let closed = kept.state.apply(&fact, &Policy::genesys());
        kept.closed.extend(closed);
        kept.corrections.extend(Correction::of(&fact));
        fact
    }

    fn write(&self, write: &Write) -> Vec<Down> {
        let known = {
            let mut kept = self.kept();
            let came = kept.came.entry(write.key.clone()).or_default();
            *came += 1;
            *came > 1
        };
        let mut answers = Vec::new();
        if !known {
            self.kept().recorded.push(write.clone());
            if let Writing::Changes(changes) = &write.what {
                let facts = changes.iter().map(|stamped| self.fact(&this(), stamped.change.clone().into()));
                answers.push(Down::Facts(facts.collect()));
            } else {
                answers.push(Down::Held(self.kept().hold(&write.what)));
            }
        }
        answers.push(Down::Done(write.key.clone()));
        answers
    }

    fn snapshot(&self) -> Down {
        let kept = self.kept();
        let recent = corrected(kept.closed.clone(), &kept.corrections);
        let now = now().wall;
        Down::Snapshot(Box::new(Snapshot {
            person: ann(),
            device: this(),
            now,
            policy: Policy::genesys(),
            state: kept.state.clone(),
            kept_since: kept.closed.first().cloned().or(kept.state.current_interval()).map(|interval| interval.start),
            recent,
            held: kept.held.clone(),
            people: Vec::new(),
            lease: Lease { ping_seconds: 20, lost_seconds: kept.lost_seconds },
            expires_at: now + kept.expires_in,
            capabilities: Vec::new(),
        }))
    }

    async fn converse(self, mut socket: WebSocket) -> Option<()> {
        let mut told = self.tell.subscribe();
        let hello = socket.recv().await?.ok()?;
        let Ok(Up::Hello(hello)) = serde_json::from_str(hello.to_text().ok()?) else { return None };
        self.kept().hellos.push(hello.clone());
        if self.kept().state.session(&this()).is_none() {
            self.record(&this(), What::SignedIn);
        }
        for write in &hello.writes {
            for answer in self.write(write) {
                if let Down::Done(_) = answer {
                    say(&mut socket, &answer).await?;
                }
            }
        }
        if self.kept().silent {
            std::future::pending::<()>().await;
        }
        say(&mut socket, &self.snapshot()).await?;
        loop {
            tokio::select! {
                received = socket.recv() => match received?.ok()? {
                    Message::Text(text) => {
                        let Ok(Up::Write(write)) = serde_json::from_str(&text) else { return None };
                        let answers = self.write(&write);
                        if self.kept().drops_instead_of_answers {
                            return None;
                        }
                        if !self.kept().silent {
                            for answer in answers {
                                say(&mut socket, &answer).await?;
                            }
                        }
                    }
                    Message::Pong(_) => self.kept().pongs += 1,
                    Message::Close(_) => return None,
                    _ => {}
                },
                what = told.recv() => match what.ok()? {
                    Do::Say(down) => say(&mut socket, &down).await?,
                    Do::Ping => {
                        let clock = now().wall.as_millisecond().to_be_bytes();
                        socket.send(Message::Ping(clock.to_vec().into())).await.ok()?;
                    }
                    Do::Drop => return None,
                    Do::Close(why) => return close(&mut socket, close_code::AWAY, why).await,
                    Do::Busy(why) => return close(&mut socket, close_code::AGAIN, why).await,
                },
            }
        }
    }
}

impl Kept {
    /// Changes what is held, and tells what is then.
    fn hold(&mut self, what: &Writing) -> Vec<HeldItem> {
        match what {
            Writing::Hold(hold) => {
                self.last_held += 1;
                self.held.push(HeldItem {
                    id: self.last_held,
                    at: hold.at.unwrap_or(now().wall),
                    kind: hold.notice.kind,
                    from: hold.notice.from.clone(),
                    text: hold.notice.text.clone(),
                    urgent: hold.notice.urgent,
                    held_as: hold.held_as,
                    told: false,
                    open: hold.notice.open.clone(),
                });
            }
            Writing::Told(up_to) => {
                self.held.iter_mut().filter(|item| item.id <= *up_to).for_each(|item| item.told = true);
            }
            Writing::ClearHeld(up_to) => self.held.retain(|item| item.id > *up_to),
            Writing::ForgetHeld(id) => self.held.retain(|item| item.id != *id),
            Writing::Changes(_) | Writing::Favourite { .. } | Writing::TellWhenFree { .. } => {}
        }
        self.held.clone()
    }
}

async fn close(socket: &mut WebSocket, code: u16, why: &'static str) -> Option<()> {
    socket.send(Message::Close(Some(CloseFrame { code, reason: why.into() }))).await.ok()
}

async fn say(socket: &mut WebSocket, down: &Down) -> Option<()> {
    socket.send(Message::text(serde_json::to_string(down).unwrap())).await.ok()
}

fn ann() -> Person {
    Person { name: "ann".to_owned(), label: "Ann".to_owned(), role: Role::Agent, group: None }
}

pub fn problem(status: u16, detail: &str) -> Response {
    problem_of("/problems/test", status, detail)
}

fn problem_of(kind: &str, status: u16, detail: &str) -> Response {
    let problem = Problem { r#type: kind.to_owned(), title: "Test".to_owned(), status, detail: detail.to_owned() };
    (StatusCode::from_u16(status).unwrap(), Json(problem)).into_response()
}

fn authorize(service: &Service, headers: &HeaderMap) -> Result<(), Box<Response>> {
    let bearer = format!("Bearer {}", service.kept().token);
    let sent = headers.get("authorization").and_then(|value| value.to_str().ok());
    if sent == Some(&bearer) {
        Ok(())
    } else {
        Err(Box::new(problem_of(TOKEN_ENDED, 401, "Your sign-in has ended. Sign in again")))
    }
}

async fn sign_in(Shared(service): Shared<Service>, Json(asked): Json<SignIn>) -> Response {
    if asked.password.expose() != "right" {
        return problem(401, "Wrong name or password");
    }
    let token = Secret::from(service.kept().token.clone());
    let expires_at = now().wall + SignedDuration::from_hours(24 * 60);
    Json(SignedIn { token, expires_at, device: this(), person: ann() }).into_response()
}

async fn renew(Shared(service): Shared<Service>, headers: HeaderMap) -> Response {
    if let Err(refused) = authorize(&service, &headers) {
        return *refused;
    }
    let mut kept = service.kept();
    kept.renewals += 1;
    kept.token = format!("{TOKEN}-{}", kept.renewals);
    kept.expires_in = SignedDuration::from_hours(24 * 60);
    let expires_at = now().wall + kept.expires_in;
    Json(Renewed { token: Secret::from(kept.token.clone()), expires_at }).into_response()
}

async fn me(Shared(service): Shared<Service>, headers: HeaderMap) -> Response {
    let me = Me { person: ann(), device: this(), expires_at: Timestamp::MAX };
    authorize(&service, &headers).map_or_else(|refused| *refused, |()| Json(me).into_response())
}

async fn revoke(Shared(service): Shared<Service>, UrlPath(id): UrlPath<String>) -> StatusCode {
    service.kept().revoked.push(id);
    StatusCode::NO_CONTENT
}

async fn people(Shared(service): Shared<Service>, Query(query): Query<HashMap<String, String>>) -> Response {
    service.kept().asked.push(format!("people {:?}", query.get("search")));
    Json(Vec::<protocol::service::PersonView>::new()).into_response()
}

async fn history(Shared(service): Shared<Service>, Query(query): Query<HashMap<String, String>>) -> Response {
    let asked = ["since", "until", "limit"].map(|key| query.get(key).cloned().unwrap_or_default());
    let mut kept = service.kept();
    kept.asked.push(asked.join(" "));
    let all = kept.closed.iter().cloned().chain(kept.state.current_interval()).collect();
    let of = |one| protocol::Interval::of(one, &Policy::genesys());
    Json(corrected(all, &kept.corrections).into_iter().map(of).collect::<Vec<_>>()).into_response()
}

async fn delete_history(Shared(service): Shared<Service>) -> StatusCode {
    let mut kept = service.kept();
    kept.closed.clear();
    kept.corrections.clear();
    kept.state.forget_past();
    StatusCode::NO_CONTENT
}

async fn stream(Shared(service): Shared<Service>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    service.kept().knocks += 1;
    if let Some(status) = service.kept().turns_away {
        return problem(status, "Not now");
    }
    if let Some((status, kind, value, body)) = service.kept().in_front {
        return (StatusCode::from_u16(status).unwrap(), [(kind, value)], body).into_response();
    }
    if let Err(refused) = authorize(&service, &headers) {
        return *refused;
    }
    upgrade.on_upgrade(async move |socket| {
        service.converse(socket).await;
    })
}

/// A keyring.
#[derive(Debug, Default)]
pub struct Ring {
    pub token: Mutex<Option<String>>,
    pub trouble: Mutex<Option<NoToken>>,
    pub loads: Mutex<usize>,
    /// Tells of a change.
    pub told: Arc<Notify>,
}

impl Ring {
    pub fn with_token() -> Arc<Self> {
        Arc::new(Self { token: Mutex::new(Some(TOKEN.to_owned())), ..Self::default() })
    }
}

impl Tokens for Ring {
    fn load(&self) -> Soon<Result<Secret, NoToken>> {
        *self.loads.lock().unwrap() += 1;
        let trouble = self.trouble.lock().unwrap().clone();
        let token = self.token.lock().unwrap().clone().map(Secret::from);
        Box::pin(async move { trouble.map_or(token.ok_or(NoToken::Missing), Err) })
    }

    fn changed(&self) -> Soon<()> {
        let told = Arc::clone(&self.told);
        Box::pin(async move { told.notified().await })
    }

    fn keep(&self, token: Secret) -> Soon<Result<(), NoToken>> {
        *self.token.lock().unwrap() = Some(token.expose().to_owned());
        Box::pin(async { Ok(()) })
    }
}

/// This device's clocks; its wall clock is an hour behind.
pub fn now() -> Moment {
    static START: OnceLock<Instant> = OnceLock::new();
    let boot = START.get_or_init(Instant::now).elapsed() + Duration::from_secs(1000);
    let wall = Timestamp::try_from(SystemTime::now()).unwrap();
    Moment { wall: Timestamp::from_millisecond(wall.as_millisecond()).unwrap(), boot }
}

pub fn behind() -> Moment {
    let now = now();
    Moment { wall: now.wall - SignedDuration::from_hours(1), boot: now.boot }
}

pub fn quick() -> Timing {
    Timing {
        first_wait: Duration::from_millis(10),
        longest_wait: Duration::from_millis(50),
        longest_told_wait: Duration::from_millis(250),
        longest_wait_for_token: Duration::from_millis(50),
        token_settles_within: Duration::from_millis(20),
        steady_after: Duration::from_millis(100),
        answer_within: Duration::from_millis(400),
    }
}

/// Whoever sits before a [`RemoteHub`].
pub struct Desk {
    pub hub: RemoteHub,
    woken: Arc<Notify>,
}

impl Desk {
    pub fn sit(address: &str, folder: &Path, tokens: Arc<dyn Tokens>) -> Self {
        Self::sit_with(Client::trusting(address.parse().unwrap(), None), folder, tokens, quick())
    }

    pub fn sit_with(client: Client, folder: &Path, tokens: Arc<dyn Tokens>, timing: Timing) -> Self {
        let woken = Arc::new(Notify::new());
        let wake = Arc::clone(&woken);
        let hub = RemoteHub::open(Setup {
            name: "ada".to_owned(),
            client: Arc::new(client),
            folder: folder.to_owned(),
            device: this(),
            label: "ann".to_owned(),
            policy: Policy::genesys(),
            boot_id: "this boot".to_owned(),
            tokens,
            now: behind,
            wake: Arc::new(move || wake.notify_one()),
            timing,
        });
        Self { hub, woken }
    }

    /// Waits until something holds.
    pub async fn until(&mut self, what: &str, holds: impl Fn(&mut RemoteHub) -> bool) {
        let begin = Instant::now();
        loop {
            self.hub.advance(behind());
            if holds(&mut self.hub) {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "waited in vain until {what}: {:?}", self.hub.trouble());
            let due = self.hub.next_change(behind()).map(|due| due.saturating_sub(behind().boot));
            let wait = due.unwrap_or(PATIENCE).min(Duration::from_millis(500));
            let _ = tokio::time::timeout(wait, self.woken.notified()).await;
        }
    }

    pub async fn until_online(&mut self) {
        self.until("it is online", |hub| hub.connection() == protocol::Connection::Online).await;
    }

    pub async fn until_settled(&mut self) {
        self.until("all is answered", |hub| hub.waiting() == 0).await;
    }

    pub fn choose(&mut self, id: &str) {
        let policy = Policy::genesys();
        let status = policy.statuses.iter().find(|status| status.id.as_str() == id).unwrap().id.clone();
        self.hub.ask_all(vec![What::Chose { status, until: None, by: presence::By::Person }], behind()).unwrap();
    }

    pub fn shown(&mut self) -> String {
        self.hub.advance(behind());
        let now = self.hub.clock(behind());
        self.hub.effective(now.wall).status.as_str().to_owned()
    }
}
