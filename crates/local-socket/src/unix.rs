//! Unix sockets: a file in a folder that only the person may enter, and the kernel's word for who is at the other end.

use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// The end of whoever connects.
pub type Stream = UnixStream;

/// The longest path of a socket, in bytes: what the system's own structure has room for, with a null at the end.
const LONGEST: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// Connects to whoever listens at `path`; `NotFound` or `ConnectionRefused` if nobody does, `PermissionDenied` if it is
/// somebody else, or could be: what is said over the socket may be a password.
pub fn connect(path: &Path) -> io::Result<Stream> {
    fits(path)?;
    check_private(path.parent().unwrap_or(path))?;
    let stream = UnixStream::connect(path)?;
    // The folder may have been another one a moment ago.
    #[cfg(target_os = "linux")]
    if rustix::net::sockopt::socket_peercred(&stream)?.uid != rustix::process::getuid() {
        let words = format!("another user's program listens at {}", path.display());
        return Err(io::Error::new(ErrorKind::PermissionDenied, words));
    }
    Ok(stream)
}

/// Whether a folder is the person's own and closed to others; `NotFound` if there is none, `PermissionDenied` in words
/// if it isn't.
pub fn check_private(folder: &Path) -> io::Result<()> {
    // Of the folder itself: a symbolic link could lead elsewhere in the next moment.
    let found = std::fs::symlink_metadata(folder).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => {
            let words = format!(
                "{} can't be looked at ({error}): it is another user's. Set XDG_RUNTIME_DIR to a folder of your own, as a \
                 log-in does, or leave it out",
                folder.display()
            );
            io::Error::new(ErrorKind::PermissionDenied, words)
        }
        _ => error,
    })?;
    let open_to_others = found.mode() & 0o077;
    if found.is_dir() && found.uid() == rustix::process::getuid().as_raw() && open_to_others == 0 {
        return Ok(());
    }
    let words = format!(
        "{} belongs to somebody else or is open to others, so Halo neither listens nor answers there. Set \
         XDG_RUNTIME_DIR to a folder of your own with mode 0700",
        folder.display()
    );
    Err(io::Error::new(ErrorKind::PermissionDenied, words))
}

/// Refuses a path that is too long for a socket, and says what to do.
fn fits(path: &Path) -> io::Result<()> {
    if path.as_os_str().len() <= LONGEST {
        return Ok(());
    }
    let words = format!(
        "{} is too long for a socket, which has room for {LONGEST} bytes: set XDG_RUNTIME_DIR (on macOS: TMPDIR) to a \
         folder with a shorter path",
        path.display()
    );
    Err(io::Error::new(ErrorKind::InvalidFilename, words))
}

#[cfg(feature = "listener")]
pub use listener::{Connection, Listener};

#[cfg(feature = "listener")]
mod listener {
    use std::fs::{self, Permissions};
    use std::io::{self, ErrorKind};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use tokio::net::{UnixListener, UnixStream};

    /// The end of whoever listens.
    pub type Connection = UnixStream;

    /// Takes the connections of the person who runs this.
    #[derive(Debug)]
    pub struct Listener(UnixListener);

    impl Listener {
        /// Listens at `path`, in place of a socket that is there: whoever calls this knows that it is a dead one's.
        pub fn bind(path: &Path) -> io::Result<Self> {
            super::fits(path)?;
            Self::remove(path)?;
            let listener = UnixListener::bind(path)?;
            fs::set_permissions(path, Permissions::from_mode(0o600))?;
            Ok(Self(listener))
        }

        /// The next connection; `PermissionDenied` for one of somebody else, which is closed.
        ///
        /// It may be dropped before it ends: no connection is lost by that.
        pub async fn accept(&mut self) -> io::Result<Connection> {
            let (stream, _) = self.0.accept().await?;
            let us = rustix::process::getuid().as_raw();
            if stream.peer_cred().is_ok_and(|peer| peer.uid() == us || peer.uid() == 0) {
                Ok(stream)
            } else {
                Err(io::Error::new(ErrorKind::PermissionDenied, "another user tried to connect"))
            }
        }

        /// Takes away what a listener leaves at `path`.
        pub fn remove(path: &Path) -> io::Result<()> {
            match fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    use super::*;

    fn refused(path: &Path) -> ErrorKind {
        connect(path).expect_err("it must be refused").kind()
    }

    #[test]
    fn nobody_connects_through_a_folder_that_others_may_enter_or_a_link_to_one() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("halo");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
        let socket = folder.join("socket");
        assert_eq!(refused(&socket), ErrorKind::NotFound);
        let _listener = UnixListener::bind(&socket).unwrap();
        connect(&socket).unwrap();
        symlink(&folder, home.path().join("link")).unwrap();
        assert_eq!(refused(&home.path().join("link/socket")), ErrorKind::PermissionDenied);
        fs::set_permissions(&folder, Permissions::from_mode(0o750)).unwrap();
        assert_eq!(refused(&socket), ErrorKind::PermissionDenied);
        assert_eq!(refused(&home.path().join("none/socket")), ErrorKind::NotFound);
    }

    #[test]
    fn a_path_that_is_too_long_is_refused_with_what_to_do() {
        let path = Path::new("/tmp").join("x".repeat(LONGEST)).join("socket");
        assert!(connect(&path).unwrap_err().to_string().contains("shorter path"));
    }
}
