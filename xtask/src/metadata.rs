//! What cargo knows of this workspace and its dependencies.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::workspace;

pub(crate) struct Metadata(Value);

/// A program of this workspace.
#[derive(Debug, PartialEq)]
pub(crate) struct Program {
    pub(crate) package: String,
    pub(crate) name: String,
    /// Features without which cargo does not build it.
    pub(crate) features: Vec<String>,
}

/// A dependency, of this workspace or from elsewhere.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) licence: Option<String>,
    /// None for a package in a folder of this machine.
    pub(crate) source: Option<String>,
    pub(crate) manifest: PathBuf,
}

impl Metadata {
    /// The packages of this workspace only; asks no registry.
    pub(crate) fn of_workspace() -> Result<Self> {
        Self::read("--no-deps")
    }

    /// With the dependencies of all features, on all systems.
    pub(crate) fn with_dependencies() -> Result<Self> {
        Self::read("--all-features")
    }

    fn read(extent: &str) -> Result<Self> {
        let output = workspace::cargo()
            .args(["metadata", "--format-version", "1", extent])
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run cargo metadata")?;
        ensure!(output.status.success(), "cargo metadata failed");
        Ok(Self(serde_json::from_str(&String::from_utf8(output.stdout)?).context("cargo metadata printed no JSON")?))
    }

    pub(crate) fn target_folder(&self) -> PathBuf {
        self.0["target_directory"].as_str().map_or_else(|| workspace::root().join("target"), PathBuf::from)
    }

    /// The version of one of this workspace's packages.
    pub(crate) fn version(&self, name: &str) -> Option<String> {
        let package = list(&self.0["packages"]).find(|package| package["name"] == name)?;
        Some(package["version"].as_str()?.to_owned())
    }

    /// Where people find the project, if it says so.
    pub(crate) fn homepage(&self) -> Option<String> {
        list(&self.0["packages"]).find_map(|package| package["homepage"].as_str()).map(str::to_owned)
    }

    /// Which package of this workspace is built of which others, tests aside.
    pub(crate) fn arrows(&self) -> Vec<(String, String)> {
        let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
        let packages = list(&self.0["packages"]);
        let arrows = packages.flat_map(|package| list(&package["dependencies"]).map(move |needed| (package, needed)));
        let own = arrows.filter(|(_, to)| !to["path"].is_null() && to["kind"] != "dev");
        own.map(|(from, to)| (name(from), name(to))).collect()
    }

    pub(crate) fn packages(&self) -> Vec<Package> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        list(&self.0["packages"])
            .map(|package| Package {
                name: text(&package["name"]).unwrap_or_default(),
                version: text(&package["version"]).unwrap_or_default(),
                licence: text(&package["license"]),
                source: text(&package["source"]),
                manifest: text(&package["manifest_path"]).unwrap_or_default().into(),
            })
            .collect()
    }

    /// The programs of this workspace among `names`; one that does not exist yet is left out.
    pub(crate) fn programs(&self, names: &[&str]) -> Vec<Program> {
        let own = list(&self.0["packages"]).filter(|package| package["source"].is_null());
        own.flat_map(|package| list(&package["targets"]).map(move |target| (package, target)))
            .filter(|(_, target)| list(&target["kind"]).any(|kind| kind == "bin"))
            .filter_map(|(package, target)| {
                let name = target["name"].as_str().filter(|name| names.contains(name))?;
                let features = list(&target["required-features"]).filter_map(Value::as_str);
                Some(Program {
                    package: package["name"].as_str()?.to_owned(),
                    name: name.to_owned(),
                    features: features.map(str::to_owned).collect(),
                })
            })
            .collect()
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_with_the_features_they_need() {
        let text = r#"{"packages": [
            {"name": "signals", "source": null, "targets": [
                {"name": "signals", "kind": ["lib"]},
                {"name": "halo-idle", "kind": ["bin"], "required-features": ["fallback"]}]},
            {"name": "other", "source": "registry+x", "targets": [{"name": "halo", "kind": ["bin"]}]}]}"#;
        let metadata = Metadata(serde_json::from_str(text).unwrap());
        let expected =
            Program { package: "signals".into(), name: "halo-idle".into(), features: vec!["fallback".into()] };
        assert_eq!(metadata.programs(&["halo", "halo-idle", "signals"]), [expected]);
    }
}
