//! Backups: one file that holds everything, written beside a service that runs.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use log_sqlite::LogFile;
use rusqlite::{Connection, OpenFlags};
use rustix::fs::{FlockOperation, flock};

use crate::config::Config;

/// The service's own lock: held as long as it serves.
pub fn lock(data: &Path) -> anyhow::Result<File> {
    log_sqlite::make_private(data)?;
    let path = data.join("lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("{} can't be opened", path.display()))?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        bail!("a service runs on {} already: end it first", data.display());
    }
    Ok(file)
}

/// Writes everything to a file that doesn't exist yet.
pub fn write(config: &Config, file: &Path) -> anyhow::Result<()> {
    if file.exists() {
        bail!("{} exists already: name a file that doesn't", file.display());
    }
    let database = config.data.join("halo.db");
    if !database.exists() {
        bail!("there is nothing at {} yet", database.display());
    }
    // Opened, it would be taken for a new one, and what lies beside it would go.
    if fs::metadata(&database).is_ok_and(|found| found.len() == 0) {
        bail!("{} is damaged (it is empty), and no backup was written: restore one of before", database.display());
    }
    let db = Connection::open_with_flags(&database, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .with_context(|| format!("{} can't be opened", database.display()))?;
    db.busy_timeout(std::time::Duration::from_secs(30))?;
    if let Err(damage) = whole(&db) {
        bail!("{} is damaged ({damage:#}), and no backup was written: restore one of before", database.display());
    }
    let target = file.to_str().context("the file's name must be text")?;
    // Nobody else's from its first byte on: there are passwords in it, if only as hashes.
    let cant = || format!("{} can't be written", file.display());
    drop(create(file).with_context(cant)?);
    let written = db.execute("VACUUM INTO ?1", [target]).with_context(cant);
    if written.is_err() {
        // It is empty or half of something.
        let _ = fs::remove_file(file);
    }
    written?;
    File::open(file)?.sync_all()?;
    println!("{} holds everything up to now", file.display());
    Ok(())
}

/// Puts a backup in the place of what is there, which is set aside.
pub fn restore(config: &Config, file: &Path) -> anyhow::Result<()> {
    // To open a pipe would be to wait for ever.
    if fs::metadata(file).is_ok_and(|found| !found.is_file()) {
        bail!("{} is not a file, and nothing was changed: name the file of a backup", file.display());
    }
    if !file.exists() {
        bail!("there is no file {}, and nothing was changed", file.display());
    }
    let _lock = lock(&config.data)?;
    check(file)?;
    let database = config.data.join("halo.db");
    let coming = config.data.join("halo.db.coming");
    // Whatever an earlier attempt left behind.
    let _ = fs::remove_file(&coming);
    let copied = copy(file, &coming).and_then(|()| check(&coming));
    if copied.is_err() {
        let _ = fs::remove_file(&coming);
    }
    copied?;
    if database.exists() {
        let aside = set_aside(&database)?;
        println!("what was there is now {}", aside.display());
    }
    fs::rename(&coming, &database)?;
    File::open(&config.data)?.sync_all()?;
    println!("restored from {}", file.display());
    Ok(())
}

fn copy(file: &Path, to: &Path) -> anyhow::Result<()> {
    let cant = || format!("{} can't be copied", file.display());
    let mut from = File::open(file).with_context(cant)?;
    let mut copy = create(to).with_context(cant)?;
    std::io::copy(&mut from, &mut copy).with_context(cant)?;
    copy.sync_all().with_context(cant)
}

/// Moves a log to a name that nothing else has, damaged or not.
fn set_aside(database: &Path) -> anyhow::Result<PathBuf> {
    // What the write-ahead log holds belongs to the old file. If it can't be taken in, it goes along.
    let taken_in = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .and_then(|db| db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)));
    if !matches!(taken_in, Ok(0)) {
        println!("what was there is damaged: it is set aside as it is");
    }
    Ok(private_files::set_aside(database, "before")?)
}

/// Whether a file is a whole backup of ours, with nothing in it that is not.
fn check(file: &Path) -> anyhow::Result<()> {
    let not_one = || format!("{} is not a whole backup of a Halo service: nothing was changed", file.display());
    let immutable = format!("file:{}?immutable=1", escaped(file)?);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let db = Connection::open_with_flags(immutable, flags).with_context(not_one)?;
    whole(&db).with_context(not_one)?;
    match log_sqlite::examine(&db).with_context(not_one)? {
        LogFile::Ours => Ok(()),
        LogFile::Newer(found) => bail!(
            "{} was written by a newer Halo service (its schema is version {found}): restore it with that one. Nothing was changed",
            file.display()
        ),
        LogFile::Other(what) => bail!("{} ({what})", not_one()),
    }
}

/// Whether every page and every index is in order.
fn whole(db: &Connection) -> anyhow::Result<()> {
    let said: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if said == "ok" { Ok(()) } else { bail!("{said}") }
}

/// A path as a part of a URI.
fn escaped(file: &Path) -> anyhow::Result<String> {
    let path = std::path::absolute(file)?;
    let text = path.to_str().context("the file's name must be text")?;
    Ok(text.replace('%', "%25").replace('?', "%3f").replace('#', "%23"))
}

/// A new file that nobody else can read.
fn create(file: &Path) -> std::io::Result<File> {
    private_files::private(File::options().create_new(true).write(true)).open(file)
}
