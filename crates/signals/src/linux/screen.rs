//! Whether a program keeps the screen on, by whoever keeps the list of such programs on the session bus, or by the
//! compositor. Only while somebody wants to know.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::sleep;
use zbus::{Connection, MatchRule};

use super::bus::Shared;
use super::{bus, wayland};
use crate::environment::Environment;
use crate::handle::Orders;
use crate::health::Board;
use crate::health::SignalKind::Screen;
use crate::idle_port::Again;
use crate::outlet::{Ended, Outlet};
use crate::raw::Raw;
use crate::retry::Retry;

/// Who keeps such a list on the session bus: the first that is there is asked.
struct Keeper {
    name: &'static str,
    interface: &'static str,
    place: &'static str,
    question: &'static str,
    /// The bit of what the question is about, where there are several.
    about: Option<u32>,
    changes: &'static [&'static str],
    /// Whether these signals can be relied on. Where they can't, it is asked at each word on the idle time, and whether a
    /// film is over, as long as one runs.
    tells: bool,
}

const KEEPERS: [Keeper; 3] = [
    // GNOME, MATE, Cinnamon, Budgie. 8: the session must not become idle.
    Keeper {
        name: "org.gnome.SessionManager",
        interface: "org.gnome.SessionManager",
        place: "/org/gnome/SessionManager",
        question: "IsInhibited",
        about: Some(8),
        changes: &["InhibitorAdded", "InhibitorRemoved"],
        tells: true,
    },
    // KDE. 4: the screen must stay on.
    Keeper {
        name: "org.kde.Solid.PowerManagement.PolicyAgent",
        interface: "org.kde.Solid.PowerManagement.PolicyAgent",
        place: "/org/kde/Solid/PowerManagement/PolicyAgent",
        question: "HasInhibition",
        about: Some(4),
        changes: &["InhibitionsChanged"],
        tells: true,
    },
    // Xfce, LXQt. At KDE it is about sleep only, which is why it comes last. Xfce's (4.18) never sends the signal.
    Keeper {
        name: "org.freedesktop.PowerManagement",
        interface: "org.freedesktop.PowerManagement.Inhibit",
        place: "/org/freedesktop/PowerManagement/Inhibit",
        question: "HasInhibit",
        about: None,
        changes: &["HasInhibitChanged"],
        tells: false,
    },
];

/// How often to look whether a film is over, where nothing tells.
const FILM: Duration = Duration::from_secs(10);

/// What a source says.
struct Word {
    /// Its place below.
    source: usize,
    /// The name it goes by.
    name: &'static str,
    kept: bool,
    /// Who asked for it.
    again: Option<Again>,
}

/// Where each source stands in what they say together.
const BUS: usize = 0;
const COMPOSITOR: usize = 1;

/// Listens for as long as anybody wants to hear.
pub(super) async fn run(
    environment: Environment,
    bus: Option<Shared>,
    outlet: Outlet,
    mut orders: watch::Receiver<Orders>,
    mut again: mpsc::Receiver<Again>,
) {
    loop {
        if orders.wait_for(wanted).await.is_err() {
            return;
        }
        let (tx, words) = mpsc::channel(4);
        let voice = |source| Voice { source, board: outlet.board.clone(), words: tx.clone() };
        let (by_bus, by_compositor) = (voice(BUS), voice(COMPOSITOR));
        let sources = async {
            tokio::join!(by_bus.follow_bus(bus.as_ref(), &mut again), by_compositor.follow_compositor(&environment))
        };
        tokio::select! {
            _ = sources => {}
            ended = merge(words, &outlet) => if matches!(ended, Ended::Closed) { return },
            unwanted = orders.wait_for(|orders| !wanted(orders)) => if unwanted.is_err() { return },
            () = outlet.closed() => return,
        }
        outlet.board.unchoose(Screen);
    }
}

fn wanted(orders: &Orders) -> bool {
    orders.arm.screen && !orders.paused
}

/// Passes on what changes of what the sources say together, once each has spoken.
async fn merge(mut words: mpsc::Receiver<Word>, outlet: &Outlet) -> Ended {
    let mut said = [None; 2];
    let mut told = None;
    // Whoever asked again is answered when the word is dropped, after it was passed on.
    while let Some(Word { source, name, kept, again: _again }) = words.recv().await {
        said[source] = Some(kept);
        let [Some(bus), Some(compositor)] = said else { continue };
        let kept = bus || compositor;
        if told.replace(kept) != Some(kept)
            && let Err(ended) = outlet.say(name, Raw::ScreenKept(kept)).await
        {
            return ended;
        }
    }
    Ended::Closed
}

/// One of the sources.
struct Voice {
    source: usize,
    board: Board,
    words: mpsc::Sender<Word>,
}

impl Voice {
    async fn say(&self, name: &'static str, kept: bool) -> Result<(), Ended> {
        self.answer(name, kept, None).await
    }

    async fn answer(&self, name: &'static str, kept: bool, again: Option<Again>) -> Result<(), Ended> {
        let word = Word { source: self.source, name, kept, again };
        self.words.send(word).await.map_err(|_| Ended::Closed)
    }

    async fn follow_bus(&self, bus: Option<&Shared>, again: &mut mpsc::Receiver<Again>) {
        let mut retry = Retry::new();
        while self.is_lost("the session bus", self.listen_on(bus, again, &mut retry).await).await {
            sleep(retry.next()).await;
        }
    }

    async fn follow_compositor(&self, environment: &Environment) {
        let mut retry = Retry::new();
        while self.is_lost(wayland::NAME, self.listen_to(environment, &mut retry).await).await {
            sleep(retry.next()).await;
        }
    }

    /// What can't be heard is not so. False: nobody wants to hear any more.
    async fn is_lost(&self, source: &'static str, ended: Result<Infallible, Ended>) -> bool {
        let Err(Ended::Lost(why)) = ended else { return false };
        self.board.absent(Screen, source, &why, None);
        self.say(source, false).await.is_ok()
    }

    async fn listen_to(&self, environment: &Environment, retry: &mut Retry) -> Result<Infallible, Ended> {
        let why = match wayland::Link::open(environment).await {
            Ok(link) if link.tells_videos_apart() => {
                retry.succeeded();
                self.board.working(Screen, wayland::NAME, "the compositor tells of pauses that a video bridges");
                let mut kept = wayland::Kept::watch(link).await?;
                self.say(wayland::NAME, false).await?;
                loop {
                    self.say(wayland::NAME, kept.next().await?).await?;
                }
            }
            Ok(_) => "this version of it takes a video for input, whether that is wanted or not".to_owned(),
            Err(none) if none.answers => none.why,
            Err(none) => return Err(Ended::Lost(none.why)),
        };
        // It will not learn it.
        self.board.absent(Screen, wayland::NAME, &why, None);
        self.say(wayland::NAME, false).await?;
        std::future::pending().await
    }

    async fn listen_on(
        &self,
        bus: Option<&Shared>,
        again: &mut mpsc::Receiver<Again>,
        retry: &mut Retry,
    ) -> Result<Infallible, Ended> {
        let bus = bus.ok_or_else(|| Ended::Lost("there is no session bus".to_owned()))?;
        let conn = bus.get().await.map_err(Ended::Lost)?;
        let mut messages = bus::listen(&conn, rules()?).await?;
        let mut asked = None;
        loop {
            let (keeper, kept) = ask(&conn, &self.board).await?;
            retry.succeeded();
            self.answer(keeper.map_or("the session bus", |keeper| keeper.name), kept, asked.take()).await?;
            tokio::select! {
                message = bus::next(&mut messages) => drop(message?),
                Some(again) = again.recv() => asked = Some(again),
                () = sleep(FILM), if kept && keeper.is_some_and(|keeper| !keeper.tells) => {}
            }
        }
    }
}

fn rules() -> zbus::Result<Vec<MatchRule<'static>>> {
    let of = |keeper: &'static Keeper| {
        let changes = keeper.changes.iter().map(|change| bus::signal(keeper.name, keeper.interface, change));
        changes.chain([bus::owner_changes(keeper.name)])
    };
    KEEPERS.iter().flat_map(of).collect()
}

/// Asks the first of them that answers.
async fn ask(conn: &Connection, board: &Board) -> Result<(Option<&'static Keeper>, bool), Ended> {
    let mut answer = None;
    for keeper in &KEEPERS {
        let Some(owner) = bus::owner(conn, keeper.name).await? else {
            board.absent(Screen, keeper.name, "no program on the session bus has this name", None);
            continue;
        };
        if answer.is_some() {
            board.absent(Screen, keeper.name, "another one is asked", None);
            continue;
        }
        let (place, interface) = (keeper.place, Some(keeper.interface));
        let asked = match keeper.about {
            Some(bit) => conn.call_method(Some(&owner), place, interface, keeper.question, &bit).await,
            None => conn.call_method(Some(&owner), place, interface, keeper.question, &()).await,
        };
        match asked.and_then(|reply| reply.body().deserialize()) {
            Ok(kept) => {
                board.working(Screen, keeper.name, "it is told by each program that keeps the screen on");
                answer = Some((keeper, kept));
            }
            Err(error) => board.failing(Screen, keeper.name, &format!("it cannot say: {error}"), None),
        }
    }
    Ok(answer.map_or((None, false), |(keeper, kept)| (Some(keeper), kept)))
}
