//! How long a person waits.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::bus_peers::BusPeers;
use crate::resident::Halo;
use crate::table::Table;
use crate::watch::Watch;

const STARTS: usize = 20;
const LOCKS: usize = 50;
const COMMANDS: usize = 50;

/// From starting the program to its item in the tray, with a database that exists.
pub(crate) fn tray(halo: &Halo<'_>, peers: &BusPeers, table: &mut Table) -> Result<()> {
    let mut delays = Vec::new();
    for _ in 0..STARTS {
        let (resident, delay) = halo.start(peers)?;
        delays.push(delay);
        // It is ended after it has settled, not in the middle of its start.
        halo.wait_until_it_answers()?;
        drop(resident);
    }
    table.add_delay("start to tray item", delays, 20.0);
    Ok(())
}

/// From the screen saver's signal to a line on the output of `halo watch --json`.
pub(crate) fn lock(halo: &Halo<'_>, peers: &BusPeers, table: &mut Table) -> Result<()> {
    let (_resident, _) = halo.start(peers)?;
    halo.wait_until_it_answers()?;
    halo.set_auto_away(true);
    let watch = Watch::start(halo.command(&["watch", "--json"]))?;
    watch.quiet(Duration::from_millis(500));

    let mut delays = Vec::new();
    for _ in 0..LOCKS {
        let sent = peers.set_active(true)?;
        let (seen, _) = watch.next(Duration::from_secs(3)).context("`halo watch --json` said nothing after a lock")?;
        delays.push(seen.duration_since(sent));
        peers.set_active(false)?;
        // Back means unlocked and input after that. The two come by ways of their own: on a busy machine the first input
        // may be heard before the unlocking.
        let moved = |_| halo.move_the_mouse().is_ok() && watch.next(Duration::from_millis(100)).is_some();
        ensure!((0..30).any(moved), "`halo watch --json` said nothing after an unlock");
        watch.quiet(Duration::from_millis(150));
    }
    table.add_delay("lock signal to `halo watch`", delays, 5.0);
    Ok(())
}

/// The whole of `halo status`, from a person's point of view.
pub(crate) fn command(halo: &Halo<'_>, peers: &BusPeers, table: &mut Table) -> Result<()> {
    let (_resident, _) = halo.start(peers)?;
    halo.wait_until_it_answers()?;
    let mut delays = Vec::new();
    for _ in 0..COMMANDS {
        let mut command = halo.command(&["status"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let before = Instant::now();
        let status = command.status()?;
        delays.push(before.elapsed());
        ensure!(status.success(), "`halo status` failed: {status}");
    }
    table.add_delay("`halo status`", delays, 10.0);
    Ok(())
}
