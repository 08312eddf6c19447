//! All devices come back at once, after the service was killed and started again.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::audience::connect;
use crate::dialect::halo::Halo;
use crate::dialect::{ComeBack, Dialect as _, Heard};
use crate::directory::Directory;
use crate::numbers::{count, float};
use crate::plan::Plan;
use crate::servers::Starter;
use crate::socket::Socket;
use crate::table::{Goal, Table};
use crate::tally::add;

/// So long a device waits for its snapshot, as Halo does; then it tries again.
const PATIENCE: Duration = Duration::from_secs(10);

/// The first wait before another try; each further one may be twice as long, up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What somebody is told of a person who is Offline: in a view of a person, and shortly. The policy names the status, too.
const OFFLINE: &[u8] = b"\"presence\":{\"status\":\"offline\"";
const SHORTLY: (&[u8], &[u8]) = (b"{\"shows\":", b"\"status\":\"offline\"");

/// What happens to all devices together.
#[derive(Debug, Default)]
struct Storm {
    /// When the service listened again.
    began: Cell<Option<Instant>>,
    /// How many have had their snapshot since, and when the last of them did.
    back: Cell<u64>,
    last: Cell<Duration>,
    tries: Cell<u64>,
    /// Tries that were answered by when to come back.
    told_when: Cell<u64>,
    /// Tries that were answered by coming back, without a time.
    told: Cell<u64>,
    /// Tries that came to nothing without a word.
    unanswered: Cell<u64>,
    /// How often somebody was told that a person is Offline, as news or in a snapshot.
    offline: Cell<u64>,
}

/// Measures how they connect at first, and how they come back.
pub(crate) async fn measure(plan: &Plan, starter: &Starter, directory: &Directory, table: &mut Table) -> Result<()> {
    let (place, halo) = starter.halo(directory)?;
    let began = Instant::now();
    let before = place.server.work();
    let devices = connect(&halo, &place.server, 0..plan.many, plan.connect_within).await;
    let (many, took) = (devices.len(), began.elapsed().as_secs_f64());
    let all = many == plan.many;
    let only = if all { String::new() } else { format!(" (only {many} came)") };
    let goal = Goal::most(15.0).with_all(all);
    table.add(format!("{} devices connect, {} persons{only}", plan.many, directory.persons()), took, "s", goal);
    let work = (place.server.work() - before) * 1000.0 / count(many);
    table.add("  CPU for each", work, "ms", Goal::None);

    let storm = Rc::new(Storm::default());
    let mut sessions = JoinSet::new();
    for (who, socket) in devices {
        sessions.spawn_local(live(Rc::clone(&storm), Rc::clone(&halo), place.server.at, who, socket));
    }
    sleep(Duration::from_secs(2)).await;
    storm.offline.set(0);
    let killed = Instant::now();
    let place = starter.restart(place)?;
    let restart = killed.elapsed().as_secs_f64();
    let began = Instant::now();
    storm.began.set(Some(began));
    while storm.back.get() < many as u64 && began.elapsed() < plan.storm {
        sleep(Duration::from_millis(20)).await;
    }
    let back = storm.back.get();
    let work = place.server.work();
    // Whoever the service thinks lost is told of within a lease.
    sleep(plan.storm.saturating_sub(began.elapsed())).await;

    let is_whole = all && back == many as u64;
    let took = if back == many as u64 { storm.last.get().as_secs_f64() } else { f64::NAN };
    let what = format!("{many} devices come back at once after a kill: until all have a snapshot ({back} have)");
    table.add(what, took, "s", Goal::most(10.0).with_all(is_whole));
    table.add("  until the service listens again, before that", restart, "s", Goal::None);
    table.add("  CPU of the service until then", work, "s", Goal::None);
    table.add("  tries", float(storm.tries.get()), "", Goal::None);
    table.add("  tries that were told when to come back", float(storm.told_when.get()), "", Goal::None);
    table.add("  tries that were told to come back, and not when", float(storm.told.get()), "", Goal::most(0.0));
    table.add("  tries that came to nothing without a word", float(storm.unanswered.get()), "", Goal::most(0.0));
    let what = format!("  told that somebody is Offline, within {} s", plan.storm.as_secs());
    table.add(what, float(storm.offline.get()), "", Goal::most(0.0));
    Ok(())
}

/// A device: connected until that is lost, and then trying again.
async fn live(storm: Rc<Storm>, halo: Rc<Halo>, at: SocketAddr, who: usize, mut socket: Socket) {
    let mut is_back = false;
    loop {
        listen(&storm, &halo, socket).await;
        socket = come_back(&storm, &halo, at, who).await;
        if let (false, Some(began)) = (is_back, storm.began.get()) {
            is_back = true;
            add(&storm.back, 1);
            storm.last.set(began.elapsed());
        }
    }
}

/// Until the connection is lost.
async fn listen(storm: &Storm, halo: &Halo, mut socket: Socket) {
    loop {
        let (mut taken, mut pongs) = (0, Vec::new());
        while let Some((heard, length)) = halo.split(&socket.coming[taken..]) {
            match heard {
                Heard::Delivery(payload) => add(&storm.offline, offline(payload)),
                Heard::Ping(ping) => pongs.extend(halo.pong(ping)),
                Heard::Closed(..) => return,
                _ => {}
            }
            taken += length;
        }
        socket.coming.drain(..taken);
        let done = if pongs.is_empty() { socket.read().await.map(drop) } else { socket.send(&pongs).await };
        if done.is_err() {
            return;
        }
    }
}

/// Tries until there is a snapshot. Waits as long as the service says, or as Halo does where it says nothing.
async fn come_back(storm: &Storm, halo: &Halo, at: SocketAddr, who: usize) -> Socket {
    let mut longest = FIRST_WAIT;
    loop {
        add(&storm.tries, 1);
        let look = |snapshot: &[u8]| add(&storm.offline, offline(snapshot));
        let wait = match timeout(PATIENCE, halo.begin(at, who, look)).await {
            Ok(Ok(socket)) => return socket,
            Ok(Err(error)) => error.downcast_ref::<ComeBack>().map(|come_back| come_back.after),
            Err(_) => None,
        };
        let count = match wait {
            Some(Some(_)) => &storm.told_when,
            Some(None) => &storm.told,
            None => &storm.unanswered,
        };
        add(count, 1);
        // Not all at the same moment: spread by their numbers, which is as good as by chance.
        let spread = longest.mul_f64(0.5 + lot(who) / 2.0);
        sleep(wait.flatten().map_or(spread, |told| told + spread / 4)).await;
        longest = (longest * 2).min(LONGEST_WAIT);
    }
}

/// A number from nought to one.
fn lot(who: usize) -> f64 {
    count(who * 7919 % 1000) / 1000.0
}

fn offline(payload: &[u8]) -> u64 {
    let count = |what: &[u8]| payload.windows(what.len()).filter(|window| *window == what).count() as u64;
    if payload.starts_with(SHORTLY.0) { count(SHORTLY.1) } else { count(OFFLINE) }
}
