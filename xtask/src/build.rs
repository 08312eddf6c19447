//! Builds the programs that people use.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context as _, Result, bail, ensure};

use crate::metadata::{Metadata, Program};
use crate::workspace;

/// The resident program, the helper it falls back on where a system says nothing else of a person's input, the one that
/// asks the keyring, and the window.
pub(crate) const PROGRAMS: [&str; 4] = [RESIDENT, "halo-idle", KEYRING, WINDOW];

const RESIDENT: &str = "halo";

const KEYRING: &str = "halo-keyring";

const SERVICE: &str = "halo-service";

/// The window, which is built only where its page can be.
const WINDOW: &str = "halo-window";

/// What several functions have in common becomes one of its own: 0.15 MB less of the resident program at rest.
const SMALLER: &str = "-Cllvm-args=-enable-machine-outliner=always";

/// Of the resident program, what runs only while a panic unwinds lies apart from what runs, and functions of one code
/// are one (`safe`: none whose address is asked for). Linux maps code by sixteen pages, so code that never runs is in
/// memory where it lies between code that does: 0.4 MB less at rest. For the linker that rustc brings for this system.
/// Not for the window, which has to be there soon and does not stay.
const APART: [&str; 4] = [
    "-Cllvm-args=-enable-split-machine-functions",
    "-Cllvm-args=-mfs-split-ehcode",
    "-Clink-arg=-Wl,-z,keep-text-section-prefix",
    "-Clink-arg=-Wl,--icf=safe",
];

const BRINGS_ITS_LINKER: bool = cfg!(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"));

/// How programs are built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// As for tests: quickly.
    Debug,
    /// As people use them.
    Release,
    /// The same for other machines: without a path of this one. In a folder of its own, for nothing else is built so.
    Package,
}

impl Profile {
    fn apply(self, command: &mut Command) -> Result<()> {
        if self == Self::Debug {
            return Ok(());
        }
        let mut flags = vec![SMALLER.to_owned()];
        flags.extend(self.forget_places(command)?);
        command.args(["--release", "--config", &rustflags(&flags)]);
        Ok(())
    }

    /// For other machines, what is built says nothing of this one: the flags for that.
    fn forget_places(self, command: &mut Command) -> Result<Vec<String>> {
        if self != Self::Package {
            return Ok(Vec::new());
        }
        let said = Command::new("rustc").args(["--print", "sysroot"]).output().context("cannot start rustc")?;
        command.arg("--target-dir").arg(Metadata::of_workspace()?.target_folder().join(PACKAGED));
        // C sources say where they lie, too.
        command.env("CFLAGS", format!("-ffile-prefix-map={}=/halo", workspace::root().display()));
        Ok(nowhere(Path::new(String::from_utf8(said.stdout)?.trim())).to_vec())
    }

    fn folder(self, target: &Path) -> PathBuf {
        match self {
            Self::Debug => target.join("debug"),
            Self::Release => target.join("release"),
            Self::Package => target.join(PACKAGED).join("release"),
        }
    }
}

/// Below the target folder.
const PACKAGED: &str = "packaged";

/// Flags that take the paths of this machine out of the programs, the compiler's own among them: two builders of one
/// source get the same ones.
pub(crate) fn nowhere(sysroot: &Path) -> [String; 3] {
    let cargo =
        env::var_os("CARGO_HOME").map_or_else(|| env::home_dir().unwrap_or_default().join(".cargo"), Into::into);
    let places = [(workspace::root(), "/halo"), (cargo, "/cargo"), (sysroot.to_owned(), "/rust")];
    places.map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()))
}

/// All programs, the service's included, in one folder.
pub(crate) struct Programs(PathBuf);

impl Programs {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

/// Where the built programs lie; those that exist.
pub(crate) struct Built {
    pub(crate) halo: PathBuf,
    pub(crate) programs: Vec<PathBuf>,
}

pub(crate) fn build(release: bool, with_window: bool) -> Result<Built> {
    let profile = if release { Profile::Release } else { Profile::Debug };
    let programs = desk_programs(profile, with_window)?;
    let halo = programs.path("halo");
    let programs = PROGRAMS.iter().filter(|name| with_window || **name != WINDOW).map(|name| programs.path(name));
    Ok(Built { halo, programs: programs.collect() })
}

/// Builds the desktop programs and the service.
pub(crate) fn all(profile: Profile) -> Result<Programs> {
    let programs = desk_programs(profile, true)?;
    service(profile)?;
    Ok(programs)
}

fn desk_programs(profile: Profile, with_window: bool) -> Result<Programs> {
    let metadata = Metadata::of_workspace()?;
    let mut programs = metadata.programs(&PROGRAMS);
    programs.retain(|program| with_window || program.name != WINDOW);
    ensure!(programs.iter().any(|program| program.name == RESIDENT), "this workspace has no program `halo`");
    // The window apart: together, each would get the features that the other asks of what both use, and be built anew.
    // The one for the keyring, too, where each kilobyte counts: it asks for a second event loop.
    // The resident program is linked in a way of its own.
    let is_apart = |program: &Program| {
        program.name == WINDOW || profile != Profile::Debug && [KEYRING, RESIDENT].contains(&program.name.as_str())
    };
    let (apart, together): (Vec<_>, Vec<_>) = programs.iter().partition(|program| is_apart(program));
    cargo_build(&together, profile)?;
    for program in apart {
        cargo_build(&[program], profile)?;
    }
    Ok(Programs(profile.folder(&metadata.target_folder())))
}

/// Builds a team's service, beside the other programs. Apart from them, which would get the features that it asks of
/// what both use; and for speed, where they are built for size.
pub(crate) fn service(profile: Profile) -> Result<()> {
    let metadata = Metadata::of_workspace()?;
    if profile == Profile::Debug {
        return cargo_build(&metadata.programs(&[SERVICE]).iter().collect::<Vec<_>>(), profile);
    }
    let mut command = workspace::cargo();
    command.args(["build", "--profile", "service", "--package", SERVICE, "--bin", SERVICE]);
    let flags = profile.forget_places(&mut command)?;
    command.args(["--config", &rustflags(&flags)]);
    if !workspace::succeeds(&mut command)? {
        bail!("Halo's service could not be built: see the messages above");
    }
    let folder = profile.folder(&metadata.target_folder());
    fs::create_dir_all(&folder)?;
    fs::copy(folder.with_file_name("service").join(SERVICE), folder.join(SERVICE)).context("the service is missing")?;
    Ok(())
}

fn rustflags(flags: &[String]) -> String {
    let flags: Vec<_> = flags.iter().map(|flag| format!("'{flag}'")).collect();
    format!("build.rustflags = [{}]", flags.join(", "))
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

fn cargo_build(programs: &[&Program], profile: Profile) -> Result<()> {
    if programs.is_empty() {
        return Ok(());
    }
    let flags = match programs {
        [one] if one.name == RESIDENT && profile != Profile::Debug && BRINGS_ITS_LINKER => &APART[..],
        _ => &[],
    };
    let mut command = workspace::cargo();
    // `rustc` builds as `build` does, one program, and takes flags for that program alone.
    command.arg(if flags.is_empty() { "build" } else { "rustc" });
    for program in programs {
        command.args(["--package", &program.package, "--bin", &program.name]);
        for feature in &program.features {
            command.args(["--features", &format!("{}/{feature}", program.package)]);
        }
    }
    profile.apply(&mut command)?;
    if !flags.is_empty() {
        command.arg("--").args(flags);
    }
    if !workspace::succeeds(&mut command)? {
        bail!("Halo could not be built: see the messages above");
    }
    Ok(())
}
