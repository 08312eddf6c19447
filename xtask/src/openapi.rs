//! The description of the service's interface, which the service itself prints.

use std::fs;
use std::process::Stdio;

use anyhow::{Context as _, Result};

use crate::workspace;

/// Writes docs/openapi.json anew. That it is up to date is a test of the service.
pub(crate) fn write() -> Result<bool> {
    let mut command = workspace::cargo();
    command.args(["run", "--quiet", "--package", "halo-service", "--", "openapi"]);
    let output = command.stderr(Stdio::inherit()).output().context("cannot start cargo")?;
    if output.status.success() {
        fs::write(workspace::root().join("docs/openapi.json"), output.stdout)?;
    }
    Ok(output.status.success())
}
