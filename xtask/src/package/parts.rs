//! What others wrote of a product: its list for machines (`CycloneDX`), and the licences for people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::release::{LICENCE, Release};
use crate::metadata::Metadata;
use crate::workspace;
use crate::workspace::{output, source};

/// What both programs and pages are made of.
pub(crate) struct Parts(Vec<Part>);

struct Part {
    name: String,
    version: String,
    licence: String,
    /// Where it comes from, as packages are named across registries.
    purl: String,
    /// Where its licences lie.
    folder: PathBuf,
}

/// How the files begin in which authors put their licences.
const TEXTS: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"];

impl Parts {
    /// Those of some of this workspace's packages, and of the window's page where that is among them. What only other
    /// systems than `target` need is not in them.
    pub(crate) fn of(packages: &[&str], target: &str) -> Result<Self> {
        let mut tree = workspace::cargo();
        tree.args(["tree", "--locked", "--edges", "normal", "--target", target]);
        tree.args(["--all-features", "--prefix", "none", "--format", "{p}|{l}"]);
        for package in packages {
            tree.args(["--package", package]);
        }
        let said = output(&mut tree)?;
        let folders: BTreeMap<_, _> = Metadata::with_dependencies()?
            .packages()
            .into_iter()
            .filter(|package| package.source.is_some())
            .map(|package| ((package.name, package.version), package.manifest))
            .collect();
        let lines: BTreeSet<&str> = said.lines().map(|line| line.trim_end_matches(" (*)")).collect();
        let mut parts: Vec<Part> = lines.into_iter().filter_map(|line| crate_of(line, &folders)).collect();
        if packages.contains(&"halo-window") {
            parts.push(page_library("svelte")?);
        }
        ensure!(parts.len() > 10, "cargo tree names hardly any dependencies of {}", packages.join(", "));
        Ok(Self(parts))
    }

    /// The licences of all of them, each text once.
    pub(crate) fn licences(&self) -> Result<String> {
        let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut list = String::new();
        for part in &self.0 {
            let name = format!("{} {}", part.name, part.version);
            writeln!(list, "{name}: {}", part.licence)?;
            for text in part.texts()? {
                texts.entry(text).or_default().push(name.clone());
            }
        }
        let mut all = format!("What others wrote and gave away is in these programs:\n\n{list}");
        for (text, names) in texts {
            write!(all, "\n{}\n{}\n\n{text}\n", "-".repeat(78), names.join(", "))?;
        }
        Ok(all)
    }

    /// The list of parts by `CycloneDX` 1.5: the same for every builder.
    pub(crate) fn bill(&self, name: &str, release: &Release) -> Result<String> {
        let components: Vec<Value> = self.0.iter().map(Part::component).collect();
        let timestamp = output(std::process::Command::new("date").args([
            "--utc",
            "--date",
            &format!("@{}", release.epoch),
            "+%Y-%m-%dT%H:%M:%SZ",
        ]))?;
        let product = json!({
            "type": "application", "name": name, "version": release.version, "bom-ref": name,
            "licenses": [{ "expression": LICENCE }],
        });
        let bill = json!({
            "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
            "metadata": { "timestamp": timestamp.trim(), "component": product },
            "components": components,
        });
        Ok(serde_json::to_string_pretty(&bill)? + "\n")
    }
}

impl Part {
    fn component(&self) -> Value {
        json!({
            "type": "library", "name": self.name, "version": self.version,
            "purl": self.purl, "bom-ref": self.purl,
            "licenses": [{ "expression": self.licence }],
        })
    }

    fn texts(&self) -> Result<Vec<String>> {
        let folder = fs::read_dir(&self.folder).with_context(|| format!("cannot read {}", self.folder.display()))?;
        let mut files: Vec<PathBuf> = folder.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
        files.sort();
        let is_text = |file: &PathBuf| {
            let name = file.file_name().map(|name| name.to_string_lossy().to_uppercase()).unwrap_or_default();
            TEXTS.iter().any(|text| name.starts_with(text)) && file.is_file()
        };
        let read =
            |file: PathBuf| String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).trim().replace('\r', "");
        Ok(files.into_iter().filter(is_text).map(read).filter(|text| !text.is_empty()).collect())
    }
}

/// `serde v1.0.2|MIT OR Apache-2.0`, unless it is of this workspace.
fn crate_of(line: &str, folders: &BTreeMap<(String, String), PathBuf>) -> Option<Part> {
    let (package, licence) = line.split_once('|')?;
    let mut words = package.split(' ');
    let (name, version) = (words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned());
    let manifest = folders.get(&(name.clone(), version.clone()))?;
    // Before SPDX expressions, crates.io used a slash for OR.
    let licence = licence.replace('/', " OR ");
    let purl = format!("pkg:cargo/{name}@{version}");
    Some(Part { name, version, licence, purl, folder: manifest.parent()?.to_owned() })
}

/// A library that is in the page, as npm unpacked it.
fn page_library(name: &str) -> Result<Part> {
    let folder = source("ui/node_modules").join(name);
    let text = fs::read_to_string(folder.join("package.json")).context("the page's libraries are not installed")?;
    let package: Value = serde_json::from_str(&text)?;
    let said = |key: &str| package[key].as_str().map(str::to_owned).with_context(|| format!("{name} says no {key}"));
    let version = said("version")?;
    let purl = format!("pkg:npm/{name}@{version}");
    Ok(Part { name: name.to_owned(), version, licence: said("license")?, purl, folder })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_is_named_with_its_version_and_licence_and_this_workspace_is_none() {
        let folders = BTreeMap::from([(("serde".into(), "1.0.2".into()), PathBuf::from("/c/serde/Cargo.toml"))]);
        let part = crate_of("serde v1.0.2|MIT/Apache-2.0", &folders).unwrap();
        assert_eq!((part.purl.as_str(), part.licence.as_str()), ("pkg:cargo/serde@1.0.2", "MIT OR Apache-2.0"));
        assert!(crate_of("halo v0.8.0 (/work)|MIT", &folders).is_none());
    }
}
