//! Notifications on the screen, through whatever daemon the desktop has.
//!
//! A number of a notification means something only to the daemon that gave it. So each is kept with the daemon's own
//! name on the bus: what another one says of the same number is not about it, and when a daemon goes, all that it
//! showed is forgotten. No answer of a daemon is waited for here: calls are tasks of their own, with a time-out.

use std::collections::HashMap;
use std::time::Duration;

use agent::{Notification, NotificationAction, Tag, Tick, Urgency};
use tokio::sync::mpsc;
use zbus::names::OwnedUniqueName;
use zbus::zvariant::Value;
use zbus::{Connection, Message};

use super::daemon::{DAEMON, Manners, OBJECT, PATIENCE};
use super::health::Health;

/// How long after that an answer is still waited for, to take off the screen what nobody counts on any more.
const LATE: Duration = Duration::from_secs(60);

/// How many signals are kept that may be about something whose number is still on its way.
const MOST_EARLY: usize = 32;

/// The key by which a click beside the buttons is told.
const DEFAULT: &str = "default";

/// What is asked of [`Shown`].
#[derive(Debug)]
pub enum Order {
    Show(Notification),
    Withdraw(Tag),
}

/// What a call came to.
#[derive(Debug)]
pub struct Answer {
    tag: Tag,
    serial: u64,
    result: Result<Place, Fault>,
}

/// Whose number it is.
type Place = (OwnedUniqueName, u32);

/// Why one was not shown.
#[derive(Debug)]
enum Fault {
    Silent,
    Refused(String),
}

/// What a daemon tells of a notification.
#[derive(Debug, Clone)]
enum Said {
    Pressed(String),
    Closed { expired: bool },
}

/// One that is on the screen, or on its way there.
#[derive(Debug)]
struct One {
    serial: u64,
    actions: Vec<NotificationAction>,
    place: Option<Place>,
}

/// Everything that is on the screen.
#[derive(Debug)]
pub struct Shown {
    ticks: mpsc::Sender<Tick>,
    answers: mpsc::UnboundedSender<Answer>,
    ones: HashMap<Tag, One>,
    serial: u64,
    /// How many calls are under way.
    under_way: usize,
    early: Vec<(Place, Said)>,
}

impl Shown {
    pub fn new(ticks: mpsc::Sender<Tick>, answers: mpsc::UnboundedSender<Answer>) -> Self {
        Self { ticks, answers, ones: HashMap::new(), serial: 0, under_way: 0, early: Vec::new() }
    }

    /// Puts one on its way; `manners`: the daemon's, if they are known.
    pub async fn show(&mut self, connection: &Connection, notification: Notification, manners: Option<Manners>) {
        self.withdraw(connection, notification.tag).await;
        self.serial += 1;
        self.under_way += 1;
        let (tag, serial) = (notification.tag, self.serial);
        self.ones.insert(tag, One { serial, actions: notification.actions.clone(), place: None });
        tokio::spawn(call(connection.clone(), notification, manners, serial, self.answers.clone()));
    }

    pub async fn withdraw(&mut self, connection: &Connection, tag: Tag) {
        if let Some(One { place: Some(place), .. }) = self.ones.remove(&tag) {
            close(connection, &place).await;
        }
    }

    /// One can't be shown, for there is no bus.
    pub async fn refuse(&self, tag: Tag, why: String) {
        let _ = self.ticks.send(Tick::Shown(tag, Err(why))).await;
    }

    /// A call came to something. Gives whether the daemon answers; `owner` is the one of now.
    pub async fn answered(&mut self, connection: &Connection, answer: Answer, owner: Option<&OwnedUniqueName>) -> bool {
        let Answer { tag, serial, result } = answer;
        self.under_way -= 1;
        let is_wanted = self.ones.get(&tag).is_some_and(|one| one.serial == serial);
        let place = match result {
            Ok(place) => place,
            Err(fault) => {
                if is_wanted {
                    self.ones.remove(&tag);
                }
                let answers = !matches!(fault, Fault::Silent);
                let why = match fault {
                    Fault::Silent => "the notification daemon does not answer".to_owned(),
                    Fault::Refused(why) => why,
                };
                let _ = self.ticks.send(Tick::Shown(tag, Err(why))).await;
                return answers;
            }
        };
        let _ = self.ticks.send(Tick::Shown(tag, Ok(()))).await;
        if !is_wanted {
            close(connection, &place).await;
        } else if owner != Some(&place.0) {
            self.gone(tag, true).await;
        } else {
            if let Some(one) = self.ones.get_mut(&tag) {
                one.place = Some(place.clone());
            }
            let early = self.early.iter().position(|(about, _)| *about == place);
            if let Some(early) = early {
                let (_, said) = self.early.remove(early);
                self.told(connection, &place, said).await;
            }
        }
        if self.under_way == 0 {
            self.early.clear();
        }
        true
    }

    /// A daemon says something.
    pub async fn hear(&mut self, connection: &Connection, message: &Message, bus: &Health) {
        let header = message.header();
        let (Some(sender), Some(member)) = (header.sender(), header.member()) else { return };
        let (body, sender) = (message.body(), OwnedUniqueName::from(sender.to_owned()));
        let (number, said) = match member.as_str() {
            "ActionInvoked" => match body.deserialize::<(u32, String)>() {
                Ok((number, key)) => (number, Said::Pressed(key)),
                Err(_) => return,
            },
            "NotificationClosed" => match body.deserialize::<(u32, u32)>() {
                Ok((number, reason)) => (number, Said::Closed { expired: reason == 1 }),
                Err(_) => return,
            },
            "ActivationToken" => {
                if let Ok((number, token)) = body.deserialize::<(u32, String)>()
                    && self.tag_of(&(sender, number)).is_some()
                {
                    bus.may_come_to_front(Some(token));
                }
                return;
            }
            _ => return,
        };
        self.told(connection, &(sender, number), said).await;
    }

    async fn told(&mut self, connection: &Connection, place: &Place, said: Said) {
        let Some(tag) = self.tag_of(place) else {
            if self.under_way > 0 && self.early.len() < MOST_EARLY {
                self.early.push((place.clone(), said));
            }
            return;
        };
        let actions = self.ones.get(&tag).map(|one| one.actions.clone()).unwrap_or_default();
        match said {
            Said::Closed { expired } => {
                self.gone(tag, expired).await;
                // Some keep what has run out in a list.
                close(connection, place).await;
            }
            Said::Pressed(key) => {
                let action = match key.as_str() {
                    DEFAULT => beside_the_buttons(&actions),
                    key => actions.into_iter().find(|action| action.key() == key),
                };
                if let Some(action) = action {
                    let _ = self.ticks.send(Tick::Pressed(tag, action)).await;
                }
                self.gone(tag, false).await;
                close(connection, place).await;
            }
        }
    }

    fn tag_of(&self, place: &Place) -> Option<Tag> {
        self.ones.iter().find(|(_, one)| one.place.as_ref() == Some(place)).map(|(tag, _)| *tag)
    }

    async fn gone(&mut self, tag: Tag, expired: bool) {
        self.ones.remove(&tag);
        let _ = self.ticks.send(Tick::Gone { tag, expired }).await;
    }

    /// Whoever showed them has gone, and nobody has answered.
    pub async fn forget_all(&mut self) {
        self.early.clear();
        let shown: Vec<Tag> = self.ones.iter().filter(|(_, one)| one.place.is_some()).map(|(tag, _)| *tag).collect();
        for tag in shown {
            self.gone(tag, true).await;
        }
    }

    /// The program ends: nothing of it stays on the screen.
    pub async fn close_all(&mut self, connection: &Connection) {
        for (_, one) in self.ones.drain() {
            if let Some(place) = one.place {
                close(connection, &place).await;
            }
        }
    }
}

/// What a click beside the buttons means: the first of them, except that nobody agrees so.
fn beside_the_buttons(actions: &[NotificationAction]) -> Option<NotificationAction> {
    actions.first().copied().filter(|action| !action.agrees())
}

/// Asks for one to be shown, in the time that there is. What comes after that is taken off the screen again.
async fn call(
    connection: Connection,
    notification: Notification,
    manners: Option<Manners>,
    serial: u64,
    answers: mpsc::UnboundedSender<Answer>,
) {
    let tag = notification.tag;
    let asking = ask(&connection, &notification, manners);
    tokio::pin!(asking);
    let in_time = tokio::time::timeout(PATIENCE, &mut asking).await;
    let is_late = in_time.is_err();
    let result = match in_time {
        Ok(Ok(place)) => Ok(place),
        Ok(Err(error)) => Err(Fault::Refused(error.to_string())),
        Err(_) => Err(Fault::Silent),
    };
    let _ = answers.send(Answer { tag, serial, result });
    if is_late && let Ok(Ok(place)) = tokio::time::timeout(LATE, asking).await {
        close(&connection, &place).await;
    }
}

async fn ask(connection: &Connection, notification: &Notification, manners: Option<Manners>) -> zbus::Result<Place> {
    let manners = match manners {
        Some(manners) => manners,
        None => Manners::of_daemon(connection).await?,
    };
    let urgency: u8 = match notification.urgency {
        Urgency::Low => 0,
        Urgency::Normal => 1,
        Urgency::Critical => 2,
    };
    let mut actions = Vec::new();
    if let Some(action) = beside_the_buttons(&notification.actions).filter(|_| !manners.draws_default) {
        actions.extend([DEFAULT.to_owned(), action.label(notification.language)]);
    }
    for action in &notification.actions {
        actions.extend([action.key().to_owned(), action.label(notification.language)]);
    }
    let expires = notification.expires_ms.and_then(|expires| i32::try_from(expires).ok()).unwrap_or(-1);
    let body = if manners.read_markup { escaped(&notification.body) } else { notification.body.clone() };
    let actions = actions.iter().map(String::as_str).collect();
    notify(connection, &notification.summary, &body, actions, urgency, expires).await
}

async fn notify(
    connection: &Connection,
    summary: &str,
    body: &str,
    actions: Vec<&str>,
    urgency: u8,
    expires_ms: i32,
) -> zbus::Result<Place> {
    let hints = HashMap::from([("urgency", Value::U8(urgency)), ("desktop-entry", Value::from("halo"))]);
    let asked = ("Halo", 0_u32, "halo", summary, body, actions, hints, expires_ms);
    let reply = connection.call_method(Some(DAEMON), OBJECT, Some(DAEMON), "Notify", &asked).await?;
    let number = reply.body().deserialize()?;
    let header = reply.header();
    let owner = header.sender().ok_or(zbus::Error::MissingField)?.to_owned();
    Ok((owner.into(), number))
}

/// Takes one off the screen of the daemon that shows it, and of no other. Nobody waits for an answer.
async fn close(connection: &Connection, (owner, number): &Place) {
    let asked = Message::method_call(OBJECT, "CloseNotification")
        .and_then(|call| call.destination(owner.as_str()))
        .and_then(|call| call.interface(DAEMON))
        .and_then(|call| call.with_flags(zbus::message::Flags::NoReplyExpected))
        .and_then(|call| call.build(number));
    if let Ok(asked) = asked {
        let _ = connection.send(&asked).await;
    }
}

/// Plain text for whoever reads markup.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Why the program can't start, where somebody who starts it from a desktop sees it.
pub async fn last_words(words: &str) {
    let shown = async {
        let connection = Connection::session().await?;
        notify(&connection, "Halo can't start", &escaped(words), Vec::new(), 1, -1).await
    };
    let _ = tokio::time::timeout(PATIENCE, shown).await;
}
