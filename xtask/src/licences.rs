//! Whether every dependency may be used and where it comes from.

use std::path::Path;

use crate::metadata::Package;

/// Licences that ask for no more than their text and the names of the authors, and the Mozilla licence, which asks for
/// changes to its own files only.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    // A list of certificates that only a browser's build would link; it asks for its text alone.
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// One sentence for each package that may not be used.
pub(crate) fn complaints(packages: &[Package], root: &Path) -> Vec<String> {
    packages.iter().filter_map(|package| complaint(package, root)).collect()
}

fn complaint(package: &Package, root: &Path) -> Option<String> {
    let name = format!("{} {}", package.name, package.version);
    match package.source.as_deref() {
        None if package.manifest.starts_with(root) => return None,
        None => return Some(format!("{name} comes from outside this workspace: {}", package.manifest.display())),
        Some(CRATES_IO) => {}
        Some(source) => return Some(format!("{name} comes from {source}; use a release on crates.io")),
    }
    match package.licence.as_deref() {
        None => Some(format!("{name} names no licence; find another crate")),
        Some(licence) if !allows(licence) => {
            Some(format!("{name} is under {licence}, which xtask/src/licences.rs does not allow"))
        }
        Some(_) => None,
    }
}

/// True if an SPDX expression can be met by allowed licences alone.
fn allows(expression: &str) -> bool {
    // Before SPDX expressions, crates.io used a slash for OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any_of(&mut rest) == Some(true) && rest.is_empty()
}

/// `a OR b`, where AND binds tighter. None if it is no expression.
fn any_of(words: &mut &[&str]) -> Option<bool> {
    let mut allowed = all_of(words)?;
    while take(words, "OR") {
        allowed |= all_of(words)?;
    }
    Some(allowed)
}

fn all_of(words: &mut &[&str]) -> Option<bool> {
    let mut allowed = one(words)?;
    while take(words, "AND") {
        allowed &= one(words)?;
    }
    Some(allowed)
}

fn one(words: &mut &[&str]) -> Option<bool> {
    if take(words, "(") {
        let allowed = any_of(words)?;
        return take(words, ")").then_some(allowed);
    }
    let (name, rest) = words.split_first()?;
    *words = rest;
    let mut licence = (*name).to_owned();
    if take(words, "WITH") {
        let (exception, rest) = words.split_first()?;
        *words = rest;
        licence = format!("{licence} WITH {exception}");
    }
    Some(ALLOWED.contains(&licence.as_str()))
}

fn take(words: &mut &[&str], word: &str) -> bool {
    match words.split_first() {
        Some((first, rest)) if first.eq_ignore_ascii_case(word) => {
            *words = rest;
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_allowed_alternative_is_enough() {
        for good in [
            "MIT",
            "MIT OR Apache-2.0",
            "MIT/Apache-2.0",
            "GPL-3.0-only OR MIT",
            "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
            "(MIT OR GPL-3.0-only) AND Unicode-3.0",
            "MIT AND (MIT OR Apache-2.0)",
        ] {
            assert!(allows(good), "{good}");
        }
    }

    #[test]
    fn what_is_not_allowed_is_refused() {
        for bad in [
            "GPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "GPL-3.0-only OR MIT AND LGPL-2.1-only",
            "Apache-2.0 WITH Something-exception",
            "(MIT",
            "MIT MIT",
            "",
            "OR",
        ] {
            assert!(!allows(bad), "{bad}");
        }
    }

    #[test]
    fn the_offender_is_named() {
        let package = |source: Option<&str>, licence: Option<&str>, manifest: &str| Package {
            name: "thing".into(),
            version: "1.2.3".into(),
            licence: licence.map(str::to_owned),
            source: source.map(str::to_owned),
            manifest: manifest.into(),
        };
        let told = |package| complaint(&package, Path::new("/halo"));
        assert_eq!(told(package(None, None, "/halo/crates/thing/Cargo.toml")), None);
        assert!(told(package(None, None, "/elsewhere/Cargo.toml")).unwrap().contains("thing 1.2.3"));
        assert!(told(package(Some("git+https://x"), Some("MIT"), "/r")).unwrap().contains("git+https://x"));
        assert!(told(package(Some(CRATES_IO), Some("GPL-2.0-only"), "/r")).unwrap().contains("GPL-2.0-only"));
        assert!(told(package(Some(CRATES_IO), None, "/r")).unwrap().contains("no licence"));
        assert_eq!(told(package(Some(CRATES_IO), Some("MIT"), "/r")), None);
    }
}
