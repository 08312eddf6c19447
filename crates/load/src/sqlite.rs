//! Raw `SQLite`, kept as durably as the service does: what its disk allows at best.
//!
//! The rows are those of one message: a fact, the key of the write, and the folded state in the place of the one before.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use rusqlite::{Connection, params};

use crate::numbers::float;
use crate::stamp::Stamp;

/// So many persons write in turn.
const PERSONS: i64 = 256;

/// A fact and a folded state, without the message in it, have about so many bytes as JSON.
const FACT: usize = 160;
const STATE: usize = 800;

const TABLES: &str = "
    PRAGMA synchronous = FULL;
    CREATE TABLE facts (person INTEGER NOT NULL, seq INTEGER NOT NULL, recorded INTEGER NOT NULL, boot_id TEXT NOT NULL,
        boot INTEGER NOT NULL, fact TEXT NOT NULL, PRIMARY KEY (person, seq)) WITHOUT ROWID;
    CREATE TABLE projections (person INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL);
    CREATE TABLE writes (person INTEGER NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL, version INTEGER NOT NULL,
        recorded INTEGER NOT NULL, PRIMARY KEY (person, key)) WITHOUT ROWID;
    CREATE INDEX writes_by_time ON writes (recorded);
";

/// How many changes a second are kept, with so many in each commit.
pub(crate) fn changes_a_second(path: &Path, in_a_commit: u32, lasts: Duration) -> Result<f64> {
    let mut db = Connection::open(path)?;
    db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    db.execute_batch(TABLES)?;
    let (fact, state) = ("f".repeat(FACT), "s".repeat(STATE));
    let began = Instant::now();
    let mut changes = 0_u32;
    while began.elapsed() < lasts {
        let transaction = db.transaction()?;
        for _ in 0..in_a_commit {
            let (person, seq) = (i64::from(changes) % PERSONS, i64::from(changes) / PERSONS);
            let message = Stamp::message(0, u64::from(changes));
            transaction.prepare_cached("INSERT INTO facts VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
                person,
                seq,
                changes,
                "00000000-0000-0000-0000-000000000000",
                changes,
                format!("{fact}{message}")
            ])?;
            transaction.prepare_cached("INSERT INTO writes VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
                person,
                format!("{changes:020}"),
                [7_u8; 32],
                seq,
                changes
            ])?;
            transaction
                .prepare_cached("INSERT OR REPLACE INTO projections VALUES (?1, 1, ?2)")?
                .execute(params![person, format!("{state}{message}")])?;
            changes += 1;
        }
        transaction.commit()?;
    }
    Ok(float(changes.into()) / began.elapsed().as_secs_f64())
}
