//! Which system this is, as far as it matters for the names of packages.

use std::fs;

/// A family of systems whose packages bear the same names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Debian,
    Fedora,
    Arch,
    Suse,
    /// macOS, whose packages most people have from Homebrew.
    Homebrew,
    Unknown,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Distribution {
    /// What it calls itself.
    pub(crate) name: String,
    pub(crate) family: Family,
}

impl Distribution {
    pub(crate) fn of_this_machine() -> Self {
        if cfg!(target_os = "macos") {
            return Self { name: "macOS".to_owned(), family: Family::Homebrew };
        }
        let text = fs::read_to_string("/etc/os-release").or_else(|_| fs::read_to_string("/usr/lib/os-release"));
        Self::parse(&text.unwrap_or_default())
    }

    /// Reads os-release(5): `ID` is the system, `ID_LIKE` what it derives from, the closest first.
    fn parse(text: &str) -> Self {
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().trim().trim_matches(['"', '\'']).to_owned()
        };
        let ids = format!("{} {}", value("ID"), value("ID_LIKE"));
        let family = ids.split_whitespace().find_map(family_of).unwrap_or(Family::Unknown);
        let name = match value("PRETTY_NAME") {
            name if name.is_empty() => "this system".to_owned(),
            name => name,
        };
        Self { name, family }
    }
}

fn family_of(id: &str) -> Option<Family> {
    match id {
        "debian" | "ubuntu" => Some(Family::Debian),
        "fedora" | "rhel" | "centos" => Some(Family::Fedora),
        "arch" => Some(Family::Arch),
        "suse" | "opensuse" | "opensuse-tumbleweed" | "opensuse-leap" => Some(Family::Suse),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(text: &str) -> Family {
        Distribution::parse(text).family
    }

    #[test]
    fn systems_and_their_derivatives_are_known() {
        assert_eq!(family("ID=debian\nVERSION_ID=\"12\"\n"), Family::Debian);
        assert_eq!(family("NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"), Family::Debian);
        assert_eq!(family("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"), Family::Fedora);
        assert_eq!(family("ID=manjaro\nID_LIKE=arch\n"), Family::Arch);
        assert_eq!(family("ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n"), Family::Suse);
        assert_eq!(family("ID=nixos\n"), Family::Unknown);
        assert_eq!(Distribution::parse("").name, "this system");
    }
}
