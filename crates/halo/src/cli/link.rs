//! Links: `halo://set/busy?for=30m` in a page, a mail or a calendar, handed over by the desktop as the one argument.
//!
//! Anybody can write one, so what is not known exactly is refused. What a link wants done is only proposed.

use protocol::{Intent, Lasts};

use super::failure::Failure;
use super::when;

/// What links begin with.
const SCHEME: &str = "halo:";

/// The longest link, in bytes.
const LONGEST: usize = 8 * 1024;

/// The links there are, in words.
pub const KNOWN: &str = "Links there are: halo://open, halo://set/STATUS?for=30m (or until=14:00, and message=TEXT), \
    halo://back, halo://undo, halo://snooze?for=1h, halo://message?text=TEXT&for=1h";

/// What a link asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Link {
    /// The window, which is done at once.
    Open,
    /// A change, which the person is asked about first.
    Change(Intent),
}

/// Whether this is a link, in order or not.
pub fn is_link(argument: &str) -> bool {
    argument.get(..SCHEME.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
}

/// Reads a link.
pub fn parse(link: &str) -> Result<Link, Failure> {
    let unknown = || Failure::Usage(format!("“{}” is no link that Halo knows. {KNOWN}", shortened(link)));
    let whole = link.len() <= LONGEST && !link.contains(|c: char| c.is_control() || c.is_whitespace() || c == '#');
    let rest = link.get(SCHEME.len()..).and_then(|rest| rest.strip_prefix("//"));
    let rest = rest.filter(|_| whole).ok_or_else(unknown)?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut query = Query::read(query).ok_or_else(unknown)?;
    // Some browsers end what they take for a host with a slash.
    let change = match path.strip_suffix('/').unwrap_or(path) {
        "open" => None,
        "back" => Some(Intent::Back),
        "undo" => Some(Intent::Undo),
        "snooze" => {
            let lasts = query.take("for").map_or_else(|| when::span("30m"), |span| when::span(&span))?;
            Some(Intent::Snooze { lasts: Some(lasts) })
        }
        "message" => {
            let text = Some(query.take("text").ok_or_else(unknown)?);
            Some(Intent::Message { text, lasts: query.lasts(unknown)? })
        }
        path => {
            let status = path.strip_prefix("set/").and_then(decoded).filter(|id| is_id(id)).ok_or_else(unknown)?;
            let lasts = query.lasts(unknown)?;
            Some(Intent::Set { status: status.as_str().into(), lasts, message: query.take("message") })
        }
    };
    if !query.0.is_empty() {
        return Err(unknown());
    }
    Ok(change.map_or(Link::Open, Link::Change))
}

/// What stands after the question mark: each name once.
struct Query(Vec<(String, String)>);

impl Query {
    fn read(text: &str) -> Option<Self> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in text.split('&').filter(|_| !text.is_empty()) {
            let (name, value) = pair.split_once('=')?;
            // A plus is a blank there, as in every form that a page sends.
            let value = decoded(&value.replace('+', " "))?;
            if pairs.iter().any(|(known, _)| known == name) {
                return None;
            }
            pairs.push((name.to_owned(), value));
        }
        Some(Self(pairs))
    }

    fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// Its end: one or none, as with the command.
    fn lasts(&mut self, unknown: impl FnOnce() -> Failure) -> Result<Option<Lasts>, Failure> {
        match (self.take("for"), self.take("until")) {
            (Some(_), Some(_)) => Err(unknown()),
            (Some(span), None) => when::span(&span).map(Some),
            (None, Some(until)) => when::until(&until).map(Some),
            (None, None) => Ok(None),
        }
    }
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// The text that `%41%6E%61` stands for, if it is text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' { hexadecimal(rest.next()?)? << 4 | hexadecimal(rest.next()?)? } else { byte });
    }
    String::from_utf8(bytes).ok()
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Fit for a line of a terminal, which would obey a control character.
fn shortened(link: &str) -> String {
    let mut short: String = link.chars().filter(|c| !c.is_control()).take(80).collect();
    if link.chars().count() > 80 {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(link: &str) -> Intent {
        match parse(link) {
            Ok(Link::Change(intent)) => intent,
            other => panic!("{link}: {other:?}"),
        }
    }

    fn set(status: &str, lasts: Option<Lasts>, message: Option<&str>) -> Intent {
        Intent::Set { status: status.into(), lasts, message: message.map(str::to_owned) }
    }

    #[test]
    fn d11_links_ask_for_the_same_as_commands() {
        assert_eq!(parse("halo://open").unwrap(), Link::Open);
        assert_eq!(change("halo://set/busy"), set("busy", None, None));
        assert_eq!(change("halo://set/busy?for=30m"), set("busy", Some(Lasts::For(1800)), None));
        assert_eq!(
            change("HALO://set/meal/?message=Back%20at%201%2B1&for=1h30m"),
            set("meal", Some(Lasts::For(5400)), Some("Back at 1+1"))
        );
        let until = "2999-06-01T00:00:00Z".parse().unwrap();
        assert_eq!(change("halo://set/busy?until=2999-06-01T00:00:00Z"), set("busy", Some(Lasts::Until(until)), None));
        assert_eq!(change("halo://back/"), Intent::Back);
        assert_eq!(change("halo://undo"), Intent::Undo);
        assert_eq!(change("halo://snooze"), Intent::Snooze { lasts: Some(Lasts::For(1800)) });
        assert_eq!(change("halo://snooze?for=2h"), Intent::Snooze { lasts: Some(Lasts::For(7200)) });
        assert_eq!(
            change("halo://message?text=In+the+lab%0A%F0%9F%8D%9C&for=1h"),
            Intent::Message { text: Some("In the lab\n🍜".into()), lasts: Some(Lasts::For(3600)) }
        );
    }

    #[test]
    fn bad_input_links_are_refused_with_the_links_there_are() {
        let long = format!("halo://message?text={}", "x".repeat(LONGEST));
        for link in [
            "halo:",
            "halo://",
            "halo:///",
            "halo:set/busy",
            "halo:/set/busy",
            "halo://set",
            "halo://set/",
            "halo://set//busy",
            "halo://set/busy/now",
            "halo://set/../quit",
            "halo://set/b%75sy%00",
            "halo://set/%2e%2e",
            "halo://set/busy%3Ffor=30m",
            "halo://Set/busy",
            "halo://me@set/busy",
            "halo://set:80/busy",
            "halo://set/busy#now",
            "halo://set/busy?",
            "halo://set/busy?for",
            "halo://set/busy?for=30m&for=1h",
            "halo://set/busy?for=30m&until=14:00",
            "halo://set/busy?FOR=30m",
            "halo://set/busy?colour=red",
            "halo://set/busy?message=%zz",
            "halo://set/busy?message=%e2%28",
            "halo://set/busy?message=%4",
            "halo://set/busy ?for=30m",
            "halo://set/busy\n",
            "halo://back?now=1",
            "halo://open?url=x",
            "halo://message",
            "halo://message?text=x&status=busy",
            "halo://snooze?until=14:00",
            "halo://quit",
            "halo://pause",
            "halo://pause?for=1h",
            "halo://resume",
            "halo://held",
            "halo://history?delete",
            "halo://config/idle.auto?value=false",
            "halo://notify?text=x",
            "halo://decide?accept=true",
            &long,
        ] {
            match parse(link) {
                Err(Failure::Usage(why)) => assert!(why.contains("Links there are: halo://open"), "{link}: {why}"),
                // A question mark alone asks for nothing.
                Ok(_) if link.ends_with('?') => {}
                other => panic!("{link}: {other:?}"),
            }
        }
        for (link, words) in [
            ("halo://set/busy?for=soon", "“soon” isn't a duration"),
            ("halo://set/busy?for=", "“” isn't a duration"),
            ("halo://snooze?for=off", "“off” isn't a duration"),
            ("halo://set/busy?until=25:99", "“25:99” isn't a time"),
        ] {
            assert!(matches!(parse(link), Err(Failure::Usage(why)) if why.contains(words)), "{link}");
        }
        assert!(matches!(parse("halo://set/busy?until=2001-01-01"), Err(Failure::Refused(_))));
    }

    #[test]
    fn bad_input_a_link_that_is_none_is_quoted_without_what_a_terminal_obeys() {
        let Err(Failure::Usage(why)) = parse(&format!("halo://\u{1b}[2J{}", "é".repeat(200))) else { panic!() };
        assert!(!why.contains('\u{1b}') && why.chars().count() < 400, "{why}");
    }

    #[test]
    fn a_command_is_no_link() {
        assert!(is_link("halo://back") && is_link("Halo:nonsense"));
        assert!(!is_link("halo") && !is_link("status") && !is_link("héh") && !is_link("--help"));
    }
}
