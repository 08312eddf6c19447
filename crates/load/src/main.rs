//! Measures a team's service under load, and holds it against the goals. Run it by `cargo xtask bench service`.
//!
//! This program is the clients, on one thread; each server is a process of its own, whose processor time is read from
//! outside. Beside Halo's service, servers that do the same work and less: what they cost in the same run is what the goals
//! are reckoned from, so that a slow or busy machine is no excuse and a fast one no merit. **It must not know** how the
//! service works inside: it fills a data folder by the engine's own methods, and speaks the protocol.

mod audience;
mod dialect;
mod directory;
mod floor;
mod limits;
mod numbers;
mod plan;
mod process;
mod rows {
    pub(crate) mod asks;
    pub(crate) mod durable;
    pub(crate) mod fan_out;
    pub(crate) mod growth;
    pub(crate) mod storm;
}
mod servers;
mod socket;
mod sqlite;
mod stamp;
mod table;
mod tally;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use tokio::task::LocalSet;

use crate::directory::{Directory, PUBLISHERS};
use crate::plan::Plan;
use crate::servers::Starter;
use crate::table::Table;

const USAGE: &str = "usage: load PATH-OF-HALO-SERVICE RESULTS.json [--quick]";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let measured = match arguments[..] {
        ["floor", at] => at.parse().context(USAGE).and_then(floor::serve).map(|()| true),
        [service, results] => measure(service, results, &Plan::full()),
        [service, results, "--quick"] => measure(service, results, &Plan::quick()),
        _ => bail_with(USAGE),
    };
    match measured {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn bail_with(why: &str) -> Result<bool> {
    bail!("{why}")
}

fn measure(service: &str, results: &str, plan: &Plan) -> Result<bool> {
    let results = Path::new(results);
    let disk = results.parent().filter(|folder| folder.is_dir()).context("the results' folder does not exist")?;
    let starter = Starter { service: PathBuf::from(service), disk: disk.to_owned() };
    limits::raise();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut table = Table::default();
    let loads = LocalSet::new().block_on(&runtime, all(plan, &starter, &mut table))?;
    let held = table.print();
    table.write(results, &json!({ "load_averages": loads }))?;
    Ok(held)
}

/// All measurements; the load averages before, between and after them.
async fn all(plan: &Plan, starter: &Starter, table: &mut Table) -> Result<Vec<String>> {
    let mut loads = vec![say_load()];
    let stage = Directory::fill(PUBLISHERS + plan.watchers, plan.watchers, &starter.disk)?;
    let with_few = rows::fan_out::measure(plan, starter, &stage, table).await?;
    loads.push(say_load());
    rows::durable::measure(plan, starter, &stage, table).await?;
    loads.push(say_load());
    for persons in [plan.small, plan.middle] {
        rows::growth::all_there(plan, starter, persons, table).await?;
    }
    let big = Directory::fill(plan.big, plan.watchers, &starter.disk)?;
    rows::asks::measure(plan, starter, &big, table).await?;
    loads.push(say_load());
    rows::growth::measure(plan, starter, &big, with_few, table).await?;
    loads.push(say_load());
    rows::storm::measure(plan, starter, &big, table).await?;
    loads.push(say_load());
    Ok(loads)
}

/// Delays on a machine that others use are theirs, too.
fn say_load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').take(3).collect::<Vec<_>>().join(" ");
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    println!("load average {load} on {processors} processors");
    load
}
