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
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let system = Distribution::of_this_machine();
    if system.family != Family::Debian {
        bail!("{}", in_words(&missing, purpose, &system));
    }
    let packages = packages_of(&missing, Family::Debian);
    println!("To {purpose}, {} lacks {}.", system.name, list(missing.iter().map(|need| need.what)));
    println!("These packages will be installed: {}", packages.join(" "));
    if !(yes || workspace::in_ci() || ask("Install them now?", true)?) {
        let sudo = if rustix::process::geteuid().is_root() { "" } else { "sudo " };
        bail!("Nothing was installed. To do it yourself:\n  {}", as_typed(&packages, sudo));
    }
    install(&packages)?;
    let still: Vec<_> = self::missing(needs).iter().map(|need| need.what).collect();
    if !still.is_empty() {
        bail!("the packages are installed, and yet these are missing: {}", still.join(", "));
    }
    Ok(())
}

/// Offers what can be done without; asks even with `--yes`, and takes no answer for a no.
pub(crate) fn offer(needs: &[Need], question: &str) -> Result<()> {
    let missing = missing(needs);
    let system = Distribution::of_this_machine();
    if missing.is_empty() || system.family != Family::Debian {
        return Ok(());
    }
    if workspace::in_ci() || (at_a_terminal() && ask(question, false)?) {
        install(&packages_of(&missing, Family::Debian))?;
    }
    Ok(())
}

fn missing(needs: &[Need]) -> Vec<Need> {
    needs.iter().filter(|need| !need.is_there()).copied().collect()
}

fn packages_of(needs: &[Need], family: Family) -> Vec<&'static str> {
    // A set: one package may bring several things.
    needs.iter().filter_map(|need| need.package(family)).collect::<BTreeSet<_>>().into_iter().collect()
}

fn in_words(missing: &[Need], purpose: &str, system: &Distribution) -> String {
    let mut text = format!("To {purpose}, these are needed and not found on {}:\n", system.name);
    for need in missing {
        text.push_str("  - ");
        text.push_str(need.what);
        let known = need.package(system.family).or(need.package(Family::Debian));
        if let Some(package) = known {
            let whose = if system.family == Family::Unknown { "Debian's package is called" } else { "package" };
            text = format!("{text} ({whose} {package})");
        }
        text.push('\n');
    }
    text.push_str("Packages are installed automatically on Debian, Ubuntu and their derivatives only. ");
    text.push_str("Please install them and call the same command again.");
    text
}

fn install(packages: &[&str]) -> Result<()> {
    let prefix: &[&str] = match (rustix::process::geteuid().is_root(), has_sudo()) {
        (true, _) => &[],
        (false, true) => &["sudo"],
        (false, false) => bail!("Packages are installed by root only. As root:\n  {}", as_typed(packages, "")),
    };
    // Someone else may hold the lock for a while; a question would never be answered.
    let apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=600"];
    let step = |arguments: &[&str]| {
        let words: Vec<&str> = prefix.iter().chain(&apt).chain(arguments).copied().collect();
        workspace::succeeds(Command::new(words[0]).args(&words[1..]))
    };
    // Old lists may still do, so that its failure is not the end.
    step(&["update", "--quiet"])?;
    let mut arguments = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    arguments.extend(packages);
    if !step(&arguments)? {
        bail!("apt-get could not install the packages: see its messages above");
    }
    Ok(())
}

fn has_sudo() -> bool {
    Command::new("sudo").arg("--version").output().is_ok_and(|output| output.status.success())
}

fn as_typed(packages: &[&str], sudo: &str) -> String {
    format!("{sudo}apt-get update && {sudo}apt-get install --no-install-recommends {}", packages.join(" "))
}

fn at_a_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Asks; without a terminal the answer is no.
fn ask(question: &str, default: bool) -> Result<bool> {
    if !at_a_terminal() {
        return Ok(false);
    }
    print!("{question} [{}] ", if default { "Y/n" } else { "y/N" });
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(match answer.trim().to_lowercase().as_str() {
        "" => default && answer.ends_with('\n'),
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
    fn a_system_without_apt_gets_words_and_its_own_names() {
        let fedora = Distribution { name: "Fedora Linux 41".into(), family: Family::Fedora };
        let text = in_words(needs::BUILD, "build Halo", &fedora);
        assert!(text.starts_with("To build Halo, these are needed and not found on Fedora Linux 41:\n"));
        assert!(text.contains("- a C compiler (package gcc)"), "{text}");
        let unknown = Distribution { name: "NixOS".into(), family: Family::Unknown };
        let text = in_words(needs::BUILD, "build Halo", &unknown);
        assert!(text.contains("- a C compiler (Debian's package is called build-essential)"), "{text}");
    }

    #[test]
    fn a_package_is_named_once() {
        let twice = [needs::BUILD[0], needs::BUILD[0]];
        assert_eq!(packages_of(&twice, Family::Debian), ["build-essential"]);
    }
}
