//! What the system allows, and what it should not: open files, who runs the program, who can reach its data.

use std::path::Path;

use anyhow::{Context as _, bail};
use rustix::process::{Resource, getrlimit, setrlimit};

/// With fewer open files than this, an administrator should know.
const FEW: u64 = 4096;

/// Each device keeps a connection open, and each connection is a file: as many as this program may have.
pub fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!("the limit of open files can't be raised: {error}");
        }
    }
    let files = getrlimit(Resource::Nofile).current;
    if let Some(files) = files.filter(|files| *files < FEW) {
        tracing::warn!(
            files,
            "few files may be open, and each connected device needs one: raise the limit (LimitNOFILE in the systemd unit, ulimit -Hn elsewhere)"
        );
    }
}

/// A service that anybody can reach should not be the one who may do everything.
pub fn warn_of_root() {
    if rustix::process::geteuid().is_root() {
        tracing::warn!("this runs as root and need not: give it a user of its own, as halo-service.service does");
    }
}

/// Refuses a data folder in which others could put another log, and makes one private that they could look into.
pub fn check_data(data: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let found = data.metadata().with_context(|| format!("{} can't be looked at", data.display()))?;
    let mode = found.permissions().mode();
    if mode & 0o022 != 0 {
        bail!("others can write to {0}, and put another log there: chmod 700 {0}", data.display());
    }
    if mode & 0o055 != 0 {
        tracing::warn!("others can look into {0}: chmod 700 {0}", data.display());
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may stop at once")]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_folder_that_others_can_write_to_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        for (mode, is_taken) in [(0o700, true), (0o750, true), (0o770, false), (0o707, false)] {
            std::fs::set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
            let checked = check_data(folder.path());
            assert_eq!(checked.is_ok(), is_taken, "{mode:o}");
            assert!(checked.err().is_none_or(|why| why.to_string().contains("chmod 700 ")), "{mode:o}");
        }
        assert!(check_data(&folder.path().join("none")).is_err());
    }
}
