//! Links: the person's own key of what Windows opens `halo://…` with.

use windows_registry::{CURRENT_USER, Key};

use super::autostart::program;

/// What Windows opens links of a kind with; for this person, which comes before the machine.
const SCHEME: &str = r"Software\Classes\halo";
const COMMAND: &str = r"shell\open\command";

/// Has Windows open links with this Halo, unless another program has them. Nothing is lost where that fails: the command
/// line takes links, too.
pub fn claim_links() {
    if let Err(why) = claim(CURRENT_USER) {
        tracing::info!("links won't open Halo: {why}");
    }
}

fn claim(person: &Key) -> Result<(), String> {
    let cant = |error: windows::core::Error| format!(r"HKEY_CURRENT_USER\{SCHEME} can't be written ({error})");
    let command = command(&program()?);
    let known = person.open(format!(r"{SCHEME}\{COMMAND}")).and_then(|key| key.get_string("")).ok();
    match known {
        Some(known) if known == command => return Ok(()),
        Some(known) if !is_halos(&known) => return Err(format!("another program has them: {known}")),
        _ => {}
    }
    let scheme = person.create(SCHEME).map_err(cant)?;
    scheme.set_string("", "URL:Halo").map_err(cant)?;
    // That this value is there makes it a kind of links.
    scheme.set_string("URL Protocol", "").map_err(cant)?;
    scheme.create(COMMAND).and_then(|key| key.set_string("", command)).map_err(cant)
}

fn command(program: &str) -> String {
    // A link with a quotation mark in it becomes several arguments, and those are refused.
    format!("\"{program}\" \"%1\"")
}

/// Whether it is a Halo that was installed elsewhere before.
fn is_halos(command: &str) -> bool {
    let program = command.split('"').nth(1).unwrap_or_default().to_ascii_lowercase();
    [r"\halo.exe", r"\halow.exe"].iter().any(|name| program.ends_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d11_links_are_claimed_from_an_older_halo_and_left_to_others() {
        let person = CURRENT_USER.create(r"Software\Halo tests\links").unwrap();
        let opens = || person.open(format!(r"{SCHEME}\{COMMAND}")).unwrap().get_string("").unwrap();
        claim(&person).unwrap();
        let ours = opens();
        assert!(ours.starts_with('"') && ours.ends_with(" \"%1\""), "{ours}");
        let put = |command: &str| {
            person.create(format!(r"{SCHEME}\{COMMAND}")).unwrap().set_string("", command).unwrap();
        };
        put(r#""D:\old place\halow.exe" "%1""#);
        claim(&person).unwrap();
        assert_eq!(opens(), ours);
        put(r#""C:\game\halo-5.exe" "%1""#);
        assert!(claim(&person).unwrap_err().contains("another program"));
        assert!(opens().contains("halo-5"));
        CURRENT_USER.remove_tree(r"Software\Halo tests\links").unwrap();
    }
}
