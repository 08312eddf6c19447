//! Builds the programs that people use.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};

use crate::metadata::Metadata;
use crate::workspace;

/// The resident program, and the helper it falls back on where a system says nothing else of a person's input.
pub(crate) const PROGRAMS: [&str; 2] = ["halo", "halo-idle"];

/// Where the built programs lie; those that exist.
pub(crate) struct Built {
    pub(crate) halo: PathBuf,
    pub(crate) programs: Vec<PathBuf>,
}

pub(crate) fn build(release: bool) -> Result<Built> {
    let metadata = Metadata::of_workspace()?;
    let programs = metadata.programs(&PROGRAMS);
    ensure!(programs.iter().any(|program| program.name == "halo"), "this workspace has no program `halo`");

    let mut command = workspace::cargo();
    command.arg("build");
    for program in &programs {
        command.args(["--package", &program.package, "--bin", &program.name]);
        for feature in &program.features {
            command.args(["--features", &format!("{}/{feature}", program.package)]);
        }
    }
    if release {
        command.arg("--release");
    }
    if !workspace::succeeds(&mut command)? {
        bail!("Halo could not be built: see the messages above");
    }
    let folder = metadata.target_folder().join(if release { "release" } else { "debug" });
    let programs = programs.iter().map(|program| folder.join(&program.name)).collect();
    Ok(Built { halo: folder.join("halo"), programs })
}
