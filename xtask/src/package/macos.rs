//! `cargo xtask package-macos`: the bundle that people put into *Applications*, on a disk image. On a Mac.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::checksums::checksums;
use super::tree::Tree;
use crate::build::{self, PROGRAMS, Profile};
use crate::metadata::Metadata;
use crate::options::Options;
use crate::workspace::{output, source};
use crate::{needs, packages, window};

pub(crate) fn package(options: &Options) -> Result<bool> {
    ensure!(cfg!(target_os = "macos"), "programs for macOS are built on a Mac: run this there");
    packages::ensure(needs::BUILD, "build Halo", options.yes)?;
    ensure!(window::prepare(options.yes)?, "the bundle has the window in it: install Node");
    let metadata = Metadata::of_workspace()?;
    let version = metadata.version("halo").context("no package halo")?;
    let programs = build::all(if options.quick { Profile::Debug } else { Profile::Package })?;

    let folder = metadata.target_folder().join("package");
    let image = tempfile::tempdir()?;
    let app = image.path().join("Halo.app");
    bundle(|name| programs.path(name), &version)?.write_files(&app)?;
    // Without a signature of its own, which this is not, a Mac asks before the first start.
    output(Command::new("codesign").args(["--force", "--deep", "--sign", "-"]).arg(&app))?;
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("halo-{version}.dmg"));
    symlink("/Applications", image.path().join("Applications"))?;
    let mut make = Command::new("hdiutil");
    make.args(["create", "-volname", "Halo", "-ov", "-format", "UDZO", "-srcfolder"]).arg(image.path()).arg(&file);
    output(&mut make)?;
    checksums(&folder)?;
    println!("The disk image is {}.", file.display());
    Ok(true)
}

/// What lies in `Halo.app`. The helper for X11 is of no use there.
fn bundle(program: impl Fn(&str) -> PathBuf, version: &str) -> Result<Tree> {
    let mut tree = Tree::default();
    for name in PROGRAMS.into_iter().filter(|name| *name != "halo-idle") {
        tree.program(format!("Contents/MacOS/{name}"), &program(name))?;
    }
    let properties = fs::read_to_string(source("packaging/macos/Info.plist"))?;
    tree.file("Contents/Info.plist", properties.replace("VERSION", version));
    tree.file("Contents/PkgInfo", "APPL????");
    tree.copy("Contents/Resources/halo.icns", &source("icons/generated/halo.icns"))?;
    Ok(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Python reads such files, which is not ours.
    #[test]
    fn the_bundle_says_which_program_and_icon_are_its_own_and_has_them() {
        let folder = tempfile::tempdir().unwrap();
        bundle(|_| "/bin/true".into(), "1.2.3").unwrap().write_files(folder.path()).unwrap();
        let read = "import plistlib, sys; p = plistlib.load(open(sys.argv[1], 'rb')); \
                    print(p['CFBundleExecutable'], p['CFBundleIconFile'], p['CFBundleVersion'], p['LSUIElement'])";
        let said = output(Command::new("python3").args(["-c", read]).arg(folder.path().join("Contents/Info.plist")));
        assert_eq!(said.unwrap(), "halo halo 1.2.3 True\n");
        for path in ["MacOS/halo", "MacOS/halo-window", "MacOS/halo-keyring", "Resources/halo.icns", "PkgInfo"] {
            assert!(folder.path().join("Contents").join(path).is_file(), "{path}");
        }
        assert!(!folder.path().join("Contents/MacOS/halo-idle").exists());
    }
}
