//! How many changes a second are kept for good, and how long one takes: beside what the same disk can do in the same minute.

use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::dialect::halo::Halo;
use crate::dialect::{Dialect as _, Heard};
use crate::directory::Directory;
use crate::numbers::{float, median, percentile};
use crate::plan::Plan;
use crate::servers::Starter;
use crate::socket::Socket;
use crate::sqlite;
use crate::stamp::Stamp;
use crate::table::{Goal, Table};

/// How often the disk is asked for a sync.
const SYNCS: u32 = 200;

/// One publisher writes so often a second: in a hurry, it would use up what one person may have of the service's time.
const PACE: u32 = 20;

/// Measures the disk, raw `SQLite` and the service, in turns.
pub(crate) async fn measure(plan: &Plan, starter: &Starter, directory: &Directory, table: &mut Table) -> Result<()> {
    let (place, halo) = starter.halo(directory)?;
    let at = place.server.at;
    let (mut syncs, mut by_one, mut by_many) = (Vec::new(), Vec::new(), Vec::new());
    let (mut together, mut delays_together, mut alone) = (Vec::new(), Vec::new(), Vec::new());
    let mut work = Vec::new();
    for _ in 0..plan.rounds {
        let folder = starter.folder()?;
        syncs.push(sync(&folder.path().join("synced"))?);
        by_one.push(sqlite::changes_a_second(&folder.path().join("one.db"), 1, plan.writing)?);
        by_many.push(sqlite::changes_a_second(&folder.path().join("many.db"), 64, plan.writing)?);
        let before = place.server.work();
        let mut delays = write(at, &halo, plan.writers, plan.writing, None).await?;
        let changes = float(delays.len() as u64);
        work.push((place.server.work() - before) * 1000.0 / changes);
        together.push(changes / plan.writing.as_secs_f64());
        delays_together.push(percentile(&mut delays, 50));
        let mut delays = write(at, &halo, 1, plan.writing, Some(PACE)).await?;
        alone.push(percentile(&mut delays, 50));
    }
    let (sync, by_many) = (median(syncs), median(by_many));
    let writers = plan.writers;
    table.add("one sync of 4 KiB added to a file on this disk: p50", sync, "ms", Goal::None);
    table.add("raw SQLite, one change a commit", median(by_one), "/s", Goal::None);
    table.add("raw SQLite, 64 changes a commit", by_many, "/s", Goal::None);
    let goal = Goal::least_times(0.6, by_many, "raw SQLite, 64");
    table.add(format!("halo, {writers} publishers, each one write in flight: changes"), median(together), "/s", goal);
    table.add("  from the write to its answer: p50", median(delays_together), "ms", Goal::None);
    table.add("  CPU for each", median(work), "ms", Goal::None);
    let goal = Goal::most_times(1.5, sync, "one sync");
    table.add("halo, one publisher: from the write to its answer, p50", median(alone), "ms", goal);
    Ok(())
}

/// The time of one sync of what was added to a file, in milliseconds.
fn sync(path: &Path) -> Result<f64> {
    let mut file = File::create_new(path)?;
    let mut once = || -> Result<f64> {
        let began = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        Ok(began.elapsed().as_secs_f64() * 1000.0)
    };
    let times: Result<Vec<_>> = (0..SYNCS).map(|_| once()).collect();
    Ok(median(times?))
}

/// Has so many devices write their own message, each the next one when the last is done, or so many a second. How long
/// each took, in microseconds.
async fn write(
    at: SocketAddr,
    halo: &Rc<Halo>,
    writers: usize,
    lasts: Duration,
    pace: Option<u32>,
) -> Result<Vec<u32>> {
    let mut devices = Vec::new();
    for who in 0..writers {
        devices.push((who, halo.begin(at, who, |_| ()).await?));
    }
    let mut writing = JoinSet::new();
    let until = Instant::now() + lasts;
    for (who, mut socket) in devices {
        let halo = Rc::clone(halo);
        writing.spawn_local(async move {
            let mut pace = pace.map(|pace| interval(Duration::from_secs(1) / pace));
            if let Some(pace) = &mut pace {
                pace.set_missed_tick_behavior(MissedTickBehavior::Skip);
            }
            let mut delays = Vec::new();
            for sequence in 0.. {
                if let Some(pace) = &mut pace {
                    pace.tick().await;
                }
                let began = Instant::now();
                if began >= until {
                    break;
                }
                let message = Stamp::message(who, sequence);
                socket.send(&halo.publication(who, sequence, &message)).await?;
                until_done(&halo, &mut socket).await?;
                delays.push(u32::try_from(began.elapsed().as_micros())?);
            }
            anyhow::Ok(delays)
        });
    }
    let mut delays = Vec::new();
    while let Some(written) = writing.join_next().await {
        delays.extend(written?.context("a write")?);
    }
    Ok(delays)
}

async fn until_done(halo: &Halo, socket: &mut Socket) -> Result<()> {
    loop {
        while let Some((heard, length)) = halo.split(&socket.coming) {
            let is_done = heard == Heard::Done;
            match heard {
                Heard::Closed(code, _) => bail!("closed by {code}"),
                Heard::Ping(ping) => {
                    let answer = halo.pong(ping);
                    socket.coming.drain(..length);
                    socket.send(&answer).await?;
                }
                _ => drop(socket.coming.drain(..length)),
            }
            if is_done {
                return Ok(());
            }
        }
        socket.read().await?;
    }
}
