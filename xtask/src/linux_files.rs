//! What a Linux desktop finds of Halo below a prefix: menu entry, icons, completions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::workspace;

/// The menu entry.
pub(crate) const ENTRY: &str = "share/applications/halo.desktop";

/// Each shell, and where it looks for completions.
pub(crate) const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "share/bash-completion/completions/halo"),
    ("zsh", "share/zsh/site-functions/_halo"),
    ("fish", "share/fish/vendor_completions.d/halo.fish"),
];

/// Each icon with its place: the drawing for all sizes, and the rendered sizes.
pub(crate) fn icons() -> Result<Vec<(PathBuf, String)>> {
    let folder = workspace::root().join("icons");
    let theme = "share/icons/hicolor";
    let mut icons = vec![(folder.join("halo.svg"), format!("{theme}/scalable/apps/halo.svg"))];
    let rendered = fs::read_dir(folder.join("generated")).context("the icons are not drawn: cargo xtask icons")?;
    for entry in rendered {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let size = name.strip_prefix("halo-").and_then(|rest| rest.strip_suffix(".png"));
        if let Some(size) = size.and_then(|size| size.parse::<u32>().ok()) {
            icons.push((path, format!("{theme}/{size}x{size}/apps/halo.png")));
        }
    }
    icons.sort();
    Ok(icons)
}

/// The program's completions for a shell; `None` if it can't tell.
pub(crate) fn completions(halo: &Path, shell: &str) -> Option<Vec<u8>> {
    let output = Command::new(halo).args(["completions", shell]).output().ok()?;
    output.status.success().then_some(output.stdout)
}

/// The entry that starts a program, and opens links with it.
pub(crate) fn desktop_entry(halo: &Path) -> String {
    let quoted = quoted(halo);
    format!(
        "[Desktop Entry]
Type=Application
Version=1.0
Name=Halo
GenericName=Presence
Comment=Shows and sets your status
Exec={quoted} %u
Icon=halo
Terminal=false
StartupNotify=false
X-GNOME-SingleWindow=true
Categories=Network;InstantMessaging;
Keywords=presence;status;away;busy;available;
MimeType=x-scheme-handler/halo;
"
    )
}

/// A path as a word of `Exec`: quoted as the Desktop Entry Specification says, once for the word and once for the line.
///
/// Only where it must be: what opens links without a desktop (`xdg-open`) reads no quotation marks.
fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.chars().all(|c| c.is_alphanumeric() || "/.-_".contains(c)) {
        return text.into_owned();
    }
    let mut word = String::new();
    for c in text.chars() {
        match c {
            '\\' => word.push_str(r"\\\\"),
            '"' | '`' | '$' => word.extend(['\\', '\\', c]),
            '%' => word.push_str("%%"),
            _ => word.push(c),
        }
    }
    format!("\"{word}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_desktop_entry_names_the_program_by_its_path() {
        let entry = desktop_entry(Path::new("/home/a b/.local/bin/halo"));
        assert!(entry.contains("\nExec=\"/home/a b/.local/bin/halo\" %u\n"), "{entry}");
        assert_eq!(quoted(Path::new(r#"/a\b"c`d$e%f"#)), r#""/a\\\\b\\"c\\`d\\$e%%f""#);
    }

    #[test]
    fn the_desktop_entry_opens_links_and_is_in_order() {
        let entry = desktop_entry(Path::new("/home/a b/.local/bin/halo"));
        assert!(entry.contains("\nMimeType=x-scheme-handler/halo;\n"), "{entry}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("halo.desktop");
        fs::write(&file, entry).unwrap();
        match Command::new("desktop-file-validate").arg(&file).output() {
            Ok(output) => assert!(output.status.success() && output.stdout.is_empty(), "{output:?}"),
            Err(_) => println!("skipped: desktop-file-validate is not installed"),
        }
    }

    #[test]
    fn every_icon_has_its_own_place() {
        let places: Vec<String> = icons().unwrap().into_iter().map(|(_, place)| place).collect();
        assert!(places.contains(&"share/icons/hicolor/48x48/apps/halo.png".to_owned()), "{places:?}");
        assert!(places.contains(&"share/icons/hicolor/scalable/apps/halo.svg".to_owned()), "{places:?}");
        let mut unique = places.clone();
        unique.dedup();
        assert_eq!(unique, places);
    }
}
