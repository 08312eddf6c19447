//! A mock of logind on a private bus: seats, sessions, locks and sleep, told by the test.

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use signals::Environment;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, Value};
use zbus::{Connection, fdo};

use super::{Bus, Ear, LONG, Running, installed};

const LOGIND: &str = "org.freedesktop.login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
pub const SESSION: &str = "org.freedesktop.login1.Session";
const PLACE: &str = "/org/freedesktop/login1";
const MOCK: &str = "org.freedesktop.DBus.Mock";
/// The session of the program under test.
pub const OURS: &str = "/org/freedesktop/login1/session/c7";

fn none() -> Value<'static> {
    Value::from((String::new(), ObjectPath::from_static_str_unchecked("/")))
}

fn path_of(session: &str) -> OwnedObjectPath {
    format!("{PLACE}/session/{session}").try_into().unwrap()
}

/// A bus, and a hand on what the mock says there.
pub struct System {
    pub conn: Connection,
    pub logind: Option<Running>,
    pub bus: Bus,
}

impl System {
    pub async fn start() -> Option<Self> {
        if !installed(&["dbus-daemon"]) {
            return None;
        }
        let mock = Command::new("/usr/bin/python3").args(["-c", "import dbusmock"]).stderr(Stdio::null()).status();
        if !mock.is_ok_and(|status| status.success()) {
            eprintln!("skipped: python3-dbusmock not installed");
            return None;
        }
        let bus = Bus::start();
        let mut system = Self { conn: bus.connect().await, logind: None, bus };
        system.start_logind().await;
        Some(system)
    }

    /// Returns when it is there, with a session.
    pub async fn start_logind(&mut self) {
        let proxy = fdo::DBusProxy::new(&self.conn).await.unwrap();
        let mut changes = proxy.receive_name_owner_changed_with_args(&[(0, LOGIND)]).await.unwrap();
        let mut command = Command::new("/usr/bin/python3");
        command.args(["-m", "dbusmock", "--system", "--template", "logind"]);
        command.env("DBUS_SYSTEM_BUS_ADDRESS", &self.bus.address).stdout(Stdio::null());
        self.logind = Some(Running::start(&mut command));
        tokio::time::timeout(LONG, changes.next()).await.expect("logind comes in time");
        // It takes its name before it has its methods.
        let seen = Instant::now();
        let added = ("c7", "seat0", 1000_u32, "somebody", true);
        while self.conn.call_method(Some(LOGIND), PLACE, Some(MOCK), "AddSession", &added).await.is_err() {
            assert!(seen.elapsed() < LONG);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let began = vec![Value::from("c7"), Value::from(path_of("c7"))];
        self.emit(PLACE, MANAGER, "SessionNew", "so", began).await;
    }

    /// Another session, in front of its seat.
    pub async fn session(&self, id: &str, seat: &str, user: u32) {
        let added = (id, seat, user, format!("user-{user}"), true);
        self.conn.call_method(Some(LOGIND), PLACE, Some(MOCK), "AddSession", &added).await.unwrap();
    }

    /// What our user is shown where nobody says which session is theirs, and all that they have.
    pub async fn our_user(&self, shown: &str, all: &[&str]) {
        let named = |id: &str| (id.to_owned(), path_of(id));
        let properties = HashMap::from([
            ("Display", Value::from(named(shown))),
            ("Sessions", Value::from(all.iter().map(|id| named(id)).collect::<Vec<_>>())),
        ]);
        let methods: Vec<(String, String, String, String)> = Vec::new();
        let body = (format!("{PLACE}/user/self"), "org.freedesktop.login1.User", properties, methods);
        self.conn.call_method(Some(LOGIND), PLACE, Some(MOCK), "AddObject", &body).await.unwrap();
    }

    /// The session that our user is shown from now on.
    pub async fn shows_our_user(&self, id: &str) {
        let shown = Value::from((id.to_owned(), path_of(id)));
        self.set(&format!("{PLACE}/user/self"), "org.freedesktop.login1.User", "Display", shown).await;
    }

    /// Our user's sessions from now on.
    pub async fn has_sessions(&self, all: &[&str]) {
        let all: Vec<_> = all.iter().map(|id| ((*id).to_owned(), path_of(id))).collect();
        self.set(&format!("{PLACE}/user/self"), "org.freedesktop.login1.User", "Sessions", Value::from(all)).await;
    }

    /// The seat shows this session.
    pub async fn shows(&self, seat: &str, id: &str) {
        let shown = Value::from((id.to_owned(), path_of(id)));
        self.set(&format!("{PLACE}/seat/{seat}"), "org.freedesktop.login1.Seat", "ActiveSession", shown).await;
    }

    /// The seat shows no session: a console where nobody is logged in.
    pub async fn shows_none(&self, seat: &str) {
        self.set(&format!("{PLACE}/seat/{seat}"), "org.freedesktop.login1.Seat", "ActiveSession", none()).await;
    }

    /// The session is at no seat, as a remote one.
    pub async fn has_no_seat(&self, id: &str) {
        self.set(path_of(id).as_str(), SESSION, "Seat", none()).await;
    }

    /// The session has no screen.
    pub async fn is_text(&self, id: &str) {
        self.set(path_of(id).as_str(), SESSION, "Type", Value::from("tty")).await;
    }

    /// The session is of an X server.
    pub async fn has_display(&self, id: &str, display: &str) {
        self.set(path_of(id).as_str(), SESSION, "Display", Value::from(display)).await;
    }

    /// The person logs out of a session in which a program lives on. No signal says so.
    pub async fn closes(&self, id: &str) {
        let close = "self.props['org.freedesktop.login1.Session']['State'] = 'closing'";
        let body = (SESSION, "BeginToClose", "", "", close);
        let place = path_of(id);
        self.conn.call_method(Some(LOGIND), &place, Some(MOCK), "AddMethod", &body).await.unwrap();
        self.conn.call_method(Some(LOGIND), &place, Some(SESSION), "BeginToClose", &()).await.unwrap();
    }

    /// A session ends, its last program with it.
    pub async fn ends(&self, id: &str) {
        let place = path_of(id);
        self.conn.call_method(Some(LOGIND), PLACE, Some(MOCK), "RemoveObject", &place.as_str()).await.unwrap();
        let arguments = vec![Value::from(id), Value::from(path_of(id))];
        self.emit(PLACE, MANAGER, "SessionRemoved", "so", arguments).await;
    }

    pub async fn hint(&self, locked: bool) {
        self.hint_of("c7", locked).await;
    }

    pub async fn hint_of(&self, id: &str, locked: bool) {
        self.set(path_of(id).as_str(), SESSION, "LockedHint", Value::from(locked)).await;
    }

    async fn set(&self, path: &str, interface: &str, name: &str, value: Value<'_>) {
        let body = (interface, name, value);
        let properties = Some("org.freedesktop.DBus.Properties");
        self.conn.call_method(Some(LOGIND), path, properties, "Set", &body).await.unwrap();
    }

    pub async fn signal(&self, place: &str, interface: &str, name: &str, argument: Option<bool>) {
        let arguments: Vec<_> = argument.into_iter().map(Value::from).collect();
        let signature = if arguments.is_empty() { "" } else { "b" };
        self.emit(place, interface, name, signature, arguments).await;
    }

    async fn emit(&self, place: &str, interface: &str, name: &str, signature: &str, arguments: Vec<Value<'_>>) {
        let body = (interface, name, signature, arguments);
        self.conn.call_method(Some(LOGIND), place, Some(MOCK), "EmitSignal", &body).await.unwrap();
    }

    pub async fn sleep(&self, asleep: bool) {
        self.signal(PLACE, MANAGER, "PrepareForSleep", Some(asleep)).await;
    }

    /// Waits until as many inhibitors are held; says what for.
    pub async fn inhibitors(&self, number: usize) -> Vec<(String, String, String, String, u32, u32)> {
        let asked = Instant::now();
        loop {
            let reply = self.conn.call_method(Some(LOGIND), PLACE, Some(MANAGER), "ListInhibitors", &()).await;
            if let Ok(reply) = reply {
                let held: Vec<_> = reply.body().deserialize().unwrap();
                if held.len() == number {
                    return held;
                }
            }
            assert!(asked.elapsed() < LONG, "{number} inhibitors expected");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub fn ear(&self) -> Ear {
        Ear::deaf_to_idle(self.environment(Some("c7")))
    }

    /// That of a program that was told of this session.
    pub fn environment(&self, session: Option<&str>) -> Environment {
        Environment {
            system_bus: Some(self.bus.address.clone()),
            session_id: session.map(str::to_owned),
            ..Environment::default()
        }
    }
}
