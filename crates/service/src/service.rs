//! One person's presence, kept: facts are written first, then they count.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use presence::{Correction, DeviceId, Effective, Fact, Interval, Policy, State, StatusId, Timestamp, What};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::ServiceError;
use crate::schema::{self, Migrated};

/// When something happens: by the wall clock, and by one that nobody sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The wall clock.
    pub wall: Timestamp,
    /// The time since boot, suspend included.
    pub boot: Duration,
    /// Which boot that was.
    pub boot_id: Box<str>,
}

/// How a fact came about, which decides what a full disk means for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Somebody asked for it and is told that it holds: refused unless it is kept.
    Asked,
    /// A device sensed it: true in any case, so it counts now and is written when that is possible again.
    Sensed,
}

/// What was found on opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// A log, or none yet.
    Whole,
    /// A damaged file, now under another name; a fresh log was begun.
    SetAside(PathBuf),
}

/// What a start of the program meant for the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginning {
    /// The session of before goes on: the program had died (F06).
    Resumed,
    /// A session began (G01).
    SignedIn,
}

/// A clock that moved against the time since boot by less than this was not set, only read in between.
const STEP: Duration = Duration::from_secs(2);

/// A log of up to this many bytes is read through at each start: a few milliseconds.
const SMALL: u64 = 2 * 1024 * 1024;

/// The only person of an embedded service.
const LOCAL: i64 = 1;

/// The embedded presence service of one local person.
#[derive(Debug)]
pub struct Service {
    pub(crate) db: Connection,
    path: PathBuf,
    person: String,
    policy: Policy,
    device: DeviceId,
    state: State,
    last: Option<Moment>,
    /// Facts that count but could not be written.
    waiting: Vec<(Fact, Moment)>,
    /// Intervals that closed since the last write.
    closed: Vec<Interval>,
}

impl Service {
    /// Opens the log in `folder`, or begins one. The folder is made with mode 0700, the file with 0600.
    pub fn open(folder: &Path, name: &str, device: DeviceId, policy: Policy) -> Result<(Self, Opened), ServiceError> {
        make_private(folder)?;
        let path = folder.join("halo.db");
        match Self::try_open(&path, name, device.clone(), policy.clone()) {
            Err(ServiceError::Damaged(_)) => {
                let aside = set_aside(&path)?;
                Ok((Self::try_open(&path, name, device, policy)?, Opened::SetAside(aside)))
            }
            opened => Ok((opened?, Opened::Whole)),
        }
    }

    fn try_open(path: &Path, name: &str, device: DeviceId, policy: Policy) -> Result<Self, ServiceError> {
        let folder = path.parent().unwrap_or(path);
        let not_writable =
            |cause: std::io::Error| ServiceError::NotWritable { path: folder.to_owned(), cause: cause.to_string() };
        // SQLite would open a file that it can't write, and fail later.
        let file = private(fs::OpenOptions::new().create(true).append(true)).open(path).map_err(not_writable)?;
        tempfile_can_be_made(folder).map_err(not_writable)?;
        drop(file);
        let of = |error: rusqlite::Error| ServiceError::of(&error, path);
        let mut db = Connection::open(path).map_err(of)?;
        if let Migrated::Newer(found) = schema::migrate(&mut db).map_err(of)? {
            return Err(ServiceError::Newer { path: path.to_owned(), found, known: schema::VERSION });
        }
        db.execute("INSERT OR IGNORE INTO persons (id, name) VALUES (?1, ?2)", params![LOCAL, name]).map_err(of)?;
        let mut service = Self {
            db,
            path: path.to_owned(),
            person: name.to_owned(),
            policy,
            device,
            state: State::default(),
            last: None,
            waiting: Vec::new(),
            closed: Vec::new(),
        };
        service.load().map_err(of)?;
        // Reading every page takes a while where years are kept; after a clean end it can wait.
        let ended_badly = service.state.session(&service.device).is_some();
        let small = path.metadata().is_ok_and(|found| found.len() <= SMALL);
        if (ended_badly || small) && !schema::is_sound(&service.db).map_err(of)? {
            return Err(ServiceError::Damaged(path.to_owned()));
        }
        Ok(service)
    }

    /// Takes up the session of before, or signs in (C10).
    pub fn begin(&mut self, now: &Moment) -> Result<Beginning, ServiceError> {
        if self.state.session(&self.device).is_some() {
            let last = self.last.clone().unwrap_or_else(|| now.clone());
            if last.boot_id == now.boot_id {
                self.notice_clock(now);
                return Ok(Beginning::Resumed);
            }
            self.write(last.wall, What::Vanished, now)?;
        }
        self.record(now.wall, What::SignedIn, Weight::Asked, now)?;
        Ok(Beginning::SignedIn)
    }

    /// Records a fact: writes it, then lets it count. `at` is when it happened, `now` when it became known.
    pub fn record(&mut self, at: Timestamp, what: What, weight: Weight, now: &Moment) -> Result<(), ServiceError> {
        self.notice_clock(now);
        match self.write(at, what.clone(), now) {
            Err(error) if weight == Weight::Sensed => {
                tracing::error!("{error}; kept in memory");
                let fact = self.next_fact(at, what, now);
                self.count(&fact, now);
                self.waiting.push((fact, now.clone()));
                Ok(())
            }
            written => written,
        }
    }

    /// Records several facts that somebody asked for in one: all are kept, or none.
    pub fn record_asked(
        &mut self,
        at: Timestamp,
        whats: impl IntoIterator<Item = What>,
        now: &Moment,
    ) -> Result<(), ServiceError> {
        self.notice_clock(now);
        self.write_all(at, whats, now)
    }

    /// Runs the timers up to now.
    pub fn advance(&mut self, now: &Moment) {
        self.notice_clock(now);
        let closed = self.state.advance(&self.policy, now.wall);
        self.closed.extend(closed);
    }

    /// The effective status.
    pub fn effective(&self, now: Timestamp) -> Effective {
        self.state.effective(&self.policy, now)
    }

    /// The state, for questions that [`Effective`] doesn't answer.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The person's own status after signing in, if they set one.
    pub fn own_default(&self) -> Option<&StatusId> {
        self.state.own_default()
    }

    /// The organisation's policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// This device.
    pub fn device(&self) -> &DeviceId {
        &self.device
    }

    /// What the person is called.
    pub fn person(&self) -> &str {
        &self.person
    }

    /// Where the log is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many facts count but could not be written yet.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Tries again to write what could not be written. Does nothing if nothing waits.
    pub fn flush(&mut self) -> Result<(), ServiceError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.save(&[])
    }

    /// Whether the wall clock was set since the last fact, and by how much (D07).
    fn notice_clock(&mut self, now: &Moment) {
        let Some(last) = self.last.as_ref().filter(|last| last.boot_id == now.boot_id) else { return };
        let by_wall = now.wall.duration_since(last.wall).as_millis();
        let by_boot =
            i128::try_from(now.boot.as_millis()).unwrap_or(0) - i128::try_from(last.boot.as_millis()).unwrap_or(0);
        let by_ms = by_wall - by_boot;
        if by_ms.unsigned_abs() < STEP.as_millis() {
            return;
        }
        let by_ms = i64::try_from(by_ms).unwrap_or(0);
        tracing::info!("the wall clock was set by {by_ms} ms; running times are kept");
        let what = What::ClockStepped { by_ms };
        if let Err(error) = self.write(now.wall, what.clone(), now) {
            tracing::error!("{error}; kept in memory");
            let fact = self.next_fact(now.wall, what, now);
            self.count(&fact, now);
            self.waiting.push((fact, now.clone()));
        }
    }

    fn next_fact(&self, at: Timestamp, what: What, now: &Moment) -> Fact {
        let at = at.min(now.wall);
        Fact { seq: self.state.seq() + 1, at, recorded: now.wall, device: self.device.clone(), what }
    }

    fn count(&mut self, fact: &Fact, now: &Moment) {
        self.closed.extend(self.state.apply(fact, &self.policy));
        self.last = Some(now.clone());
    }

    /// Writes a fact, with all that waits, in one transaction; only then does it count.
    fn write(&mut self, at: Timestamp, what: What, now: &Moment) -> Result<(), ServiceError> {
        self.write_all(at, [what], now)
    }

    fn write_all(
        &mut self,
        at: Timestamp,
        whats: impl IntoIterator<Item = What>,
        now: &Moment,
    ) -> Result<(), ServiceError> {
        let before = (self.state.clone(), self.closed.len(), self.last.clone());
        let mut facts = Vec::new();
        for what in whats {
            let fact = self.next_fact(at, what, now);
            self.count(&fact, now);
            facts.push((fact, now.clone()));
        }
        self.save(&facts).inspect_err(|_| {
            self.state = before.0;
            self.closed.truncate(before.1);
            self.last = before.2;
        })
    }

    fn save(&mut self, facts: &[(Fact, Moment)]) -> Result<(), ServiceError> {
        let saved = (|| {
            let transaction = self.db.transaction()?;
            for (fact, moment) in self.waiting.iter().chain(facts) {
                insert_fact(&transaction, fact, moment)?;
            }
            project(&transaction, &self.state, &self.closed)?;
            transaction.commit()
        })();
        saved.map_err(|error| ServiceError::of(&error, &self.path))?;
        self.waiting.clear();
        self.closed.clear();
        Ok(())
    }

    fn load(&mut self) -> rusqlite::Result<()> {
        let last = "SELECT recorded, boot, boot_id FROM facts WHERE person = ?1 ORDER BY seq DESC LIMIT 1";
        self.last = self
            .db
            .query_row(last, [LOCAL], |row| {
                let boot = Duration::from_millis(row.get::<_, i64>(1)?.unsigned_abs());
                Ok(Moment { wall: timestamp(row.get(0)?), boot, boot_id: row.get::<_, String>(2)?.into() })
            })
            .optional()?;
        let kept = "SELECT state FROM projections WHERE person = ?1 AND version = ?2";
        let kept: Option<String> = self.db.query_row(kept, [LOCAL, schema::PROJECTION], |row| row.get(0)).optional()?;
        match kept.and_then(|state| serde_json::from_str(&state).ok()) {
            Some(state) => self.state = state,
            None => self.rebuild()?,
        }
        Ok(())
    }

    /// Folds the log again: projections are never the truth.
    pub(crate) fn rebuild(&mut self) -> rusqlite::Result<()> {
        let base: Option<String> =
            self.db.query_row("SELECT state FROM bases WHERE person = ?1", [LOCAL], |row| row.get(0)).optional()?;
        let mut state: State = base.and_then(|base| serde_json::from_str(&base).ok()).unwrap_or_default();
        let transaction = self.db.transaction()?;
        transaction.execute("DELETE FROM intervals WHERE person = ?1", [LOCAL])?;
        transaction.execute("DELETE FROM corrections WHERE person = ?1", [LOCAL])?;
        {
            let mut closed = Vec::new();
            let mut facts = transaction.prepare("SELECT fact FROM facts WHERE person = ?1 ORDER BY seq")?;
            for fact in facts.query_map([LOCAL], |row| row.get::<_, String>(0))? {
                match serde_json::from_str::<Fact>(&fact?) {
                    Ok(fact) => {
                        index_correction(&transaction, &fact)?;
                        if fact.seq > state.seq() {
                            closed.extend(state.apply(&fact, &self.policy));
                        }
                    }
                    Err(error) => tracing::warn!("a fact of the log is not understood and left out: {error}"),
                }
            }
            project(&transaction, &state, &closed)?;
        }
        transaction.commit()?;
        self.state = state;
        Ok(())
    }

    /// Makes what has happened up to now the new beginning of the log, and forgets facts recorded before `before`.
    pub(crate) fn forget(&mut self, before: Option<Timestamp>) -> Result<usize, ServiceError> {
        self.flush()?;
        let forgotten = (|| {
            let until: i64 = match before {
                None => i64::MAX,
                Some(before) => before.as_millisecond(),
            };
            let mut base = State::default();
            let known: Option<String> =
                self.db.query_row("SELECT state FROM bases WHERE person = ?1", [LOCAL], |row| row.get(0)).optional()?;
            if before.is_none() {
                self.state.forget_past();
                base = self.state.clone();
            } else {
                base = known.and_then(|known| serde_json::from_str(&known).ok()).unwrap_or(base);
                let facts = "SELECT fact FROM facts WHERE person = ?1 AND recorded < ?2 ORDER BY seq";
                let mut facts = self.db.prepare(facts)?;
                for fact in facts.query_map([LOCAL, until], |row| row.get::<_, String>(0))? {
                    // A correction may have stayed when what came before it went.
                    if let Ok(fact) = serde_json::from_str::<Fact>(&fact?)
                        && fact.seq > base.seq()
                    {
                        base.apply(&fact, &self.policy);
                    }
                }
            }
            let base = serde_json::to_string(&base).expect("a state is plain data");
            let transaction = self.db.transaction()?;
            transaction.execute("DELETE FROM intervals WHERE person = ?1 AND ended < ?2", [LOCAL, until])?;
            let facts = if before.is_none() {
                erase(&transaction, self.state.seq(), &self.device, self.last.as_ref())?
            } else {
                let recent = self.closed.iter().cloned().chain(self.state.current_interval());
                let kept = kept_since(&transaction)?.into_iter().chain(recent.map(|interval| interval.start)).min();
                forget_facts(&transaction, until, kept)?
            };
            transaction
                .execute("INSERT OR REPLACE INTO bases (person, state) VALUES (?1, ?2)", params![LOCAL, base])?;
            // What ended by itself and is not written yet is erased as well, or written now.
            let closed = if before.is_none() { &[] } else { &self.closed[..] };
            project(&transaction, &self.state, closed)?;
            transaction.commit()?;
            self.closed.clear();
            Ok(facts)
        })();
        forgotten.map_err(|error: rusqlite::Error| ServiceError::of(&error, &self.path))
    }

    /// Lets the file grow no further, or again: what a full disk looks like from here.
    #[doc(hidden)]
    pub fn fill_disk_for_tests(&mut self, full: bool) {
        let pages = if full { 1 } else { 1_000_000 };
        // SQLite raises a limit below the present size to that size.
        self.db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).ok();
    }

    /// The intervals that the state has closed but not written.
    pub(crate) fn unwritten(&self) -> &[Interval] {
        &self.closed
    }
}

pub(crate) fn timestamp(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn insert_fact(db: &Transaction<'_>, fact: &Fact, moment: &Moment) -> rusqlite::Result<()> {
    let json = serde_json::to_string(fact).expect("a fact is plain data");
    let boot = i64::try_from(moment.boot.as_millis()).unwrap_or(i64::MAX);
    let seq = i64::try_from(fact.seq).unwrap_or(i64::MAX);
    db.prepare_cached(
        "INSERT INTO facts (person, seq, recorded, boot_id, boot, fact) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![LOCAL, seq, fact.recorded.as_millisecond(), moment.boot_id, boot, json])?;
    index_correction(db, fact)
}

/// Notes which stretch a fact corrects, if it does.
fn index_correction(db: &Transaction<'_>, fact: &Fact) -> rusqlite::Result<()> {
    let Some(correction) = Correction::of(fact) else { return Ok(()) };
    let seq = i64::try_from(fact.seq).unwrap_or(i64::MAX);
    db.prepare_cached("INSERT OR REPLACE INTO corrections (person, seq, start, ended) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![LOCAL, seq, correction.from.as_millisecond(), correction.to.as_millisecond()])?;
    Ok(())
}

/// Where the oldest interval that is written begins.
pub(crate) fn kept_since(db: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    let oldest = "SELECT start FROM intervals WHERE person = ?1 ORDER BY ended, start LIMIT 1";
    Ok(db.prepare_cached(oldest)?.query_row([LOCAL], |row| row.get(0)).optional()?.map(timestamp))
}

/// Removes all facts; how many. A mark takes the place of the last one, for the next start counts and times from it;
/// what it said might be among what the person wants gone.
fn erase(db: &Transaction<'_>, seq: u64, device: &DeviceId, last: Option<&Moment>) -> rusqlite::Result<usize> {
    db.execute("DELETE FROM corrections WHERE person = ?1", [LOCAL])?;
    let facts = db.execute("DELETE FROM facts WHERE person = ?1", [LOCAL])?;
    if let Some(last) = last {
        let mark = Fact { seq, at: last.wall, recorded: last.wall, device: device.clone(), what: What::Erased };
        insert_fact(db, &mark, last)?;
    }
    Ok(facts)
}

/// Removes the facts recorded before `until`, but for the last one and for corrections of what is kept; how many.
fn forget_facts(db: &Transaction<'_>, until: i64, kept: Option<Timestamp>) -> rusqlite::Result<usize> {
    let kept = kept.map_or(i64::MAX, Timestamp::as_millisecond);
    db.execute("DELETE FROM corrections WHERE person = ?1 AND ended <= ?2", [LOCAL, kept])?;
    db.execute(
        "DELETE FROM facts WHERE person = ?1 AND recorded < ?2
            AND seq < (SELECT max(seq) FROM facts WHERE person = ?1)
            AND seq NOT IN (SELECT seq FROM corrections WHERE person = ?1)",
        [LOCAL, until],
    )
}

fn project(db: &Transaction<'_>, state: &State, closed: &[Interval]) -> rusqlite::Result<()> {
    for interval in closed {
        let Some(end) = interval.end else { continue };
        let json = serde_json::to_string(interval).expect("an interval is plain data");
        db.prepare_cached("INSERT INTO intervals (person, start, ended, interval) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![LOCAL, interval.start.as_millisecond(), end.as_millisecond(), json])?;
    }
    let state = serde_json::to_string(state).expect("a state is plain data");
    db.prepare_cached("INSERT OR REPLACE INTO projections (person, version, state) VALUES (?1, ?2, ?3)")?
        .execute(params![LOCAL, schema::PROJECTION, state])?;
    Ok(())
}

fn make_private(folder: &Path) -> Result<(), ServiceError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|cause| ServiceError::NotWritable { path: folder.to_owned(), cause: cause.to_string() })
}

fn private(options: &mut fs::OpenOptions) -> &mut fs::OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// The database needs to make its write-ahead log beside the file.
fn tempfile_can_be_made(folder: &Path) -> std::io::Result<()> {
    let probe = folder.join(".writable");
    fs::write(&probe, b"")?;
    fs::remove_file(&probe)
}

/// Moves a damaged file and its write-ahead log to a name that nothing else has.
fn set_aside(path: &Path) -> Result<PathBuf, ServiceError> {
    let aside = (1..u32::MAX).map(|n| path.with_extension(format!("db.damaged-{n}"))).find(|aside| !aside.exists());
    let aside = aside.expect("one of all numbers is free");
    let not_movable = |error: std::io::Error| ServiceError::Other { path: path.to_owned(), cause: error.to_string() };
    fs::rename(path, &aside).map_err(not_movable)?;
    for suffix in ["-wal", "-shm"] {
        let beside = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
        if beside(path).exists() {
            fs::rename(beside(path), beside(&aside)).map_err(not_movable)?;
        }
    }
    Ok(aside)
}
