//! How much is measured: all of it, or little, to try the program itself.

use std::time::Duration;

use crate::directory::PUBLISHERS;

/// The extent of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// How many watch the publishers.
    pub watchers: usize,
    /// How often short measurements are repeated.
    pub rounds: usize,
    /// How long messages are sent in each.
    pub round: Duration,
    /// Persons in the directories, from small to big.
    pub small: usize,
    /// The next one.
    pub middle: usize,
    /// The biggest.
    pub big: usize,
    /// Sessions at the biggest, where costs are to be as with few.
    pub some: usize,
    /// The same; so many come back at once, too.
    pub many: usize,
    /// How long all of them may take to connect before what there is then is measured.
    pub connect_within: Duration,
    /// How long rest is watched.
    pub rest: Duration,
    /// How many write at once.
    pub writers: usize,
    /// How long they do.
    pub writing: Duration,
    /// How often the service is asked what a device or a person asks for.
    pub asks: usize,
    /// How long devices that come back are watched.
    pub storm: Duration,
}

impl Plan {
    /// What the goals are for.
    pub(crate) fn full() -> Self {
        Self {
            watchers: 500,
            rounds: 3,
            round: Duration::from_secs(10),
            small: 100,
            middle: 5000,
            big: 20_000,
            some: 5000,
            many: 10_000,
            connect_within: Duration::from_secs(45),
            rest: Duration::from_secs(60),
            writers: 256,
            writing: Duration::from_secs(5),
            asks: 200,
            storm: Duration::from_secs(60),
        }
    }

    /// Hundred sessions, a few seconds.
    pub(crate) fn quick() -> Self {
        Self {
            watchers: 100 - PUBLISHERS,
            rounds: 1,
            round: Duration::from_secs(5),
            small: 50,
            middle: 200,
            big: 1000,
            some: 200,
            many: 300,
            connect_within: Duration::from_secs(20),
            rest: Duration::from_secs(10),
            writers: 64,
            writing: Duration::from_secs(2),
            asks: 20,
            storm: Duration::from_secs(15),
        }
    }
}
