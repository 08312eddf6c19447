//! One resident program a person, whatever the number of their logins on this machine.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};

use crate::place::{Place, is_there};

/// The claim; it ends with the process, however that ends.
#[derive(Debug)]
pub struct Instance(#[expect(dead_code, reason = "held for their locks")] Vec<File>);

/// Claims the person's data and socket, unless another program has. Both, because a folder may be removed under a program
/// that runs: the other one still tells of it.
pub fn claim(place: &Place) -> anyhow::Result<Option<Instance>> {
    let Some(data) = lock(&place.data)? else { return Ok(None) };
    let mut locks = vec![data];
    // A pipe of Windows lies in no folder, and its name can be had once.
    if let Some(folder) = place.socket.parent().filter(|_| cfg!(unix)) {
        let Some(socket) = lock(folder)? else { return Ok(None) };
        locks.push(socket);
    }
    Ok(Some(Instance(locks)))
}

fn lock(folder: &Path) -> anyhow::Result<Option<File>> {
    let path = folder.join("halo.lock");
    is_there(&path)?;
    let cant = || format!("Halo can't write in {}: make the folder writable for you", folder.display());
    let mut file = File::options().create(true).truncate(false).write(true).open(&path).with_context(cant)?;
    match file.try_lock() {
        Ok(()) => {
            // For people who look; the lock is what counts.
            file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).ok();
            Ok(Some(file))
        }
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => bail!("{} can't be locked: {error}", path.display()),
    }
}
