//! Which source of the idle time is listened to: the first of these that works, by trying. One that sees only part of
//! the input never comes before one that sees it all.

use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

use tokio::time::sleep;

use super::arrivals::Arrivals;
use super::bus::Shared;
use super::helper::Helper;
use super::idle_hint::Hint;
use super::login_session::Hints;
use super::mutter::Monitor;
use super::session_idle::Saver;
use super::xlink::{Connector, NoLink};
use super::{idle_hint, mutter, wayland, xlink, xsync};
use crate::environment::Environment;
use crate::health::Board;
use crate::health::SignalKind::Idle;
use crate::idle_port::IdlePort;
use crate::outlet::Ended;
use crate::polled;
use crate::polled::Asked as _;
use crate::retry::Retry;

const NO_DISPLAY: &str = "Start Halo from the desktop session, where WAYLAND_DISPLAY or DISPLAY names the display.";
const NO_NOTIFIER: &str = "Update the desktop or sign in to another one, or let the screen lock tell when you leave.";
const NO_BUS: &str = "Start Halo from the desktop session, where DBUS_SESSION_BUS_ADDRESS names the bus.";
const NO_HELPER: &str = "Install halo-idle beside Halo, from the same build.";

/// What a compositor that has just come needs to get ready.
const SETTLING: Duration = Duration::from_secs(1);

pub(super) struct Chain {
    environment: Environment,
    x: Option<Connector>,
    session_bus: Option<Shared>,
    system_bus: Option<Shared>,
}

/// What came of trying, where no source was listened to until its end.
enum Outcome {
    /// None can be listened to, for these reasons.
    Refused(String),
    /// A better one has come meanwhile.
    Outdone,
}

/// What the X server said, where there is one to ask.
type X = Option<Result<xlink::Link, NoLink>>;

impl Chain {
    pub(super) fn new(environment: Environment, session_bus: Option<Shared>, system_bus: Option<Shared>) -> Self {
        let x = environment.display.clone().map(Connector::new);
        Self { environment, x, session_bus, system_bus }
    }

    /// Whether there is nothing in the environment for which waiting would help.
    pub(super) fn is_hopeless(&self) -> bool {
        let Environment { display, wayland_display, runtime_dir, .. } = &self.environment;
        let display = display.is_some() || wayland_display.is_some() || runtime_dir.is_some();
        !display && self.session_bus.is_none() && self.system_bus.is_none()
    }

    /// Listens to the best source until it is lost, or says why there is none.
    pub(super) async fn listen(&mut self, port: &mut IdlePort, retry: &mut Retry) -> Ended {
        loop {
            match self.try_each(port, retry).await {
                Ok(Outcome::Outdone) => {}
                Ok(Outcome::Refused(why)) => return Ended::Lost(why),
                Err(ended) => return ended,
            }
        }
    }

    /// Tries one after the other; the error is the end of the one that was listened to.
    async fn try_each(&mut self, port: &mut IdlePort, retry: &mut Retry) -> Result<Outcome, Ended> {
        let mut refusals = Refusals { board: port.outlet.board.clone(), why: Vec::new(), may_answer: false };
        // A display that nobody named may be one in a window of another: an X server that is real goes before it.
        let mut x = None;
        if self.environment.wayland_display.is_none() {
            x = self.open_x(port).await?;
        }
        let wayland_answers = if matches!(x, Some(Ok(_) | Err(NoLink::NoCounter(_)))) {
            refusals.board.absent(Idle, wayland::NAME, "the X server of this session hears all input", None);
            false
        } else {
            self.try_wayland(&mut refusals, port, retry).await?
        };
        self.try_mutter(&mut refusals, port, retry).await?;
        if wayland_answers {
            let why = "a Wayland session hides most input from X11 clients";
            refusals.board.absent(Idle, xsync::NAME, why, None);
        } else {
            if x.is_none() {
                x = self.open_x(port).await?;
            }
            self.try_x(x, &mut refusals, port, retry).await?;
        }
        let outdone =
            self.try_saver(&mut refusals, port, retry).await? || self.try_hint(&mut refusals, port, retry).await?;
        Ok(if outdone { Outcome::Outdone } else { Outcome::Refused(refusals.why.join("; ")) })
    }

    async fn open_x(&mut self, port: &mut IdlePort) -> Result<X, Ended> {
        match &mut self.x {
            Some(connector) => port.meanwhile(connector.open()).await.map(Some),
            None => Ok(None),
        }
    }

    /// Comes back with whether there is a compositor, though it tells nothing.
    async fn try_wayland(
        &self,
        refusals: &mut Refusals,
        port: &mut IdlePort,
        retry: &mut Retry,
    ) -> Result<bool, Ended> {
        match port.meanwhile(wayland::Link::open(&self.environment)).await? {
            Ok(link) => {
                let name = link.name();
                refusals.board.working(Idle, name, link.why());
                refusals.ended(name, wayland::run(link, port, retry).await)
            }
            Err(wayland::NoLink { why, answers }) => {
                refusals.may_answer |= !answers && self.environment.wayland_display.is_some();
                refusals.add(wayland::NAME, why, if answers { NO_NOTIFIER } else { NO_DISPLAY });
                Ok(answers)
            }
        }
    }

    async fn try_mutter(&self, refusals: &mut Refusals, port: &mut IdlePort, retry: &mut Retry) -> Result<(), Ended> {
        let Some(bus) = &self.session_bus else {
            refusals.board.absent(Idle, mutter::NAME, "there is no session bus", Some(NO_BUS));
            return Ok(());
        };
        match port.meanwhile(Monitor::open(bus)).await? {
            Ok((monitor, seed)) => {
                refusals.board.working(Idle, mutter::NAME, "GNOME's compositor tells when the idle time is reached");
                refusals.ended(mutter::NAME, monitor.run(seed, port, retry).await)
            }
            Err(ended) => refusals.refused(mutter::NAME, ended),
        }
    }

    async fn try_x(&self, x: X, refusals: &mut Refusals, port: &mut IdlePort, retry: &mut Retry) -> Result<(), Ended> {
        let no_events = match x {
            Some(Ok(link)) if !self.environment.force_idle_helper => {
                refusals.board.working(Idle, xsync::NAME, "the X server tells when the idle time is reached");
                return refusals.ended(xsync::NAME, xsync::run(link, port, retry).await);
            }
            Some(Ok(_)) => "the helper is asked instead, as configured".to_owned(),
            Some(Err(NoLink::NoCounter(why))) => why,
            Some(Err(NoLink::Server(why))) => {
                refusals.may_answer = true;
                refusals.add(xsync::NAME, why, NO_DISPLAY);
                return Ok(());
            }
            Some(Err(NoLink::Wayland)) => {
                let why = "this X server is Xwayland, which hears only part of the input";
                refusals.add(xsync::NAME, why.to_owned(), NO_NOTIFIER);
                return Ok(());
            }
            None => {
                refusals.add(xsync::NAME, "there is no X display".to_owned(), NO_DISPLAY);
                return Ok(());
            }
        };
        refusals.board.absent(Idle, xsync::NAME, &no_events, None);
        self.try_helper(refusals, port, retry).await
    }

    async fn try_helper(&self, refusals: &mut Refusals, port: &mut IdlePort, retry: &mut Retry) -> Result<(), Ended> {
        let display = self.environment.display.clone().unwrap_or_default();
        let helper = match Helper::find(&self.environment, display) {
            Ok(helper) => helper,
            Err(why) => {
                refusals.fails(Helper::NAME, why, NO_HELPER);
                return Ok(());
            }
        };
        match polled::run(&helper, port, retry).await {
            Ok(never) => match never {},
            Err(Ended::Lost(why)) => {
                refusals.fails(Helper::NAME, why, NO_HELPER);
                Ok(())
            }
            Err(ended) => Err(ended),
        }
    }

    /// The last two come back with whether a better one has come.
    async fn try_saver(
        &mut self,
        refusals: &mut Refusals,
        port: &mut IdlePort,
        retry: &mut Retry,
    ) -> Result<bool, Ended> {
        let Some(bus) = &self.session_bus else { return Ok(false) };
        let saver = match port.meanwhile(Saver::open(bus)).await? {
            Ok(saver) => saver,
            Err(ended) => return refusals.refused(Saver::NAME, ended).map(|()| false),
        };
        tokio::select! {
            ended = polled::run(&saver, port, retry) => refusals.ended(Saver::NAME, ended),
            () = self.outdone(refusals.may_answer) => Ok(refusals.outdone(Saver::NAME)),
        }
    }

    async fn try_hint(
        &mut self,
        refusals: &mut Refusals,
        port: &mut IdlePort,
        retry: &mut Retry,
    ) -> Result<bool, Ended> {
        let Some(bus) = &self.system_bus else { return Ok(false) };
        let mut hint = match port.meanwhile(Hint::open(bus, &Hints::of(&self.environment))).await? {
            Ok(hint) => hint,
            Err(ended) => return refusals.refused(idle_hint::NAME, ended).map(|()| false),
        };
        let nothing_else = refusals.why.join("; ");
        tokio::select! {
            ended = hint.run(&nothing_else, port, retry) => refusals.ended(idle_hint::NAME, ended),
            () = self.outdone(refusals.may_answer) => Ok(refusals.outdone(idle_hint::NAME)),
        }
    }

    /// Waits until a better source than those that are the last resort can be listened to. `may_answer`: one is
    /// there, and does not.
    async fn outdone(&mut self, may_answer: bool) {
        let runtime_dir = self.environment.runtime_dir.as_deref().map(Path::to_owned);
        let mut arrivals = Arrivals::watch(runtime_dir.as_deref(), self.session_bus.as_ref()).await;
        let mut retry = Retry::new();
        loop {
            tokio::select! {
                () = arrivals.next() => {}
                () = sleep(retry.next()), if may_answer => {}
            }
            // Its socket is there before it listens.
            sleep(SETTLING).await;
            if self.has_better().await {
                return;
            }
        }
    }

    async fn has_better(&mut self) -> bool {
        let wayland_answers = match wayland::Link::open(&self.environment).await {
            Ok(_) => return true,
            Err(none) => none.answers,
        };
        if let Some(bus) = &self.session_bus
            && Monitor::open(bus).await.is_ok()
        {
            return true;
        }
        match &mut self.x {
            Some(connector) if !wayland_answers => connector.open().await.is_ok(),
            _ => false,
        }
    }
}

/// Says on the board why each source is not listened to, and keeps what a person must know if none is.
struct Refusals {
    board: Board,
    why: Vec<String>,
    /// A display that was named does not answer, and may do so later.
    may_answer: bool,
}

impl Refusals {
    fn add(&mut self, source: &str, why: String, advice: &str) {
        self.board.absent(Idle, source, &why, Some(advice));
        self.why.push(why);
    }

    fn refused(&self, source: &str, ended: Ended) -> Result<(), Ended> {
        let Ended::Lost(why) = ended else { return Err(ended) };
        self.board.absent(Idle, source, &why, None);
        Ok(())
    }

    fn fails(&mut self, source: &str, why: String, advice: &str) {
        self.board.failing(Idle, source, &why, Some(advice));
        self.why.push(why);
    }

    /// A source that was listened to is no more.
    fn ended<T>(&self, source: &str, ended: Result<Infallible, Ended>) -> Result<T, Ended> {
        let ended = match ended {
            Ok(never) => match never {},
            Err(ended) => ended,
        };
        if let Ended::Lost(why) = &ended {
            self.board.failing(Idle, source, why, None);
        }
        Err(ended)
    }

    fn outdone(&self, source: &str) -> bool {
        self.board.absent(Idle, source, "there is a better one", None);
        true
    }
}
