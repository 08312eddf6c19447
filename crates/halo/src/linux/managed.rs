//! What the organisation fixes or presets, in a file that only an administrator writes.

use std::path::{Path, PathBuf};

use agent::Managed;
use presence::Policy;

use crate::place::{keep_copy, read_administrators, read_text};

/// What an administrator writes for everybody on this machine. `root` is the root of the file system.
///
/// In a Flatpak, `/etc` is the runtime's; the machine's lies elsewhere, once Halo is allowed to read it.
pub fn machine_folder(root: &Path) -> PathBuf {
    let in_flatpak = root.join(".flatpak-info").exists();
    root.join(if in_flatpak { "run/host/etc/halo" } else { "etc/halo" })
}

/// Reads it. One that is broken leaves the last good one in force, if there was one, and else what in it can be taken: a
/// copy is kept in the data folder.
pub fn managed(policy: &Policy, data: &Path) -> Managed {
    let path = machine_folder(Path::new("/")).join("managed.toml");
    let file = path.display().to_string();
    let copy = data.join("managed.last-good.toml");
    let broken = |fault: String| match read_text(&copy) {
        Ok(Some(text)) => Managed { fault: Some(fault), ..Managed::from_toml(&file, &text, policy) },
        _ => Managed { place: file.clone(), fault: Some(fault), ..Managed::default() },
    };
    match read_administrators(&path) {
        Ok(None) => {
            // Nothing is managed any more, so there is nothing to go back to.
            let _ = std::fs::remove_file(copy);
            Managed::default()
        }
        Ok(Some(text)) => {
            let read = Managed::from_toml(&file, &text, policy);
            match read.fault.clone() {
                None => {
                    keep_copy(&copy, &text);
                    read
                }
                Some(fault) if copy.exists() => broken(fault),
                Some(_) => read,
            }
        }
        Err(error) => broken(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_flatpak_the_machines_own_folder_is_elsewhere() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(machine_folder(root.path()), root.path().join("etc/halo"));
        std::fs::write(root.path().join(".flatpak-info"), "").unwrap();
        assert_eq!(machine_folder(root.path()), root.path().join("run/host/etc/halo"));
    }
}
