//! From the sixth version of the schema to the seventh: facts become entries, numbers of people become ids.
//!
//! It uses no type of the program's, for those may change.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::Value;

/// The only person of a log of one's own.
const LOCAL: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

const TABLES: &str = "
    -- The log, by subject. Nothing is ever updated; retention and 'delete my history' remove from its beginning.
    CREATE TABLE subjects (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        base_seq INTEGER,           -- what the removed beginning had come to, and up to where
        base TEXT
    );
    CREATE TABLE entries (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        subject INTEGER NOT NULL REFERENCES subjects (id) ON DELETE CASCADE,
        seq INTEGER NOT NULL,       -- of its last fact
        version INTEGER NOT NULL,
        key TEXT,
        digest BLOB,
        origin TEXT NOT NULL,
        at INTEGER NOT NULL,        -- milliseconds since 1970
        recorded INTEGER NOT NULL,
        boot INTEGER NOT NULL,      -- milliseconds since that boot, suspend included
        boot_id TEXT NOT NULL,
        facts TEXT NOT NULL         -- one a line
    );
    CREATE UNIQUE INDEX entries_by_subject ON entries (subject, seq);

    -- The keys of writes, of those too whose entries were removed: a second copy of one is answered as the first.
    CREATE TABLE keys (
        subject INTEGER NOT NULL REFERENCES subjects (id) ON DELETE CASCADE,
        key TEXT NOT NULL,
        digest BLOB NOT NULL,
        seq INTEGER NOT NULL,
        recorded INTEGER NOT NULL,
        PRIMARY KEY (subject, key)
    ) WITHOUT ROWID;
    CREATE INDEX keys_by_time ON keys (recorded);

    -- Projections: can be dropped and folded again from bases and entries.
    CREATE TABLE projections_7 (
        person BLOB PRIMARY KEY,
        fold INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        state TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE intervals_7 (
        person BLOB NOT NULL,
        start INTEGER NOT NULL,     -- nanoseconds since 1970
        ended INTEGER NOT NULL,
        status TEXT,
        primary_status TEXT,
        source TEXT NOT NULL,
        detail TEXT,
        message TEXT
    );
    CREATE TABLE corrections_7 (
        person BLOB NOT NULL,
        seq INTEGER NOT NULL,
        start INTEGER NOT NULL,
        ended INTEGER NOT NULL,
        PRIMARY KEY (person, seq)
    ) WITHOUT ROWID;

    CREATE TABLE persons_7 (
        id BLOB PRIMARY KEY,        -- a ULID
        name TEXT NOT NULL UNIQUE,
        label TEXT,
        role TEXT NOT NULL DEFAULT 'agent',
        team TEXT,
        password TEXT               -- argon2id, as a PHC string
    ) WITHOUT ROWID;
    CREATE TABLE devices_7 (
        id TEXT PRIMARY KEY,
        person BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
        label TEXT NOT NULL,
        since INTEGER NOT NULL,
        seen INTEGER,
        boot TEXT                   -- the device's boot when it last said hello
    ) WITHOUT ROWID;
    CREATE TABLE follows_7 (
        person BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
        other BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
        favourite INTEGER NOT NULL DEFAULT 0,
        tell_when_free INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (person, other)
    ) WITHOUT ROWID;
    CREATE TABLE held_7 (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        person BLOB NOT NULL,
        item TEXT NOT NULL,         -- JSON
        told INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE departed_7 (
        follower BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        PRIMARY KEY (follower, name)
    ) WITHOUT ROWID;
    CREATE TABLE ended_7 (
        device TEXT PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
        person BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE
    ) WITHOUT ROWID;

    -- Written to find out whether anything can be.
    CREATE TABLE probes (tried INTEGER NOT NULL);
    INSERT INTO probes VALUES (0);

    CREATE TABLE ids_7 (number INTEGER PRIMARY KEY, id BLOB NOT NULL, subject TEXT NOT NULL);
";

const MOVE: &str = "
    INSERT INTO persons_7 SELECT ids_7.id, name, label, role, team, password FROM persons JOIN ids_7 ON number = persons.id;
    INSERT INTO devices_7 SELECT devices.id, ids_7.id, label, since, seen, boot FROM devices JOIN ids_7 ON number = person;
    INSERT INTO follows_7 SELECT who.id, whom.id, favourite, tell_when_free
        FROM follows JOIN ids_7 who ON who.number = person JOIN ids_7 whom ON whom.number = other;
    INSERT INTO held_7 SELECT held.id, ids_7.id, item, told FROM held JOIN ids_7 ON number = person;
    DELETE FROM sqlite_sequence WHERE name = 'held_7';
    INSERT INTO sqlite_sequence SELECT 'held_7', seq FROM sqlite_sequence WHERE name = 'held';
    INSERT INTO departed_7 SELECT ids_7.id, name FROM departed JOIN ids_7 ON number = follower;
    INSERT INTO ended_7 SELECT device, ids_7.id FROM ended JOIN ids_7 ON number = person;

    INSERT INTO keys SELECT subjects.id, key, digest, version, recorded
        FROM writes JOIN ids_7 ON number = person JOIN subjects ON name = subject;

    DROP TABLE persons; DROP TABLE devices; DROP TABLE follows; DROP TABLE held; DROP TABLE departed; DROP TABLE ended;
    DROP TABLE facts; DROP TABLE bases; DROP TABLE projections; DROP TABLE intervals; DROP TABLE corrections;
    DROP TABLE writes; DROP TABLE numbers; DROP TABLE ids_7;
    ALTER TABLE persons_7 RENAME TO persons;
    ALTER TABLE devices_7 RENAME TO devices;
    ALTER TABLE follows_7 RENAME TO follows;
    ALTER TABLE held_7 RENAME TO held;
    ALTER TABLE departed_7 RENAME TO departed;
    ALTER TABLE ended_7 RENAME TO ended;
    ALTER TABLE projections_7 RENAME TO projections;
    ALTER TABLE intervals_7 RENAME TO intervals;
    ALTER TABLE corrections_7 RENAME TO corrections;
    CREATE INDEX devices_by_person ON devices (person);
    CREATE INDEX follows_by_other ON follows (other);
    CREATE INDEX held_by_person ON held (person, id);
    CREATE INDEX intervals_by_time ON intervals (person, ended, start);
";

/// `is_own`: a log of one's own, whose only person has an id that every program knows.
pub(crate) fn migrate(db: &Connection, is_own: bool) -> rusqlite::Result<()> {
    db.execute_batch(TABLES)?;
    name_persons(db, is_own)?;
    move_bases(db)?;
    move_facts(db)?;
    db.execute_batch(MOVE)
}

/// Gives each person an id, by when they were first heard of.
fn name_persons(db: &Connection, is_own: bool) -> rusqlite::Result<()> {
    let persons = "SELECT id, (SELECT coalesce(min(recorded), 0) FROM facts WHERE person = id), randomblob(10)
        FROM persons ORDER BY id";
    let mut persons = db.prepare(persons)?;
    let mut rows = persons.query([])?;
    while let Some(row) = rows.next()? {
        let (number, since, chance): (i64, i64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let since = since.to_be_bytes();
        let id = if is_own { LOCAL.to_vec() } else { [&since[2..], &chance].concat() };
        let subject = format!("person/{}", base_32(&id));
        db.execute("INSERT INTO ids_7 VALUES (?1, ?2, ?3)", params![number, id, subject])?;
    }
    Ok(())
}

fn move_bases(db: &Connection) -> rusqlite::Result<()> {
    let mut bases =
        db.prepare("SELECT subject, state FROM ids_7 LEFT JOIN bases ON person = number ORDER BY number")?;
    let mut rows = bases.query([])?;
    while let Some(row) = rows.next()? {
        let (subject, base): (String, Option<String>) = (row.get(0)?, row.get(1)?);
        let state: Option<Value> = base.as_deref().and_then(|base| serde_json::from_str(base).ok());
        let seq = state.and_then(|state| state["seq"].as_i64());
        let base = base.filter(|_| seq.is_some());
        db.execute("INSERT INTO subjects (name, base_seq, base) VALUES (?1, ?2, ?3)", params![subject, seq, base])?;
    }
    Ok(())
}

/// Each fact as an entry of its own, in the order in which all of them were recorded.
fn move_facts(db: &Connection) -> rusqlite::Result<()> {
    let mut facts = db.prepare(
        "SELECT subjects.id, seq, recorded, boot, boot_id, fact
            FROM facts JOIN ids_7 ON number = person JOIN subjects ON name = subject ORDER BY recorded, person, seq",
    )?;
    let mut insert = db.prepare(
        "INSERT INTO entries (subject, seq, version, origin, at, recorded, boot, boot_id, facts)
            VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    let mut rows = facts.query([])?;
    while let Some(row) = rows.next()? {
        let (subject, seq, recorded, boot): (i64, i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let (boot_id, fact): (String, String) = (row.get(4)?, row.get(5)?);
        let read: Value = serde_json::from_str(&fact).unwrap_or_default();
        let at = read["at"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
        let origin = match read["device"].as_str() {
            Some("service") | None => "service".to_owned(),
            Some(device) => format!("device:{device}"),
        };
        // Whoever reads it passes over what is no fact, as before.
        let line = fact.replace('\n', " ");
        let at = at.map_or(recorded, Timestamp::as_millisecond);
        insert.execute(params![subject, seq, origin, at, recorded, boot, boot_id, line])?;
    }
    Ok(())
}

/// An id as people write it.
fn base_32(id: &[u8]) -> String {
    let bits = id.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let sign = |place: u32| {
        char::from(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[usize::try_from(bits >> (5 * place) & 31).unwrap_or(0)])
    };
    (0..26).rev().map(sign).collect()
}
