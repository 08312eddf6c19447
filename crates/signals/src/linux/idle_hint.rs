//! Idle by what the desktop tells logind: that it holds the session for idle, after a time of its own. Only from then
//! on is the time counted, so that Away comes late rather than wrongly.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use zbus::names::OwnedUniqueName;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};
use zbus::{Connection, Message};

use super::bus::LOGIND;
use super::bus::{Messages, Shared};
use super::clock::Alarm;
use super::login_session::{Hints, Logind, SESSION};
use super::{bus, clock};
use crate::health::SignalKind::Idle;
use crate::idle_port::IdlePort;
use crate::outlet::Ended;
use crate::raw::Raw;
use crate::retry::Retry;

/// The source, as people look it up.
pub(super) const NAME: &str = "logind IdleHint";
const HINT: &str = "IdleHint";
/// When it last changed, in time since boot without suspend.
const NOTED: &str = "IdleSinceHintMonotonic";
const SILENT: &str = "the desktop has never told logind that nobody is there; it may not do so at all";

/// What logind is told of our session.
pub(super) struct Hint {
    conn: Connection,
    owner: OwnedUniqueName,
    path: OwnedObjectPath,
    messages: Messages,
    /// Since when the session is idle, as a boot time.
    idle_since: Option<Duration>,
    /// Whether it ever was: most desktops never say it.
    is_told: bool,
    threshold: Alarm,
}

impl Hint {
    /// Finds our session, and asks about it.
    pub(super) async fn open(bus: &Shared, hints: &Hints) -> Result<Self, Ended> {
        let conn = bus.get().await.map_err(Ended::Lost)?;
        let owner = bus::owner(&conn, LOGIND).await?.ok_or_else(|| Ended::Lost("logind does not run".to_owned()))?;
        let own = Logind::new(&conn, &owner).own_session(hints).await?;
        let path = own.ok_or_else(|| Ended::Lost("our session was not found".to_owned()))?.path;
        let rules = vec![bus::property_changes(LOGIND, path.to_string())?, bus::owner_changes(LOGIND)?];
        let messages = bus::listen(&conn, rules).await?;
        let mut hint = Self { conn, owner, path, messages, idle_since: None, is_told: false, threshold: Alarm::new()? };
        hint.is_told = hint.is_idle().await?;
        hint.idle_since = hint.is_told.then(clock::boot);
        Ok(hint)
    }

    /// Listens until logind is lost, a pause begins or nobody wants to hear. `nothing_else` is why.
    pub(super) async fn run(
        &mut self,
        nothing_else: &str,
        port: &mut IdlePort,
        retry: &mut Retry,
    ) -> Result<Infallible, Ended> {
        port.take_orders()?;
        retry.succeeded();
        if self.is_told {
            self.known(port).await?;
        } else {
            port.outlet.board.absent(Idle, NAME, SILENT, None);
            port.outlet.say(NAME, Raw::IdleUnknown(format!("{nothing_else}; {SILENT}"))).await?;
        }
        loop {
            tokio::select! {
                message = bus::next(&mut self.messages) => self.heard(&message?, port).await?,
                () = self.threshold.fired() => {
                    if port.armed.idle_for.take().is_some() {
                        port.say_idle(NAME, self.idle()).await?;
                    }
                }
                changed = port.orders.changed() => {
                    changed.map_err(|_| Ended::Closed)?;
                    if port.take_orders()? {
                        self.arm(port).await?;
                    }
                }
                Some(question) = port.questions.recv() => {
                    if self.is_told {
                        // Whoever asked may have stopped waiting.
                        let _ = question.send(self.idle());
                    }
                }
                () = port.outlet.closed() => return Err(Ended::Closed),
            }
        }
    }

    async fn heard(&mut self, message: &Message, port: &mut IdlePort) -> Result<(), Ended> {
        if bus::owner_changed(message).is_some() {
            return Err(Ended::Lost("logind is gone".to_owned()));
        }
        if !bus::is_from(&self.conn, message, LOGIND, &mut Some(self.owner.clone())).await? || !is_about_idle(message) {
            return Ok(());
        }
        let is_idle = self.is_idle().await?;
        if is_idle == self.idle_since.is_some() {
            return Ok(());
        }
        self.idle_since = if is_idle { Some(self.told_at().await?) } else { None };
        if is_idle && !std::mem::replace(&mut self.is_told, true) {
            self.known(port).await?;
        }
        self.arm(port).await
    }

    async fn known(&self, port: &IdlePort) -> Result<(), Ended> {
        port.outlet.board.working(
            Idle,
            NAME,
            "the desktop tells logind when nobody is there, and Away comes late by that",
        );
        port.outlet.say(NAME, Raw::IdleKnown).await
    }

    async fn arm(&mut self, port: &mut IdlePort) -> Result<(), Ended> {
        if !self.is_told {
            return Ok(());
        }
        self.threshold.set(self.idle_since.zip(port.armed.idle_for).map(|(since, wanted)| since + wanted));
        if self.idle_since.is_none() && std::mem::take(&mut port.armed.input) {
            port.outlet.say(NAME, Raw::Input).await?;
        }
        Ok(())
    }

    /// The time for which the session is known to be idle.
    fn idle(&self) -> Duration {
        self.idle_since.map_or(Duration::ZERO, |since| clock::boot().saturating_sub(since))
    }

    /// When logind was told, which may be heard late. One that does not note it was told now.
    async fn told_at(&self) -> Result<Duration, Ended> {
        let noted = bus::property(&self.conn, &self.owner, self.path.as_str(), SESSION, NOTED).await;
        let noted = bus::answered(noted)?.and_then(|noted| u64::try_from(noted).ok()).filter(|noted| *noted != 0);
        let ago = noted.map(|noted| clock::awake().saturating_sub(Duration::from_micros(noted)));
        Ok(clock::boot().saturating_sub(ago.unwrap_or_default()))
    }

    async fn is_idle(&self) -> Result<bool, Ended> {
        let hint = bus::property(&self.conn, &self.owner, self.path.as_str(), SESSION, HINT).await?;
        Ok(bool::try_from(hint).map_err(zbus::Error::from)?)
    }
}

fn is_about_idle(message: &Message) -> bool {
    let body = message.body();
    let Ok((interface, changed, invalidated)) =
        body.deserialize::<(String, HashMap<String, OwnedValue>, Vec<String>)>()
    else {
        return false;
    };
    interface == SESSION && (changed.contains_key(HINT) || invalidated.iter().any(|name| name == HINT))
}
