//! The database: its tables, and how an older file becomes this version's.

use rusqlite::Connection;

use crate::from_facts;

/// The version that this program writes; `PRAGMA user_version`.
pub(crate) const VERSION: i64 = 7;

/// One step a version, never changed once released. The seventh stands in [`from_facts`](crate::from_facts).
const STEPS: [&str; 6] = [
    "
    CREATE TABLE persons (id INTEGER PRIMARY KEY, name TEXT NOT NULL);

    -- The log. Nothing is ever updated; retention and 'delete my history' remove from its beginning.
    CREATE TABLE facts (
        person INTEGER NOT NULL REFERENCES persons (id),
        seq INTEGER NOT NULL,
        recorded INTEGER NOT NULL,  -- milliseconds since 1970
        boot_id TEXT NOT NULL,
        boot INTEGER NOT NULL,      -- milliseconds since that boot, suspend included
        fact TEXT NOT NULL,         -- JSON
        PRIMARY KEY (person, seq)
    ) WITHOUT ROWID;

    -- What the removed beginning of the log had come to.
    CREATE TABLE bases (person INTEGER PRIMARY KEY, state TEXT NOT NULL);

    -- Projections: can be dropped and folded again from bases and facts.
    CREATE TABLE projections (person INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL);
    CREATE TABLE intervals (
        person INTEGER NOT NULL,
        start INTEGER NOT NULL,
        ended INTEGER NOT NULL,
        interval TEXT NOT NULL      -- JSON
    );
    CREATE INDEX intervals_by_end ON intervals (person, ended);

    -- Notifications that wait. Not facts of presence: they go when the person clears them.
    CREATE TABLE held (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        person INTEGER NOT NULL,
        item TEXT NOT NULL,         -- JSON
        told INTEGER NOT NULL DEFAULT 0
    );
",
    "
    -- A projection: which facts correct which stretch. They are laid over the intervals when these are read.
    CREATE TABLE corrections (
        person INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        start INTEGER NOT NULL,
        ended INTEGER NOT NULL,
        PRIMARY KEY (person, seq)
    ) WITHOUT ROWID;

    -- With the start in it as well, one week among five years is found without reading the rest.
    DROP INDEX intervals_by_end;
    CREATE INDEX intervals_by_time ON intervals (person, ended, start);
",
    "
    -- Accounts. An embedded service has one person, without a password.
    ALTER TABLE persons ADD COLUMN label TEXT;
    ALTER TABLE persons ADD COLUMN role TEXT NOT NULL DEFAULT 'agent';
    ALTER TABLE persons ADD COLUMN team TEXT;
    ALTER TABLE persons ADD COLUMN password TEXT;   -- argon2id, as a PHC string
    CREATE UNIQUE INDEX persons_by_name ON persons (name);
    -- Numbers are not given twice: a service that runs still knows whoever was removed.
    CREATE TABLE numbers (last_person INTEGER NOT NULL);
    INSERT INTO numbers SELECT coalesce(max(id), 1) FROM persons;

    CREATE TABLE devices (
        id TEXT PRIMARY KEY,
        person INTEGER NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
        label TEXT NOT NULL,
        since INTEGER NOT NULL,
        seen INTEGER,
        boot TEXT                   -- the device's boot when it last said hello
    ) WITHOUT ROWID;
    CREATE INDEX devices_by_person ON devices (person);

    -- Only digests: who reads this file can't sign in by it.
    CREATE TABLE tokens (
        digest BLOB PRIMARY KEY,
        device TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
        ends INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX tokens_by_device ON tokens (device);

    -- The keys of writes: a second copy of one is answered as the first.
    CREATE TABLE writes (
        person INTEGER NOT NULL,
        key TEXT NOT NULL,
        digest BLOB NOT NULL,
        version INTEGER NOT NULL,
        recorded INTEGER NOT NULL,
        PRIMARY KEY (person, key)
    ) WITHOUT ROWID;
    CREATE INDEX writes_by_time ON writes (recorded);

    -- Whom a person follows.
    CREATE TABLE follows (
        person INTEGER NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
        other INTEGER NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
        favourite INTEGER NOT NULL DEFAULT 0,
        tell_when_free INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (person, other)
    ) WITHOUT ROWID;
    CREATE INDEX follows_by_other ON follows (other);
",
    "
    -- Whether another token was asked for by this one, and when that other one was first used: from then on this one
    -- is nobody's any more, and whoever still uses it has stolen it.
    ALTER TABLE tokens ADD COLUMN replaced INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE tokens ADD COLUMN spent INTEGER;

    CREATE INDEX held_by_person ON held (person, id);
",
    "
    -- Each policy that was in force, by what names it in the log (C22).
    CREATE TABLE policies (digest TEXT PRIMARY KEY, body TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;
",
    "
    -- What administrators did beside the service that runs, for it to tell: who followed somebody who is gone, and
    -- which devices' sign-ins ended.
    CREATE TABLE departed (
        follower INTEGER NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        PRIMARY KEY (follower, name)
    ) WITHOUT ROWID;
    CREATE TABLE ended (
        device TEXT PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
        person INTEGER NOT NULL REFERENCES persons (id) ON DELETE CASCADE
    ) WITHOUT ROWID;
",
];

/// Who else may use the file meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// Nobody: a person's own.
    Alone,
    /// An administrator's commands: a team's, opened by its service.
    Shared,
    /// The service that runs: a team's, opened by such a command. Where no log is, it makes none, for the service would
    /// take an empty one for somebody's in the place of its own.
    Beside,
}

/// A file of another version, which can't be used as it is.
pub(crate) enum Other {
    /// Written by a newer program.
    Newer(i64),
    /// Written by an older one, which may be using it.
    Older(i64),
}

/// Makes a file this version's, unless a service may be using it.
pub(crate) fn migrate(db: &mut Connection, sharing: Sharing) -> rusqlite::Result<Result<(), Other>> {
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    if sharing == Sharing::Alone {
        // One process owns the file, so no shared memory is needed: a network home can't be asked for it, and a full
        // disk has no room for it. Before anything is read, for reading is what would begin to share.
        db.query_row("PRAGMA locking_mode = EXCLUSIVE", [], |_| Ok(()))?;
    }
    let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > VERSION {
        return Ok(Err(Other::Newer(found)));
    }
    if found < VERSION && sharing == Sharing::Beside {
        return Ok(Err(Other::Older(found)));
    }
    db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    // FULL syncs the log of each transaction: what was acknowledged survives a power cut, as far as the disk keeps
    // its word. NORMAL would be six times faster and could lose the last seconds.
    db.execute_batch(
        "PRAGMA foreign_keys = OFF; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA cache_size = -256;",
    )?;
    for version in found + 1..=VERSION {
        let transaction = db.transaction()?;
        step(&transaction, version, sharing == Sharing::Alone)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    db.execute_batch("PRAGMA foreign_keys = ON")?;
    Ok(Ok(()))
}

fn step(db: &Connection, version: i64, is_own: bool) -> rusqlite::Result<()> {
    match usize::try_from(version).ok().and_then(|version| STEPS.get(version - 1)) {
        Some(step) => db.execute_batch(step),
        None => from_facts::migrate(db, is_own),
    }
}

/// Whether every page can be read. Damage that nobody looks for shows up months later, when a report is wanted or a
/// fact can't be written.
pub(crate) fn is_sound(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)).map(|said| said == "ok")
}

/// What a database file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogFile {
    /// A log of this version or an older one, and nothing but that.
    Ours,
    /// A log of a newer program, whose schema has this version.
    Newer(i64),
    /// Something else, or a log with something in it that is not ours: what.
    Other(String),
}

/// Finds out whether a file has exactly the tables of a log: one with a trigger in it could do anything later.
pub fn examine(db: &Connection) -> rusqlite::Result<LogFile> {
    let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > VERSION {
        return Ok(LogFile::Newer(version));
    }
    let model = Connection::open_in_memory()?;
    model.execute_batch("PRAGMA foreign_keys = OFF")?;
    for version in 1..=version {
        step(&model, version, false)?;
    }
    let (expected, found) = (parts(&model)?, parts(db)?);
    let missing = expected.iter().find(|part| !found.contains(part)).map(|(what, _)| {
        let is_there = found.iter().any(|(other, _)| other == what);
        format!("{what} {}", if is_there { "is not as Halo makes it" } else { "is missing" })
    });
    let more = found.iter().find(|part| !expected.contains(part)).map(|(what, ..)| format!("{what} is not ours"));
    Ok(missing.or(more).map_or_else(
        || if version == 0 { LogFile::Other("it is empty".to_owned()) } else { LogFile::Ours },
        LogFile::Other,
    ))
}

/// All tables, indexes, triggers and views, as they were made.
fn parts(db: &Connection) -> rusqlite::Result<Vec<(String, Option<String>)>> {
    let mut parts = db.prepare("SELECT type || ' ' || name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")?;
    parts.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
