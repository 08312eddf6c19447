//! The team's service, as a system service with a user of its own.

use std::path::Path;

use anyhow::Result;

use super::halo::is_of_service;
use super::product::{Product, documents, manual_pages};
use super::release::Release;
use super::tree::Tree;
use crate::build::Programs;
use crate::workspace::source;

pub(crate) fn product(programs: &Programs, manuals: &Path, release: &Release) -> Result<Product> {
    let mut tree = Tree::default();
    tree.program("usr/bin/halo-service", &programs.path("halo-service"))?;
    tree.copy("usr/lib/systemd/system/halo-service.service", &source("packaging/halo-service.service"))?;
    tree.copy("usr/lib/sysusers.d/halo-service.conf", &source("packaging/halo-service.sysusers"))?;
    tree.copy("etc/halo-service/halo-service.toml", &source("packaging/halo-service.toml"))?;
    manual_pages(&mut tree, manuals, is_of_service)?;
    let papers = ["docs/install.md", "docs/service.md", "docs/openapi.json", "crates/presence/policies/genesys.toml"];
    documents(&mut tree, "halo-service", release, &papers, &["halo-service"])?;
    Ok(Product {
        name: "halo-service",
        summary: "presence of a team, for Halo",
        description: &[
            "One program that keeps the presence of a team: one status for each person, the same on all their \
             devices, through lost connections, sleeps and restarts.",
        ],
        tree,
        required: &["usr/bin/halo-service"],
        recommended: &[],
        service: Some("halo-service"),
    })
}
