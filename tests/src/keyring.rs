//! A keyring, unlocked as after a log-in.

use std::io::Write as _;
use std::process::Stdio;

use anyhow::{Context as _, Result};

use crate::process::Service;
use crate::stage::Stage;

pub(crate) fn start(stage: &Stage) -> Result<Service> {
    let mut command = stage.command("gnome-keyring-daemon");
    command.args(["--foreground", "--unlock", "--components=secrets"]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut daemon = Service::start("gnome-keyring-daemon", &mut command, &stage.folders.logs())?;
    // The password of a keyring that lives as long as its temporary folder; closing the pipe ends the password.
    let mut password = daemon.child().stdin.take().context("the keyring has no input")?;
    password.write_all(b"private")?;
    drop(password);
    daemon.wait_until_ready(|| stage.session_bus.has_owner("org.freedesktop.secrets"))?;
    Ok(daemon)
}
