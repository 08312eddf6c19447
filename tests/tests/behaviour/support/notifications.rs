//! A notification daemon that shows nothing: it notes what it is asked to show, and does with it what a person or the
//! passing of time would do.

#![expect(clippy::unused_self, reason = "the methods of an interface belong to an object")]

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use e2e::{Desktop, SOON, wait_until};
use zbus::zvariant::{DynamicType, OwnedValue};

use super::peer::Peer;

const NAME: &str = "org.freedesktop.Notifications";
const OBJECT: &str = "/org/freedesktop/Notifications";

/// How long the program may take to answer a signal that it has heard.
const AN_ANSWER: Duration = Duration::from_millis(300);

/// A notification that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub id: u32,
    pub app: String,
    pub icon: String,
    pub summary: String,
    pub body: String,
    buttons: Vec<Button>,
    /// 0 low, 1 normal, 2 critical.
    pub urgency: u8,
    /// How long it is to stay; -1 leaves that to the daemon.
    pub expires_ms: i32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Button {
    key: String,
    label: String,
}

impl Shown {
    /// What its buttons say. A click beside them has a key of its own, and shows nothing.
    pub fn buttons(&self) -> Vec<&str> {
        self.buttons.iter().filter(|button| button.key != "default").map(|button| button.label.as_str()).collect()
    }

    /// Whether a click beside its buttons means anything.
    pub fn can_be_clicked(&self) -> bool {
        self.buttons.iter().any(|button| button.key == "default")
    }
}

enum Event {
    Shown(Shown),
    Withdrawn(u32),
}

pub struct Notifications {
    peer: Peer,
    events: Receiver<Event>,
    /// What came while something else was waited for.
    later: RefCell<VecDeque<Event>>,
}

impl Notifications {
    /// Takes the daemon's place on the desktop's session bus.
    pub fn start(desktop: &Desktop) -> Self {
        Self::start_as(desktop, "notes")
    }

    /// The same; `name`: what it calls itself.
    pub fn start_as(desktop: &Desktop, name: &'static str) -> Self {
        let (noted, events) = mpsc::channel();
        let peer = Peer::connect(&desktop.session_bus().address(), move |builder| {
            builder.serve_at(OBJECT, Daemon { name, noted, last: 0 })?.name(NAME)
        });
        Self { peer, events, later: RefCell::default() }
    }

    /// The next notification whose title is or begins with `summary`; others pass.
    #[track_caller]
    pub fn next(&self, summary: &str) -> Shown {
        self.next_within(SOON, summary)
    }

    /// The same, for one that comes late.
    #[track_caller]
    pub fn next_within(&self, limit: Duration, summary: &str) -> Shown {
        let mut passed = Vec::new();
        let found = self.pass_until(limit, |event| match event {
            Event::Shown(shown) if shown.summary.starts_with(summary) => Some(shown),
            Event::Shown(shown) => {
                passed.push(shown.summary);
                None
            }
            Event::Withdrawn(_) => None,
        });
        found.unwrap_or_else(|| panic!("no notification “{summary}…” came, only {passed:?}"))
    }

    /// Waits until the program has taken `shown` off the screen.
    #[track_caller]
    pub fn wait_for_withdrawal(&self, shown: &Shown) {
        let is_it = |event| matches!(event, Event::Withdrawn(id) if id == shown.id).then_some(());
        let withdrawn = self.pass_until(SOON, is_it);
        assert!(withdrawn.is_some(), "“{}” was not taken off the screen", shown.summary);
    }

    /// All that came since the last call and nobody asked for, by title.
    pub fn others(&self) -> Vec<String> {
        let shown = |event| match event {
            Event::Shown(shown) => Some(shown.summary),
            Event::Withdrawn(_) => None,
        };
        self.later.borrow_mut().drain(..).chain(self.events.try_iter()).filter_map(shown).collect()
    }

    /// A person presses the button that says `label`.
    #[track_caller]
    pub fn press(&self, shown: &Shown, label: &str) {
        let button = shown.buttons.iter().find(|button| button.label == label && button.key != "default");
        let button = button.unwrap_or_else(|| panic!("no button “{label}”: {shown:?}"));
        self.emit_until_heard(shown, "ActionInvoked", &(shown.id, button.key.as_str()));
    }

    /// A person clicks on it, beside the buttons.
    #[track_caller]
    pub fn click(&self, shown: &Shown) {
        assert!(shown.can_be_clicked(), "a click is for nothing: {shown:?}");
        self.emit_until_heard(shown, "ActionInvoked", &(shown.id, "default"));
    }

    /// Says that something was done with the notification of this number, whosever it is.
    pub fn say_pressed(&self, number: u32, key: &str) {
        self.emit("ActionInvoked", &(number, key));
    }

    /// The numbers of what was taken off the screen since the last call.
    pub fn withdrawn(&self) -> Vec<u32> {
        let withdrawn = |event| match event {
            Event::Shown(_) => None,
            Event::Withdrawn(id) => Some(id),
        };
        self.later.borrow_mut().drain(..).chain(self.events.try_iter()).filter_map(withdrawn).collect()
    }

    /// Another program shows something here; its number.
    pub fn shows_for_another_program(&self, desktop: &Desktop, title: &str) -> u32 {
        let arguments = ["'other'", "uint32 0", "''", &format!("'{title}'"), "''", "@as []", "@a{sv} {}", "-1"];
        let answer =
            desktop.session_bus().call(NAME, OBJECT, &format!("{NAME}.Notify"), &arguments).expect("an answer");
        let number = answer.trim_start_matches("(uint32 ").trim_end_matches(",)");
        number.parse().unwrap_or_else(|_| panic!("not a number: {answer}"))
    }

    /// Nobody does anything until its time is up.
    #[track_caller]
    pub fn expire(&self, shown: &Shown) {
        self.emit_until_heard(shown, "NotificationClosed", &(shown.id, 1_u32));
    }

    /// A person closes it.
    #[track_caller]
    pub fn dismiss(&self, shown: &Shown) {
        self.emit_until_heard(shown, "NotificationClosed", &(shown.id, 2_u32));
    }

    /// The program listens from a moment after it has shown something, long before a person can press anything; once
    /// it has heard, it takes the notification away.
    #[track_caller]
    fn emit_until_heard<B: serde::Serialize + DynamicType>(&self, shown: &Shown, signal: &str, body: &B) {
        let mut later = Vec::new();
        let heard = wait_until(SOON, || {
            self.emit(signal, body);
            let started = Instant::now();
            while let Ok(event) = self.events.recv_timeout(AN_ANSWER.saturating_sub(started.elapsed())) {
                match event {
                    Event::Withdrawn(id) if id == shown.id => return true,
                    other => later.push(other),
                }
            }
            false
        });
        assert!(heard, "nobody heard {signal} of “{}”", shown.summary);
        self.later.borrow_mut().extend(later);
    }

    fn emit<B: serde::Serialize + DynamicType>(&self, signal: &str, body: &B) {
        let sent = self.peer.connection().emit_signal(None::<&str>, OBJECT, NAME, signal, body);
        self.peer.wait(sent).expect("a signal can be sent");
    }

    fn pass_until<T>(&self, limit: Duration, mut wanted: impl FnMut(Event) -> Option<T>) -> Option<T> {
        let started = Instant::now();
        loop {
            let event = match self.later.borrow_mut().pop_front() {
                Some(event) => event,
                None => self.events.recv_timeout(limit.saturating_sub(started.elapsed())).ok()?,
            };
            if let Some(found) = wanted(event) {
                return Some(found);
            }
        }
    }
}

struct Daemon {
    name: &'static str,
    noted: Sender<Event>,
    last: u32,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Daemon {
    #[expect(clippy::too_many_arguments, reason = "the interface has so many")]
    fn notify(
        &mut self,
        app: String,
        replaces: u32,
        icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        mut hints: HashMap<String, OwnedValue>,
        expires_ms: i32,
    ) -> u32 {
        if replaces == 0 {
            self.last += 1;
        }
        let id = if replaces == 0 { self.last } else { replaces };
        let urgency = hints.remove("urgency").and_then(|urgency| u8::try_from(urgency).ok()).unwrap_or(1);
        let mut actions = actions.into_iter();
        let mut buttons = Vec::new();
        while let (Some(key), Some(label)) = (actions.next(), actions.next()) {
            buttons.push(Button { key, label });
        }
        let _ = self.noted.send(Event::Shown(Shown { id, app, icon, summary, body, buttons, urgency, expires_ms }));
        id
    }

    fn close_notification(&mut self, id: u32) {
        let _ = self.noted.send(Event::Withdrawn(id));
    }

    fn get_capabilities(&self) -> Vec<&'static str> {
        vec!["actions", "body", "body-markup"]
    }

    fn get_server_information(&self) -> (&'static str, &'static str, &'static str, &'static str) {
        (self.name, "nobody", "1", "1.2")
    }
}
