//! The desktop product: resident program, command line, window and helpers.

use std::path::Path;

use anyhow::Result;

use super::product::{Product, documents, manual_pages};
use super::release::Release;
use super::tree::Tree;
use crate::build::Programs;
use crate::linux_files::{COMPLETIONS, ENTRY, completions, desktop_entry, icons};
use crate::workspace::source;

/// The programs find each other beside themselves; people find the one that they type by its link.
const FOLDER: &str = "usr/libexec/halo";

/// What starts Halo with every session; a person can switch it off for themselves.
const AUTOSTART: &str = "\
[Desktop Entry]
Type=Application
Version=1.0
Name=Halo
Comment=Shows and sets your status
Exec=/usr/bin/halo run
TryExec=/usr/bin/halo
Icon=halo
Terminal=false
StartupNotify=false
X-GNOME-Autostart-enabled=true
";

pub(crate) fn product(programs: &Programs, manuals: &Path, release: &Release) -> Result<Product> {
    let mut tree = Tree::default();
    for name in ["halo", "halo-window", "halo-keyring", "halo-idle"] {
        tree.program(format!("{FOLDER}/{name}"), &programs.path(name))?;
    }
    tree.link("usr/bin/halo", "../libexec/halo/halo");
    tree.file(format!("usr/{ENTRY}"), desktop_entry(Path::new("/usr/bin/halo")));
    tree.file("etc/xdg/autostart/halo.desktop", AUTOSTART);
    tree.copy("usr/share/metainfo/dev.halo.halo.metainfo.xml", &source("packaging/dev.halo.halo.metainfo.xml"))?;
    for (file, place) in icons()? {
        tree.copy(format!("usr/{place}"), &file)?;
    }
    for (shell, place) in COMPLETIONS {
        if let Some(script) = completions(&programs.path("halo"), shell) {
            tree.file(format!("usr/{place}"), script);
        }
    }
    manual_pages(&mut tree, manuals, |page| page == "halo.1" || page.starts_with("halo-") && !is_of_service(page))?;
    let papers =
        ["docs/install.md", "docs/command-line.md", "docs/signals.md", "crates/presence/policies/genesys.toml"];
    documents(&mut tree, "halo", release, &papers, &["halo", "halo-window", "signals", "keyring-helper"])?;
    Ok(Product {
        name: "halo",
        summary: "presence that is true, says why, and can be undone",
        description: &[
            "Halo shows a person's status as a coloured ring in the tray. It turns to Away when the screen is locked or \
             nobody is there, holds back notifications where the status says so, and always tells why.",
            "Alone it needs no account. With a team's halo-service it is one presence on all devices.",
        ],
        tree,
        required: &["usr/libexec/halo/halo", "usr/libexec/halo/halo-keyring"],
        recommended: &["usr/libexec/halo/halo-window", "usr/libexec/halo/halo-idle"],
        service: None,
    })
}

pub(crate) fn is_of_service(page: &str) -> bool {
    page.starts_with("halo-service")
}
