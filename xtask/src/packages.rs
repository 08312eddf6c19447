//! Installs what is missing, or says exactly what to install.

use std::collections::BTreeSet;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::Command;

use anyhow::{Result, bail};

use crate::distribution::{Distribution, Family};
use crate::needs::Need;
use crate::workspace;

/// Sees to it that all `needs` are there; `purpose` completes the sentence "To …,".
pub(crate) fn ensure(needs: &[Need], purpose: &str, yes: bool) -> Result<()> {
    let system = Distribution::of_this_machine();
    let missing = missing(needs, system.family);
    if missing.is_empty() {
        return Ok(());
    }
    let packages = packages_of(&missing, system.family);
    let Some(manager) = Manager::of(system.family).filter(|_| !packages.is_empty()) else {
        bail!("{}", in_words(&missing, purpose, &system));
    };
    println!("To {purpose}, {} lacks {}.", system.name, list(missing.iter().map(|need| need.what)));
    println!("These packages will be installed: {}", packages.join(" "));
    if !(yes || workspace::in_ci() || ask("Install them now?")?) {
        let sudo = manager.for_root && !rustix::process::geteuid().is_root();
        bail!("Nothing was installed. To do it yourself:\n  {}", manager.as_typed(&packages, sudo));
    }
    install(&manager, &packages)?;
    let still: Vec<_> = self::missing(needs, system.family).iter().map(|need| need.what).collect();
    if !still.is_empty() {
        bail!("the packages are installed, and yet these are missing: {}", still.join(", "));
    }
    Ok(())
}

/// Those that are not there, of those that are of any use here.
pub(crate) fn missing(needs: &[Need], family: Family) -> Vec<Need> {
    needs.iter().filter(|need| need.matters_on(family) && !need.is_there()).copied().collect()
}

/// What brings them, each once.
pub(crate) fn packages_of(needs: &[Need], family: Family) -> Vec<&'static str> {
    // A set: one package may bring several things.
    needs.iter().filter_map(|need| need.package(family)).collect::<BTreeSet<_>>().into_iter().collect()
}

fn in_words(missing: &[Need], purpose: &str, system: &Distribution) -> String {
    let mut text = format!("To {purpose}, these are needed and not found on {}:\n", system.name);
    for need in missing {
        text.push_str("  - ");
        text.push_str(need.what);
        if let Some(package) = need.package(Family::Debian) {
            text = format!("{text} (Debian's package is called {package})");
        }
        text.push('\n');
    }
    text.push_str("Packages are installed automatically on Debian, Fedora, Arch, openSUSE and their derivatives, and on macOS by Homebrew. ");
    text.push_str("Please install them and call the same command again.");
    text
}

/// How a family of systems installs packages without asking.
#[derive(Debug, PartialEq, Eq)]
struct Manager {
    for_root: bool,
    /// Reads the lists of packages anew, where an install does not do so itself.
    refresh: &'static [&'static str],
    install: &'static [&'static str],
}

impl Manager {
    fn of(family: Family) -> Option<Self> {
        let (for_root, refresh, install): (bool, &[&str], &[&str]) = match family {
            // Someone else may hold the lock for a while.
            Family::Debian => (
                true,
                &["apt-get", "-o", "DPkg::Lock::Timeout=600", "update", "--quiet"],
                &["apt-get", "-o", "DPkg::Lock::Timeout=600", "install", "--yes", "--quiet", "--no-install-recommends"],
            ),
            Family::Fedora => (true, &[], &["dnf", "install", "--assumeyes", "--setopt=install_weak_deps=False"]),
            // Not with fresh lists: of old packages and new ones together, Arch promises nothing.
            Family::Arch => (true, &[], &["pacman", "--sync", "--needed", "--noconfirm"]),
            Family::Suse => (true, &[], &["zypper", "--non-interactive", "install", "--no-recommends"]),
            // It refuses to run as root.
            Family::Homebrew => (false, &[], &["brew", "install"]),
            Family::Unknown => return None,
        };
        Some(Self { for_root, refresh, install })
    }

    fn as_typed(&self, packages: &[&str], sudo: bool) -> String {
        let sudo = if sudo { "sudo " } else { "" };
        let install = format!("{sudo}{} {}", self.install.join(" "), packages.join(" "));
        if self.refresh.is_empty() { install } else { format!("{sudo}{} && {install}", self.refresh.join(" ")) }
    }
}

fn install(manager: &Manager, packages: &[&str]) -> Result<()> {
    let prefix: &[&str] = match (manager.for_root && !rustix::process::geteuid().is_root(), has_sudo()) {
        (false, _) => &[],
        (true, true) => &["sudo"],
        (true, false) => {
            bail!("Packages are installed by root only. As root:\n  {}", manager.as_typed(packages, false))
        }
    };
    // A question would never be answered.
    let quiet = ["env", "DEBIAN_FRONTEND=noninteractive"];
    let step = |arguments: &[&str], packages: &[&str]| {
        let words: Vec<&str> = prefix.iter().chain(&quiet).chain(arguments).chain(packages).copied().collect();
        workspace::succeeds(Command::new(words[0]).args(&words[1..]))
    };
    if !manager.refresh.is_empty() {
        // Old lists may still do, so that its failure is not the end.
        step(manager.refresh, &[])?;
    }
    if !step(manager.install, packages)? {
        bail!("{} could not install the packages: see its messages above", manager.install[0]);
    }
    Ok(())
}

fn has_sudo() -> bool {
    Command::new("sudo").arg("--version").output().is_ok_and(|output| output.status.success())
}

fn at_a_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Asks; without a terminal the answer is no.
fn ask(question: &str) -> Result<bool> {
    if !at_a_terminal() {
        return Ok(false);
    }
    print!("{question} [Y/n] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(match answer.trim().to_lowercase().as_str() {
        "" => answer.ends_with('\n'),
        word => word == "y" || word == "yes",
    })
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::needs;

    #[test]
    fn a_system_that_is_not_known_gets_words() {
        let unknown = Distribution { name: "NixOS".into(), family: Family::Unknown };
        let text = in_words(needs::BUILD, "build Halo", &unknown);
        assert!(text.starts_with("To build Halo, these are needed and not found on NixOS:\n"));
        assert!(text.contains("- a C compiler (Debian's package is called build-essential)"), "{text}");
        assert_eq!(Manager::of(Family::Unknown), None);
    }

    #[test]
    fn each_system_installs_its_own_packages_its_own_way() {
        let typed = |family: Family, sudo| {
            let needs: Vec<Need> = needs::BUILD.iter().filter(|need| need.matters_on(family)).copied().collect();
            Manager::of(family).unwrap().as_typed(&packages_of(&needs, family), sudo)
        };
        assert_eq!(
            typed(Family::Debian, true),
            "sudo apt-get -o DPkg::Lock::Timeout=600 update --quiet && sudo apt-get -o DPkg::Lock::Timeout=600 install \
             --yes --quiet --no-install-recommends build-essential libxss-dev pkg-config"
        );
        assert_eq!(
            typed(Family::Fedora, true),
            "sudo dnf install --assumeyes --setopt=install_weak_deps=False gcc libXScrnSaver-devel pkgconf-pkg-config"
        );
        assert_eq!(typed(Family::Arch, false), "pacman --sync --needed --noconfirm base-devel libxss pkgconf");
        assert_eq!(
            typed(Family::Suse, true),
            "sudo zypper --non-interactive install --no-recommends gcc libXss-devel pkgconf-pkg-config"
        );
        assert_eq!(typed(Family::Homebrew, false), "brew install pkgconf");
    }

    #[test]
    fn each_need_has_a_package_on_each_linux() {
        let all =
            [needs::BUILD, needs::WINDOW, needs::WINDOW_TESTS, needs::VIRTUAL_DESKTOP, needs::TESTS, needs::LOCKER];
        for need in all.into_iter().flatten() {
            for family in [Family::Debian, Family::Fedora, Family::Arch, Family::Suse] {
                assert!(need.package(family).is_some_and(|name| !name.is_empty()), "{} on {family:?}", need.what);
            }
        }
    }

    #[test]
    fn a_package_is_named_once() {
        let twice = [needs::BUILD[0], needs::BUILD[0]];
        assert_eq!(packages_of(&twice, Family::Debian), ["build-essential"]);
    }
}
