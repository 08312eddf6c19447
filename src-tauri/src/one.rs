//! One window a person: a second one would show the same and take a second place among the open windows.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long the one before may take to end, when it starts anew.
const PATIENCE: Duration = Duration::from_secs(1);

/// The right to be the window. The system gives it back however the program ends.
#[derive(Debug)]
pub struct Only(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] Option<File>);

impl Only {
    /// `None` while another window of this resident program is open.
    pub fn claim(socket: &Path) -> Option<Self> {
        // A named pipe has no folder; there, the resident program alone sees to it.
        let file = cfg!(unix).then(|| File::create(socket.with_file_name("window.lock")).ok()).flatten();
        let Some(file) = file else { return Some(Self(None)) };
        let began = Instant::now();
        while let Err(TryLockError::WouldBlock) = file.try_lock() {
            if began.elapsed() > PATIENCE {
                return None;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(Self(Some(file)))
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_is_one_windows_until_it_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("socket");
        let first = Only::claim(&socket);
        assert!(first.is_some());
        assert!(Only::claim(&socket).is_none());
        drop(first);
        assert!(Only::claim(&socket).is_some());
    }

    #[test]
    fn without_a_place_for_the_lock_the_window_opens_all_the_same() {
        assert!(Only::claim(Path::new("/nowhere/at/all/socket")).is_some());
    }
}
