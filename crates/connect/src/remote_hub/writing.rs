//! Writes: what somebody asks for, or the device senses, shows at once, is kept for the case of a crash, and waits for the
//! service's answer.

use jiff::Timestamp;
use presence::{DeskSignal, Moment, What};
use protocol::service::{Hold, Write, Writing};
use protocol::{Change, HeldAs, Notice, Stamped, Trouble};

use super::hub::{RemoteHub, note};
use crate::outbox::{KeptClock, Outbox, OutboxError};
use crate::pending::new_key;

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

impl RemoteHub {
    /// Records what somebody asked for in one. While the service is out of reach it waits, and survives a crash.
    pub fn ask_all(&mut self, whats: Vec<What>, now: Moment) -> Result<(), NotTaken> {
        let now = self.clock(now);
        let changes = whats.into_iter().map(|what| Ok(Stamped { at: now.wall, change: Change::try_from(what)? }));
        let changes: Result<_, protocol::OnlyTheService> = changes.collect();
        let changes = changes.map_err(|_| NotTaken::OnlyTheService)?;
        if let Some(Trouble::SignedOut(why)) = &self.trouble {
            return Err(NotTaken::SignedOut(why.clone()));
        }
        self.take_up(Writing::Changes(changes), now)
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

    pub(super) fn settled(&mut self, key: &str) {
        self.unsaved.retain(|write| write.key != key);
        let removed = self.outbox.as_ref().map(|outbox| outbox.remove(key));
        if let Some(Err(error)) = removed {
            // Sent once more after a start, it is known by its key.
            note(&mut self.fault, &error);
        }
    }

    /// Takes up a write if it can be kept until the service has it; refused if nobody would have it after a crash.
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
    pub(super) fn write(&mut self, what: Writing, now: Moment) {
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
    pub(super) fn try_again(&mut self) {
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

    pub(super) fn save(&mut self, now: Moment) {
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

    /// Keeps a notification.
    pub fn hold(&mut self, notice: &Notice, held_as: HeldAs, now: Moment) -> Result<(), NotTaken> {
        let now = self.clock(now);
        // After the sign-in has ended, too: it is sent when the same person signs in again.
        self.take_up(Writing::Hold(Hold { notice: notice.clone(), held_as, at: Some(now.wall) }), now)
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
}
