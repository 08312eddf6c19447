//! Lock and sleep where the system tells of both by notices (Windows, macOS).

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use crate::handle::Orders;
use crate::health::SignalKind::Lock;
use crate::idle_port::Gauge;
use crate::notice::{Held, Notice, PATIENCE};
use crate::outlet::{Ended, Outlet};
use crate::raw::{LockSource, Raw};

/// What is known of the session; `None`: nothing yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) locked: Option<bool>,
    pub(crate) shown: Option<bool>,
}

impl Session {
    /// A session that nobody sees is as good as locked.
    fn is_locked(self) -> Option<bool> {
        if self.shown == Some(false) { Some(true) } else { self.locked }
    }

    /// With what was asked for, as far as there was an answer.
    fn updated(self, asked: Self) -> Self {
        Self { locked: asked.locked.or(self.locked), shown: asked.shown.or(self.shown) }
    }
}

/// Where notices come from.
pub(crate) struct Source {
    /// What tells of the lock, as people look it up, and in words.
    pub(crate) lock: &'static str,
    pub(crate) lock_why: &'static str,
    /// What tells of sleep.
    pub(crate) sleep: &'static str,
    pub(crate) notices: UnboundedReceiver<Notice>,
    /// Asks for the session as it is now.
    pub(crate) ask: fn() -> Session,
}

/// Passes on what a source says, for as long as anybody wants to hear.
pub(crate) async fn run(
    source: Source,
    outlet: Outlet,
    orders: watch::Receiver<Orders>,
    recorded: Arc<Notify>,
    gauge: Gauge,
) {
    let paused = orders.borrow().paused;
    let mut watch = Watch {
        paused,
        source,
        outlet,
        orders,
        recorded,
        gauge,
        session: Session::default(),
        can_ask: false,
        told: None,
        asleep: false,
    };
    // It ends when nobody wants to hear.
    let _ = watch.run().await;
}

struct Watch {
    source: Source,
    outlet: Outlet,
    orders: watch::Receiver<Orders>,
    recorded: Arc<Notify>,
    gauge: Gauge,
    session: Session,
    /// The source has said that it is ready, by a first [`Notice::Look`].
    can_ask: bool,
    /// What was last passed on of the lock.
    told: Option<bool>,
    paused: bool,
    asleep: bool,
}

impl Watch {
    async fn run(&mut self) -> Result<(), Ended> {
        loop {
            tokio::select! {
                notice = self.source.notices.recv() => self.heard(notice.ok_or(Ended::Closed)?).await?,
                changed = self.orders.changed() => {
                    changed.map_err(|_| Ended::Closed)?;
                    self.obey().await?;
                }
                () = self.outlet.closed() => return Err(Ended::Closed),
            }
        }
    }

    async fn heard(&mut self, notice: Notice) -> Result<(), Ended> {
        match notice {
            Notice::Locked(locked) => self.session.locked = Some(locked),
            Notice::Shown(shown) => self.session.shown = Some(shown),
            Notice::Look => return self.look().await,
            Notice::Sleeping(held) => return self.sleeping(held).await,
            Notice::Awake => return self.awake().await,
        }
        self.tell_lock(true).await
    }

    /// Begins or ends a pause, if that is what the orders say.
    async fn obey(&mut self) -> Result<(), Ended> {
        let paused = self.orders.borrow_and_update().paused;
        if std::mem::replace(&mut self.paused, paused) == paused {
            return Ok(());
        }
        self.told = None;
        if paused {
            self.outlet.board.unchoose(Lock);
            return Ok(());
        }
        if self.can_ask { self.look().await } else { Ok(()) }
    }

    async fn look(&mut self) -> Result<(), Ended> {
        let asked = (self.source.ask)();
        self.can_ask = true;
        self.session = self.session.updated(asked);
        if !self.paused {
            let unasked = if asked.locked.is_none() { "; not how it is now" } else { "" };
            self.outlet.board.working(Lock, self.source.lock, &format!("{}{unasked}", self.source.lock_why));
        }
        self.tell_lock(false).await
    }

    async fn tell_lock(&mut self, as_it_happens: bool) -> Result<(), Ended> {
        let locked = self.session.is_locked();
        if self.paused || std::mem::replace(&mut self.told, locked) == locked {
            return Ok(());
        }
        let idle = self.gauge.at_lock(locked, as_it_happens).await;
        self.outlet.say(self.source.lock, Raw::Lock { source: LockSource::Session, locked, idle }).await
    }

    async fn sleeping(&mut self, held: Held) -> Result<(), Ended> {
        if std::mem::replace(&mut self.asleep, true) {
            return Ok(());
        }
        let idle = if self.paused { None } else { self.gauge.read().await };
        let recorded = self.recorded.clone();
        let recorded = recorded.notified();
        tokio::pin!(recorded);
        // From here on a call counts, even one made before it is waited for.
        recorded.as_mut().enable();
        self.outlet.say(self.source.sleep, Raw::Sleep { asleep: true, idle }).await?;
        if timeout(PATIENCE, recorded).await.is_err() {
            tracing::warn!("nobody noted the sleep down in time");
        }
        drop(held);
        Ok(())
    }

    async fn awake(&mut self) -> Result<(), Ended> {
        if std::mem::replace(&mut self.asleep, false) {
            self.outlet.say(self.source.sleep, Raw::Sleep { asleep: false, idle: None }).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc as blocking;
    use std::time::Duration;

    use tokio::sync::mpsc::{self, UnboundedSender};

    use super::*;
    use crate::handle::Handle;
    use crate::idle_port;
    use crate::notice::Listeners;

    const LONG: Duration = Duration::from_secs(5);

    fn open() -> Session {
        Session { locked: Some(false), shown: Some(true) }
    }

    fn unknown() -> Session {
        Session::default()
    }

    struct Desktop {
        handle: Handle,
        system: UnboundedSender<Notice>,
        raws: mpsc::Receiver<Raw>,
    }

    fn desktop(ask: fn() -> Session) -> Desktop {
        let (handle, wires) = Handle::new();
        let (tx, raws) = mpsc::channel(16);
        let (system, notices) = mpsc::unbounded_channel();
        let source = Source { lock: "lock", lock_why: "it tells", sleep: "sleep", notices, ask };
        let (gauge, _) = idle_port::gauge();
        tokio::spawn(run(source, Outlet::new(tx, wires.board), wires.orders, wires.recorded, gauge));
        Desktop { handle, system, raws }
    }

    impl Desktop {
        fn say(&self, notices: impl IntoIterator<Item = Notice>) {
            notices.into_iter().for_each(|notice| self.system.send(notice).unwrap());
        }

        async fn hear(&mut self) -> Raw {
            timeout(LONG, self.raws.recv()).await.unwrap().unwrap()
        }

        async fn hear_lock(&mut self) -> Option<bool> {
            match self.hear().await {
                Raw::Lock { source: LockSource::Session, locked, .. } => locked,
                other => panic!("{other:?}"),
            }
        }

        async fn hear_nothing(&mut self) {
            timeout(Duration::from_millis(30), self.raws.recv()).await.unwrap_err();
        }
    }

    #[tokio::test]
    async fn a_lock_is_told_once_in_order() {
        let mut desktop = desktop(open);
        desktop.say([Notice::Look, Notice::Locked(true), Notice::Locked(true), Notice::Locked(false)]);
        for locked in [false, true, false] {
            assert_eq!(desktop.hear_lock().await, Some(locked));
        }
        desktop.hear_nothing().await;
    }

    #[tokio::test]
    async fn a_session_that_nobody_sees_is_locked_until_it_is_seen_again() {
        let mut desktop = desktop(open);
        desktop.say([Notice::Look, Notice::Shown(false), Notice::Locked(false), Notice::Shown(true), Notice::Look]);
        for locked in [false, true, false] {
            assert_eq!(desktop.hear_lock().await, Some(locked));
        }
        desktop.hear_nothing().await;
    }

    #[tokio::test]
    async fn a_system_that_does_not_say_how_it_is_now_is_unknown_and_heard_from_then_on() {
        let mut desktop = desktop(unknown);
        desktop.say([Notice::Look]);
        desktop.hear_nothing().await;
        desktop.say([Notice::Shown(false), Notice::Shown(true), Notice::Locked(true), Notice::Look]);
        for locked in [Some(true), None, Some(true)] {
            assert_eq!(desktop.hear_lock().await, locked);
        }
        desktop.hear_nothing().await;
    }

    #[tokio::test]
    async fn a_pause_hears_nothing_of_the_lock_and_its_end_asks() {
        let mut desktop = desktop(open);
        desktop.say([Notice::Look]);
        assert_eq!(desktop.hear_lock().await, Some(false));
        desktop.handle.pause(true);
        desktop.hear_nothing().await;
        assert!(!desktop.handle.health()[0].chosen);
        desktop.say([Notice::Locked(true), Notice::Sleeping(blocking::channel().0), Notice::Awake]);
        assert_eq!(desktop.hear().await, Raw::Sleep { asleep: true, idle: None });
        desktop.handle.sleep_recorded();
        assert_eq!(desktop.hear().await, Raw::Sleep { asleep: false, idle: None });
        desktop.handle.pause(false);
        assert_eq!(desktop.hear_lock().await, Some(false));
        assert!(desktop.handle.health()[0].chosen);
    }

    #[tokio::test]
    async fn sleep_waits_until_it_is_noted_down_and_is_told_once() {
        let mut desktop = desktop(open);
        let listeners = Listeners::none();
        listeners.add(desktop.system.clone());
        let sleeping = tokio::task::spawn_blocking(move || listeners.hold_back_sleep());
        assert_eq!(desktop.hear().await, Raw::Sleep { asleep: true, idle: None });
        assert!(!sleeping.is_finished());
        desktop.handle.sleep_recorded();
        timeout(LONG, sleeping).await.unwrap().unwrap();
        desktop.say([Notice::Sleeping(blocking::channel().0), Notice::Awake, Notice::Awake]);
        assert_eq!(desktop.hear().await, Raw::Sleep { asleep: false, idle: None });
        desktop.hear_nothing().await;
    }

    #[test]
    fn sleep_does_not_wait_for_those_who_have_gone() {
        let listeners = Listeners::none();
        listeners.add(mpsc::unbounded_channel().0);
        listeners.hold_back_sleep();
    }
}
