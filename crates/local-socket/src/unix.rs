//! Unix sockets: a file that only the person may open, and the kernel's word for who is at the other end.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// The end of whoever connects.
pub type Stream = UnixStream;

/// Connects to whoever listens at `path`; `NotFound` or `ConnectionRefused` if nobody does.
pub fn connect(path: &Path) -> io::Result<Stream> {
    UnixStream::connect(path)
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
