//! An organisation to serve: a data folder with persons, their devices, and who follows whom.
//!
//! Signing in by password takes a tenth of a second each, on purpose. So the folder is filled through the engine's own
//! methods, the ones that the service calls: on a file system in memory, where a sync costs nothing, and copied from there.

use std::fs;
use std::ops::Range;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::rc::Rc;

use anyhow::{Context as _, Result};
use engine::{Engine, Follow, Hashed};
use jiff::{SignedDuration, Timestamp};
use log_sqlite::{Sharing, Sqlite};
use presence::Policy;
use protocol::Secret;
use protocol::service::{Person, Role};
use tempfile::TempDir;

/// The first so many are publishers. The watchers, who come next and are in their team, follow them all.
pub(crate) const PUBLISHERS: usize = 20;

/// How many each of the other teams has.
const TEAM: usize = 100;

/// So many of their team, those who come before them, each of the others follows.
const FOLLOWED: usize = 5;

/// A file system in memory, on Linux.
const IN_MEMORY: &str = "/dev/shm";

/// How long the devices are signed in.
const SIGNED_IN: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A filled folder, and the token of each person's device.
#[derive(Debug)]
pub(crate) struct Directory {
    folder: TempDir,
    /// Of all, by number.
    pub tokens: Rc<[String]>,
    /// How many are in the first team: publishers and watchers.
    pub stage: usize,
}

/// What the person of a number is called.
pub(crate) fn name(number: usize) -> String {
    format!("load-{number:05}")
}

impl Directory {
    /// Fills one with so many persons, of whom so many watch; `beside` is where it lies if there is no file system in memory.
    pub(crate) fn fill(persons: usize, watchers: usize, beside: &Path) -> Result<Self> {
        let stage = persons.min(PUBLISHERS + watchers);
        let place = Path::new(IN_MEMORY);
        let place = if place.is_dir() { place } else { beside };
        let folder = tempfile::Builder::new().prefix("halo-load-").tempdir_in(place)?;
        let (keeper, _) = Sqlite::open(&folder.path().join("data"), Sharing::Shared)?;
        let mut engine = Engine::new(keeper, Policy::genesys())?;
        let password = Hashed::of(&Secret::from("correct horse battery".to_owned()))?;
        let now = Timestamp::now();
        let ends = now + SIGNED_IN;
        let mut tokens = Vec::with_capacity(persons);
        for number in 0..persons {
            let group = Some(format!("team {}", team(number, stage)));
            let person = Person { name: name(number), label: format!("Load {number}"), role: Role::Agent, group };
            let id = engine.add_person(&person, &password, now)?;
            let (_, token) = engine.add_device(id, "desk", ends, now)?;
            tokens.push(token.expose().to_owned());
            for other in followed_by(number, stage) {
                engine.follow(id, &name(other), Follow::Favourite, true, now)?;
            }
        }
        Ok(Self { folder, tokens: tokens.into(), stage })
    }

    /// How many persons there are.
    pub(crate) fn persons(&self) -> usize {
        self.tokens.len()
    }

    /// Copies it to `data`, which is made.
    pub(crate) fn copy(&self, data: &Path) -> Result<()> {
        fs::DirBuilder::new().mode(0o700).create(data)?;
        for file in fs::read_dir(self.folder.path().join("data"))? {
            let file = file?;
            fs::copy(file.path(), data.join(file.file_name())).context("the folder can't be copied")?;
        }
        Ok(())
    }
}

/// The team of a number: the stage, then by the hundred.
fn team(number: usize, stage: usize) -> usize {
    number.checked_sub(stage).map_or(0, |rest| 1 + rest / TEAM)
}

/// Whom the person of a number follows: always some who come before them, so that of the first so many all are there.
fn followed_by(number: usize, stage: usize) -> Range<usize> {
    match number.checked_sub(stage) {
        None if number < PUBLISHERS => 0..0,
        None => 0..PUBLISHERS,
        Some(rest) => number - FOLLOWED.min(rest % TEAM)..number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_follows_people_of_their_own_team_who_come_before_them() {
        let stage = 520;
        for number in 0..2000 {
            let mut others = followed_by(number, stage);
            assert!(others.all(|other| other < number && team(other, stage) == team(number, stage)), "{number}");
        }
        assert_eq!(followed_by(PUBLISHERS, stage), 0..PUBLISHERS);
        assert_eq!(followed_by(stage + 250, stage), stage + 245..stage + 250);
    }
}
