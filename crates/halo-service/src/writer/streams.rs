//! Who listens, and what they are told.
//!
//! While writes are gathered, what devices are to be told waits with them: nobody hears of what isn't kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::ws::Utf8Bytes;
use engine::{Bearer, PersonId, Seat};
use presence::{DeviceId, Timestamp};
use protocol::service::Down;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

/// How many messages a device may fall behind before it has to take a snapshot anew.
const BACKLOG: usize = 256;

/// And how many bytes. What a person holds is told whole each time, and may be megabytes; one message may be longer.
const BACKLOG_BYTES: usize = 4 * 1024 * 1024;

/// A device that listens.
#[derive(Debug)]
struct Stream {
    number: u64,
    messages: mpsc::Sender<Told>,
    /// How many bytes of them it has not taken yet.
    waiting: Arc<AtomicUsize>,
    /// When its sign-in ends, as far as is known.
    ends: Timestamp,
    /// Whether it takes what others show without what it knows.
    takes_short: bool,
}

/// A message as it is sent: written once, however many devices it is for.
#[derive(Debug, Clone)]
pub struct Told {
    text: Utf8Bytes,
    /// Whether nothing comes after it.
    pub is_last: bool,
    waiting: Arc<AtomicUsize>,
}

impl Told {
    /// What is sent. It counts as taken from here on.
    pub fn take(self) -> Utf8Bytes {
        self.waiting.fetch_sub(self.text.len(), Ordering::Relaxed);
        self.text
    }
}

/// All who listen.
#[derive(Debug, Default)]
pub(super) struct Streams {
    by_seat: BTreeMap<Seat, Stream>,
    /// By when the sign-in of each ends.
    by_end: BTreeSet<(Timestamp, Seat)>,
    made: u64,
    /// What is to be told once what was gathered is kept: to which stream of which device.
    held_back: Option<Vec<(Seat, u64, Utf8Bytes)>>,
}

impl Streams {
    pub fn count(&self) -> usize {
        self.by_seat.len()
    }

    /// A device listens from now on; one that did before under the same name is cut off.
    pub fn add(&mut self, bearer: &Bearer, takes_short: bool) -> (u64, mpsc::Receiver<Told>) {
        self.remove(&bearer.seat);
        let (messages, received) = mpsc::channel(BACKLOG);
        self.made += 1;
        let stream = Stream { number: self.made, messages, waiting: Arc::default(), ends: bearer.ends, takes_short };
        self.by_seat.insert(bearer.seat.clone(), stream);
        self.by_end.insert((bearer.ends, bearer.seat.clone()));
        (self.made, received)
    }

    pub fn remove(&mut self, seat: &Seat) {
        if let Some(stream) = self.by_seat.remove(seat) {
            self.by_end.remove(&(stream.ends, seat.clone()));
        }
    }

    /// Which of a device's streams this is; `None` if it doesn't listen.
    pub fn number(&self, seat: &Seat) -> Option<u64> {
        self.by_seat.get(seat).map(|stream| stream.number)
    }

    /// The devices of a person that listen.
    pub fn of(&self, person: PersonId) -> impl Iterator<Item = &Seat> {
        let first = Seat { person, device: DeviceId::from("") };
        self.by_seat.range(first..).map(|(seat, _)| seat).take_while(move |seat| seat.person == person)
    }

    /// Whether anybody of a person's listens.
    pub fn has(&self, person: PersonId) -> bool {
        self.of(person).next().is_some()
    }

    /// The devices whose sign-ins may have ended by now.
    pub fn ending(&self, now: Timestamp) -> Vec<Seat> {
        self.by_end.iter().take_while(|(ends, _)| *ends <= now).map(|(_, seat)| seat.clone()).collect()
    }

    /// Any of the sign-ins may have ended by now.
    pub fn may_end_now(&mut self) {
        self.by_end = self.by_seat.keys().map(|seat| (Timestamp::MIN, seat.clone())).collect();
        for stream in self.by_seat.values_mut() {
            stream.ends = Timestamp::MIN;
        }
    }

    /// A device's sign-in goes on until then.
    pub fn ends(&mut self, seat: &Seat, ends: Timestamp) {
        let Some(stream) = self.by_seat.get_mut(seat) else { return };
        self.by_end.remove(&(stream.ends, seat.clone()));
        stream.ends = ends;
        self.by_end.insert((ends, seat.clone()));
    }

    /// From here on what is to be told is held back.
    pub fn hold_back(&mut self) {
        self.held_back.get_or_insert_default();
    }

    /// Tells what was held back.
    pub fn let_go(&mut self) {
        for (seat, number, text) in self.held_back.take().unwrap_or_default() {
            if self.number(&seat) == Some(number) {
                self.send(&seat, text, false);
            }
        }
    }

    /// What was held back never happened.
    pub fn forget(&mut self) {
        self.held_back = None;
    }

    /// Tells a device something.
    pub fn tell(&mut self, seat: &Seat, text: Utf8Bytes) {
        let Some(number) = self.number(seat) else { return };
        match &mut self.held_back {
            Some(held_back) => held_back.push((seat.clone(), number, text)),
            None => self.send(seat, text, false),
        }
    }

    /// Tells all devices of a person something shortly, if all of them take it so; whether they do.
    pub fn tell_short(&mut self, person: PersonId, text: &Utf8Bytes) -> bool {
        let seats: Vec<_> = self.of(person).cloned().collect();
        let all = seats.iter().all(|seat| self.by_seat.get(seat).is_some_and(|stream| stream.takes_short));
        if all {
            for seat in seats {
                self.tell(&seat, text.clone());
            }
        }
        all
    }

    /// Tells a device the last thing of all, at once, and cuts it off.
    pub fn dismiss(&mut self, seat: &Seat, text: Utf8Bytes) {
        self.send(seat, text, true);
        self.remove(seat);
    }

    /// One that reads too slowly is cut off, so that it takes a snapshot anew.
    fn send(&mut self, seat: &Seat, text: Utf8Bytes, is_last: bool) {
        let Some(stream) = self.by_seat.get(seat) else { return };
        let length = text.len();
        let before = stream.waiting.fetch_add(length, Ordering::Relaxed);
        let too_much = before > 0 && before + length > BACKLOG_BYTES;
        let told = Told { text, is_last, waiting: Arc::clone(&stream.waiting) };
        match stream.messages.try_send(told) {
            Ok(()) if !too_much => {}
            Ok(()) | Err(TrySendError::Full(_)) => {
                tracing::warn!(device = seat.device.as_str(), "a device fell behind and is cut off");
                self.remove(seat);
            }
            // It has hung up, which is about to be heard here.
            Err(TrySendError::Closed(_)) => self.remove(seat),
        }
    }
}

/// A message as it is sent. That plain data can't be written never happens; if it did, the log would say so.
pub(super) fn as_text(message: &Down) -> Option<Utf8Bytes> {
    serde_json::to_string(message).map(Utf8Bytes::from).map_err(|error| tracing::error!("{error}")).ok()
}
