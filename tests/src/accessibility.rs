//! The accessibility bus: where programs show screen readers what is in their windows.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::bus::Bus;
use crate::desktop::Desktop;
use crate::process::Service;

const NAME: &str = "org.a11y.Bus";

/// It is not on the path, and lies elsewhere on each distribution.
const LAUNCHERS: &[&str] =
    &["/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi-bus-launcher", "/usr/libexec/at-spi2/at-spi-bus-launcher"];

/// A running accessibility bus. Dropping it ends it.
#[derive(Debug)]
pub struct Accessibility {
    _launcher: Service,
    address: String,
}

impl Desktop {
    /// Starts the accessibility bus and says that a screen reader is there; programs started from now on show
    /// themselves. Needs the desktop's display and session bus.
    pub fn start_accessibility(&self) -> Result<Accessibility> {
        let program = LAUNCHERS.iter().find(|path| Path::new(path).exists());
        let program = program.context("the accessibility bus is not installed: `cargo xtask test` installs it")?;
        let mut command = self.command(program);
        // Without the memory backend it would look for a settings service that our bus does not start.
        command.args(["--launch-immediately", "--screen-reader=1"]).env("GSETTINGS_BACKEND", "memory");
        let mut launcher = Service::start_quiet("at-spi-bus-launcher", &mut command, &self.log_dir())?;
        let bus = self.session_bus();
        launcher.wait_until_ready(|| bus.has_owner(NAME))?;
        let address = address(&bus).context("the accessibility bus has no address")?;
        Ok(Accessibility { _launcher: launcher, address })
    }
}

impl Accessibility {
    /// The bus on which windows are read.
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// `('unix:path=…',)`, without what is around it.
fn address(bus: &Bus) -> Result<String> {
    let answer = bus.call(NAME, "/org/a11y/bus", "org.a11y.Bus.GetAddress", &[])?;
    let address = answer.trim_start_matches("('").trim_end_matches("',)");
    Ok(address.to_owned())
}
