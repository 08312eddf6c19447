//! A thing to install, whatever the system's form for it is.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::links::linked;
use super::parts::Parts;
use super::release::Release;
use super::tree::Tree;
use crate::workspace::source;

pub(crate) struct Product {
    pub(crate) name: &'static str,
    /// One line, without a stop.
    pub(crate) summary: &'static str,
    /// Paragraphs of one line each.
    pub(crate) description: &'static [&'static str],
    pub(crate) tree: Tree,
    /// Programs that must run wherever it is installed.
    pub(crate) required: &'static [&'static str],
    /// Programs that most people want, and without which the rest works.
    pub(crate) recommended: &'static [&'static str],
    /// Whether it is a system service of this name.
    pub(crate) service: Option<&'static str>,
}

impl Product {
    /// Files that administrators change, and that an update therefore leaves alone.
    pub(crate) fn configuration(&self) -> impl Iterator<Item = &str> {
        self.tree.paths().filter(|path| path.starts_with("etc/"))
    }
}

/// The pages for which `belongs` holds, compressed as distributions want them.
pub(crate) fn manual_pages(tree: &mut Tree, manuals: &Path, belongs: impl Fn(&str) -> bool) -> Result<()> {
    for page in fs::read_dir(manuals)? {
        let page = page?;
        let name = page.file_name().to_string_lossy().into_owned();
        if belongs(&name) {
            tree.copy(format!("usr/share/man/man1/{name}"), &page.path())?;
        }
    }
    Ok(())
}

/// The system that these packages are for, as compilers call it.
const LINUX: &str = "x86_64-unknown-linux-gnu";

/// Documents, the licences, and what others wrote: by licence for people, as a list for machines.
pub(crate) fn documents(
    tree: &mut Tree,
    name: &str,
    release: &Release,
    documents: &[&str],
    packages: &[&str],
) -> Result<()> {
    let folder = format!("usr/share/doc/{name}");
    let all: Vec<&str> = documents.iter().copied().chain(["LICENSE-MIT", "LICENSE-APACHE"]).collect();
    let file = |document: &str| document.rsplit('/').next().unwrap_or(document).to_owned();
    let names: Vec<String> = all.iter().map(|document| file(document)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for document in &all {
        let text = fs::read_to_string(source(document)).with_context(|| format!("cannot read {document}"))?;
        let text =
            if Path::new(document).extension().is_some_and(|kind| kind == "md") { linked(&text, &names) } else { text };
        tree.file(format!("{folder}/{}", file(document)), text);
    }
    let parts = Parts::of(packages, LINUX)?;
    tree.file(format!("{folder}/THIRD-PARTY.txt"), parts.licences()?);
    tree.file(format!("{folder}/{name}.cdx.json"), parts.bill(name, release)?);
    Ok(())
}
