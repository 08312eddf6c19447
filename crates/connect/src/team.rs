//! A team's service, as whoever keeps a person's presence on this device sees it: at once and at any time, connected or
//! not. Nothing here waits for the network.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use presence::{DeskSignal, DeviceId, Effective, Interval, Policy, Span, State, StatusId, What};
use protocol::service::{Down, Hold, Person, PersonView, Write, Writing};
use protocol::{Change, Connection, DeviceView, HeldAs, HeldItem, News, Notice, Secret, Stamped, Trouble};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::client::{Client, ClientError};
use crate::clock::{Moment, ServiceClock};
use crate::link::{self, Event, LinkHandle, LinkSetup, Timing};
use crate::outbox::{KeptClock, Outbox, OutboxError};
use crate::pending::new_key;
use crate::replica::{Effect, Replica};
use crate::tokens::{NoToken, Soon, Tokens};

/// What is kept for a start without the service is written anew at most so often.
const SAVE_AFTER: Duration = Duration::from_secs(60);

/// How long somebody waits for an answer of the service.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// So many people are named where several could be meant.
const SHOWN: usize = 5;

/// What a sign-in to a team's service comes to on this device.
pub struct Setup {
    /// Asks the service.
    pub client: Arc<Client>,
    /// The folder of `outbox.db`.
    pub folder: PathBuf,
    /// This device's id at the service.
    pub device: DeviceId,
    /// The person's name at the service.
    pub name: String,
    /// What the person is called, until the service says so.
    pub label: String,
    /// What holds until the service says what does.
    pub policy: Policy,
    /// Names this boot of the machine.
    pub boot_id: String,
    /// Where the token is.
    pub tokens: Arc<dyn Tokens>,
    /// This device's clocks.
    pub now: fn() -> Moment,
    /// Called from the runtime's thread once there is something to [`Team::advance`] for.
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// How long is waited for what.
    pub timing: Timing,
}

/// Why something asked for is not recorded, in words that say what to do.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// No device may ask for it.
    #[error("only the service itself records that")]
    OnlyTheService,
    /// The device is signed out.
    #[error("nothing was changed: {}. Sign in again, or sign out here to go on without your team", .0.trim_end_matches(". Sign in again"))]
    SignedOut(String),
    /// The service is out of reach, and it can't be kept until it is back.
    #[error("nothing was changed, for the service is out of reach and {0}")]
    NotKept(OutboxError),
}

/// Why something could not be fetched, in words that say what to do.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The service refused, or was not reached.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The token could not be read.
    #[error(transparent)]
    NoToken(#[from] NoToken),
    /// No answer came in time.
    #[error("The service doesn't answer. Try again once you are connected")]
    TooLate,
    /// There is nobody of this name, or they may not be seen.
    #[error("No one named “{0}”, or you can't see them")]
    Nobody(String),
    /// There are several.
    #[error("“{who}” could be {}. Give more of the name", .names.join(", "))]
    Several {
        /// What was asked for.
        who: String,
        /// The names to tell them apart by.
        names: Vec<String>,
    },
}

/// How somebody is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// Among the favourites.
    Favourite,
    /// To be told of once, when they are free.
    TellWhenFree,
}

/// The service of a team, from one device.
pub struct Team {
    replica: Replica,
    clock: Arc<ServiceClock>,
    link: LinkHandle,
    events: mpsc::UnboundedReceiver<Event>,
    client: Arc<Client>,
    tokens: Arc<dyn Tokens>,
    now: fn() -> Moment,
    boot_id: String,
    folder: PathBuf,
    outbox: Option<Outbox>,
    /// Writes that could not be put there.
    unsaved: Vec<Write>,
    /// Why the outbox can't be used, while it can't.
    fault: Option<String>,
    /// When the replica was saved last, in time since boot.
    saved: Option<Duration>,
    /// Whether it changed since.
    dirty: bool,
    trouble: Option<Trouble>,
    news: Vec<News>,
}

impl Team {
    /// Takes up what an earlier run left behind and begins to connect. To be called within a tokio runtime.
    pub fn open(setup: Setup) -> Self {
        let now = (setup.now)();
        let mut fault = None;
        let mut outbox = Outbox::open(&setup.folder).map_err(|error| note(&mut fault, &error)).ok();
        let left = outbox.as_ref().and_then(|outbox| outbox.load().map_err(|error| note(&mut fault, &error)).ok());
        let writes = outbox.as_ref().and_then(|outbox| outbox.all().map_err(|error| note(&mut fault, &error)).ok());
        let writes = writes.unwrap_or_default();
        let account = format!("{} {}", setup.name, setup.client.address());
        let owner = outbox.as_ref().and_then(|outbox| outbox.owner().map_err(|error| note(&mut fault, &error)).ok());
        let owner = owner.flatten();
        let is_theirs = owner.as_ref().map_or(left.as_ref().is_some_and(Option::is_none), |owner| *owner == account);
        let heard = left.as_ref().and_then(|left| left.as_ref().map(|left| left.snapshot.now));
        let clock = Arc::new(clock(outbox.as_ref(), &setup.boot_id, heard, now, &mut fault));
        let now = clock.at(now);
        let replica = match left.flatten() {
            Some(left) if left.snapshot.device == setup.device => {
                let other_boot = left.boot != setup.boot_id;
                Replica::restore(left.snapshot, writes, other_boot, now)
            }
            _ => {
                let mut replica = Replica::new(setup.device, setup.label, setup.policy, now);
                // What waited when an earlier sign-in of the same person ended, and outlives it, is sent. What another
                // person left behind is not this one's.
                if is_theirs {
                    replica.recover(writes, now);
                } else if let Some(Err(error)) = outbox.as_ref().map(|outbox| outbox.leave_behind(&writes)) {
                    note(&mut fault, &error);
                }
                replica
            }
        };
        let writes: Vec<_> = replica.pending().cloned().collect();
        if let Some(outbox) = &mut outbox
            && let Err(error) = outbox.keep_only(&writes).and_then(|()| outbox.belongs_to(&account))
        {
            note(&mut fault, &error);
        }
        let (sender, events) = mpsc::unbounded_channel();
        let link = link::spawn(LinkSetup {
            client: Arc::clone(&setup.client),
            tokens: Arc::clone(&setup.tokens),
            clock: Arc::clone(&clock),
            now: setup.now,
            boot_id: setup.boot_id.clone(),
            timing: setup.timing,
            writes,
            events: sender,
            wake: setup.wake,
        });
        Self {
            replica,
            clock,
            link,
            events,
            client: setup.client,
            tokens: setup.tokens,
            now: setup.now,
            boot_id: setup.boot_id,
            folder: setup.folder,
            outbox,
            unsaved: Vec::new(),
            fault,
            saved: None,
            dirty: false,
            trouble: None,
            news: Vec::new(),
        }
    }

    /// The service's clock at this moment. A moment of the service stays what it is.
    pub fn clock(&self, now: Moment) -> Moment {
        self.clock.at(now)
    }

    /// Records what somebody asked for in one. While the service is out of reach it waits, and survives a crash.
    pub fn ask_all(&mut self, whats: Vec<What>, now: Moment) -> Result<(), NotTaken> {
        let now = self.clock(now);
        let changes = whats.into_iter().map(|what| Ok(Stamped { at: now.wall, change: Change::try_from(what)? }));
        let changes: Result<_, protocol::OnlyTheService> = changes.collect();
        self.ask(Writing::Changes(changes.map_err(|_| NotTaken::OnlyTheService)?), now)
    }

    /// Records what the device sensed. It counts in any case.
    pub fn sense(&mut self, at: Timestamp, what: What, now: Moment) {
        let now = self.clock(now);
        let woke = matches!(what, What::Desk { signal: DeskSignal::Sleep, on: false, .. });
        match Change::try_from(what) {
            Ok(change) => self.write(Writing::Changes(vec![Stamped { at: at.min(now.wall), change }]), now),
            Err(error) => tracing::error!("no device may record {error:?}"),
        }
        if woke {
            self.woke();
        }
    }

    /// The device woke, or its network changed: what was connected before may not be any more.
    pub fn woke(&mut self) {
        if !self.is_signed_out() {
            self.link.reconnect();
        }
    }

    /// Takes in what the service said, and runs timers up to now.
    pub fn advance(&mut self, now: Moment) {
        while let Ok(event) = self.events.try_recv() {
            // By the clock that the event may have told.
            let now = self.clock(now);
            self.take(event, now);
        }
        let now = self.clock(now);
        self.replica.advance(now);
        self.try_again();
        if self.dirty && self.saved.is_none_or(|saved| now.boot >= saved + SAVE_AFTER) {
            self.save(now);
        }
    }

    fn take(&mut self, event: Event, now: Moment) {
        match event {
            Event::Heard(said) => {
                if let Down::Snapshot(_) = *said {
                    self.trouble = None;
                    self.saved = None;
                }
                self.dirty = true;
                for effect in self.replica.hear(*said, now) {
                    self.heed(effect, now);
                }
            }
            Event::Lost { why, heard, closed } => {
                let heard = self.clock(Moment { wall: now.wall, boot: heard });
                self.replica.lost(heard, closed, now);
                if let Some(why) = why
                    && !self.is_signed_out()
                {
                    self.trouble = Some(Trouble::Unreachable(why));
                }
                if self.dirty {
                    self.save(now);
                }
            }
            Event::Failed(Trouble::SignedOut(why)) => self.sign_in_ended(why, now),
            Event::Failed(trouble) => self.trouble = Some(trouble),
        }
    }

    fn heed(&mut self, effect: Effect, now: Moment) {
        match effect {
            Effect::Settled(key) => self.settled(&key),
            Effect::Refused(why) => self.news.push(News::Refused(why)),
            Effect::Free(person) => self.news.push(News::Free(person)),
            Effect::Write(what) => self.write(what, now),
            Effect::Gap => {
                tracing::warn!("something of the log was missed; connecting anew");
                self.link.reconnect();
            }
            Effect::SignedOut(why) => self.sign_in_ended(why, now),
        }
    }

    fn sign_in_ended(&mut self, why: String, now: Moment) {
        self.trouble = Some(Trouble::SignedOut(why));
        self.replica.sign_in_ended(now);
    }

    fn settled(&mut self, key: &str) {
        self.unsaved.retain(|write| write.key != key);
        let removed = self.outbox.as_ref().map(|outbox| outbox.remove(key));
        if let Some(Err(error)) = removed {
            // Sent once more after a start, it is known by its key.
            note(&mut self.fault, &error);
        }
    }

    /// Takes up a write; refused if nobody would have it after a crash.
    fn ask(&mut self, what: Writing, now: Moment) -> Result<(), NotTaken> {
        if let Some(Trouble::SignedOut(why)) = &self.trouble {
            return Err(NotTaken::SignedOut(why.clone()));
        }
        self.take_up(what, now)
    }

    /// Takes up a write if it can be kept until the service has it.
    fn take_up(&mut self, what: Writing, now: Moment) -> Result<(), NotTaken> {
        let write = Write { key: new_key(), what };
        match self.keep(&write) {
            Err(error) if !self.replica.is_online() => return Err(NotTaken::NotKept(error)),
            Err(error) => self.keep_in_memory(&write, &error),
            Ok(()) => {}
        }
        self.send(write, now);
        Ok(())
    }

    /// Takes up a write in any case.
    fn write(&mut self, what: Writing, now: Moment) {
        self.write_as(Write { key: new_key(), what }, now);
    }

    fn write_as(&mut self, write: Write, now: Moment) {
        if let Err(error) = self.keep(&write) {
            self.keep_in_memory(&write, &error);
        }
        self.send(write, now);
    }

    fn send(&mut self, write: Write, now: Moment) {
        self.replica.push(write.clone(), now);
        self.link.write(write);
    }

    fn keep(&mut self, write: &Write) -> Result<(), OutboxError> {
        // In order: what waits to be kept goes before.
        self.try_again();
        match &self.outbox {
            Some(outbox) => outbox.push(write),
            None => self.outbox.insert(Outbox::open(&self.folder)?).push(write),
        }
    }

    fn keep_in_memory(&mut self, write: &Write, error: &OutboxError) {
        note(&mut self.fault, error);
        self.unsaved.push(write.clone());
    }

    /// Tries again to keep what could not be kept.
    fn try_again(&mut self) {
        if self.unsaved.is_empty() {
            return;
        }
        if self.outbox.is_none() {
            self.outbox = Outbox::open(&self.folder).ok();
        }
        let Some(outbox) = &self.outbox else { return };
        let kept = self.unsaved.iter().take_while(|write| outbox.push(write).is_ok()).count();
        self.unsaved.drain(..kept);
        if self.unsaved.is_empty() {
            self.fault = None;
        }
    }

    fn save(&mut self, now: Moment) {
        let heard = self.clock.last_heard().map_or(now.wall, |boot| self.clock(Moment { wall: now.wall, boot }).wall);
        let (Some(outbox), Some(snapshot)) = (&self.outbox, self.replica.snapshot(heard)) else { return };
        // Asked for again after a minute at the earliest, also if it fails.
        self.saved = Some(now.boot);
        self.dirty = false;
        let shown = self.clock((self.now)());
        let clock = KeptClock { boot: self.boot_id.clone(), shown, is_services: self.clock.own().is_none() };
        if let Err(error) = outbox.save(&snapshot, &self.boot_id).and_then(|()| outbox.save_clock(&clock)) {
            note(&mut self.fault, &error);
        }
    }

    /// The effective status.
    pub fn effective(&self, now: Timestamp) -> Effective {
        self.replica.effective(now)
    }

    /// The presence as it shows here: what the service confirmed, and on top of it what waits to be.
    pub fn state(&self) -> &State {
        self.replica.state()
    }

    /// When the answer can change though nothing is heard, in time since boot.
    pub fn next_change(&self, now: Moment) -> Option<Duration> {
        self.replica.next_change(self.clock(now))
    }

    /// The organisation's policy.
    pub fn policy(&self) -> &Policy {
        self.replica.policy()
    }

    /// Who is signed in.
    pub fn person(&self) -> &Person {
        self.replica.person()
    }

    /// This device's id at the service.
    pub fn device(&self) -> &DeviceId {
        self.replica.device()
    }

    /// Whether something could not be kept for the case of a crash yet, and should be tried again.
    pub fn is_behind(&self) -> bool {
        !self.unsaved.is_empty()
    }

    /// How the service is reached.
    pub fn connection(&self) -> Connection {
        match () {
            () if self.is_signed_out() => Connection::SignedOut,
            () if self.replica.is_online() => Connection::Online,
            () => Connection::Reconnecting,
        }
    }

    /// What keeps this device from the service, while it is kept from it.
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    fn is_signed_out(&self) -> bool {
        matches!(self.trouble, Some(Trouble::SignedOut(_)))
    }

    /// The status that was asked for and is not confirmed, while the service is out of reach. Once the sign-in has
    /// ended it waits no longer: the next one begins with the default (G01).
    pub fn asked(&self) -> Option<StatusId> {
        if self.is_signed_out() { None } else { self.replica.asked() }
    }

    /// Whether the message beside it waits as well.
    pub fn message_waits(&self) -> bool {
        !self.is_signed_out() && self.replica.message_waits()
    }

    /// What others see while the service is out of reach, and since when they do.
    pub fn others_see(&self, now: Timestamp) -> Option<(StatusId, Timestamp)> {
        if self.is_signed_out() { None } else { self.replica.others_see(now) }
    }

    /// How many writes wait for the service's answer.
    pub fn waiting(&self) -> usize {
        self.replica.pending().count()
    }

    /// The file of what waits, and why it can't be used, while it can't.
    pub fn outbox(&self) -> (PathBuf, Option<&str>) {
        (self.folder.join("outbox.db"), self.fault.as_deref())
    }

    /// The service's client, whose address people know it by.
    pub fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// The intervals of a span of the last two days, as corrected.
    pub fn recent(&self, span: &Span) -> Vec<Interval> {
        self.replica.recent(span)
    }

    /// Where what is kept begins; `None` where nothing is.
    pub fn kept_since(&self) -> Option<Timestamp> {
        self.replica.kept_since()
    }

    /// Keeps a notification.
    pub fn hold(&mut self, notice: &Notice, held_as: HeldAs, now: Moment) -> Result<(), NotTaken> {
        let now = self.clock(now);
        // After the sign-in has ended, too: it is sent when the same person signs in again.
        self.take_up(Writing::Hold(Hold { notice: notice.clone(), held_as, at: Some(now.wall) }), now)
    }

    /// What is held.
    pub fn held(&self) -> &[HeldItem] {
        self.replica.held()
    }

    /// A digest has told of what is held up to this number; what came after it was not in it.
    pub fn mark_told(&mut self, up_to: u64) {
        let now = self.clock((self.now)());
        if let Some(write) = self.replica.mark_told(up_to) {
            self.write_as(write, now);
        }
        self.replica.advance(now);
    }

    /// Forgets what is held; how many that were.
    pub fn clear_held(&mut self) -> usize {
        let now = self.clock((self.now)());
        let (write, dropped, count) = self.replica.clear_held();
        for key in &dropped {
            self.settled(key);
        }
        self.link.forget(dropped);
        if let Some(write) = write {
            self.write_as(write, now);
        }
        self.replica.advance(now);
        count
    }

    /// Forgets one of the held; whether it was there.
    pub fn forget_held(&mut self, id: u64) -> bool {
        let now = self.clock((self.now)());
        let found = match self.replica.forget_held(id) {
            Some(Ok(write)) => {
                self.write_as(write, now);
                true
            }
            Some(Err(dropped)) => {
                self.settled(&dropped);
                self.link.forget(vec![dropped]);
                true
            }
            None => false,
        };
        self.replica.advance(now);
        found
    }

    /// The favourites and those awaited, as far as they are known.
    pub fn people(&self) -> &[PersonView] {
        self.replica.people()
    }

    /// What the service told since the last call.
    pub fn take_news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    /// Fetches the intervals of any span.
    pub fn fetch_history(
        &self,
        span: Span,
        then: impl FnOnce(Result<Vec<protocol::Interval>, FetchError>) + Send + 'static,
    ) {
        self.fetch(move |client, token| Box::pin(async move { client.history(&token, &span).await }), then);
    }

    /// Looks for people by their names.
    pub fn fetch_people(
        &self,
        search: String,
        then: impl FnOnce(Result<Vec<PersonView>, FetchError>) + Send + 'static,
    ) {
        self.fetch(move |client, token| Box::pin(async move { client.people(&token, &search).await }), then);
    }

    /// Follows somebody, or no longer, by their name, what they are called, or a part of either that only one has. Their
    /// name is in the answer. It is not kept for later: whoever marks somebody wants to see that it was the right one.
    pub fn follow(
        &self,
        who: String,
        how: Follow,
        on: bool,
        then: impl FnOnce(Result<String, FetchError>) + Send + 'static,
    ) {
        let follow = move |client: Arc<Client>, token: Secret| -> Soon<Result<String, FetchError>> {
            Box::pin(async move {
                let name = meant(&who, client.people(&token, &who).await?)?;
                client.follow(&token, &name, how, on).await?;
                Ok(name)
            })
        };
        self.fetch(follow, then);
    }

    /// Fetches where the person is signed in.
    pub fn fetch_devices(&self, then: impl FnOnce(Result<Vec<DeviceView>, FetchError>) + Send + 'static) {
        self.fetch(move |client, token| Box::pin(async move { client.devices(&token).await }), then);
    }

    /// Signs another device of the person out.
    pub fn revoke(&self, device: String, then: impl FnOnce(Result<(), FetchError>) + Send + 'static) {
        self.fetch(move |client, token| Box::pin(async move { client.revoke(&token, &device).await }), then);
    }

    /// Erases the person's history before now.
    pub fn delete_history(&self, then: impl FnOnce(Result<(), FetchError>) + Send + 'static) {
        let link = self.link.clone();
        let delete = move |client: Arc<Client>, token| -> Soon<Result<(), ClientError>> {
            Box::pin(async move {
                client.delete_history(&token).await?;
                // What is kept here is older than that.
                link.reconnect();
                Ok(())
            })
        };
        self.fetch(delete, then);
    }

    fn fetch<Answer: Send + 'static, Error: Send + 'static>(
        &self,
        ask: impl FnOnce(Arc<Client>, Secret) -> Soon<Result<Answer, Error>> + Send + 'static,
        then: impl FnOnce(Result<Answer, FetchError>) + Send + 'static,
    ) where
        FetchError: From<Error>,
    {
        let (client, tokens) = (Arc::clone(&self.client), Arc::clone(&self.tokens));
        tokio::spawn(async move {
            let answer = async {
                let token = tokens.load().await?;
                Ok(ask(client, token).await?)
            };
            // Somebody waits for the answer: a keyring that prompts, or a network that swallows all, must not keep them.
            then(timeout(ANSWER_WITHIN, answer).await.unwrap_or(Err(FetchError::TooLate)));
        });
    }

    /// Ends for now: the sign-in stays. What waits is sent if that takes no longer than `patience`; out of reach, it
    /// is left to the next start.
    pub async fn close(mut self, patience: Duration) {
        self.link.close(patience).await;
        let now = (self.now)();
        self.advance(now);
        self.save(self.clock(now));
    }

    /// Signs this device out for good, and forgets all that is kept here. The token is for the caller to forget.
    ///
    /// Whether the service heard it is in the answer; this side is signed out in any case.
    pub async fn sign_out(self) -> Result<(), FetchError> {
        let told = match self.tokens.load().await {
            Ok(token) => self.client.sign_out(&token).await.map_err(FetchError::from),
            Err(error) => Err(error.into()),
        };
        self.link.close(Duration::ZERO).await;
        drop(self.outbox);
        Outbox::delete(&self.folder);
        match told {
            // The service had signed it out before.
            Err(FetchError::Client(ClientError::Unauthorized(_))) => Ok(()),
            told => told,
        }
    }
}

/// Whose name was meant, of those who were found by it.
fn meant(who: &str, found: Vec<PersonView>) -> Result<String, FetchError> {
    let wanted = who.trim().to_lowercase();
    let exactly = |by: fn(&PersonView) -> &str| {
        let mut fitting = found.iter().filter(|person| by(person).to_lowercase() == wanted);
        fitting.next().filter(|_| fitting.next().is_none()).map(|person| person.name.clone())
    };
    if let Some(name) = exactly(|person| &person.name).or_else(|| exactly(|person| &person.label)) {
        return Ok(name);
    }
    match <[_; 1]>::try_from(found) {
        Ok([only]) if !wanted.is_empty() => Ok(only.name),
        Ok(_) => Err(FetchError::Nobody(who.to_owned())),
        Err(found) if found.is_empty() || wanted.is_empty() => Err(FetchError::Nobody(who.to_owned())),
        Err(found) => {
            let mut names: Vec<_> =
                found.iter().take(SHOWN).map(|person| format!("{} ({})", person.label, person.name)).collect();
            names.extend((found.len() > SHOWN).then(|| "others".to_owned()));
            Err(FetchError::Several { who: who.to_owned(), names })
        }
    }
}

/// The clock by which this run stamps: the service's, if it was heard since this boot; else one of this device's own,
/// which begins no earlier than the service was last heard.
fn clock(
    outbox: Option<&Outbox>,
    boot_id: &str,
    heard: Option<Timestamp>,
    now: Moment,
    fault: &mut Option<String>,
) -> ServiceClock {
    let clock = ServiceClock::default();
    let kept = outbox.and_then(|outbox| outbox.clock().map_err(|error| note(fault, &error)).ok().flatten());
    match kept.filter(|kept| kept.boot == boot_id && kept.shown.boot <= now.boot) {
        Some(KeptClock { shown, is_services: true, .. }) => clock.set(shown.wall, shown.boot),
        Some(KeptClock { shown, is_services: false, .. }) => clock.begin(shown),
        None => {
            let own = Moment { wall: now.wall.max(heard.unwrap_or(now.wall)), ..now };
            clock.begin(own);
            let kept = KeptClock { boot: boot_id.to_owned(), shown: own, is_services: false };
            if let Some(Err(error)) = outbox.map(|outbox| outbox.save_clock(&kept)) {
                note(fault, &error);
            }
        }
    }
    clock
}

fn note(fault: &mut Option<String>, error: &OutboxError) {
    tracing::error!("{error}");
    *fault = Some(error.cause.clone());
}

#[cfg(test)]
mod tests {
    use protocol::Activity;
    use protocol::service::PublicPresence;

    use super::*;

    fn people(labels: &[(&str, &str)]) -> Vec<PersonView> {
        let presence = || PublicPresence {
            status: "busy".to_owned(),
            color: presence::Color::Red,
            glyph: Policy::genesys().statuses[0].glyph,
            since: Timestamp::UNIX_EPOCH,
            until: None,
            message: None,
            activity: Activity::default(),
        };
        let view = |&(name, label): &(&str, &str)| PersonView {
            name: name.to_owned(),
            label: label.to_owned(),
            group: None,
            presence: presence(),
            favourite: false,
            tell_when_free: false,
        };
        labels.iter().map(view).collect()
    }

    #[test]
    fn g16_whoever_is_meant_is_found_by_name_label_or_a_part_that_only_they_have() {
        let two = [("jonas", "Jonas Ek"), ("jonas2", "Jonas Berg")];
        let name = |who: &str, found: &[(&str, &str)]| meant(who, people(found)).map_err(|error| error.to_string());
        assert_eq!(name("jonas", &two), Ok("jonas".to_owned()), "a name is itself, whatever else begins so");
        assert_eq!(name("jonas berg", &two), Ok("jonas2".to_owned()));
        assert_eq!(name("Ek", &two[..1]), Ok("jonas".to_owned()));
        let several = name("jon", &two).unwrap_err();
        assert!(several.contains("Jonas Ek (jonas), Jonas Berg (jonas2)"), "{several}");
        for (who, found) in [("nobody", &two[..0]), ("", &two[..1]), ("  ", &two[..])] {
            assert!(name(who, found).unwrap_err().starts_with("No one named"), "{who:?}");
        }
    }
}
