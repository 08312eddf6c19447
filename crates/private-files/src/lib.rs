//! Folders and files that are nobody else's, and what becomes of a damaged one.
//!
//! It exists so that whoever writes down what belongs to one person does so in the same way: on Unix, no one else may
//! enter the folder (0700) or read the file (0600), from its first byte on; on Windows, the person's own folders are
//! closed to others already. **It must not know** what is written in the files, nor which program they are of.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Files that `SQLite` keeps beside a database, by what their names end with.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// Makes a folder, and those above it that are missing, so that only their owner can enter. One that is there stays as
/// it is.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Has a file that these options make be readable by its owner only. One that is there stays as it is.
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Moves a file, and what a database keeps beside it, to a name that nothing else has: `halo.db` becomes
/// `halo.db.damaged-1` where `why` is `damaged`.
pub fn set_aside(file: &Path, why: &str) -> io::Result<PathBuf> {
    let name = |number| with_ending(file, &format!(".{why}-{number}"));
    let aside = (1..u32::MAX).map(name).find(|aside| !aside.exists());
    let aside = aside.ok_or_else(|| io::Error::other("there is no free name left to move it to"))?;
    fs::rename(file, &aside)?;
    for ending in BESIDE {
        match fs::rename(with_ending(file, ending), with_ending(&aside, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may stop at once")]
mod tests {
    use super::*;

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_enter_a_folder_or_read_a_file() {
        let place = tempfile::tempdir().unwrap();
        let (above, folder) = (place.path().join("a"), place.path().join("a/b"));
        make_folder(&folder).unwrap();
        make_folder(&folder).unwrap();
        let file = folder.join("file");
        private(OpenOptions::new().create(true).append(true)).open(&file).unwrap();
        assert_eq!([&above, &folder, &file].map(|path| mode(path)), [0o700, 0o700, 0o600]);
    }

    #[test]
    fn what_is_set_aside_takes_a_free_name_and_what_lies_beside_it_along() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("halo.db");
        for (number, beside) in [(1, false), (2, true), (3, false)] {
            fs::write(&file, number.to_string()).unwrap();
            if beside {
                fs::write(place.path().join("halo.db-wal"), "more").unwrap();
            }
            let aside = set_aside(&file, "damaged").unwrap();
            assert_eq!(aside, place.path().join(format!("halo.db.damaged-{number}")));
            assert_eq!(fs::read_to_string(&aside).unwrap(), number.to_string());
            assert!(!file.exists());
        }
        assert_eq!(fs::read_to_string(place.path().join("halo.db.damaged-2-wal")).unwrap(), "more");
        assert!(!place.path().join("halo.db-wal").exists());
        assert!(set_aside(&file, "damaged").is_err(), "there is nothing to set aside");
    }
}
