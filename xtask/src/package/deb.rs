//! Debian's form, by Debian's own tools, which also tell what the programs depend on.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::product::Product;
use super::release::{LICENCE, MAINTAINER, Release};
use super::tree::age;
use crate::workspace::{output, source};

/// What the desktop program is of more use with. Not recommended: on an empty system that would be hundreds of packages.
const SUGGESTED: &str = "gnome-keyring | kwalletmanager | keepassxc, notification-daemon, xfce4-panel | plasma-desktop | gnome-shell-extension-appindicator";

/// Scripts of a system service, as `packaging/debian` has them.
const SCRIPTS: [&str; 3] = ["postinst", "prerm", "postrm"];

pub(crate) fn write(product: &Product, release: &Release, folder: &Path) -> Result<()> {
    let work = tempfile::tempdir()?;
    let root = work.path().join("root");
    product.tree.write(&root, release.epoch)?;
    own_places(&root)?;
    papers(product, release, &root)?;

    let control = root.join("DEBIAN");
    let size = size_in_kib(&root)?;
    fs::create_dir(&control)?;
    fs::write(control.join("control"), control_file(product, release, size, &dependencies(product, &root)?)?)?;
    let configuration: Vec<String> = product.configuration().map(|path| format!("/{path}\n")).collect();
    fs::write(control.join("conffiles"), configuration.concat())?;
    fs::write(control.join("md5sums"), sums(&root)?)?;
    if product.service.is_some() {
        for script in SCRIPTS {
            let place = control.join(script);
            fs::copy(source("packaging/debian").join(script), &place)?;
            fs::set_permissions(place, fs::Permissions::from_mode(0o755))?;
        }
    }
    age(&root, release.epoch)?;

    let file = folder.join(format!("{}_{}_{}.deb", product.name, release.version, architecture()?));
    let mut build = Command::new("dpkg-deb");
    build.args(["--root-owner-group", "-Zxz", "--build"]).arg(&root).arg(&file);
    output(build.env("SOURCE_DATE_EPOCH", release.epoch.to_string()))?;
    Ok(())
}

/// Where Debian keeps a thing elsewhere.
fn own_places(root: &Path) -> Result<()> {
    let zsh = root.join("usr/share/zsh");
    if zsh.join("site-functions").exists() {
        fs::rename(zsh.join("site-functions"), zsh.join("vendor-completions"))?;
    }
    Ok(())
}

/// Copyright and history, as Debian's policy wants them, and everything compressed that it wants compressed.
fn papers(product: &Product, release: &Release, root: &Path) -> Result<()> {
    let documents = root.join("usr/share/doc").join(product.name);
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        fs::remove_file(documents.join(licence))?;
    }
    let mit = fs::read_to_string(source("LICENSE-MIT"))?;
    let mit = mit.lines().map(|line| format!(" {}", if line.is_empty() { "." } else { line }));
    let mit = mit.collect::<Vec<_>>().join("\n");
    let copyright = format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: Halo\n\n\
         Files: *\nCopyright: The Halo developers\nLicense: {}\n\nLicense: MIT\n{mit}\n\n\
         License: Apache-2.0\n The whole text is in /usr/share/common-licenses/Apache-2.0.\n",
        LICENCE.replace("OR", "or")
    );
    fs::write(documents.join("copyright"), copyright)?;
    let date =
        output(Command::new("date").args(["-u", "-R", "-d", &format!("@{}", release.epoch)]).env("LC_ALL", "C"))?;
    let changelog = format!(
        "{} ({}) stable; urgency=medium\n\n  * See the history of the source.\n\n -- {MAINTAINER}  {}\n",
        product.name,
        release.version,
        date.trim()
    );
    fs::write(documents.join("changelog"), changelog)?;
    let manuals = root.join("usr/share/man/man1");
    let pages = fs::read_dir(manuals)?.map(|page| Ok(page?.path())).collect::<Result<Vec<_>>>()?;
    output(Command::new("gzip").arg("-9n").arg(documents.join("changelog")).args(pages))?;
    Ok(())
}

/// What must be there and what should be, from the libraries that the programs ask for.
fn dependencies(product: &Product, root: &Path) -> Result<BTreeMap<String, String>> {
    // The tool reads this file and nothing of it but the names.
    let work = tempfile::tempdir()?;
    fs::create_dir(work.path().join("debian"))?;
    let names = format!("Source: {0}\n\nPackage: {0}\nArchitecture: any\n", product.name);
    fs::write(work.path().join("debian/control"), names)?;

    let mut tool = Command::new("dpkg-shlibdeps");
    tool.current_dir(work.path()).arg("-O").env("LC_ALL", "C");
    for (field, programs) in [("Depends", product.required), ("Recommends", product.recommended)] {
        for program in programs {
            tool.arg(format!("-d{field}")).arg(format!("-e{}", root.join(program).display()));
        }
    }
    let said = output(&mut tool)?;
    let field = |line: &str| {
        let (name, packages) = line.strip_prefix("shlibs:")?.split_once('=')?;
        Some((name.to_owned(), packages.to_owned()))
    };
    let mut fields: BTreeMap<_, _> = said.lines().filter_map(field).collect();
    ensure!(fields.contains_key("Depends"), "dpkg-shlibdeps names no dependency of {}: {said}", product.name);
    if product.service.is_some() {
        // Makes the user; and starts and stops what it serves.
        let depends = fields.entry("Depends".to_owned()).or_default();
        depends.push_str(", systemd | systemd-standalone-sysusers");
    } else {
        fields.insert("Suggests".to_owned(), SUGGESTED.to_owned());
    }
    Ok(fields)
}

fn control_file(
    product: &Product,
    release: &Release,
    size: u64,
    dependencies: &BTreeMap<String, String>,
) -> Result<String> {
    let mut text = format!(
        "Package: {}\nVersion: {}\nArchitecture: {}\nMaintainer: {MAINTAINER}\nInstalled-Size: {size}\n\
         Section: net\nPriority: optional\n",
        product.name,
        release.version,
        architecture()?
    );
    for (field, packages) in dependencies {
        writeln!(text, "{field}: {packages}")?;
    }
    writeln!(text, "Description: {}", product.summary)?;
    text.push_str(&product.description.iter().map(|paragraph| wrapped(paragraph)).collect::<Vec<_>>().join(" .\n"));
    Ok(text)
}

/// Lines of a paragraph as a description has them: short, and a blank before each.
fn wrapped(paragraph: &str) -> String {
    let (mut text, mut length) = (String::new(), usize::MAX);
    for word in paragraph.split_whitespace() {
        let breaks = length.saturating_add(word.len()) > 76;
        text.push_str(if breaks && !text.is_empty() { "\n " } else { " " });
        text.push_str(word);
        length = if breaks { word.len() } else { length + 1 + word.len() };
    }
    text.push('\n');
    text
}

fn architecture() -> Result<String> {
    Ok(output(Command::new("dpkg").arg("--print-architecture"))?.trim().to_owned())
}

fn size_in_kib(root: &Path) -> Result<u64> {
    let said = output(Command::new("du").args(["-sk", "--apparent-size"]).arg(root))?;
    said.split_whitespace().next().and_then(|size| size.parse().ok()).context("du gives no size")
}

fn sums(root: &Path) -> Result<String> {
    let list = "find . -type f -not -path './DEBIAN/*' -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 md5sum --";
    output(Command::new("sh").args(["-c", list]).current_dir(root))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_broken_into_short_lines() {
        let text = wrapped(&"presence ".repeat(20));
        assert!(text.lines().all(|line| line.starts_with(" p") && line.len() <= 78), "{text}");
        assert_eq!(text.split_whitespace().count(), 20);
    }
}
