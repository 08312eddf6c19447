//! Log-in sessions as logind has them: which is ours, and which one the person at its seat sees.

use zbus::Connection;
use zbus::names::OwnedUniqueName;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

use super::bus::LOGIND;
use super::bus::{self, Shared, answered};
use crate::environment::Environment;

const MANAGER: &str = "org.freedesktop.login1.Manager";
const MANAGER_PATH: &str = "/org/freedesktop/login1";
pub(super) const SESSION: &str = "org.freedesktop.login1.Session";
pub(super) const SEAT: &str = "org.freedesktop.login1.Seat";
const USER: &str = "org.freedesktop.login1.User";
/// What is said of an object that isn't there, by the library that whoever is asked speaks D-Bus with.
const NO_SUCH_OBJECT: [&str; 2] =
    ["org.freedesktop.DBus.Error.UnknownObject", "org.freedesktop.DBus.Error.UnknownMethod"];
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

/// How a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// The person has not logged out of it.
    Lasts,
    /// They have, and some of their programs live on in it.
    Closing,
    /// There is no such session (any more).
    Gone,
}

/// The session that this program serves.
#[derive(Debug, Clone)]
pub(super) struct Own {
    pub(super) path: OwnedObjectPath,
    /// False: it is the one that logind would show this user. Another of theirs may be the one with our screen.
    pub(super) is_certain: bool,
}

/// Whether a process of ours runs in a session that the person has logged out of. Where nobody can say, it does not.
pub(crate) async fn has_outlived_its_session(environment: &Environment, process: u32) -> bool {
    let asked = async {
        let bus = Shared::new(environment.system_bus.as_deref()?);
        let conn = bus.get().await.ok()?;
        let owner = bus::owner(&conn, LOGIND).await.ok()??;
        let logind = Logind::new(&conn, &owner);
        let session = logind.session_of(process).await.ok()??;
        logind.life(&session).await.ok()
    };
    asked.await.is_some_and(|life| life != Life::Lasts)
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
    /// user sees; `None`: none of these. A program started by the user's service manager runs in none, one started over
    /// ssh in one without a screen, and one that outlived a log-out in one that is closing.
    pub(super) async fn own_session(&self, hints: &Hints) -> zbus::Result<Option<Own>> {
        let certain = |path| Ok(Some(Own { path, is_certain: true }));
        if let Some(id) = &hints.id
            && let Some(path) = answered(self.manager("GetSession", &id.as_str()).await)?
            && self.can_be_ours(&path).await?
        {
            return certain(path);
        }
        if let Some(path) = self.session_of(std::process::id()).await?
            && self.can_be_ours(&path).await?
        {
            return certain(path);
        }
        if let Some(display) = &hints.display
            && let Some(path) = self.session_on(display).await?
        {
            return certain(path);
        }
        if let Some(path) = self.shown_session().await?
            && self.can_be_ours(&path).await?
        {
            return Ok(Some(Own { path, is_certain: false }));
        }
        Ok(None)
    }

    /// The session that a process runs in.
    pub(super) async fn session_of(&self, process: u32) -> zbus::Result<Option<OwnedObjectPath>> {
        answered(self.manager("GetSessionByPID", &process).await)
    }

    /// How a session is.
    pub(super) async fn life(&self, session: &OwnedObjectPath) -> zbus::Result<Life> {
        match bus::property(&self.conn, &self.owner, session.as_str(), SESSION, "State").await {
            Ok(state) => Ok(if <&str>::try_from(&state) == Ok("closing") { Life::Closing } else { Life::Lasts }),
            Err(zbus::Error::MethodError(error, ..)) if NO_SUCH_OBJECT.contains(&error.as_str()) => Ok(Life::Gone),
            // A logind that does not tell says nothing against it.
            Err(zbus::Error::MethodError(..)) => Ok(Life::Lasts),
            Err(error) => Err(error),
        }
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
        if active == *own {
            return Ok(Some(active));
        }
        let Some(us) = self.user(own).await? else { return Ok(Some(own.clone())) };
        // A greeter may run as anybody.
        let is_ours = self.is_persons(&active).await? && self.user(&active).await? == Some(us);
        Ok(is_ours.then_some(active))
    }

    /// What a session is told of its lock.
    pub(super) async fn is_locked(&self, session: &OwnedObjectPath) -> zbus::Result<bool> {
        let hint = bus::property(&self.conn, &self.owner, session.as_str(), SESSION, "LockedHint").await?;
        Ok(hint.try_into()?)
    }

    /// The session that logind would show our user.
    async fn shown_session(&self) -> zbus::Result<Option<OwnedObjectPath>> {
        if let Some(shown) = self.property(OUR_USER, USER, "Display").await? {
            return Ok(named(shown));
        }
        // `auto` is another name for a session, and signals come from its own.
        let auto = format!("{MANAGER_PATH}/session/auto");
        let id = self.property(&auto, SESSION, "Id").await?.and_then(|id| String::try_from(id).ok());
        match id {
            Some(id) => answered(self.manager("GetSession", &id.as_str()).await),
            None => Ok(None),
        }
    }

    /// The session of our user with this X display.
    async fn session_on(&self, display: &str) -> zbus::Result<Option<OwnedObjectPath>> {
        let sessions = self.property(OUR_USER, USER, "Sessions").await?;
        let sessions = sessions.and_then(|sessions| Vec::<(String, OwnedObjectPath)>::try_from(sessions).ok());
        // A screen's number is part of a program's display, not of the session's.
        let server = |display: &str| display.split('.').next().map(str::to_owned);
        for (_, path) in sessions.unwrap_or_default() {
            let theirs = self.text(&path, "Display").await?;
            let is_it = theirs.is_some_and(|theirs| !theirs.is_empty() && server(&theirs) == server(display));
            if is_it && self.life(&path).await? == Life::Lasts {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    /// Whether a person can be seen in it, and has not logged out of it.
    async fn can_be_ours(&self, session: &OwnedObjectPath) -> zbus::Result<bool> {
        Ok(self.life(session).await? == Life::Lasts && self.has_screen(session).await?)
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
