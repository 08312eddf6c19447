//! What the same costs in bigger organisations and with more sessions; and what many sessions cost at rest.

use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::time::sleep;

use crate::audience::{self, Audience};
use crate::dialect::floor::Floor;
use crate::dialect::halo::Halo;
use crate::directory::{Directory, PUBLISHERS};
use crate::limits;
use crate::numbers::{count, float, median};
use crate::plan::Plan;
use crate::servers::{Place, Starter};
use crate::table::{Goal, Table};

/// After many have come, the service still tells some of others.
const SETTLING: Duration = Duration::from_secs(3);

/// A message costs at most so many times what it costs with few sessions in a small organisation.
const GROWS: f64 = 1.2;

/// An organisation of `persons` who are all there, for comparison.
pub(crate) async fn all_there(plan: &Plan, starter: &Starter, persons: usize, table: &mut Table) -> Result<()> {
    let directory = Directory::fill(persons, plan.watchers, &starter.disk)?;
    let mut site = Site::open(starter, &directory).await?;
    site.grow_to(persons, plan).await;
    let connecting = site.place.server.work() * 1000.0 / count(site.sessions);
    let (what, cost, _) = site.cost(persons, plan).await?;
    table.add(what, cost, "s", Goal::None);
    table.add("  CPU for each device that connects, the start included", connecting, "ms", Goal::None);
    Ok(())
}

/// The big organisation, with ever more sessions. `with_few` is what 100,000 deliveries cost in the first row.
pub(crate) async fn measure(
    plan: &Plan,
    starter: &Starter,
    directory: &Directory,
    with_few: f64,
    table: &mut Table,
) -> Result<()> {
    let mut site = Site::open(starter, directory).await?;
    let mut wrong = 0.0;
    let most = limits::connections().min(directory.persons());
    if most < directory.persons() {
        println!("note: open files are limited here, so {most} sessions instead of {}", directory.persons());
    }
    for sessions in [PUBLISHERS + plan.watchers, plan.some, plan.many, most] {
        let came = site.grow_to(sessions, plan).await;
        let (what, cost, missed) = site.cost(sessions, plan).await?;
        wrong += missed;
        // Of fewer sessions than were asked for, nothing is known.
        let goal =
            if sessions == most { Goal::None } else { Goal::most_times(GROWS, with_few, "with few").with_all(came) };
        table.add(what, cost, "s", goal);
    }
    table.add("  missing or repeated in all of these", wrong, "", Goal::most(0.0));
    site.rest(plan, most, table).await;
    drop(site);
    bare(starter, most, plan, table).await
}

/// A service, and who is connected to it.
struct Site {
    persons: usize,
    base: f64,
    sessions: usize,
    audience: Audience<Halo>,
    place: Place,
}

impl Site {
    async fn open(starter: &Starter, directory: &Directory) -> Result<Self> {
        let persons = directory.persons();
        let (place, halo) = starter.halo(directory)?;
        let base = place.server.memory().resident;
        let watchers = directory.stage - PUBLISHERS;
        let audience = Audience::gather(halo, &place.server, PUBLISHERS, watchers).await?;
        Ok(Self { persons, base, sessions: PUBLISHERS + watchers, audience, place })
    }

    /// Lets further devices connect until there are so many; whether they all came in time.
    async fn grow_to(&mut self, wanted: usize, plan: &Plan) -> bool {
        if self.sessions < wanted {
            let more = self.sessions..wanted;
            self.sessions += self.audience.join(&self.place.server, more, false, plan.connect_within).await;
            sleep(SETTLING).await;
        }
        self.sessions >= wanted
    }

    /// The cost of 100,000 deliveries, and how many went wrong.
    async fn cost(&mut self, wanted: usize, plan: &Plan) -> Result<(String, f64, f64)> {
        let (mut costs, mut wrong) = (Vec::new(), 0.0);
        for _ in 0..plan.rounds.min(2) {
            let round = self.audience.round(&self.place.server, plan.round).await?;
            costs.push(round.work);
            wrong += round.missing + round.repeated;
        }
        let (persons, sessions) = (self.persons, self.sessions_of(wanted));
        let what = format!("halo, {persons} persons, {sessions}: CPU for 100,000 deliveries");
        Ok((what, median(costs), wrong))
    }

    /// How many there are, of so many.
    fn sessions_of(&self, wanted: usize) -> String {
        let only = if self.sessions < wanted { format!(" (only {} came)", self.sessions) } else { String::new() };
        format!("{wanted} sessions{only}")
    }

    /// Memory and processor time while nothing happens but pings.
    async fn rest(&self, plan: &Plan, wanted: usize, table: &mut Table) {
        let all = self.sessions >= wanted;
        let goal = |limit| Goal::most(limit).with_all(all);
        sleep(SETTLING).await;
        let (lost, before, began) = (self.audience.lost(), self.place.server.work(), Instant::now());
        sleep(plan.rest).await;
        let busy = 100.0 * (self.place.server.work() - before) / began.elapsed().as_secs_f64();
        let (memory, sessions) = (self.place.server.memory(), self.sessions);
        let each = (memory.resident - self.base) / count(sessions);
        table.add(
            format!("halo, {sessions} sessions at rest: memory for each, above the base"),
            each,
            "KiB",
            goal(12.0),
        );
        table.add("  all of it (RSS)", memory.resident / 1024.0, "MiB", Goal::None);
        table.add("  its share of it (PSS)", memory.share / 1024.0, "MiB", Goal::None);
        let seconds = plan.rest.as_secs();
        table.add(format!("  CPU in {seconds} s at rest, of one core, pings included"), busy, "%", goal(3.0));
        table.add("  sessions lost meanwhile", float(self.audience.lost() - lost), "", Goal::most(0.0));
    }
}

/// The same number of sessions at the bare server.
async fn bare(starter: &Starter, sessions: usize, plan: &Plan, table: &mut Table) -> Result<()> {
    let place = starter.floor()?;
    let base = place.server.memory().resident;
    let floor = std::rc::Rc::new(Floor);
    let came = audience::connect(&floor, &place.server, 0..sessions, plan.connect_within).await;
    sleep(Duration::from_secs(1)).await;
    let each = (place.server.memory().resident - base) / count(came.len());
    table.add(format!("the bare WebSocket server, {} sessions: memory for each", came.len()), each, "KiB", Goal::None);
    Ok(())
}
