//! What a package puts where, as a value.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Files and links, each by its path below the root, without a slash at its beginning.
#[derive(Debug, Default)]
pub(crate) struct Tree(BTreeMap<String, Item>);

#[derive(Debug)]
enum Item {
    File {
        contents: Vec<u8>,
        executable: bool,
    },
    /// Where it leads, as it stands in the link.
    Link(String),
}

impl Tree {
    pub(crate) fn file(&mut self, path: impl Into<String>, contents: impl Into<Vec<u8>>) {
        self.0.insert(path.into(), Item::File { contents: contents.into(), executable: false });
    }

    pub(crate) fn copy(&mut self, path: impl Into<String>, from: &Path) -> Result<()> {
        let contents = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
        self.file(path, contents);
        Ok(())
    }

    /// A program, without the names that only a debugger reads.
    pub(crate) fn program(&mut self, path: impl Into<String>, from: &Path) -> Result<()> {
        let stripped = tempfile::NamedTempFile::new()?;
        let strip = Command::new("strip").arg("-o").arg(stripped.path()).arg(from).status();
        ensure!(strip.context("cannot start strip")?.success(), "{} can't be stripped", from.display());
        self.0.insert(path.into(), Item::File { contents: fs::read(stripped.path())?, executable: true });
        Ok(())
    }

    pub(crate) fn link(&mut self, path: impl Into<String>, to: impl Into<String>) {
        self.0.insert(path.into(), Item::Link(to.into()));
    }

    /// The paths, sorted.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Writes it into an empty folder, everything as old as `epoch` (in seconds since 1970), which is what makes two
    /// packages of one source the same.
    pub(crate) fn write(&self, root: &Path, epoch: i64) -> Result<()> {
        self.write_files(root)?;
        age(root, epoch)
    }

    /// Writes it into an empty folder.
    pub(crate) fn write_files(&self, root: &Path) -> Result<()> {
        for (path, item) in &self.0 {
            let place = root.join(path);
            let folder = place.parent().context("a path has no folder")?;
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
            match item {
                Item::File { contents, executable } => {
                    fs::write(&place, contents).with_context(|| format!("cannot write {}", place.display()))?;
                    let mode = if *executable { 0o755 } else { 0o644 };
                    fs::set_permissions(&place, fs::Permissions::from_mode(mode))?;
                }
                Item::Link(to) => symlink(to, &place)?,
            }
        }
        Ok(())
    }
}

/// Makes everything in a folder, and the folder itself, that old, and every folder open to all.
pub(crate) fn age(root: &Path, epoch: i64) -> Result<()> {
    let mut folders = Command::new("find");
    folders.arg(root).args(["-type", "d", "-exec", "chmod", "755", "{}", "+"]);
    let mut all = Command::new("find");
    all.arg(root).args(["-exec", "touch", "-h", "-d", &format!("@{epoch}"), "{}", "+"]);
    for mut command in [folders, all] {
        ensure!(command.status().context("cannot start find")?.success(), "{} can't be prepared", root.display());
    }
    Ok(())
}
