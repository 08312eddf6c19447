//! Notifications on the screen: toasts, which Windows shows and keeps in its notification centre.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use agent::{Notification, NotificationAction, Tag, Tick};
use tokio::sync::mpsc;
use windows::Data::Xml::Dom::XmlDocument;
use windows::Foundation::TypedEventHandler;
use windows::UI::Notifications::{
    ToastActivatedEventArgs, ToastDismissalReason, ToastDismissedEventArgs, ToastNotification,
    ToastNotificationManager, ToastNotifier,
};
use windows::core::{HSTRING, IInspectable, Interface, h};
use windows_registry::CURRENT_USER;

use crate::other_systems::health::Health;
use crate::other_systems::toast;

/// Who shows them, as Windows knows programs.
const PROGRAM: &str = "dev.halo";

/// Shows and withdraws notifications. The system takes its time, so that a thread beside the loop asks it.
#[derive(Debug)]
pub struct Notifier {
    ticks: mpsc::Sender<Tick>,
    health: Arc<Health>,
    shown: Shown,
}

/// What is on the screen; a toast that is kept alive tells what becomes of it.
type Shown = Arc<Mutex<HashMap<Tag, ToastNotification>>>;

impl Notifier {
    pub fn new(ticks: mpsc::Sender<Tick>, health: Arc<Health>) -> Self {
        Self { ticks, health, shown: Shown::default() }
    }

    /// Shows one, in place of an older one of its tag.
    pub fn show(&mut self, notification: Notification) {
        let (ticks, health, shown) = (self.ticks.clone(), self.health.clone(), self.shown.clone());
        tokio::task::spawn_blocking(move || {
            let tag = notification.tag;
            let result = show(&notification, &ticks, &shown).map_err(|error| in_words(&error));
            health.notified(&result, &ticks);
            let _ = ticks.blocking_send(Tick::Shown(tag, result));
        });
    }

    /// Takes one away.
    pub fn withdraw(&mut self, tag: Tag) {
        let Some(toast) = lock(&self.shown).remove(&tag) else { return };
        // One that has gone meanwhile needs no hiding.
        tokio::task::spawn_blocking(move || notifier().and_then(|notifier| notifier.Hide(&toast)));
    }
}

fn show(notification: &Notification, ticks: &mpsc::Sender<Tick>, shown: &Shown) -> windows::core::Result<()> {
    let document = XmlDocument::new()?;
    document.LoadXml(&HSTRING::from(toast::xml(notification)))?;
    let drawn = ToastNotification::CreateToastNotification(&document)?;
    let tag = notification.tag;
    // One of the same tag and group takes the older one's place.
    drawn.SetTag(&HSTRING::from(format!("{tag:?}")))?;
    drawn.SetGroup(h!("Halo"))?;
    let first = notification.actions.first().copied().filter(|action| !action.agrees());
    let gone = {
        let (ticks, shown) = (ticks.clone(), shown.clone());
        move |toast: Option<&ToastNotification>, pressed: Option<NotificationAction>, expired: bool| {
            let mut shown = lock(&shown);
            // Another one has taken its place, whose end this is not.
            if toast.is_some() && shown.get(&tag) != toast {
                return;
            }
            shown.remove(&tag);
            drop(shown);
            if let Some(action) = pressed {
                let _ = ticks.blocking_send(Tick::Pressed(tag, action));
            }
            let _ = ticks.blocking_send(Tick::Gone { tag, expired });
        }
    };
    let dismissed = gone.clone();
    drawn.Activated(&TypedEventHandler::<ToastNotification, IInspectable>::new(move |toast, what| {
        let key = what.as_ref().and_then(|what| what.cast::<ToastActivatedEventArgs>().ok()?.Arguments().ok());
        let key = key.map(|key| key.to_string_lossy()).unwrap_or_default();
        let pressed = NotificationAction::ALL.into_iter().find(|action| action.key() == key);
        gone(toast.as_ref(), pressed.or(first.filter(|_| key.is_empty())), false);
        Ok(())
    }))?;
    drawn.Dismissed(&TypedEventHandler::<ToastNotification, ToastDismissedEventArgs>::new(move |toast, how| {
        let reason = how.as_ref().and_then(|how| how.Reason().ok());
        dismissed(toast.as_ref(), None, reason == Some(ToastDismissalReason::TimedOut));
        Ok(())
    }))?;
    lock(shown).insert(tag, drawn.clone());
    notifier()?.Show(&drawn).inspect_err(|_| drop(lock(shown).remove(&tag)))
}

/// The right to show, which Windows gives to programs that it knows by name.
fn notifier() -> windows::core::Result<ToastNotifier> {
    let key = CURRENT_USER.create(format!(r"Software\Classes\AppUserModelId\{PROGRAM}"))?;
    key.set_string("DisplayName", "Halo")?;
    ToastNotificationManager::CreateToastNotifierWithId(&HSTRING::from(PROGRAM))
}

fn in_words(error: &windows::core::Error) -> String {
    format!("Windows shows no notifications for Halo ({error})")
}

fn lock(shown: &Shown) -> MutexGuard<'_, HashMap<Tag, ToastNotification>> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why the program can't start, where somebody who starts it from a desktop sees it.
pub async fn last_words(words: &str) {
    let text = |text: &str| toast::plain("Halo can't start", text);
    let shown = XmlDocument::new().and_then(|document| {
        document.LoadXml(&HSTRING::from(text(words)))?;
        notifier()?.Show(&ToastNotification::CreateToastNotification(&document)?)
    });
    if let Err(error) = shown {
        tracing::warn!("{}", in_words(&error));
    }
}
