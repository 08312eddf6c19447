//! The export: a table that the page hands over becomes a file among the person's downloads.
//!
//! A link to a blob, which does this in a browser, saves nothing in `WebKitGTK` under Tauri. And a dialog that asks
//! where would cost a plug-in with file permissions, for a file that people move anyway: it goes where downloads go, under
//! a name that nothing else has, and the page says where that is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

/// What became of a file; the page has the words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Saved {
    /// It is there.
    At {
        /// Its whole path.
        path: PathBuf,
    },
    /// It is not.
    Not {
        /// Why.
        why: Why,
        /// Where it should have been.
        folder: PathBuf,
    },
}

/// Why a file could not be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The folder isn't there.
    Missing,
    /// It can't be written.
    Denied,
    /// No room is left.
    Full,
    /// Anything else.
    Failed,
}

/// Writes a table into a folder, under its name or `name (2).csv`, `name (3).csv`… if that is taken.
pub fn save(folder: &Path, name: &str, text: &str) -> Saved {
    let written = plain(name).and_then(|stem| write(folder, stem, text));
    written.map_or_else(|error| Saved::Not { why: why(&error), folder: folder.to_owned() }, |path| Saved::At { path })
}

/// The name without its ending. The page may name a file, never a place.
fn plain(name: &str) -> io::Result<&str> {
    let stem = name.strip_suffix(".csv").filter(|stem| !stem.is_empty() && !stem.starts_with('.'));
    let stem = stem.filter(|stem| !stem.chars().any(|c| c.is_control() || matches!(c, '/' | '\\' | ':')));
    stem.ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "this is no name of a table"))
}

fn write(folder: &Path, stem: &str, text: &str) -> io::Result<PathBuf> {
    let (path, mut file) = fresh(folder, stem)?;
    // Synced, for a disk that is full, or a network, may say so only now.
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.inspect_err(|_| {
        // Half a table is worse than none.
        let _ = fs::remove_file(&path);
    })?;
    Ok(path)
}

/// A file that nobody else has made, not even at this moment.
fn fresh(folder: &Path, stem: &str) -> io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // Where somebody was all day is their own business, as in the log that this comes from.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    for n in 1..=9999 {
        let name = if n == 1 { format!("{stem}.csv") } else { format!("{stem} ({n}).csv") };
        let path = folder.join(name);
        match options.open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (path, file)),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

fn why(error: &io::Error) -> Why {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Why::Missing,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Why::Denied,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Why::Full,
        _ => Why::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(saved: Saved) -> PathBuf {
        match saved {
            Saved::At { path } => path,
            Saved::Not { why, .. } => panic!("not saved: {why:?}"),
        }
    }

    #[test]
    fn a_table_is_saved_under_its_name_and_overwrites_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["halo-history.csv", "halo-history (2).csv", "halo-history (3).csv"];
        for (n, name) in names.iter().enumerate() {
            let saved = path(save(folder.path(), "halo-history.csv", &format!("\u{feff}table {n}\r\n")));
            assert_eq!(saved, folder.path().join(name));
        }
        for (n, name) in names.iter().enumerate() {
            assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), format!("\u{feff}table {n}\r\n"));
        }
    }

    #[test]
    fn a_name_in_any_language_is_taken_and_a_place_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        fs::create_dir(&inside).unwrap();
        assert_eq!(path(save(&inside, "سجل هالو.csv", "x")), inside.join("سجل هالو.csv"));
        for place in
            ["../x.csv", "/tmp/x.csv", "a/b.csv", "a\\b.csv", "c:x.csv", ".x.csv", ".csv", "x.sh", "x\0.csv", ""]
        {
            let refused = Saved::Not { why: Why::Failed, folder: inside.clone() };
            assert_eq!(save(&inside, place, "x"), refused, "{place}");
        }
        assert_eq!(fs::read_dir(&inside).unwrap().count(), 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_or_no_folder_is_told_apart_from_one_that_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing");
        assert_eq!(save(&missing, "x.csv", ""), Saved::Not { why: Why::Missing, folder: missing });
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(save(&file, "x.csv", ""), Saved::Not { why: Why::Missing, folder: file });
        let kinds = [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem, ErrorKind::StorageFull];
        let whys = kinds.map(|kind| why(&kind.into()));
        assert_eq!(whys, [Why::Denied, Why::Denied, Why::Full]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_that_cannot_be_written_is_refused_even_to_root() {
        // Nobody makes files in there, whoever they are.
        let sealed = Path::new("/proc/self");
        let Saved::Not { why, .. } = save(sealed, "x.csv", "") else { panic!("saved") };
        assert!(matches!(why, Why::Missing | Why::Denied), "{why:?}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_as_such() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        // The device stands for the disk; `fresh` itself follows no link.
        let path = folder.path().join("full");
        symlink("/dev/full", &path).unwrap();
        let mut file = OpenOptions::new().write(true).open(&path).unwrap();
        let error = file.write_all(b"table").unwrap_err();
        assert_eq!(why(&error), Why::Full);
    }

    #[test]
    fn the_page_reads_what_became_of_it() {
        let json = |saved: &Saved| serde_json::to_string(saved).unwrap();
        assert_eq!(json(&Saved::At { path: "/d/x.csv".into() }), r#"{"path":"/d/x.csv"}"#);
        let not = Saved::Not { why: Why::Missing, folder: "/d".into() };
        assert_eq!(json(&not), r#"{"why":"missing","folder":"/d"}"#);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_person_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let saved = path(save(folder.path(), "x.csv", "x"));
        assert_eq!(fs::metadata(saved).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
