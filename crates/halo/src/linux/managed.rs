//! What the organisation fixes or presets, in a file that only an administrator writes.

use std::path::Path;

use agent::Managed;
use presence::Policy;

use crate::place::{keep_copy, read_text};

const FILE: &str = "/etc/halo/managed.toml";

/// Reads it. One that is broken leaves the last good one in force, if there was one, and else what in it can be taken: a
/// copy is kept in the data folder.
pub fn managed(policy: &Policy, data: &Path) -> Managed {
    let copy = data.join("managed.last-good.toml");
    let broken = |fault: String| match read_text(&copy) {
        Ok(Some(text)) => Managed { fault: Some(fault), ..Managed::from_toml(FILE, &text, policy) },
        _ => Managed { place: FILE.to_owned(), fault: Some(fault), ..Managed::default() },
    };
    match read_text(Path::new(FILE)) {
        Ok(None) => {
            // Nothing is managed any more, so there is nothing to go back to.
            let _ = std::fs::remove_file(copy);
            Managed::default()
        }
        Ok(Some(text)) => {
            let read = Managed::from_toml(FILE, &text, policy);
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
