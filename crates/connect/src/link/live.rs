//! The service is connected: what it says is heard, what is written is sent, until one side ends it.

use std::time::Duration;

use jiff::Timestamp;
use protocol::service::{
    Down, Hello, OLDEST_STREAM_VERSION, OwnClock, STREAM_VERSION, Snapshot, Up, Write, capabilities,
};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::carried::{Command, Entered, Event, Link, LinkSetup, Terms};
use super::state::{Order, State};
use super::timing::Why;
use crate::stream::{Ended, Received, Stream};

/// Until a service has said how long its leases are.
const LOST_AFTER: Duration = Duration::from_secs(45);

/// The most that a hello brings of what was asked for meanwhile, in bytes: a service takes a megabyte at once.
const LONGEST_HELLO: usize = 512 * 1024;

pub(super) struct Live {
    stream: Stream,
    began: Instant,
    /// How many attempts failed since the last good connection before this one.
    failures: u32,
}

/// What ended a connection that had not broken.
enum Over {
    SignedOut,
    Ordered(Order),
}

impl Live {
    pub(super) fn new(link: &Link, stream: Stream, failures: u32) -> Self {
        link.setup.clock.heard((link.setup.now)().boot);
        Self { stream, began: Instant::now(), failures }
    }

    pub(super) async fn stay(mut self, link: &mut Link) -> Entered {
        let over = self.converse(link).await;
        let heard = link.setup.clock.last_heard().unwrap_or_else(|| (link.setup.now)().boot);
        let lost = |why, closed| Event::Lost { why, heard, closed };
        match over {
            Ok(Over::SignedOut) => (State::SignedOut, Some(lost(None, true))),
            Ok(Over::Ordered(Order::Reconnect)) => (Order::Reconnect.obey(None), Some(lost(None, true))),
            Ok(Over::Ordered(Order::End(done))) => {
                self.stream.close().await;
                (State::Ending(done), Some(lost(None, true)))
            }
            Err(Ended { why, closed, told }) => {
                tracing::info!("disconnected: {why}");
                let steady = self.began.elapsed() >= link.setup.timing.steady_after;
                let failures = if steady { 0 } else { self.failures + 1 };
                let state = match told {
                    Some(told) => State::Waiting { why: Why::Told(told), failures },
                    // A service that says goodbye to one that was connected for long is there again at once, or soon.
                    None if steady && closed => State::Connecting { failures, token_changed: None },
                    None => State::Waiting { why: Why::OutOfReach, failures },
                };
                (state, Some(lost(Some(why), closed)))
            }
        }
    }

    async fn converse(&mut self, link: &mut Link) -> Result<Over, Ended> {
        let now = Instant::now();
        self.greet(link, now).await?;
        // Whether the hello was answered, by the snapshot.
        let mut greeted = false;
        let mut heard = now;
        let mut closing: Option<(Instant, oneshot::Sender<()>)> = None;
        loop {
            if let Some((_, done)) =
                closing.take_if(|(until, _)| link.unanswered.is_empty() || *until <= Instant::now())
            {
                return Ok(Over::Ordered(Order::End(Some(done))));
            }
            let overdue = link.overdue(heard, (!greeted).then_some(now));
            let deadline = closing.as_ref().map_or(overdue, |(until, _)| overdue.min(*until));
            tokio::select! {
                received = self.stream.next() => {
                    heard = Instant::now();
                    link.setup.clock.heard((link.setup.now)().boot);
                    match received? {
                        Received::Said(said) => {
                            let signed_out = matches!(said, Down::SignedOut(_));
                            greeted |= matches!(said, Down::Snapshot(_));
                            link.hear(said);
                            if signed_out {
                                return Ok(Over::SignedOut);
                            }
                        }
                        Received::Ping(Some(clock)) => link.told_the_time(clock),
                        Received::Unknown(kind) => link.tell(Event::Unknown(format!("the message {kind}"))),
                        Received::Ping(None) | Received::Noise => {}
                    }
                }
                command = link.commands.recv() => match command {
                    Some(Command::Write(write)) => {
                        let up = Up::Write((*write).clone());
                        link.unanswered.push_back((*write, Instant::now()));
                        self.stream.send(&up).await?;
                    }
                    Some(Command::Close { patience, done }) => closing = Some((Instant::now() + patience, done)),
                    other => if let Some(order) = link.take(other) {
                        return Ok(Over::Ordered(order));
                    },
                },
                () = sleep_until(deadline) => {
                    if overdue <= Instant::now() {
                        return Err(Ended::broken("The service doesn't answer any more".to_owned()));
                    }
                }
            }
        }
    }

    /// Says hello, with what waits for an answer.
    async fn greet(&mut self, link: &mut Link, now: Instant) -> Result<(), Ended> {
        link.unanswered.iter_mut().for_each(|(_, since)| *since = now);
        let (first, rest) = link.in_hello();
        let now_shown = link.setup.clock.at((link.setup.now)()).wall;
        let hello = Hello {
            version: STREAM_VERSION,
            oldest: Some(OLDEST_STREAM_VERSION),
            capabilities: capabilities(),
            boot: link.setup.boot_id.clone(),
            starts: link.terms.is_none(),
            writes: first,
            own_clock: link.setup.clock.own().map(|own| OwnClock { shows: now_shown, since: own.wall }),
        };
        self.stream.send(&Up::Hello(hello)).await?;
        // They are answered after the snapshot, in order.
        for write in rest {
            self.stream.send(&Up::Write(write)).await?;
        }
        Ok(())
    }
}

impl Link {
    /// What is not answered yet: as much of it as a hello takes, and the rest.
    fn in_hello(&self) -> (Vec<Write>, Vec<Write>) {
        let mut all: Vec<_> = self.unanswered.iter().map(|(write, _)| write.clone()).collect();
        let mut bytes = 0;
        let fits = all.iter().take_while(|write| {
            bytes += serde_json::to_vec(write).map_or(0, |json| json.len());
            bytes <= LONGEST_HELLO
        });
        let rest = all.split_off(fits.count());
        (all, rest)
    }

    /// When something that must come by then will not have come.
    fn overdue(&self, heard: Instant, hello: Option<Instant>) -> Instant {
        let write = self.unanswered.front().map(|(_, since)| *since);
        let answers = hello.into_iter().chain(write).map(|since| since + self.setup.timing.answer_within);
        let lost_after = self.terms.map_or(LOST_AFTER, |terms| terms.lost_after);
        answers.fold(heard + lost_after, Instant::min)
    }

    fn hear(&mut self, said: Down) {
        match &said {
            Down::Snapshot(snapshot) => self.take_terms(snapshot),
            Down::Done(key) | Down::Refused { key, .. } => {
                self.unanswered.retain(|(write, _)| write.key != *key);
                // The service is at work: the next one has its time from now on.
                if let Some((_, since)) = self.unanswered.front_mut() {
                    *since = Instant::now();
                }
            }
            _ => {}
        }
        self.tell(Event::Heard(Box::new(said)));
    }

    fn take_terms(&mut self, snapshot: &Snapshot) {
        let lost_after = Duration::from_secs(snapshot.lease.lost_seconds.into());
        self.terms = Some(Terms { lost_after, expires_at: snapshot.expires_at });
        self.told_the_time(snapshot.now);
    }

    fn told_the_time(&mut self, now: Timestamp) {
        self.setup.clock.set(now, (self.setup.now)().boot);
        if let Some(terms) = self.terms {
            let LinkSetup { client, tokens, .. } = &self.setup;
            self.renewal.begin_if_due(terms.expires_at.duration_since(now), client, tokens);
        }
    }
}
