//! A keyring, unlocked as after a log-in, and what asks a person for its password.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, Result};

use crate::desktop::Desktop;
use crate::process::Service;
use crate::stage::Stage;

/// Of a keyring that lives as long as its temporary folder.
const PASSWORD: &str = "private";

const NAME: &str = "org.freedesktop.secrets";
const PROMPTER: &str = "org.gnome.keyring.SystemPrompter";

/// The program with which GNOME's keyring asks for a password: a window on the display. Dropping it ends it.
#[derive(Debug)]
pub struct KeyringPrompter(#[expect(dead_code, reason = "it is there to be dropped")] Service);

/// A keyring that speaks with nobody. Dropping it ends it.
#[derive(Debug)]
pub struct RefusingKeyring(#[expect(dead_code, reason = "it is there to be dropped")] Service);

const ON_DEMAND: &str = include_str!("keyring_on_demand.py");
const REFUSING: &str = include_str!("refusing_keyring.py");

impl KeyringPrompter {
    /// Whether this machine has it.
    pub fn is_installed() -> bool {
        program().is_some()
    }
}

/// It is nobody's to start but the bus's, hence outside `PATH`, and each distribution has a place of its own.
fn program() -> Option<PathBuf> {
    let places = ["/usr/libexec/gcr-prompter", "/usr/libexec/gcr/gcr-prompter", "/usr/lib/gcr/gcr-prompter"];
    places.iter().map(PathBuf::from).find(|place| place.exists())
}

impl Desktop {
    /// Locks the keyring, as its own program does for a person who asks for it.
    pub fn lock_keyring(&self) -> Result<()> {
        let method = "org.freedesktop.Secret.Service.Lock";
        let collection = "[objectpath '/org/freedesktop/secrets/collection/login']";
        self.session_bus().call(NAME, "/org/freedesktop/secrets", method, &[collection])?;
        Ok(())
    }

    /// Starts what asks for the keyring's password. Needs the display and the keyring; ask
    /// [`KeyringPrompter::is_installed`] first, and skip the test otherwise.
    pub fn start_keyring_prompter(&self) -> Result<KeyringPrompter> {
        let program = program().context("no gcr-prompter is installed")?;
        let mut command = self.command(program);
        // Without these two it would look for services that our bus does not start.
        command.env("GSETTINGS_BACKEND", "memory").env("NO_AT_BRIDGE", "1");
        let mut prompter = Service::start_quiet("gcr-prompter", &mut command, &self.log_dir())?;
        prompter.wait_until_ready(|| self.session_bus().has_owner(PROMPTER))?;
        Ok(KeyringPrompter(prompter))
    }

    /// Starts a keyring that is there and speaks with nobody, as KDE's does where what it encrypts with is not installed.
    pub fn start_refusing_keyring(&self) -> Result<RefusingKeyring> {
        let mut command = self.command("/usr/bin/python3");
        command.args(["-c", REFUSING, NAME]);
        let mut keyring = Service::start_quiet("refusing-keyring", &mut command, &self.log_dir())?;
        keyring.wait_until_ready(|| self.session_bus().has_owner(NAME))?;
        Ok(RefusingKeyring(keyring))
    }

    /// Has the bus start the keyring by `name` and by no other, as KDE's before a log-in has opened it.
    pub fn start_keyring_on_demand(&self, name: &str) -> Result<()> {
        let script = self.home().join("keyring-on-demand.py");
        fs::write(&script, ON_DEMAND)?;
        self.session_bus().starts_on_demand(name, &format!("/usr/bin/python3 {} {name} {PASSWORD}", script.display()))
    }

    /// Whether the keyring asks for its password on the screen.
    pub fn keyring_asks(&self) -> bool {
        self.xdotool(&["search", "--onlyvisible", "--name", "^Unlock"]).is_ok()
    }

    /// Starts the keyring of somebody who has none yet: nothing is in it, and nothing that could be put in it.
    pub fn start_empty_keyring(&mut self) -> Result<()> {
        let mut command = self.command("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]).stdout(Stdio::null());
        let mut daemon = Service::start("gnome-keyring-daemon", &mut command, &self.log_dir())?;
        daemon.wait_until_ready(|| self.session_bus().has_owner(NAME))?;
        self.keyring = Some(daemon);
        Ok(())
    }

    /// Types the password of a keyring that is made, twice as is asked for, once it is asked for.
    pub fn type_new_keyring_password(&self) -> Result<()> {
        self.xdotool(&["search", "--onlyvisible", "--class", "gcr-prompter"])?;
        for key in ["Tab", "Return"] {
            self.xdotool(&["key", "ctrl+a"])?;
            self.xdotool(&["type", PASSWORD])?;
            self.xdotool(&["key", key])?;
        }
        Ok(())
    }

    /// Types the keyring's password, whoever gets it.
    pub fn type_keyring_password(&self) -> Result<()> {
        // What a try before has left goes.
        self.xdotool(&["key", "ctrl+a"])?;
        self.xdotool(&["type", PASSWORD])?;
        self.xdotool(&["key", "Return"])?;
        Ok(())
    }
}

pub(crate) fn start(stage: &Stage) -> Result<Service> {
    let mut command = stage.command("gnome-keyring-daemon");
    command.args(["--foreground", "--unlock", "--components=secrets"]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut daemon = Service::start("gnome-keyring-daemon", &mut command, &stage.folders.logs())?;
    // Closing the pipe ends the password.
    let mut password = daemon.child().stdin.take().context("the keyring has no input")?;
    password.write_all(PASSWORD.as_bytes())?;
    drop(password);
    daemon.wait_until_ready(|| stage.session_bus.has_owner(NAME))?;
    Ok(daemon)
}
