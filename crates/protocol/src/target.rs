//! Where a notification may lead: addresses that a person can read and judge before anything is opened.

/// The ways that may be opened. Each leads to a program that talks to people or shows a page; none runs anything.
const SCHEMES: [&str; 10] =
    ["https", "mailto", "tel", "sip", "sips", "xmpp", "msteams", "slack", "zoommtg", "webexteams"];

/// The longest address, in characters: a question shows the whole of it.
const LONGEST: usize = 500;

/// Why an address can't be opened from a notification, in words that say what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotATarget {
    /// Another way, or none.
    #[error("only addresses of these kinds can be opened: {}. For a file or a program, say in the text where it is", SCHEMES.join(", "))]
    Scheme,
    /// Too long to be read.
    #[error("an address has at most {LONGEST} characters, this one has {0}: give a shorter one")]
    TooLong(usize),
    /// It holds what reads otherwise than it is, or what belongs into no address.
    #[error(
        "an address is plain ASCII without blanks, quotation marks or backslashes: write other characters as %XX, and a name in other letters as xn--…"
    )]
    Characters,
    /// It has nothing after its kind.
    #[error("the address names nothing to open")]
    Empty,
    /// A name before the host, which passes for the host.
    #[error("an address may not have a name before its host (“name@host”): it would read as another place")]
    Name,
    /// A mail with files of this computer.
    #[error("a mail address may not attach files")]
    Attachment,
}

/// The address if it may be opened, or why not.
pub fn target(address: &str) -> Result<&str, NotATarget> {
    let (scheme, rest) = address.split_once(':').ok_or(NotATarget::Scheme)?;
    let scheme = scheme.to_ascii_lowercase();
    if !SCHEMES.contains(&scheme.as_str()) {
        return Err(NotATarget::Scheme);
    }
    let count = address.chars().count();
    if count > LONGEST {
        return Err(NotATarget::TooLong(count));
    }
    let is_plain =
        |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '\\' | '<' | '>' | '`' | '^' | '{' | '|' | '}');
    if !address.chars().all(is_plain) {
        return Err(NotATarget::Characters);
    }
    if rest.trim_matches('/').is_empty() {
        return Err(NotATarget::Empty);
    }
    match scheme.as_str() {
        "https" => {
            let place = rest.strip_prefix("//").ok_or(NotATarget::Empty)?;
            let host = place.split(['/', '?', '#']).next().unwrap_or_default();
            if host.contains('@') {
                return Err(NotATarget::Name);
            }
            if host.is_empty() || host.starts_with(':') {
                return Err(NotATarget::Empty);
            }
        }
        "mailto" => {
            let fields = rest.split_once('?').map_or("", |(_, fields)| fields);
            let attaches = |field: &str| {
                let name = field.split('=').next().unwrap_or_default().to_ascii_lowercase();
                // A name that is written in another way may be any.
                name.starts_with("attach") || name.contains('%')
            };
            if fields.split(['&', ';']).any(attaches) {
                return Err(NotATarget::Attachment);
            }
        }
        _ => {}
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_talks_to_people_or_shows_a_page_may_be_opened() {
        for address in [
            "https://crm.example/cases/4711?tab=mail#last",
            "HTTPS://crm.example",
            "https://[2001:db8::1]:8443/x",
            "https://xn--mnchen-3ya.example/%E2%82%AC",
            "mailto:mara@lund.example?subject=The%20Lund%20case&cc=ada@lund.example",
            "tel:+46-40-123-45;ext=7",
            "msteams:/l/chat/0/0?users=mara@lund.example",
            "sip:mara@lund.example",
        ] {
            assert_eq!(target(address), Ok(address));
        }
    }

    #[test]
    fn what_runs_something_reads_otherwise_or_names_nothing_may_not() {
        for (address, why) in [
            ("file:///etc/passwd", NotATarget::Scheme),
            ("javascript:alert(1)", NotATarget::Scheme),
            ("http://plain.example", NotATarget::Scheme),
            ("halo://set/busy", NotATarget::Scheme),
            ("ms-msdt:/id", NotATarget::Scheme),
            ("/usr/bin/id", NotATarget::Scheme),
            ("--help", NotATarget::Scheme),
            (" https://x.example", NotATarget::Scheme),
            ("https://x.example/a b", NotATarget::Characters),
            ("https://x.example/\u{202e}gpj", NotATarget::Characters),
            ("https://\u{430}pple.example", NotATarget::Characters),
            ("https://x.example\\@evil.example", NotATarget::Characters),
            ("https://x.example/\"&calc", NotATarget::Characters),
            ("https://bank.example@evil.example/", NotATarget::Name),
            ("https:", NotATarget::Empty),
            ("https:///path", NotATarget::Empty),
            ("https:evil.example", NotATarget::Empty),
            ("tel:", NotATarget::Empty),
            ("mailto:a@b.example?attach=/etc/passwd", NotATarget::Attachment),
            ("mailto:a@b.example?subject=x&Attachment=/etc/passwd", NotATarget::Attachment),
            ("mailto:a@b.example?%61ttach=/etc/passwd", NotATarget::Attachment),
        ] {
            assert_eq!(target(address), Err(why), "{address}");
        }
        let long = format!("https://x.example/{}", "x".repeat(LONGEST));
        assert_eq!(target(&long), Err(NotATarget::TooLong(LONGEST + 18)));
    }
}
