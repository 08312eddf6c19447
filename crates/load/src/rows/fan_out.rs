//! What it costs to tell 500 watchers of a message, and how long that takes: every server the same, in turns, so that
//! whatever else keeps this machine busy is the same for all.

use std::rc::Rc;

use anyhow::Result;

use crate::audience::{Audience, Round};
use crate::dialect::Dialect;
use crate::dialect::floor::Floor;
use crate::dialect::mqtt::Mqtt;
use crate::dialect::nats::Nats;
use crate::directory::{Directory, PUBLISHERS};
use crate::numbers::median;
use crate::plan::Plan;
use crate::servers::{Place, Starter};
use crate::table::{Goal, Table};

/// A server with its audience, and what the rounds came to.
struct Stage<D> {
    place: Place,
    audience: Audience<D>,
    rounds: Vec<Round>,
}

impl<D: Dialect> Stage<D> {
    async fn set(place: Place, dialect: Rc<D>, plan: &Plan) -> Result<Self> {
        let audience = Audience::gather(dialect, &place.server, PUBLISHERS, plan.watchers).await?;
        Ok(Self { place, audience, rounds: Vec::new() })
    }

    async fn play(&mut self, plan: &Plan) -> Result<()> {
        self.rounds.push(self.audience.round(&self.place.server, plan.round).await?);
        Ok(())
    }
}

/// Measures all that are there; what 100,000 deliveries cost Halo's service, in seconds.
pub(crate) async fn measure(plan: &Plan, starter: &Starter, directory: &Directory, table: &mut Table) -> Result<f64> {
    let mut floor = Stage::set(starter.floor()?, Rc::new(Floor), plan).await?;
    let mut mosquitto = match starter.mosquitto()? {
        Some(place) => Some(Stage::set(place, Rc::new(Mqtt), plan).await?),
        None => None,
    };
    let mut core = match starter.nats(Nats::Core).await? {
        Some(place) => Some(Stage::set(place, Rc::new(Nats::Core), plan).await?),
        None => None,
    };
    let mut key_value = match starter.nats(Nats::KeyValue).await? {
        Some(place) => Some(Stage::set(place, Rc::new(Nats::KeyValue), plan).await?),
        None => None,
    };
    let (place, dialect) = starter.halo(directory)?;
    let mut halo = Stage::set(place, dialect, plan).await?;
    for _ in 0..plan.rounds {
        floor.play(plan).await?;
        if let Some(mosquitto) = &mut mosquitto {
            mosquitto.play(plan).await?;
        }
        if let Some(core) = &mut core {
            core.play(plan).await?;
        }
        if let Some(key_value) = &mut key_value {
            key_value.play(plan).await?;
        }
        halo.play(plan).await?;
    }
    let bare = Told::of(&floor.rounds);
    let broker = mosquitto.as_ref().map(|mosquitto| Told::of(&mosquitto.rounds));
    let peers = [
        ("the bare WebSocket server", Some(bare), Goal::most(0.0)),
        ("mosquitto, QoS 0, retained", broker, Goal::most(0.0)),
        ("nats-server", core.as_ref().map(|core| Told::of(&core.rounds)), Goal::most(0.0)),
        // It keeps the last value of each key, and may leave out those before.
        ("nats-server, JetStream KV", key_value.as_ref().map(|key_value| Told::of(&key_value.rounds)), Goal::None),
    ];
    for (name, told, wrong) in peers {
        match told {
            Some(told) => told.compare(name, wrong, plan, table),
            None => println!("{name}: not installed"),
        }
    }
    let told = Told::of(&halo.rounds);
    told.judge(bare, broker, plan, table);
    Ok(told.work)
}

/// The medians of the rounds of one server; what is missing or repeated is all of it.
#[derive(Debug, Clone, Copy)]
struct Told {
    work: f64,
    p50: f64,
    p99: f64,
    bytes: f64,
    wrong: f64,
}

impl Told {
    fn of(rounds: &[Round]) -> Self {
        let all = |of: fn(&Round) -> f64| median(rounds.iter().map(of));
        let wrong = rounds.iter().map(|round| round.missing + round.repeated).sum();
        Self {
            work: all(|round| round.work),
            p50: all(|round| round.p50),
            p99: all(|round| round.p99),
            bytes: all(|round| round.bytes),
            wrong,
        }
    }

    fn rows(self, name: &str, plan: &Plan) -> [(String, f64, &'static str); 5] {
        let watchers = plan.watchers;
        [
            (format!("{watchers} watchers, 20 changes/s: {name}, CPU for 100,000 deliveries"), self.work, "s"),
            (format!("  {name}: p50"), self.p50, "ms"),
            (format!("  {name}: p99"), self.p99, "ms"),
            (format!("  {name}: bytes on the wire for each"), self.bytes, "B"),
            (format!("  {name}: missing or repeated"), self.wrong, ""),
        ]
    }

    fn compare(self, name: &str, wrong: Goal, plan: &Plan, table: &mut Table) {
        let goals = [Goal::None, Goal::None, Goal::None, Goal::None, wrong];
        for ((what, result, unit), goal) in self.rows(name, plan).into_iter().zip(goals) {
            table.add(what, result, unit, goal);
        }
    }

    fn judge(self, bare: Self, broker: Option<Self>, plan: &Plan, table: &mut Table) {
        let than_broker =
            |of: fn(Self) -> f64| broker.map_or(Goal::None, |broker| Goal::most_times(1.3, of(broker), "mosquitto"));
        let goals = [
            Goal::most_times(1.5, bare.work, "the bare server"),
            than_broker(|told| told.p50),
            than_broker(|told| told.p99),
            Goal::most(300.0),
            Goal::most(0.0),
        ];
        for ((what, result, unit), goal) in self.rows("halo", plan).into_iter().zip(goals) {
            table.add(what, result, unit, goal);
        }
    }
}
