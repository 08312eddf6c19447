//! One resident program a person, whatever the number of their logins on this machine.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};

/// The claim; it ends with the process, however that ends.
#[derive(Debug)]
pub struct Instance(#[expect(dead_code, reason = "held for its lock")] File);

/// Claims the person's data, unless another program has.
pub fn claim(data: &Path) -> anyhow::Result<Option<Instance>> {
    let path = data.join("halo.lock");
    let cant = || format!("Halo can't write in {}: make the folder writable for you", data.display());
    let mut file = File::options().create(true).truncate(false).write(true).open(&path).with_context(cant)?;
    match file.try_lock() {
        Ok(()) => {
            // For people who look; the lock is what counts.
            file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).ok();
            Ok(Some(Instance(file)))
        }
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => bail!("{} can't be locked: {error}", path.display()),
    }
}
