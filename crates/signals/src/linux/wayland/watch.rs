//! The time since the last input, of a compositor that tells pauses only.
//!
//! It counts a pause from the last input, or from the moment it was asked to, whichever is later. So it is asked once,
//! before anything depends on it, for pauses of half a minute: while one lasts, the last input is known exactly, and
//! every threshold is reached by a clock of our own; the end of it is input. In between nothing wakes us, however long
//! the person types. Only who waits for the next input in the midst of others asks for a second notification, whose
//! pause is no time at all.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::time::Duration;

use super::link::{Link, Said};
use crate::health::SignalKind::Lock;
use crate::idle_port::IdlePort;
use crate::linux::clock::{self, Alarm};
use crate::outlet::{Ended, lock};
use crate::raw::{LockSource, Raw};
use crate::retry::Retry;

/// The source where there is one of today, as people look it up.
pub(in crate::linux) const NAME: &str = "ext_idle_notifier_v1";
const LOCK_NAME: &str = "hyprland_lock_notifier_v1";

/// Short enough for what is back-dated to it, and long enough not to wake up at every thought of the person.
const PAUSE: Duration = Duration::from_secs(30);

/// What a compositor may take to tell a pause of no time at all.
const NO_TIME: Duration = Duration::from_secs(1);

struct Watch {
    link: Link,
    /// Tells pauses, and their ends.
    pauses: Notification,
    /// Tells the next input; only while there is no pause.
    input: Option<u32>,
    /// The last input, while a pause lasts, as a boot time.
    last_input: Option<Duration>,
    /// Goes off when the threshold is reached, while a pause lasts; else, when there should have been one.
    threshold: Alarm,
    /// What was last passed on of the lock.
    locked: Option<bool>,
    /// The input that is told of is over: another pause has begun.
    gone_again: bool,
    seeded: bool,
}

struct Notification {
    id: u32,
    after: Duration,
}

/// Listens until the compositor is lost, a pause begins or nobody wants to hear.
pub(in crate::linux) async fn run(link: Link, port: &mut IdlePort, retry: &mut Retry) -> Result<Infallible, Ended> {
    let mut watch = Watch::new(link).await?;
    let why = match watch.listen(port, retry).await {
        Err(Ended::Lost(why)) => format!("the Wayland compositor is gone: {why}"),
        other => return other,
    };
    if watch.locked.is_some() {
        port.outlet.board.failing(Lock, LOCK_NAME, &why, None);
        port.outlet.say(LOCK_NAME, lock(LockSource::Compositor, None)).await?;
    }
    Err(Ended::Lost(why))
}

impl Watch {
    async fn new(mut link: Link) -> io::Result<Self> {
        let pauses = Notification { id: link.notify(PAUSE).await?, after: PAUSE };
        Ok(Self {
            link,
            pauses,
            input: None,
            last_input: None,
            threshold: Alarm::new()?,
            locked: None,
            gone_again: false,
            seeded: false,
        })
    }

    async fn listen(&mut self, port: &mut IdlePort, retry: &mut Retry) -> Result<Infallible, Ended> {
        port.take_orders()?;
        let tells_lock = self.link.follow_lock().await?;
        // By then it has said whether it is locked.
        self.link.sync().await?;
        loop {
            tokio::select! {
                said = self.link.next() => {
                    // After a stop of this program, a pause that ended and one that began since come together.
                    let mut news = VecDeque::from([said?]);
                    news.extend(self.link.arrived()?);
                    while let Some(said) = news.pop_front() {
                        self.gone_again = news.contains(&Said::Idled(self.pauses.id));
                        if said == Said::Done {
                            retry.succeeded();
                            self.ready(tells_lock, port).await?;
                        } else {
                            self.heard(said, port).await?;
                        }
                    }
                }
                () = self.threshold.fired() => self.reached(port).await?,
                changed = port.orders.changed() => {
                    changed.map_err(|_| Ended::Closed)?;
                    if port.take_orders()? {
                        if port.answered.is_some() && self.last_input.is_none() {
                            // The pause that was told of is over.
                            self.input(port).await?;
                        }
                        self.arm(port).await?;
                    }
                }
                Some(question) = port.questions.recv() => {
                    // Whoever asked may have stopped waiting.
                    let _ = question.send(self.idle());
                }
                () = port.outlet.closed() => return Err(Ended::Closed),
            }
        }
    }

    /// What there was to say at the start has been said.
    async fn ready(&mut self, tells_lock: bool, port: &mut IdlePort) -> Result<(), Ended> {
        port.outlet.say(self.link.name(), Raw::IdleKnown).await?;
        if tells_lock && self.locked.is_none() {
            self.lock(false, port).await?;
        }
        self.seeded = true;
        self.arm(port).await
    }

    async fn heard(&mut self, said: Said, port: &mut IdlePort) -> Result<(), Ended> {
        match said {
            Said::Idled(id) if id == self.pauses.id => {
                self.last_input = Some(clock::boot().saturating_sub(self.pauses.after));
                self.arm(port).await
            }
            Said::Resumed(id) if id == self.pauses.id => {
                self.last_input = None;
                self.input(port).await?;
                self.arm(port).await
            }
            Said::Idled(id) if Some(id) == self.input => {
                self.threshold.set(None);
                Ok(())
            }
            Said::Resumed(id) if Some(id) == self.input => self.input(port).await,
            Said::Locked(locked) => self.lock(locked, port).await,
            Said::Idled(_) | Said::Resumed(_) | Said::Done => Ok(()),
        }
    }

    /// Sets out for what is asked for and not fulfilled yet.
    async fn arm(&mut self, port: &IdlePort) -> Result<(), Ended> {
        let wanted = port.armed.idle_for;
        self.threshold.set(self.last_input.zip(wanted).map(|(last_input, wanted)| last_input + wanted));
        self.stop_waiting().await?;
        if self.last_input.is_some() {
            // The end of the pause tells of input, too.
            return Ok(());
        }
        let after = wanted.map_or(PAUSE, |wanted| wanted.min(PAUSE));
        if after != self.pauses.after {
            self.link.forget(self.pauses.id).await?;
            self.pauses = Notification { id: self.link.notify(after).await?, after };
        }
        if port.armed.input {
            self.input = Some(self.link.notify(Duration::ZERO).await?);
            if !self.link.tells_videos_apart() {
                self.threshold.set(Some(clock::boot() + NO_TIME));
            }
        }
        Ok(())
    }

    async fn stop_waiting(&mut self) -> Result<(), Ended> {
        if let Some(id) = self.input.take() {
            self.link.forget(id).await?;
        }
        Ok(())
    }

    async fn reached(&mut self, port: &mut IdlePort) -> Result<(), Ended> {
        if self.last_input.is_none() {
            // A pause of no time at all would have begun, but for a video that is taken for input.
            return self.input(port).await;
        }
        if port.armed.idle_for.take().is_some() {
            port.say_idle(self.link.name(), self.idle()).await?;
        }
        Ok(())
    }

    async fn input(&mut self, port: &mut IdlePort) -> Result<(), Ended> {
        self.stop_waiting().await?;
        if port.armed.input {
            let idle = if self.gone_again { self.pauses.after } else { Duration::ZERO };
            port.say_input(self.link.name(), idle).await?;
        }
        Ok(())
    }

    async fn lock(&mut self, locked: bool, port: &IdlePort) -> Result<(), Ended> {
        self.locked = Some(locked);
        port.outlet.board.working(Lock, LOCK_NAME, "the compositor tells when it is locked");
        let idle = (self.seeded && locked).then(|| self.idle());
        port.outlet.say(LOCK_NAME, Raw::Lock { source: LockSource::Compositor, locked: Some(locked), idle }).await
    }

    /// The time since the last input; none, until it is long enough to be told of.
    fn idle(&self) -> Duration {
        self.last_input.map_or(Duration::ZERO, |last_input| clock::boot().saturating_sub(last_input))
    }
}
