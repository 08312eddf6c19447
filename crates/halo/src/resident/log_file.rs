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

/// Begins to log. Without a place to write, the program runs without a log.
pub fn begin(path: &Path) {
    let opened = path.parent().map(crate::place::private_folder).transpose().is_ok();
    let Some(log) = Rotating::open(path).ok().filter(|_| opened) else { return };
    let level = std::env::var("HALO_LOG").ok().and_then(|level| level.parse().ok()).unwrap_or(Level::INFO);
    // Fails only if something logs already, which then goes on.
    let _ = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(false)
        .with_timer(Utc)
        .with_writer(Mutex::new(log))
        .try_init();
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
}

impl Write for Rotating {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.size > LARGEST {
            fs::rename(&self.path, self.path.with_extension("log.1"))?;
            *self = Self::open(&self.path)?;
        }
        let written = self.file.write(bytes)?;
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
