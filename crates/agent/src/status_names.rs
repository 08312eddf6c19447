//! The status that a person means by what they typed: its id, its label in their language or in English, or the first
//! letters of its words.

use presence::Status;
use words::Language;

/// Words that people type for a status of another name, where the catalogue has none of their own.
const ALSO: [(&str, &str); 2] = [("lunch", "meal"), ("coffee", "break")];

/// Finds it; `None` if nothing fits, or more than one.
pub(crate) fn find<'s>(statuses: &'s [Status], typed: &str, language: Language) -> Option<&'s Status> {
    let by_id = |id: &str| statuses.iter().find(|status| status.id.as_str() == id);
    let wanted = plain(typed);
    let names = |status: &Status| {
        let labels = [language, Language::English].map(|language| status.label(language.tag()).to_owned());
        [status.id.to_string()].into_iter().chain(labels)
    };
    let only = |fits: &dyn Fn(&str) -> bool| {
        let mut found = statuses.iter().filter(|status| names(status).any(|name| fits(&name)));
        found.next().filter(|_| found.next().is_none())
    };
    if wanted.is_empty() {
        return None;
    }
    by_id(typed)
        .or_else(|| only(&|name| plain(name) == wanted))
        .or_else(|| only(&|name| initials(name).is_some_and(|initials| initials == wanted)))
        .or_else(|| ALSO.into_iter().find(|(word, _)| *word == wanted).and_then(|(_, id)| by_id(id)))
}

/// Without case, blanks and dashes.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// `dnd` for Do not disturb; `None` for a single word.
fn initials(name: &str) -> Option<String> {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter_map(|word| word.chars().next());
    let initials: String = words.flat_map(char::to_lowercase).collect();
    (initials.chars().count() > 1).then_some(initials)
}

#[cfg(test)]
mod tests {
    use presence::Policy;

    use super::*;

    #[test]
    fn a_status_is_found_by_its_id_its_label_and_its_first_letters() {
        let policy = Policy::genesys();
        let found = |typed, language| find(&policy.statuses, typed, language).map(|status| status.id.to_string());
        for (typed, id) in [
            ("busy", "busy"),
            ("Busy", "busy"),
            ("do_not_disturb", "do_not_disturb"),
            ("do not disturb", "do_not_disturb"),
            ("Do-Not-Disturb", "do_not_disturb"),
            ("dnd", "do_not_disturb"),
            ("ooo", "out_of_office"),
            ("lunch", "meal"),
        ] {
            assert_eq!(found(typed, Language::English).as_deref(), Some(id), "{typed}");
        }
        let german = policy.status(&"meal".into()).unwrap().label("de").to_uppercase();
        assert_eq!(found(&german, Language::German).as_deref(), Some("meal"));
        for none in ["", " ", "_", "lunching", "b", "away (idle)", "\u{202e}"] {
            assert_eq!(found(none, Language::English), None, "{none}");
        }
    }
}
