//! A sound server with a microphone that hears nothing, and applications that record from it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::desktop::Desktop;
use crate::process::Service;

/// PulseAudio in a desktop. Dropping it ends it.
#[derive(Debug)]
pub struct Sound {
    _server: Service,
}

/// An application that records. Dropping it ends it.
#[derive(Debug)]
pub struct Recording {
    _application: Service,
}

impl Desktop {
    /// Starts a sound server with the microphone `mic`, and the silent output `out` with its monitor `out.monitor`.
    pub fn start_sound(&self) -> Result<Sound> {
        let mut daemon = self.command("pulseaudio");
        daemon.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--load=module-native-protocol-unix"]);
        daemon.args(["--load=module-null-source source_name=mic", "--load=module-null-sink sink_name=out"]);
        let mut server = Service::start_quiet("pulseaudio", &mut daemon, &self.log_dir())?;
        server.wait_until_ready(|| {
            let mut asked = self.command("pactl");
            asked.arg("info").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            asked.status().is_ok_and(|status| status.success())
        })?;
        Ok(Sound { _server: server })
    }

    /// Starts an application that records from a source.
    pub fn record(&self, source: &str) -> Result<Recording> {
        let mut application: Command = self.command("parec");
        application.arg(format!("--device={source}")).stdin(Stdio::null()).stdout(Stdio::null());
        Ok(Recording { _application: Service::start("parec", &mut application, &self.log_dir())? })
    }
}

impl Sound {
    /// Whether it can be started here.
    pub fn is_installed() -> bool {
        let there = |program: &str| {
            let path = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&path).any(|folder: PathBuf| folder.join(program).is_file())
        };
        ["pulseaudio", "pactl", "parec"].into_iter().all(there)
    }
}
