//! Programs that tests use and that a person must not have to install, for they would start themselves on their desktop
//! or take the place of what they have: unpacked into the target folder, and laid over the system for the tests alone.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::distribution::{Distribution, Family};
use crate::metadata::Metadata;
use crate::needs::Need;
use crate::workspace::output;
use crate::{packages, workspace};

/// A folder with `usr` and `etc` as packages have them.
pub(crate) struct Unpacked(PathBuf);

/// Lays them over the system's and becomes a command that sees both, without the rights that this took.
const OVER: &str = "set -e
over=$0
for place in usr etc; do
    if [ -d \"$over/$place\" ]; then mount -t overlay -o \"lowerdir=$over/$place:/$place\" tests \"/$place\"; fi
done
if [ \"$(id -u)\" = 0 ]; then exec \"$@\"; fi
exec setpriv --ambient-caps=-all --inh-caps=-all \"$@\"";

/// What of `needs` is missing, ready to be seen by [`Unpacked::by`]; none where nothing is missing, or where it can't be
/// done, which is said.
pub(crate) fn prepare(needs: &[Need]) -> Result<Option<Unpacked>> {
    let system = Distribution::of_this_machine();
    let missing = packages::missing(needs, system.family);
    if missing.is_empty() {
        return Ok(None);
    }
    match unpack(&packages::packages_of(&missing, system.family), system.family) {
        Ok(unpacked) => Ok(Some(unpacked)),
        Err(error) if workspace::in_ci() => {
            println!("Nothing can be laid over this system for the tests ({error:#}): it is installed.");
            packages::ensure(needs, "test Halo", true)?;
            Ok(None)
        }
        Err(error) => {
            let what: Vec<_> = missing.iter().map(|need| need.what).collect();
            println!("The tests with {} are left out: {error:#}.", what.join(", "));
            Ok(None)
        }
    }
}

fn unpack(packages: &[&str], family: Family) -> Result<Unpacked> {
    ensure!(family == Family::Debian, "only Debian's packages can be unpacked here, and they are not installed");
    let unpacked = Unpacked(Metadata::of_workspace()?.target_folder().join("unpacked"));
    // Before anything is downloaded: an empty folder is laid over as well as a full one.
    fs::create_dir_all(unpacked.0.join("usr"))?;
    output(unpacked.around("true").env("LC_ALL", "C")).context("this system lets nobody lay files over its own")?;
    let wanted = with_dependencies(packages)?;
    let note = unpacked.0.join("made-from");
    if fs::read_to_string(&note).is_ok_and(|made_from| made_from == wanted.join("\n")) {
        return Ok(unpacked);
    }
    println!("Unpacking {} for the tests, installing nothing…", packages.join(", "));
    fs::remove_dir_all(&unpacked.0)?;
    fs::create_dir_all(unpacked.0.join("usr"))?;
    for folder in ["bin", "lib", "lib64", "sbin"] {
        symlink(format!("usr/{folder}"), unpacked.0.join(folder))?;
    }
    let archives = tempfile::tempdir_in(&unpacked.0)?;
    let mut download = Command::new("apt-get");
    download.args(["--quiet", "download"]).args(&wanted).current_dir(archives.path());
    output(&mut download).context("its packages can't be downloaded")?;
    for archive in fs::read_dir(archives.path())? {
        let mut extract = Command::new("dpkg");
        output(extract.arg("--extract").arg(archive?.path()).arg(&unpacked.0))?;
    }
    unpacked.compile_settings()?;
    fs::write(note, wanted.join("\n"))?;
    Ok(unpacked)
}

/// These packages and what else they need on this system, each as `name=version`.
fn with_dependencies(packages: &[&str]) -> Result<Vec<String>> {
    let simulate = || {
        let mut install = Command::new("apt-get");
        install.args(["-o", "Debug::NoLocking=1", "--simulate", "--no-install-recommends", "install"]);
        output(install.args(packages).env("LC_ALL", "C"))
    };
    let mut said = simulate();
    if said.is_err() && rustix::process::geteuid().is_root() {
        // A new machine has no lists of packages yet.
        output(Command::new("apt-get").args(["--quiet", "update"])).ok();
        said = simulate();
    }
    Ok(installed_by(&said.context("apt does not say what they are made of: sudo apt-get update")?))
}

/// From lines such as `Inst libasyncns0 (0.8-6+b3 Debian:12.8/stable [amd64])`.
fn installed_by(simulation: &str) -> Vec<String> {
    let line = |line: &str| {
        let (name, rest) = line.strip_prefix("Inst ")?.split_once(' ')?;
        let version = rest.split_once('(')?.1.split_whitespace().next()?;
        Some(format!("{name}={version}"))
    };
    simulation.lines().filter_map(line).collect()
}

impl Unpacked {
    /// The same command, where what is unpacked lies over the system's own.
    pub(crate) fn by(&self, command: &Command) -> Command {
        let mut around = self.around(command.get_program());
        around.args(command.get_args());
        if let Some(folder) = command.get_current_dir() {
            around.current_dir(folder);
        }
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => around.env(name, value),
                None => around.env_remove(name),
            };
        }
        around
    }

    fn around(&self, program: impl AsRef<OsStr>) -> Command {
        let mut around = Command::new("unshare");
        if !rustix::process::geteuid().is_root() {
            around.args(["--user", "--map-current-user", "--keep-caps"]);
        }
        around.args(["--mount", "sh", "-c", OVER]).arg(&self.0).arg(program);
        around
    }

    /// Settings of `GLib` are read from one file of all, which an installation makes anew.
    fn compile_settings(&self) -> Result<()> {
        let place = Path::new("usr/share/glib-2.0/schemas");
        let ours = self.0.join(place);
        if !ours.is_dir() {
            return Ok(());
        }
        let mut compile = Command::new("glib-compile-schemas");
        let all = tempfile::tempdir()?;
        for folder in [Path::new("/").join(place), ours.clone()] {
            for schema in fs::read_dir(folder).into_iter().flatten().flatten() {
                fs::copy(schema.path(), all.path().join(schema.file_name()))?;
            }
        }
        output(compile.arg(all.path()))?;
        fs::copy(all.path().join("gschemas.compiled"), ours.join("gschemas.compiled"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_apt_would_install_is_named_with_its_version() {
        let said = "NOTE: This is only a simulation!\nInst libasyncns0 (0.8-6+b3 Debian:12.8/stable [amd64])\n\
                    Inst pulseaudio [15.0] (16.1+dfsg1-2+b1 Debian:12.8/stable [amd64])\nConf libasyncns0 (0.8-6+b3)\n";
        assert_eq!(installed_by(said), ["libasyncns0=0.8-6+b3", "pulseaudio=16.1+dfsg1-2+b1"]);
    }

    #[test]
    fn a_command_sees_what_is_unpacked_as_if_it_were_installed() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("usr/share/halo-unpacked")).unwrap();
        fs::write(folder.path().join("usr/share/halo-unpacked/here"), "").unwrap();
        let unpacked = Unpacked(folder.path().to_owned());
        if let Err(error) = output(&mut unpacked.around("true")) {
            println!("skipped: this system lets nobody lay files over its own ({error})");
            return;
        }
        let mut command = Command::new("sh");
        command.args(["-c", "ls /usr/share/halo-unpacked; test -e /usr/bin/env; echo $WORD"]).env("WORD", "kept");
        assert_eq!(output(&mut unpacked.by(&command)).unwrap(), "here\nkept\n");
        assert!(!Path::new("/usr/share/halo-unpacked").exists());
    }
}
