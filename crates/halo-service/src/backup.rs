//! Backups: one file that holds everything, written beside a service that runs.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, bail};
use rusqlite::{Connection, OpenFlags};
use rustix::fs::{FlockOperation, flock};
use service::{Service, Sharing};

use crate::config::Config;

/// The service's own lock: held as long as it serves.
pub fn lock(data: &Path) -> anyhow::Result<File> {
    service::make_private(data)?;
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
    let db = Connection::open_with_flags(&database, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .with_context(|| format!("{} can't be opened", database.display()))?;
    db.busy_timeout(std::time::Duration::from_secs(30))?;
    let target = file.to_str().context("the file's name must be text")?;
    db.execute("VACUUM INTO ?1", [target]).with_context(|| format!("{} can't be written", file.display()))?;
    private(file)?;
    File::open(file)?.sync_all()?;
    println!("{} holds everything up to now", file.display());
    Ok(())
}

/// Puts a backup in the place of what is there, which is set aside.
pub fn restore(config: &Config, file: &Path) -> anyhow::Result<()> {
    let _lock = lock(&config.data)?;
    check(file)?;
    let database = config.data.join("halo.db");
    let coming = config.data.join("halo.db.coming");
    std::fs::copy(file, &coming).with_context(|| format!("{} can't be copied", file.display()))?;
    private(&coming)?;
    File::open(&coming)?.sync_all()?;
    if database.exists() {
        let aside =
            (1..u32::MAX).map(|n| config.data.join(format!("halo.db.before-{n}"))).find(|aside| !aside.exists());
        let aside = aside.context("no name is free for what is there")?;
        // What the write-ahead log holds belongs to the old file.
        drop(Service::open(&config.data, config.policy()?, Sharing::Alone));
        std::fs::rename(&database, &aside)?;
        println!("what was there is now {}", aside.display());
    }
    for beside in ["halo.db-wal", "halo.db-shm"] {
        match std::fs::remove_file(config.data.join(beside)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    std::fs::rename(&coming, &database)?;
    println!("restored from {}", file.display());
    Ok(())
}

/// Whether a file is a whole backup.
fn check(file: &Path) -> anyhow::Result<()> {
    let not_one = || format!("{} is not a whole backup of a Halo service: nothing was changed", file.display());
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).with_context(not_one)?;
    let sound: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).with_context(not_one)?;
    if sound != "ok" {
        bail!("{}", not_one());
    }
    db.query_row("SELECT count(*) FROM facts", [], |_| Ok(())).with_context(not_one)
}

fn private(file: &Path) -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}
