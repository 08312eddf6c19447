//! The servers that do the same work: each started with an empty folder of its own, on a free port of this machine, and as
//! its makers mean it to be used for messages that come and go.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::dialect::halo::Halo;
use crate::dialect::nats::Nats;
use crate::directory::Directory;
use crate::process::{Server, free_address};
use crate::socket::Socket;

/// A server and its folder, which goes when it does.
#[derive(Debug)]
pub(crate) struct Place {
    /// The server.
    pub server: Server,
    folder: TempDir,
}

/// Starts servers, on this disk.
#[derive(Debug)]
pub(crate) struct Starter {
    /// The `halo-service` under test.
    pub service: PathBuf,
    /// A folder on the disk that is measured.
    pub disk: PathBuf,
}

/// Where servers are that a person's path leaves out.
const SYSTEM: [&str; 4] = ["/usr/sbin", "/usr/bin", "/sbin", "/usr/local/bin"];

impl Starter {
    /// A new folder on the disk.
    pub(crate) fn folder(&self) -> Result<TempDir> {
        let folder = tempfile::Builder::new().prefix("bench-service-").tempdir_in(&self.disk);
        folder.with_context(|| format!("no folder can be made in {}", self.disk.display()))
    }

    /// The bare WebSocket server.
    pub(crate) fn floor(&self) -> Result<Place> {
        let (folder, at) = (self.folder()?, free_address()?);
        let mut command = Command::new(std::env::current_exe()?);
        let server = Server::start(command.arg("floor").arg(at.to_string()), at, folder.path())?;
        Ok(Place { server, folder })
    }

    /// Mosquitto; `None` where it is not installed.
    pub(crate) fn mosquitto(&self) -> Result<Option<Place>> {
        let Some(program) = find("mosquitto") else { return Ok(None) };
        let (folder, at) = (self.folder()?, free_address()?);
        let config = folder.path().join("mosquitto.conf");
        let lines = format!(
            "listener {} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\nuser root\n",
            at.port()
        );
        fs::write(&config, lines)?;
        let server = Server::start(Command::new(program).arg("-c").arg(config), at, folder.path())?;
        Ok(Some(Place { server, folder }))
    }

    /// NATS; `None` where it is not installed.
    pub(crate) async fn nats(&self, what: Nats) -> Result<Option<Place>> {
        let Some(program) = find("nats-server") else { return Ok(None) };
        let (folder, at) = (self.folder()?, free_address()?);
        let mut command = Command::new(program);
        command.args(["--addr", "127.0.0.1", "--port", &at.port().to_string()]);
        if what == Nats::KeyValue {
            command.arg("--jetstream").arg("--store_dir").arg(folder.path().join("store"));
        }
        let server = Server::start(&mut command, at, folder.path())?;
        if what == Nats::KeyValue {
            what.prepare(&mut Socket::connect(at, 0).await?).await?;
        }
        Ok(Some(Place { server, folder }))
    }

    /// Halo's service, with a copy of a directory.
    pub(crate) fn halo(&self, directory: &Directory) -> Result<(Place, Rc<Halo>)> {
        let (folder, at) = (self.folder()?, free_address()?);
        directory.copy(&folder.path().join("data"))?;
        let server = Server::start(&mut self.serve(folder.path(), &at.to_string()), at, folder.path())?;
        Ok((Place { server, folder }, Rc::new(Halo { tokens: Rc::clone(&directory.tokens) })))
    }

    /// Kills Halo's service and starts it again with what it had, at the same address.
    pub(crate) fn restart(&self, place: Place) -> Result<Place> {
        let Place { server, folder } = place;
        let at = server.at;
        drop(server);
        let server = Server::start(&mut self.serve(folder.path(), &at.to_string()), at, folder.path())?;
        Ok(Place { server, folder })
    }

    fn serve(&self, folder: &Path, at: &str) -> Command {
        let mut command = Command::new(&self.service);
        command.arg("serve").env_clear().env("HALO_SERVICE_DATA", folder.join("data")).env("HALO_SERVICE_LISTEN", at);
        command.env("HALO_SERVICE_METRICS_LISTEN", "127.0.0.1:0").env("HALO_LOG", "error");
        // All devices call from this machine, as they would from a proxy in front.
        command.env("HALO_SERVICE_TRUSTED_PROXIES", "127.0.0.0/8");
        command
    }
}

fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(SYSTEM.map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}
