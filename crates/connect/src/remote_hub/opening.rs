//! The beginning: what an earlier run left behind is taken up, and the connection begun.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use presence::{DeviceId, Moment, Policy};
use tokio::sync::mpsc;

use super::hub::{RemoteHub, note};
use crate::client::Client;
use crate::clock::ServiceClock;
use crate::link::{self, LinkSetup, Timing};
use crate::outbox::{KeptClock, Outbox};
use crate::replica::Replica;
use crate::tokens::Tokens;

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
    /// Called from the runtime's thread once there is something to [`RemoteHub::advance`] for.
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// How long is waited for what.
    pub timing: Timing,
}

impl RemoteHub {
    /// Takes up what an earlier run left behind and begins to connect. To be called within a tokio runtime.
    pub fn open(setup: Setup) -> Self {
        let now = (setup.now)();
        let mut fault = None;
        let mut outbox = Outbox::open(&setup.folder).map_err(|error| note(&mut fault, &error)).ok();
        let left = outbox.as_ref().and_then(|outbox| outbox.load().map_err(|error| note(&mut fault, &error)).ok());
        let writes = outbox.as_ref().and_then(|outbox| outbox.all().map_err(|error| note(&mut fault, &error)).ok());
        let writes = writes.unwrap_or_default();
        let account = format!("{} {}", setup.name, setup.client.addresses().main());
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
            unknown: BTreeMap::new(),
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
