//! Fedora's and openSUSE's form, by `rpmbuild`, which also tells what the programs depend on.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::product::Product;
use super::release::{LICENCE, Release};
use crate::workspace::output;

/// Nothing of the machine that builds, no time but the release's, and the programs as they are.
const DEFINES: &str = "\
%define _buildhost localhost
%define use_source_date_epoch_as_buildtime 1
%define clamp_mtime_to_source_date_epoch 1
%define source_date_epoch_from_changelog 0
%define _build_id_links none
%define debug_package %{nil}
%define __strip /bin/true
%define _binary_payload w19.zstdio
";

/// Libraries of the programs that are recommended only: the window's and the X11 helper's.
const RECOMMENDED: &str = "\
Recommends: libwebkit2gtk-4.1.so.0()(64bit)
Recommends: libXss.so.1()(64bit)
";

/// The system's own tools make the user and have systemd look again.
const SERVICE_SCRIPTS: &str = "
%pre
systemd-sysusers - <<'END' >/dev/null 2>&1 || :
@SYSUSERS@
END

%post
install -d -o halo-service -g halo-service -m 700 /var/lib/halo-service || :
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload || :
    [ \"$1\" -gt 1 ] || systemctl preset halo-service.service || :
fi

%preun
if [ \"$1\" -eq 0 ] && [ -d /run/systemd/system ]; then
    systemctl --no-reload disable --now halo-service.service || :
fi

%postun
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload || :
    [ \"$1\" -lt 1 ] || systemctl try-restart halo-service.service || :
fi
";

pub(crate) fn write(product: &Product, release: &Release, folder: &Path) -> Result<()> {
    let work = tempfile::tempdir()?;
    let tree = work.path().join("tree");
    product.tree.write(&tree, release.epoch)?;
    let specification = work.path().join("halo.spec");
    fs::write(&specification, specification_of(product, release, &tree)?)?;

    let mut build = Command::new("rpmbuild");
    build.arg("-bb").arg(&specification).env("SOURCE_DATE_EPOCH", release.epoch.to_string());
    build.args(["--define", &format!("_topdir {}", work.path().join("build").display())]);
    output(&mut build)?;
    let architecture = std::env::consts::ARCH;
    let name = format!("{}-{}-1.{architecture}.rpm", product.name, release.version);
    let made = work.path().join("build/RPMS").join(architecture).join(&name);
    fs::copy(&made, folder.join(&name)).with_context(|| format!("rpmbuild made no {}", made.display()))?;
    Ok(())
}

fn specification_of(product: &Product, release: &Release, tree: &Path) -> Result<String> {
    let mut text = DEFINES.to_owned();
    if !product.recommended.is_empty() {
        let names: Vec<_> = product.recommended.iter().map(|path| format!("/{path}")).collect();
        writeln!(text, "%global __requires_exclude_from ^({})$", names.join("|"))?;
    }
    writeln!(text, "Name: {}\nVersion: {}\nRelease: 1", product.name, release.version)?;
    writeln!(text, "Summary: {}\nLicense: {LICENCE}", product.summary)?;
    if !product.recommended.is_empty() {
        text.push_str(RECOMMENDED);
    }
    writeln!(text, "\n%description\n{}\n", product.description.join("\n\n"))?;
    writeln!(text, "%install\nmkdir -p %{{buildroot}}\ncp -a {}/. %{{buildroot}}/\n", tree.display())?;
    if product.service.is_some() {
        let user = fs::read_to_string(crate::workspace::source("packaging/halo-service.sysusers"))?;
        text.push_str(&SERVICE_SCRIPTS.replace("@SYSUSERS@", user.trim_end()));
    }
    text.push_str("\n%files\n%defattr(-,root,root,-)\n");
    for folder in own_folders(product) {
        writeln!(text, "%dir \"/{folder}\"")?;
    }
    for path in product.tree.paths() {
        // rpmbuild compresses manual pages.
        let manual = path.starts_with("usr/share/man/");
        let kind = if path.starts_with("etc/") { "%config(noreplace) " } else { "" };
        writeln!(text, "{kind}\"/{path}{}\"", if manual { "*" } else { "" })?;
    }
    Ok(text)
}

/// The folders that nobody else has: they go with the package.
fn own_folders(product: &Product) -> BTreeSet<&str> {
    let folders = product.tree.paths().filter_map(|path| Some(path.rsplit_once('/')?.0));
    folders.filter(|folder| folder.rsplit('/').next().is_some_and(|name| name.starts_with("halo"))).collect()
}
