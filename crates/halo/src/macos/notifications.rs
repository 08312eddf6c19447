//! Notifications on the screen, through the notification centre.

use std::sync::Arc;
use std::time::Duration;

use agent::{Notification, NotificationAction, Tag, Tick};
use notify_rust::{CloseReason, NotificationResponse};
use tokio::sync::{mpsc, oneshot};

use crate::other_systems::health::Health;

/// Within this time the centre has refused one that it doesn't show.
const REFUSAL: Duration = Duration::from_secs(1);

/// Shows notifications. Those who ask the centre hear nothing until the person has answered: each has a thread.
#[derive(Debug)]
pub struct Notifier {
    ticks: mpsc::Sender<Tick>,
    health: Arc<Health>,
}

impl Notifier {
    pub fn new(ticks: mpsc::Sender<Tick>, health: Arc<Health>) -> Self {
        Self { ticks, health }
    }

    /// Shows one.
    pub fn show(&mut self, notification: Notification) {
        tokio::spawn(live(notification, self.ticks.clone(), self.health.clone()));
    }

    /// Takes one away: the centre does that only for whoever still has it in hand.
    #[expect(clippy::unused_self, reason = "elsewhere one is taken away")]
    pub fn withdraw(&mut self, _tag: Tag) {}
}

/// One notification, from the screen to its end.
async fn live(notification: Notification, ticks: mpsc::Sender<Tick>, health: Arc<Health>) {
    let tag = notification.tag;
    let first = notification.actions.first().copied().filter(|action| !action.agrees());
    let (answer, mut answered) = oneshot::channel();
    std::thread::spawn(move || {
        let mut response = None;
        let shown = draw(&notification)
            .show()
            .and_then(|handle| handle.wait_for_response(|heard: &NotificationResponse| response = Some(heard.clone())));
        let _ = answer.send(shown.map(|()| response).map_err(|error| error.to_string()));
    });
    let early = tokio::time::timeout(REFUSAL, &mut answered).await.ok();
    let fault = early.as_ref().and_then(|early| early.as_ref().ok()?.as_ref().err().cloned());
    let refused = fault.is_some();
    let result = fault.map_or(Ok(()), Err);
    health.notified(&result, &ticks);
    let _ = ticks.send(Tick::Shown(tag, result)).await;
    if refused {
        return;
    }
    let response = match early {
        Some(early) => early,
        None => answered.await,
    };
    let response = response.ok().and_then(Result::ok).flatten();
    let pressed = match &response {
        Some(NotificationResponse::Action(key)) => {
            NotificationAction::ALL.into_iter().find(|action| action.key() == key)
        }
        Some(NotificationResponse::Default) => first,
        _ => None,
    };
    if let Some(action) = pressed {
        let _ = ticks.send(Tick::Pressed(tag, action)).await;
    }
    let expired = matches!(response, Some(NotificationResponse::Closed(CloseReason::Expired)));
    let _ = ticks.send(Tick::Gone { tag, expired }).await;
}

fn draw(notification: &Notification) -> notify_rust::Notification {
    let mut drawn = notify_rust::Notification::new();
    drawn.appname("Halo").summary(&notification.summary).body(&notification.body);
    for action in &notification.actions {
        drawn.action(action.key(), &action.label(notification.language));
    }
    drawn
}

/// Why the program can't start, where somebody who starts it from a desktop sees it.
pub async fn last_words(words: &str) {
    let mut drawn = notify_rust::Notification::new();
    drawn.appname("Halo").summary("Halo can't start").body(words);
    // Dropping the handle is what sends it.
    drop(drawn.show());
}
