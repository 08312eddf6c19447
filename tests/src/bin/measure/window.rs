//! The window: how long until a person sees something in it, and what is left of it when it is closed.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::wait_until;

use crate::bus_peers::BusPeers;
use crate::processes;
use crate::resident::Halo;
use crate::screen::{Screen, Seen};
use crate::table::Table;

const STARTS: usize = 10;
const OPENINGS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(10);
/// After a window has gone, whoever had to do with it may still tidy up.
const SETTLING: Duration = Duration::from_secs(5);
/// The window and the processes of its web view, as far as the system keeps their names.
const NAMES: &[&str] = &["halo-window", "WebKit"];

/// Measures nothing, and says so, where the window is not built.
pub(crate) fn measure(halo: &Halo<'_>, peers: &BusPeers, table: &mut Table) -> Result<()> {
    let program = halo.program.with_file_name("halo-window");
    if !program.exists() {
        println!("note: the window is not built (it needs Node): it is not measured");
        return Ok(());
    }
    let environment = halo.desktop.env();
    let display = environment.iter().find(|(name, _)| name == "DISPLAY").context("the desktop has no display")?;
    let window = Window { halo, program, screen: Screen::open(&display.1)? };
    let (_resident, _) = halo.start(peers)?;
    halo.wait_until_it_answers()?;
    window.is_greeted()?;
    window.delays(table)?;
    window.remains(table)
}

struct Window<'a> {
    halo: &'a Halo<'a>,
    program: PathBuf,
    screen: Screen,
}

impl Window<'_> {
    /// The first start fills caches and greets; nobody is greeted twice.
    fn is_greeted(&self) -> Result<()> {
        let (mut child, _) = self.start()?;
        let seen = self.screen.wait_for_content()?;
        self.halo.desktop.xdotool(&["windowactivate", "--sync", &seen.window.to_string(), "key", "Escape"])?;
        // It is remembered by a process that is told of it.
        thread::sleep(Duration::from_millis(500));
        self.close(seen)?;
        child.wait()?;
        Ok(())
    }

    fn delays(&self, table: &mut Table) -> Result<()> {
        let (mut something, mut status, mut work) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..STARTS {
            let (mut child, before) = self.start()?;
            let seen = self.screen.wait_for_content()?;
            something.push(seen.something.duration_since(before));
            status.push(seen.status.duration_since(before));
            work.push(processes::work(&processes::named(&self.halo.desktop.home(), NAMES)?));
            self.close(seen)?;
            child.wait()?;
        }
        table.add_delay("window, exec to first content", something, 700.0);
        // A wait that only some starts have to make is no matter of the median.
        let slowest = status.iter().max().copied().unwrap_or_default();
        table.add_delay("window, exec to the status", status, 700.0);
        table.add("the slowest of these", slowest.as_secs_f64() * 1000.0, 900.0, "ms");
        table.add_delay("processor time until then", work, 900.0);
        Ok(())
    }

    /// Opened as a person does it, by the resident program, whose memory is looked at before and after.
    fn remains(&self, table: &mut Table) -> Result<()> {
        thread::sleep(SETTLING);
        let before = self.resident_mb()?;
        let mut left = 0;
        for _ in 0..OPENINGS {
            self.screen.forget()?;
            ensure!(self.halo.command(&[]).status()?.success(), "`halo` did not open the window");
            left = left.max(self.close(self.screen.wait_for_content()?)?);
        }
        thread::sleep(SETTLING);
        table.add("processes of the window left when it is closed", f64::from(u32::try_from(left)?), 0.0, "");
        let kept = self.resident_mb()? - before;
        table.add(format!("memory kept after {OPENINGS} windows (PSS)"), kept, 0.2, "MB");
        Ok(())
    }

    /// Starts it as the resident program does; gives the moment before.
    fn start(&self) -> Result<(Child, Instant)> {
        self.screen.forget()?;
        let mut command = self.halo.desktop.command(&self.program);
        command.arg(self.halo.desktop.runtime_dir().join("halo/socket"));
        let log = fs::File::create(self.halo.desktop.log_dir().join("halo-window.log"))?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let before = Instant::now();
        Ok((command.spawn()?, before))
    }

    /// Closes it; gives how many of its processes live on.
    fn close(&self, seen: Seen) -> Result<usize> {
        self.screen.close(seen.window)?;
        let home = self.halo.desktop.home();
        wait_until(PATIENCE, || processes::named(&home, NAMES).is_ok_and(|alive| alive.is_empty()));
        Ok(processes::named(&home, NAMES)?.len())
    }

    fn resident_mb(&self) -> Result<f64> {
        Ok(processes::memory_mb(&processes::named(&self.halo.desktop.home(), &["halo"])?))
    }
}
