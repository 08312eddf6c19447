//! The program's own log: one file and the one before it, a megabyte each, readable by the person only.
//!
//! What people write or are written never goes in: no messages, no names, no secrets.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing::Level;
use tracing_subscriber::fmt::time::FormatTime;

/// The size at which a new file is begun, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// Begins to log; in words why not. Without a place to write, the program runs without a log.
pub fn begin(path: &Path) -> io::Result<()> {
    path.parent().map(crate::place::private_folder).transpose().map_err(io::Error::other)?;
    crate::place::is_there(path)?;
    let log = Rotating::open(path)?;
    let level = std::env::var("HALO_LOG").ok().and_then(|level| level.parse().ok()).unwrap_or(Level::INFO);
    // Fails only if something logs already, which then goes on.
    let _ = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(false)
        .with_timer(Utc)
        .with_writer(Mutex::new(log))
        .try_init();
    Ok(())
}

struct Utc;

impl FormatTime for Utc {
    fn format_time(&self, writer: &mut tracing_subscriber::fmt::format::Writer<'_>) -> std::fmt::Result {
        write!(writer, "{:.3}", jiff::Timestamp::now())
    }
}

#[derive(Debug)]
struct Rotating {
    path: PathBuf,
    file: File,
    size: u64,
}

impl Rotating {
    fn open(path: &Path) -> io::Result<Self> {
        let mut options = File::options();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        let size = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, size })
    }

    fn begin_new(&mut self) -> io::Result<()> {
        fs::rename(&self.path, self.path.with_extension("log.1"))?;
        *self = Self::open(&self.path)?;
        Ok(())
    }
}

impl Write for Rotating {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.size > LARGEST && self.begin_new().is_err() {
            // Better a long log than none: the next attempt is a megabyte away.
            self.size = 0;
        }
        let written = self.file.write(bytes)?;
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_megabyte_begins_a_new_file_and_the_one_before_it_is_kept_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (path, before) = (folder.path().join("halo.log"), folder.path().join("halo.log.1"));
        let mut log = Rotating::open(&path).unwrap();
        let line = |n: u32| format!("{n:<99}\n");
        // Two and a half megabytes, opened anew in the middle as by a restart.
        for n in 0..25_000 {
            if n == 5_000 {
                log = Rotating::open(&path).unwrap();
            }
            log.write_all(line(n).as_bytes()).unwrap();
        }
        let (now, older) = (fs::read_to_string(&path).unwrap(), fs::read_to_string(&before).unwrap());
        assert!(now.len() as u64 <= LARGEST + 100 && older.len() as u64 <= LARGEST + 100);
        let last: String =
            (25_000 - u32::try_from((now.len() + older.len()) / 100).unwrap()..25_000).map(line).collect();
        assert!(older + &now == last, "lines are missing or broken");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn a_log_that_cannot_be_rotated_goes_on() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("halo.log");
        fs::create_dir_all(folder.path().join("halo.log.1/in the way")).unwrap();
        let mut log = Rotating::open(&path).unwrap();
        for _ in 0..30 {
            log.write_all(&vec![b'x'; 100_000]).unwrap();
        }
        assert_eq!(fs::metadata(&path).unwrap().size(), 3_000_000);
    }
}
