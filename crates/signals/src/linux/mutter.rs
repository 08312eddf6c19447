//! Idle by GNOME's compositor, which tells of thresholds and of input on the session bus.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use zbus::names::OwnedUniqueName;
use zbus::zvariant::{OwnedValue, Type};
use zbus::{Connection, Message};

use super::bus::{Messages, Shared};
use super::{bus, clock};
use crate::idle_port::IdlePort;
use crate::outlet::Ended;
use crate::retry::Retry;

/// The bus name, which is the interface and the source, too.
pub(super) const NAME: &str = "org.gnome.Mutter.IdleMonitor";
const PLACE: &str = "/org/gnome/Mutter/IdleMonitor/Core";
const SESSION_MANAGER: &str = "org.gnome.SessionManager";
const SESSION_MANAGER_PLACE: &str = "/org/gnome/SessionManager";
const INHIBITED: &str = "InhibitedActions";
/// The bit for "the session must not become idle".
const IDLE_INHIBITED: u32 = 8;

/// Answers take their time on a busy machine.
const TOLERANCE: Duration = Duration::from_millis(50);

/// One run of the compositor, and what it was asked to tell.
pub(super) struct Monitor {
    conn: Connection,
    owner: OwnedUniqueName,
    messages: Messages,
    idle_watch: Option<u32>,
    input_watch: Option<u32>,
    /// A program keeps the screen on: then it counts on, and tells no threshold.
    inhibited: bool,
    /// When to ask for the threshold that it does not tell.
    ask_at: Option<Instant>,
}

impl Monitor {
    /// Finds the compositor on the bus, and asks it for the time since the last input.
    pub(super) async fn open(bus: &Shared) -> Result<(Self, Duration), Ended> {
        let conn = bus.get().await.map_err(Ended::Lost)?;
        let Some(owner) = bus::owner(&conn, NAME).await? else {
            return Err(Ended::Lost("no program on the session bus has this name".to_owned()));
        };
        let rules = vec![
            bus::signal(NAME, NAME, "WatchFired")?,
            bus::owner_changes(NAME)?,
            bus::property_changes(SESSION_MANAGER, SESSION_MANAGER_PLACE.to_owned())?,
        ];
        let messages = bus::listen(&conn, rules).await?;
        let inhibited = match bus::owner(&conn, SESSION_MANAGER).await? {
            Some(manager) => {
                let actions = bus::property(&conn, &manager, SESSION_MANAGER_PLACE, SESSION_MANAGER, INHIBITED).await;
                actions.is_ok_and(|actions| is_inhibited(&actions))
            }
            None => false,
        };
        let monitor = Self { conn, owner, messages, idle_watch: None, input_watch: None, inhibited, ask_at: None };
        let seed = monitor.idle().await?;
        Ok((monitor, seed))
    }

    /// Listens until the compositor or the bus is lost, a pause begins or nobody wants to hear.
    pub(super) async fn run(
        mut self,
        seed: Duration,
        port: &mut IdlePort,
        retry: &mut Retry,
    ) -> Result<Infallible, Ended> {
        let ended = self.listen(seed, port, retry).await;
        // On a shared connection the watches would live on.
        let _ = self.disarm().await;
        ended
    }

    async fn listen(&mut self, seed: Duration, port: &mut IdlePort, retry: &mut Retry) -> Result<Infallible, Ended> {
        port.take_orders()?;
        retry.succeeded();
        port.say_idle(NAME, seed).await?;
        self.arm(port).await?;
        loop {
            let ask_at = self.ask_at;
            tokio::select! {
                message = bus::next(&mut self.messages) => self.heard(&message?, port).await?,
                () = sleep_until(ask_at.unwrap_or_else(Instant::now)), if ask_at.is_some() => self.look(port).await?,
                changed = port.orders.changed() => {
                    changed.map_err(|_| Ended::Closed)?;
                    if port.take_orders()? {
                        self.arm(port).await?;
                    }
                }
                Some(question) = port.questions.recv() => {
                    // Whoever asked may have stopped waiting.
                    let _ = question.send(self.idle().await?);
                }
                () = port.outlet.closed() => return Err(Ended::Closed),
            }
        }
    }

    async fn heard(&mut self, message: &Message, port: &mut IdlePort) -> Result<(), Ended> {
        if bus::owner_changed(message).is_some() {
            return Err(Ended::Lost("GNOME's compositor is gone".to_owned()));
        }
        let header = message.header();
        if header.member().is_some_and(|member| member == "PropertiesChanged") {
            return self.inhibitors_changed(message, port).await;
        }
        if header.sender().is_none_or(|sender| *sender != *self.owner) {
            return Ok(());
        }
        let fired = Some(message.body().deserialize::<u32>()?);
        if fired == self.input_watch {
            // It fires once, and is gone then.
            self.input_watch = None;
            if port.armed.input {
                // The word may be old: this program may have been stopped for a while.
                let idle = self.idle().await?;
                port.say_input(NAME, idle).await?;
            }
        } else if fired == self.idle_watch {
            self.look(port).await?;
        }
        Ok(())
    }

    async fn inhibitors_changed(&mut self, message: &Message, port: &mut IdlePort) -> Result<(), Ended> {
        let body = message.body();
        let (interface, changed, _): (String, HashMap<String, OwnedValue>, Vec<String>) = body.deserialize()?;
        if interface == SESSION_MANAGER
            && let Some(actions) = changed.get(INHIBITED)
        {
            self.inhibited = is_inhibited(actions);
            self.arm(port).await?;
        }
        Ok(())
    }

    /// Sets the watches that are asked for and takes back the others.
    async fn arm(&mut self, port: &mut IdlePort) -> Result<(), Ended> {
        self.disarm().await?;
        if port.armed.input {
            self.input_watch = Some(self.call("AddUserActiveWatch", &()).await?);
            if let Some(word) = port.answered.take() {
                let idle = self.idle().await?;
                if idle + TOLERANCE < word.idle + clock::boot().saturating_sub(word.at) {
                    let watch = self.input_watch.take();
                    self.remove(watch).await?;
                    port.say_input(NAME, idle).await?;
                }
            }
        }
        match port.armed.idle_for {
            Some(_) if self.inhibited => self.look(port).await?,
            Some(threshold) => {
                let milliseconds = u64::try_from(threshold.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
                // None at all is not a threshold to it.
                self.idle_watch = Some(self.call("AddIdleWatch", &milliseconds.max(1)).await?);
            }
            None => {}
        }
        Ok(())
    }

    /// Asks whether the threshold is reached; if it is not, and nothing will tell, asks again when it may be.
    async fn look(&mut self, port: &mut IdlePort) -> Result<(), Ended> {
        self.ask_at = None;
        let Some(threshold) = port.armed.idle_for else { return Ok(()) };
        let idle = self.idle().await?;
        if idle >= threshold {
            // It would fire again after each pause of this length.
            self.remove(self.idle_watch).await?;
            self.idle_watch = None;
            port.armed.idle_for = None;
            port.say_idle(NAME, idle).await?;
        } else if self.inhibited {
            self.ask_at = Some(Instant::now() + threshold.saturating_sub(idle));
        }
        Ok(())
    }

    async fn disarm(&mut self) -> Result<(), Ended> {
        self.ask_at = None;
        let (idle, input) = (self.idle_watch.take(), self.input_watch.take());
        self.remove(idle).await?;
        self.remove(input).await
    }

    async fn remove(&self, watch: Option<u32>) -> Result<(), Ended> {
        match watch {
            Some(watch) => self.call("RemoveWatch", &watch).await,
            None => Ok(()),
        }
    }

    async fn idle(&self) -> Result<Duration, Ended> {
        Ok(Duration::from_millis(self.call("GetIdletime", &()).await?))
    }

    async fn call<B, R>(&self, method: &str, body: &B) -> Result<R, Ended>
    where
        B: zbus::export::serde::ser::Serialize + Type,
        R: for<'a> zbus::export::serde::de::Deserialize<'a> + Type,
    {
        let reply = self.conn.call_method(Some(&self.owner), PLACE, Some(NAME), method, body).await?;
        Ok(reply.body().deserialize()?)
    }
}

fn is_inhibited(actions: &OwnedValue) -> bool {
    u32::try_from(actions).is_ok_and(|actions| actions & IDLE_INHIBITED != 0)
}
