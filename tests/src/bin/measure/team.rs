//! What a team's service adds: memory and wake-ups of a device that is signed in, and the way from one device to
//! another. The service runs on this machine, so that the network is nobody's.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::TeamService;

use crate::bus_peers::BusPeers;
use crate::resident::Halo;
use crate::rest::{self, Rest};
use crate::table::Table;
use crate::watch::Watch;

/// Who is signed in.
const NAME: &str = "ada";
/// More than this, signed in, would be felt.
const MORE_MEMORY_MB: f64 = 4.0;
/// The shortest time between two pings of the service, by the shipped policy: 20 s, and 15% less by chance.
const PING_SECONDS: f64 = 0.85 * 20.0;
/// Input may be heard before the unlocking: it is given again and again.
const TRIED: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(3);

/// The cost of being signed in, beyond that of running `embedded`.
pub(crate) fn rest(
    halo: &Halo<'_>,
    peers: &BusPeers,
    embedded: &Rest,
    watched: Duration,
    table: &mut Table,
) -> Result<()> {
    let service = TeamService::start(&[NAME]);
    let (resident, _) = halo.start(peers)?;
    halo.command_line().sign_in(&service, NAME);
    // Anew, as after a log-in of somebody who is signed in.
    drop(resident);
    let (_resident, _) = halo.start(peers)?;
    halo.command_line().until_connected();
    let signed_in = rest::watch(&halo.desktop.home(), watched)?;
    halo.command_line().until_connected();

    let what =
        format!("more memory (PSS) signed in ({:.2} MB) than not ({:.2} MB)", signed_in.memory_mb, embedded.memory_mb);
    table.add(what, signed_in.memory_mb - embedded.memory_mb, MORE_MEMORY_MB, "MB");
    // Being put off the processor by another program is no waking up.
    let wake_ups = |rest: &Rest| f64::from(rest.switches) - f64::from(rest.forced);
    let what = format!(
        "more wake-ups in {} s signed in ({} switches, {} of them forced) than not ({})",
        watched.as_secs(),
        signed_in.switches,
        signed_in.forced,
        embedded.switches
    );
    let more = wake_ups(&signed_in) - wake_ups(embedded);
    // One at each ping; one may be at the edge.
    let pings = (watched.as_secs_f64() / PING_SECONDS).ceil();
    table.add(what, more, pings + 1.0, "");
    halo.command_line().expect(&["sign-out"]);
    Ok(())
}

/// From the screen saver's signal on one device to a line of `halo watch --json` on another of the same person.
///
/// A person who still uses one device is not away. So the other one is locked before, and stays so.
pub(crate) fn lock(halo: &Halo<'_>, peers: &BusPeers, locks: usize, table: &mut Table) -> Result<()> {
    let mut other_desktop = crate::desktop()?;
    let _logind = other_desktop.start_logind_mock()?;
    let other_desk = BusPeers::open(&other_desktop.session_bus().address())?;
    let other = Halo { program: halo.program.clone(), desktop: &other_desktop };
    let service = TeamService::start(&[NAME]);
    let (_resident, _) = halo.start(peers)?;
    halo.wait_until_it_answers()?;
    halo.set_auto_away(true);
    let (_other_resident, _) = other.start(&other_desk)?;
    for one in [halo, &other] {
        one.wait_until_it_answers()?;
        one.command_line().sign_in(&service, NAME);
    }
    let watch = Watch::start(other.command(&["watch", "--json"]))?;
    watch.quiet(Duration::from_millis(500));
    other_desk.set_active(true)?;
    watch.quiet(Duration::from_millis(500));

    let mut delays = Vec::new();
    for _ in 0..locks {
        let sent = peers.set_active(true)?;
        let read = watch.until_status("away", PATIENCE).context("after a lock on the other device")?;
        delays.push(read.duration_since(sent));
        peers.set_active(false)?;
        let moved = |_| halo.move_the_mouse().is_ok() && watch.until_status("available", TRIED).is_ok();
        ensure!((0..30).any(moved), "nobody came back after an unlock on the other device");
        watch.quiet(Duration::from_millis(150));
    }
    table.add_delay("lock signal to `halo watch` on another device", delays, 15.0);
    halo.command_line().expect(&["sign-out"]);
    Ok(())
}
