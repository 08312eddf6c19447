//! Notifications on the screen, through whatever daemon the desktop has.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use agent::{Notification, NotificationAction, Tag, Tick, Urgency};
use notify_rust::{CloseReason, Hint, NotificationHandle, NotificationResponse, Timeout};
use tokio::sync::{mpsc, oneshot};

use super::session_bus::Health;

/// How long a daemon may take to accept one; a locked-up one must not hold up whoever asked.
const PATIENCE: Duration = Duration::from_secs(5);

/// Shows and withdraws notifications. Each lives in a task of its own, with the connection that its buttons need.
#[derive(Debug)]
pub struct Notifier {
    ticks: mpsc::Sender<Tick>,
    bus: Arc<Health>,
    shown: HashMap<Tag, oneshot::Sender<()>>,
}

impl Notifier {
    pub fn new(ticks: mpsc::Sender<Tick>, bus: Arc<Health>) -> Self {
        Self { ticks, bus, shown: HashMap::new() }
    }

    /// Shows one, in place of an older one of its tag.
    pub fn show(&mut self, notification: Notification) {
        self.shown.retain(|_, withdraw| !withdraw.is_closed());
        let (withdraw, withdrawn) = oneshot::channel();
        self.shown.insert(notification.tag, withdraw);
        tokio::spawn(live(notification, self.bus.markup.load(Ordering::Relaxed), self.ticks.clone(), withdrawn));
    }

    /// Takes one away. Dropping its end of the channel is what tells its task.
    pub fn withdraw(&mut self, tag: Tag) {
        self.shown.remove(&tag);
    }
}

/// One notification, from the screen to its end.
async fn live(notification: Notification, markup: bool, ticks: mpsc::Sender<Tick>, withdrawn: oneshot::Receiver<()>) {
    let tag = notification.tag;
    let first = notification.actions.first().copied().filter(|action| !action.agrees());
    let shown = match tokio::time::timeout(PATIENCE, draw(&notification, markup).show_async()).await {
        Ok(Ok(handle)) => Ok(handle),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the notification daemon does not answer".to_owned()),
    };
    let (handle, result) = match shown {
        Ok(handle) => (Some(handle), Ok(())),
        Err(why) => (None, Err(why)),
    };
    let _ = ticks.send(Tick::Shown(tag, result)).await;
    let Some(handle) = handle else { return };
    match response(&handle, withdrawn).await {
        Some(NotificationResponse::Action(key)) => {
            let pressed = NotificationAction::ALL.into_iter().find(|action| action.key() == key);
            dealt_with(tag, pressed, &ticks).await;
        }
        Some(NotificationResponse::Default) => dealt_with(tag, first, &ticks).await,
        Some(NotificationResponse::Closed(reason)) => {
            let _ = ticks.send(Tick::Gone { tag, expired: reason == CloseReason::Expired }).await;
        }
        Some(NotificationResponse::Reply(_)) | None => {}
    }
    handle.close_async().await;
}

async fn dealt_with(tag: Tag, pressed: Option<NotificationAction>, ticks: &mpsc::Sender<Tick>) {
    if let Some(action) = pressed {
        let _ = ticks.send(Tick::Pressed(tag, action)).await;
    }
    let _ = ticks.send(Tick::Gone { tag, expired: false }).await;
}

/// What the person did with it; `None`: it was withdrawn.
async fn response(handle: &NotificationHandle, withdrawn: oneshot::Receiver<()>) -> Option<NotificationResponse> {
    let mut answer = None;
    let answered = handle.wait_for_action_async(|response: &NotificationResponse| answer = Some(response.clone()));
    tokio::select! {
        () = answered => {}
        _ = withdrawn => return None,
    }
    answer
}

fn draw(notification: &Notification, markup: bool) -> notify_rust::Notification {
    let mut drawn = notify_rust::Notification::new();
    let body = if markup { escaped(&notification.body) } else { notification.body.clone() };
    drawn.appname("Halo").icon("halo").summary(&notification.summary).body(&body);
    drawn.hint(Hint::DesktopEntry("halo".to_owned()));
    drawn.urgency(match notification.urgency {
        Urgency::Low => notify_rust::Urgency::Low,
        Urgency::Normal => notify_rust::Urgency::Normal,
        Urgency::Critical => notify_rust::Urgency::Critical,
    });
    if let Some(milliseconds) = notification.expires_ms {
        drawn.timeout(Timeout::Milliseconds(milliseconds));
    }
    for action in &notification.actions {
        drawn.action(action.key(), &action.label(notification.language));
    }
    drawn
}

/// Plain text for a daemon that reads markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Why the program can't start, where somebody who starts it from a desktop sees it.
pub async fn last_words(words: &str) {
    let mut drawn = notify_rust::Notification::new();
    drawn.appname("Halo").icon("halo").summary("Halo can't start").body(&escaped(words));
    let _ = tokio::time::timeout(PATIENCE, drawn.show_async()).await;
}
