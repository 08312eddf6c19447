//! Raw `SQLite`, kept as durably as the service does: what its disk allows at best.
//!
//! The rows are those of one message: an entry with a fact, and the key of the write.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use rusqlite::{Connection, params};

use crate::numbers::float;
use crate::stamp::Stamp;

/// So many persons write in turn.
const PERSONS: i64 = 256;

/// A fact without the message in it has about so many bytes as JSON.
const FACT: usize = 110;

const TABLES: &str = "
    PRAGMA synchronous = FULL;
    CREATE TABLE entries (position INTEGER PRIMARY KEY AUTOINCREMENT, subject INTEGER NOT NULL, seq INTEGER NOT NULL,
        version INTEGER NOT NULL, key TEXT, digest BLOB, origin TEXT NOT NULL, at INTEGER NOT NULL,
        recorded INTEGER NOT NULL, boot INTEGER NOT NULL, boot_id TEXT NOT NULL, facts TEXT NOT NULL);
    CREATE UNIQUE INDEX entries_by_subject ON entries (subject, seq);
    CREATE TABLE keys (subject INTEGER NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL, seq INTEGER NOT NULL,
        recorded INTEGER NOT NULL, PRIMARY KEY (subject, key)) WITHOUT ROWID;
    CREATE INDEX keys_by_time ON keys (recorded);
";

/// How many changes a second are kept, with so many in each commit.
pub(crate) fn changes_a_second(path: &Path, in_a_commit: u32, lasts: Duration) -> Result<f64> {
    let mut db = Connection::open(path)?;
    db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    db.execute_batch(TABLES)?;
    let fact = "f".repeat(FACT);
    let began = Instant::now();
    let mut changes = 0_u32;
    while began.elapsed() < lasts {
        let transaction = db.transaction()?;
        for _ in 0..in_a_commit {
            let (person, seq) = (i64::from(changes) % PERSONS, i64::from(changes) / PERSONS);
            let message = Stamp::message(0, u64::from(changes));
            let key = format!("{changes:020}");
            let entry = "INSERT INTO entries (subject, seq, version, key, digest, origin, at, recorded, boot, boot_id, facts)
                VALUES (?1, ?2, 1, ?3, ?4, 'device:0123456789abcdef', ?5, ?5, ?5, '00000000-0000-0000-0000-000000000000', ?6)";
            let facts = format!("{fact}{message}");
            let entry_of = params![person, seq, key, [7_u8; 32], changes, facts];
            transaction.prepare_cached(entry)?.execute(entry_of)?;
            let keys = "INSERT INTO keys VALUES (?1, ?2, ?3, ?4, ?5)";
            transaction.prepare_cached(keys)?.execute(params![person, key, [7_u8; 32], seq, changes])?;
            changes += 1;
        }
        transaction.commit()?;
    }
    Ok(float(changes.into()) / began.elapsed().as_secs_f64())
}
