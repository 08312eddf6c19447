//! The Python tools of the tests: in an environment of their own under target/, so that the system's Python is left alone.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::workspace;

/// The Pythons that are tried: the person's own, and the system's.
const PYTHONS: [&str; 2] = ["python3", "/usr/bin/python3"];

/// Installs what tests/requirements.txt says; nothing to do if it is there. Without a network, it is said and the tests
/// that need it skip themselves; not in CI.
pub(crate) fn prepare() -> Result<()> {
    let root = workspace::root();
    let (folder, wanted) = (root.join("target/python"), root.join("tests/requirements.txt"));
    // Copied when all of it is installed.
    let installed = folder.join("requirements.txt");
    let wanted_text = fs::read(&wanted).with_context(|| format!("{} can't be read", wanted.display()))?;
    if fs::read(&installed).is_ok_and(|text| text == wanted_text) {
        return Ok(());
    }
    println!("Installing the Python tools of the tests into {}…", folder.display());
    if install(&folder, &wanted)? {
        fs::write(&installed, wanted_text)?;
    } else if workspace::in_ci() {
        bail!("the Python tools of the tests could not be installed: see the messages above");
    } else {
        println!("They could not be installed (see above). Going on without the tests that need them.");
    }
    Ok(())
}

fn install(folder: &Path, wanted: &Path) -> Result<bool> {
    let python = with_environments().context("no Python here can make environments: install its module venv")?;
    let made = workspace::succeeds(Command::new(python).args(["-m", "venv", "--clear"]).arg(folder))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    Ok(made && workspace::succeeds(Command::new(folder.join("bin/python")).args(pip).arg(wanted))?)
}

/// A Python that can make environments; Debian's can't without a package more.
pub(crate) fn with_environments() -> Option<&'static str> {
    PYTHONS.into_iter().find(|python| {
        let mut command = Command::new(python);
        command.args(["-c", "import venv, ensurepip"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}
