//! Colleagues, as tray, window and command line show them.

use jiff::Timestamp;
use presence::{Color, Policy};
use protocol::PersonRow;
use protocol::service::PersonView;
use words::Language;

/// Whether a person could be spoken to now.
pub(crate) fn is_free(person: &PersonView) -> bool {
    person.presence.color == Color::Green && !person.presence.activity.on_call
}

pub(crate) fn status_of(person: &PersonView, policy: &Policy, language: Language) -> String {
    let id = person.presence.status.as_str();
    policy.status(&id.into()).map_or(id, |status| status.label(language.tag())).to_owned()
}

/// A person as tray, window and command line show them.
pub fn person_row(person: &PersonView, policy: &Policy, language: Language) -> PersonRow {
    let presence = &person.presence;
    PersonRow {
        name: person.name.clone(),
        label: person.label.clone(),
        initials: initials(&person.label),
        group: person.group.clone(),
        status: presence.status.clone(),
        status_label: status_of(person, policy, language),
        glyph: presence.glyph,
        color: presence.color,
        // Of whoever never signed in, the service's log says nothing since 1970.
        since: (presence.since > Timestamp::UNIX_EPOCH).then_some(presence.since),
        until: presence.until,
        message: presence.message.clone(),
        activity: presence.activity,
        favourite: person.favourite,
        tell_when_free: person.tell_when_free,
    }
}

/// `AK` for Ada King, `A` for ada.
pub(crate) fn initials(person: &str) -> String {
    let mut words = person.split_whitespace().filter_map(|word| word.chars().next());
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_name() {
        assert_eq!(initials("Ada Byron King"), "AK");
        assert_eq!(initials("ada"), "A");
        assert_eq!(initials("  "), "");
    }
}
