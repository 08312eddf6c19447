//! Colleagues, as tray, window and command line show them.

use jiff::Timestamp;
use presence::Policy;
use protocol::PersonRow;
use protocol::service::PersonView;
use words::Language;

pub(crate) fn status_of(person: &PersonView, policy: &Policy, language: Language) -> String {
    let id = person.presence.status.as_str();
    policy.status(&id.into()).map_or(id, |status| status.label(language.tag())).to_owned()
}

/// A person as tray, window and command line show them.
pub(crate) fn person_row(person: &PersonView, policy: &Policy, language: Language) -> PersonRow {
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
        free: presence.is_free(policy),
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
    use presence::{Color, Glyph};
    use protocol::Activity;
    use protocol::service::PublicPresence;

    use super::*;

    #[test]
    fn g16_who_is_free_is_for_the_policy_to_say_and_nobody_is_on_a_call() {
        let mut policy = Policy::genesys();
        let mut is_free = |status: &str, color, on_call| {
            let presence = PublicPresence {
                status: status.to_owned(),
                color,
                glyph: Glyph::Available,
                since: Timestamp::UNIX_EPOCH,
                until: None,
                message: None,
                activity: Activity { on_call, interactions: 0 },
            };
            let (name, label) = ("grace".to_owned(), "Grace".to_owned());
            let person = PersonView { name, label, group: None, presence, favourite: true, tell_when_free: false };
            policy.statuses[1].free = Some(false);
            person_row(&person, &policy, Language::English).free
        };
        assert!(is_free("available", Color::Green, false));
        assert!(!is_free("available", Color::Green, true));
        assert!(!is_free("on_queue", Color::Green, false), "the policy says so, whatever its colour");
        assert!(!is_free("meal", Color::Yellow, false));
    }

    #[test]
    fn initials_are_of_the_first_and_the_last_name() {
        assert_eq!(initials("Ada Byron King"), "AK");
        assert_eq!(initials("ada"), "A");
        assert_eq!(initials("  "), "");
    }
}
