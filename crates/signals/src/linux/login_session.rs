//! Log-in sessions as logind has them: which is ours, and which one the person at its seat sees.

use zbus::Connection;
use zbus::names::OwnedUniqueName;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

use super::bus::{self, answered};
use crate::environment::Environment;

const MANAGER: &str = "org.freedesktop.login1.Manager";
const MANAGER_PATH: &str = "/org/freedesktop/login1";
pub(super) const SESSION: &str = "org.freedesktop.login1.Session";
pub(super) const SEAT: &str = "org.freedesktop.login1.Seat";
const USER: &str = "org.freedesktop.login1.User";
const OUR_USER: &str = "/org/freedesktop/login1/user/self";

/// What this program knows of the session that it was started in.
#[derive(Debug, Clone, Default)]
pub(super) struct Hints {
    /// `XDG_SESSION_ID`.
    pub(super) id: Option<String>,
    /// `DISPLAY`.
    pub(super) display: Option<String>,
}

impl Hints {
    pub(super) fn of(environment: &Environment) -> Self {
        Self { id: environment.session_id.clone(), display: environment.display.clone() }
    }
}

/// The session that this program serves.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) path: OwnedObjectPath,
    /// False: it is the one that logind would show this user. Another of theirs may be the one with our screen.
    pub(super) is_certain: bool,
}

/// Asks one run of logind.
#[derive(Debug, Clone)]
pub(super) struct Logind {
    conn: Connection,
    owner: OwnedUniqueName,
}

impl Logind {
    pub(super) fn new(conn: &Connection, owner: &OwnedUniqueName) -> Self {
        Self { conn: conn.clone(), owner: owner.clone() }
    }

    /// The session that this program was told of, the one it runs in, the one of its X display, or the one that its
    /// user sees. A program started by the user's service manager runs in none, and one started over ssh in one
    /// without a screen.
    pub(super) async fn own_session(&self, hints: &Hints) -> zbus::Result<Own> {
        let certain = |path| Own { path, is_certain: true };
        if let Some(id) = &hints.id
            && let Some(path) = answered(self.manager("GetSession", &id.as_str()).await)?
            && self.has_screen(&path).await?
        {
            return Ok(certain(path));
        }
        if let Some(path) = answered(self.manager("GetSessionByPID", &std::process::id()).await)?
            && self.has_screen(&path).await?
        {
            return Ok(certain(path));
        }
        if let Some(display) = &hints.display
            && let Some(path) = self.session_on(display).await?
        {
            return Ok(certain(path));
        }
        let shown = self.property(OUR_USER, USER, "Display").await?;
        if let Some(path) = shown.and_then(named) {
            return Ok(Own { path, is_certain: false });
        }
        // `auto` is another name for a session, and signals come from its own.
        let auto = format!("{MANAGER_PATH}/session/auto");
        let id = bus::property(&self.conn, &self.owner, &auto, SESSION, "Id").await?;
        let path = self.manager("GetSession", &String::try_from(id)?.as_str()).await?;
        Ok(Own { path, is_certain: false })
    }

    /// The seat of a session; `None`: it has none, as a remote one, and nothing can come in front of it.
    pub(super) async fn seat(&self, session: &OwnedObjectPath) -> zbus::Result<Option<OwnedObjectPath>> {
        Ok(self.property(session.as_str(), SESSION, "Seat").await?.and_then(named))
    }

    /// The session of our user that this seat shows; `None`: somebody else's, a greeter, or none. A logind that does not
    /// tell shows ours.
    pub(super) async fn in_front(
        &self,
        seat: &OwnedObjectPath,
        own: &OwnedObjectPath,
    ) -> zbus::Result<Option<OwnedObjectPath>> {
        let Some(active) = self.property(seat.as_str(), SEAT, "ActiveSession").await? else {
            return Ok(Some(own.clone()));
        };
        let Some(active) = named(active) else { return Ok(None) };
        // A greeter may run as anybody.
        let is_ours =
            active == *own || self.is_persons(&active).await? && self.user(&active).await? == self.user(own).await?;
        Ok(is_ours.then_some(active))
    }

    /// What a session is told of its lock.
    pub(super) async fn is_locked(&self, session: &OwnedObjectPath) -> zbus::Result<bool> {
        let hint = bus::property(&self.conn, &self.owner, session.as_str(), SESSION, "LockedHint").await?;
        Ok(hint.try_into()?)
    }

    /// The session of our user with this X display.
    async fn session_on(&self, display: &str) -> zbus::Result<Option<OwnedObjectPath>> {
        let sessions = self.property(OUR_USER, USER, "Sessions").await?;
        let sessions = sessions.and_then(|sessions| Vec::<(String, OwnedObjectPath)>::try_from(sessions).ok());
        // A screen's number is part of a program's display, not of the session's.
        let server = |display: &str| display.split('.').next().map(str::to_owned);
        for (_, path) in sessions.unwrap_or_default() {
            let theirs = self.text(&path, "Display").await?;
            if theirs.is_some_and(|theirs| !theirs.is_empty() && server(&theirs) == server(display)) {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    /// Whether a person can be seen in it: not one over ssh, and no greeter.
    async fn has_screen(&self, session: &OwnedObjectPath) -> zbus::Result<bool> {
        if !self.is_persons(session).await? {
            return Ok(false);
        }
        let kind = self.text(session, "Type").await?;
        // X may have been started from a console.
        let is_text = matches!(kind.as_deref(), Some("tty" | "unspecified"));
        Ok(!is_text || self.seat(session).await?.is_some())
    }

    async fn is_persons(&self, session: &OwnedObjectPath) -> zbus::Result<bool> {
        // One that does not tell its class is of an older logind, where all sessions were of this kind.
        Ok(self.text(session, "Class").await?.is_none_or(|class| class.starts_with("user")))
    }

    async fn user(&self, session: &OwnedObjectPath) -> zbus::Result<Option<u32>> {
        let user = self.property(session.as_str(), SESSION, "User").await?;
        Ok(user.and_then(|user| <(u32, OwnedObjectPath)>::try_from(user).ok()).map(|(id, _)| id))
    }

    async fn text(&self, session: &OwnedObjectPath, property: &str) -> zbus::Result<Option<String>> {
        let value = self.property(session.as_str(), SESSION, property).await?;
        Ok(value.and_then(|value| String::try_from(value).ok()))
    }

    /// A property; `None`: logind does not have it.
    async fn property(&self, path: &str, interface: &str, name: &str) -> zbus::Result<Option<OwnedValue>> {
        answered(bus::property(&self.conn, &self.owner, path, interface, name).await)
    }

    async fn manager<B>(&self, method: &str, body: &B) -> zbus::Result<OwnedObjectPath>
    where
        B: zbus::export::serde::ser::Serialize + zbus::zvariant::DynamicType,
    {
        let reply = self.conn.call_method(Some(&self.owner), MANAGER_PATH, Some(MANAGER), method, body).await?;
        reply.body().deserialize()
    }
}

/// An object that logind names by its id and its path; an empty id stands for none.
fn named(value: OwnedValue) -> Option<OwnedObjectPath> {
    let (id, path) = <(String, OwnedObjectPath)>::try_from(value).ok()?;
    (!id.is_empty()).then_some(path)
}
