//! A compiler for other systems: the Linux distribution's own, because its packages bring the source that the standard
//! library can be built from for any system. That is done once for each version of the compiler.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use super::cache::Cache;
use super::targets::{MACOS, WINDOWS};
use crate::build::nowhere;
use crate::workspace;

/// Not those on the path, which may be rustup's: what one compiler built, another refuses.
const CARGO: &str = "/usr/bin/cargo";
const RUSTC: &str = "/usr/bin/rustc";
const RUSTDOC: &str = "/usr/bin/rustdoc";

pub(crate) struct Toolchain {
    sysroot: PathBuf,
    macos_cc: PathBuf,
    windows_cc: PathBuf,
    target_folder: PathBuf,
}

impl Toolchain {
    /// Makes it ready to build for `targets`, in a corner of `target_folder`.
    pub(crate) fn prepare(cache: &Cache, targets: &[&str], target_folder: &Path) -> Result<Self> {
        let version = version()?;
        let sysroot = cache.folder().join(folder_name(&version));
        let macos_cc = script(cache, "macos-cc", include_str!("macos-cc"))?;
        let windows_cc = script(cache, "windows-cc", include_str!("windows-cc"))?;
        let libraries = sysroot.join("lib/rustlib");
        fs::create_dir_all(&libraries)?;
        // Macros and build scripts run here.
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
        if !libraries.join(host).exists() {
            std::os::unix::fs::symlink(Path::new("/usr/lib/rustlib").join(host), libraries.join(host))?;
        }
        for target in targets {
            build_std(target, &libraries.join(target), cache)?;
        }
        Ok(Self { sysroot, macos_cc, windows_cc, target_folder: target_folder.join("cross") })
    }

    /// The cargo that builds for the targets.
    pub(crate) fn cargo(&self) -> Command {
        self.cargo_under(&[])
    }

    /// The same, started by another program.
    pub(crate) fn cargo_under(&self, wrapper: &[&str]) -> Command {
        let mut command = system_cargo(wrapper);
        let sysroot = format!("--sysroot={}", self.sysroot.display());
        for target in [WINDOWS, MACOS] {
            command.env(variable(target, "RUSTFLAGS"), &sysroot).env(variable(target, "RUSTDOCFLAGS"), &sysroot);
        }
        command.env(variable(WINDOWS, "LINKER"), "x86_64-w64-mingw32-gcc");
        command.env("CC_aarch64_apple_darwin", &self.macos_cc).env("AR_aarch64_apple_darwin", "ar");
        command.env("CARGO_TARGET_DIR", &self.target_folder);
        command
    }

    /// The cargo that builds what people get: no path of this machine is in it.
    pub(crate) fn cargo_for_packages(&self) -> Command {
        let mut command = self.cargo();
        // Import libraries are made by the compiler, instead of taken from crates.
        let flags = [format!("--sysroot={} --cfg=windows_raw_dylib", self.sysroot.display())];
        let flags = flags.into_iter().chain(nowhere(&self.sysroot));
        command.env(variable(WINDOWS, "RUSTFLAGS"), flags.collect::<Vec<_>>().join(" "));
        command.env(variable(WINDOWS, "LINKER"), &self.windows_cc);
        // C sources say where they lie, too.
        command.env("CFLAGS", format!("-ffile-prefix-map={}=/halo", self.target_folder.display()));
        command
    }
}

/// Something that compiles or links, kept in the cache.
fn script(cache: &Cache, name: &str, text: &str) -> Result<PathBuf> {
    let path = cache.folder().join(name);
    fs::write(&path, text)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(path)
}

/// The name of one of cargo's settings for a target.
pub(super) fn variable(target: &str, setting: &str) -> String {
    format!("CARGO_TARGET_{}_{setting}", target.to_uppercase().replace('-', "_"))
}

fn version() -> Result<String> {
    let output = Command::new(RUSTC).arg("-vV").output().with_context(|| format!("cannot run {RUSTC}"))?;
    ensure!(output.status.success(), "{RUSTC} does not tell its version");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// `rustc 1.96.0 (ac68faa20 2026-05-25) …` → `rustc-1.96.0-ac68faa20-2026-05-25-bitcode`: another way of building it is
/// another name.
fn folder_name(version: &str) -> String {
    let line = version.lines().next().unwrap_or_default();
    let words = line.split([' ', '(', ')']).filter(|word| !word.is_empty());
    words.take(4).chain(["bitcode"]).collect::<Vec<_>>().join("-")
}

fn system_cargo(wrapper: &[&str]) -> Command {
    let words = [wrapper, &[CARGO]].concat();
    let mut command = workspace::command(words[0]);
    command.args(&words[1..]);
    // Its subcommands, clippy for one, are looked for along the path.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = [Path::new("/usr/bin").to_owned()].into_iter().chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(path).unwrap_or_default());
    command.env("RUSTC", RUSTC).env("RUSTDOC", RUSTDOC);
    // What the cargo that runs us was told, or tells its own compiler.
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "LD_LIBRARY_PATH", "CARGO_BUILD_TARGET"] {
        command.env_remove(name);
    }
    command
}

fn build_std(target: &str, place: &Path, cache: &Cache) -> Result<()> {
    if place.exists() {
        return Ok(());
    }
    println!("Building the standard library for {target}; it is kept in {}…", cache.folder().display());
    let work = tempfile::tempdir_in(cache.folder())?;
    let manifest = "[package]\nname = \"carrier\"\nversion = \"0.0.0\"\nedition = \"2024\"\n";
    fs::write(work.path().join("Cargo.toml"), manifest)?;
    fs::create_dir(work.path().join("src"))?;
    fs::write(work.path().join("src/lib.rs"), "")?;
    let mut command = system_cargo(&[]);
    command.args(["build", "--quiet", "--release", "--target", target]);
    command.arg("-Zbuild-std=std,panic_unwind,panic_abort,proc_macro,test");
    // Cargo leaves out what optimising across crates needs, since nothing of this package asks for it.
    command.env(variable(target, "RUSTFLAGS"), "-Cembed-bitcode=yes");
    // Only nightly compilers offer this to everybody.
    command.env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", work.path().join("target")).current_dir(&work);
    if !workspace::succeeds(&mut command)? {
        bail!("the standard library could not be built for {target}: see the messages above");
    }
    let built = work.path().join("built/lib");
    fs::create_dir_all(&built)?;
    for entry in fs::read_dir(work.path().join("target").join(target).join("release/deps"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if path.extension().is_some_and(|kind| kind == "rlib") && !name.to_string_lossy().starts_with("libcarrier") {
            fs::rename(&path, built.join(name))?;
        }
    }
    // All at once, so that what is there is whole.
    fs::rename(work.path().join("built"), place)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_compiler_has_a_folder_of_its_own() {
        let version = "rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)\nbinary: rustc\n";
        assert_eq!(folder_name(version), "rustc-1.96.0-ac68faa20-2026-05-25-bitcode");
    }

    #[test]
    fn settings_are_named_as_cargo_reads_them() {
        assert_eq!(variable(WINDOWS, "LINKER"), "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER");
    }
}
