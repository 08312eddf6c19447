//! Builds the programs that people use.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};

use crate::metadata::{Metadata, Program};
use crate::workspace;

/// The resident program, the helper it falls back on where a system says nothing else of a person's input, the one that
/// asks the keyring, and the window.
pub(crate) const PROGRAMS: [&str; 4] = ["halo", "halo-idle", KEYRING, WINDOW];

const KEYRING: &str = "halo-keyring";

/// The window, which is built only where its page can be.
const WINDOW: &str = "halo-window";

/// What several functions have in common becomes one of its own: 0.15 MB less of the resident program at rest.
const SMALLER: &str = "build.rustflags = ['-Cllvm-args=-enable-machine-outliner=always']";

/// Where the built programs lie; those that exist.
pub(crate) struct Built {
    pub(crate) halo: PathBuf,
    pub(crate) programs: Vec<PathBuf>,
}

pub(crate) fn build(release: bool, with_window: bool) -> Result<Built> {
    let metadata = Metadata::of_workspace()?;
    let mut programs = metadata.programs(&PROGRAMS);
    programs.retain(|program| with_window || program.name != WINDOW);
    ensure!(programs.iter().any(|program| program.name == "halo"), "this workspace has no program `halo`");
    // The window apart: together, each would get the features that the other asks of what both use, and be built anew.
    // The one for the keyring, too, where each kilobyte counts: it asks for a second event loop.
    let is_apart = |program: &Program| program.name == WINDOW || release && program.name == KEYRING;
    let (apart, together): (Vec<_>, Vec<_>) = programs.iter().partition(|program| is_apart(program));
    cargo_build(&together, release)?;
    for program in apart {
        cargo_build(&[program], release)?;
    }
    let folder = metadata.target_folder().join(if release { "release" } else { "debug" });
    let programs = programs.iter().map(|program| folder.join(&program.name)).collect();
    Ok(Built { halo: folder.join("halo"), programs })
}

/// Builds a team's service, beside the other programs. Apart from them, which would get the features that it asks of
/// what both use.
pub(crate) fn service(release: bool) -> Result<()> {
    let programs = Metadata::of_workspace()?.programs(&["halo-service"]);
    cargo_build(&programs.iter().collect::<Vec<_>>(), release)
}

/// Builds all programs and all tests in one go, where each library is built once for all: for tests, which don't mind what
/// features one program gets by another. Gives the path of the resident program.
pub(crate) fn everything(packages: &[&str]) -> Result<PathBuf> {
    let mut command = workspace::cargo();
    command.arg("build").args(packages).arg("--all-targets");
    if !workspace::succeeds(&mut command)? {
        bail!("Halo and its tests could not be built: see the messages above");
    }
    Ok(Metadata::of_workspace()?.target_folder().join("debug/halo"))
}

fn cargo_build(programs: &[&Program], release: bool) -> Result<()> {
    if programs.is_empty() {
        return Ok(());
    }
    let mut command = workspace::cargo();
    command.arg("build");
    for program in programs {
        command.args(["--package", &program.package, "--bin", &program.name]);
        for feature in &program.features {
            command.args(["--features", &format!("{}/{feature}", program.package)]);
        }
    }
    if release {
        command.args(["--release", "--config", SMALLER]);
    }
    if !workspace::succeeds(&mut command)? {
        bail!("Halo could not be built: see the messages above");
    }
    Ok(())
}
