//! A primary status stands for all secondary ones under it, unless one of them is named itself (C18); others see the
//! primary only (G14).

use crate::support::{Day, at, secondaries};
use presence::{Color, Glyph, Policy, PolicyError, Primary, Source, What};

#[test]
fn c18_g11_c11_a_secondary_status_outlasts_a_sign_out_as_its_primary_does() {
    let mut day = Day::with_secondaries();
    day.chooses_until("16:00", "vacation", "23:00").then("17:00", What::SignedOut);
    let gone = day.shows("17:00", "out_of_office_offline", Source::SignedOut);
    assert_eq!(gone.since, at("17:00"));
    day.then("18:00", What::SignedIn);
    let vacation = day.shows("18:00", "vacation", Source::Manual);
    assert_eq!((vacation.since, vacation.until), (at("18:00"), Some(at("23:00"))));
}

#[test]
fn c18_one_that_is_named_itself_is_meant_by_its_own_name_only() {
    let mut policy = secondaries();
    policy.signed_out.shown_as.insert("vacation".into(), "offline".into());
    policy.desk.lock.replaces.push(presence::Covers::From { status: "desk_work".into(), from: Source::Capacity });
    let mut day = Day::begins(policy);
    day.chooses("09:10", "desk_work").locks("09:20", "09:20");
    day.shows("09:20", "desk_work", Source::Manual);
    day.chooses("09:30", "vacation").then("10:00", What::SignedOut);
    day.shows("10:00", "offline", Source::SignedOut);
}

#[test]
fn c18_whatever_a_policy_may_name_means_those_under_it() {
    let mut policy = secondaries();
    policy.choices.yields_to_work.push("available".into());
    policy.work = Some(Policy::from_toml(include_str!("policies/omnichannel.toml")).unwrap().work.unwrap());
    policy.work.as_mut().unwrap().missed = None;
    let mut day = Day::begins(policy.clone());
    day.chooses("09:10", "desk_work").locks("09:20", "09:20");
    day.shows("09:20", "away", Source::Lock);
    day.unlocks("09:30").works("09:40", 1, 4);
    day.shows("09:40", "busy", Source::Capacity);
    let list = |ids: &[&str]| ids.iter().map(|id| (*id).into()).collect::<Vec<_>>();
    assert!(policy.lists(&list(&["available"]), &"desk_work".into()));
    assert!(policy.lists(&list(&["desk_work"]), &"desk_work".into()));
    assert!(!policy.lists(&list(&["desk_work"]), &"available".into()));
    assert!(!policy.lists(&list(&["busy"]), &"desk_work".into()));
    assert!(!policy.lists(&[], &"desk_work".into()));
}

#[test]
fn c18_a_list_may_name_a_primary_status_without_an_entry_and_nothing_that_is_not_there() {
    let text = include_str!("../../policies/genesys.toml");
    let without = text.replace("id = \"out_of_office\"\n", "id = \"vacation\"\n");
    Policy::from_toml(&without).unwrap();
    for (key, wrong) in [
        ("sign_in.keeps", text.replace(r#"keeps = ["out_of_office"]"#, r#"keeps = ["out_of_ofice"]"#)),
        ("choices.yields_to_work", text.replace("yields_to_work = []", r#"yields_to_work = ["avail"]"#)),
        ("signed_out.shown_as", text.replace("{ out_of_office = \"out", "{ out_of_ofice = \"out")),
    ] {
        assert!(matches!(Policy::from_toml(&wrong), Err(PolicyError::NoSuchStatus(_, place)) if place == key), "{key}");
    }
}

#[test]
fn g14_others_see_the_primary_whoever_may_choose_the_secondary_one() {
    let mut policy = secondaries();
    assert_eq!(policy.seen_as(&"customer_calls".into()), "busy");
    for status in &mut policy.statuses {
        status.selectable = false;
    }
    assert_eq!(policy.seen_as(&"customer_calls".into()), "busy");
    assert_eq!(policy.seen_as(&"out_of_office_offline".into()), "out_of_office_offline");
    assert_eq!(policy.seen_as(&"offline".into()), "offline");
    assert_eq!(policy.seen_as(&"nowhere".into()), "offline");
    for status in &mut policy.statuses {
        status.selectable = true;
    }
    assert_eq!(
        policy.seen_as(&"out_of_office_offline".into()),
        "out_of_office",
        "what a person may choose is a detail"
    );
}

#[test]
fn g14_a_policy_may_say_what_others_see_of_a_status() {
    let mut policy = secondaries();
    policy.statuses.iter_mut().find(|status| status.id == "customer_calls".into()).unwrap().shown_as =
        Some("meeting".into());
    assert_eq!(policy.seen_as(&"customer_calls".into()), "meeting");
    let text = include_str!("../../policies/genesys.toml");
    let wrong = text.replace("id = \"meal\"", "id = \"meal\"\nshown_as = \"dinner\"");
    assert!(matches!(Policy::from_toml(&wrong), Err(PolicyError::NoSuchStatus(_, "status.shown_as"))));
}

#[test]
fn g16_who_is_free_is_for_the_policy_to_say_and_without_its_word_whoever_is_green() {
    let shipped = Policy::genesys();
    for status in &shipped.statuses {
        assert_eq!(shipped.is_free(status.id.as_str()), status.color == Color::Green, "{}", status.id);
    }
    assert!(shipped.is_free("free"), "a class without an entry of its own has the colour of the class");
    assert!(!shipped.is_free("conference") && !shipped.is_free("nowhere"));
    let text = include_str!("../../policies/genesys.toml");
    let said = text.replace("id = \"on_queue\"", "id = \"on_queue\"\nfree = false");
    let policy = Policy::from_toml(&said.replace("id = \"break\"", "id = \"break\"\nfree = true")).unwrap();
    assert!(policy.is_free("available") && policy.is_free("break"));
    assert!(!policy.is_free("on_queue") && !policy.is_free("meal"));
}

#[test]
fn c22_a_policy_that_says_nothing_of_it_is_written_as_it_always_was() {
    let written = toml::to_string(&Policy::genesys()).unwrap();
    assert!(!written.contains("free =") && !written.contains("shown_as = \""), "{written}");
}

#[test]
fn g14_others_do_not_notice_that_a_secondary_status_changed() {
    let mut day = Day::with_secondaries();
    day.chooses("10:00", "busy").chooses("10:10", "customer_calls");
    let calls = day.now("10:10");
    assert_eq!((calls.since, calls.seen_since, calls.primary), (at("10:10"), at("10:00"), Primary::Busy));
    day.told("11:20", "11:20", What::ClockStepped { by_ms: 3_600_000 });
    assert_eq!(day.now("11:20").seen_since, at("11:00"));
    day.chooses("11:30", "meal");
    assert_eq!(day.now("11:30").seen_since, at("11:30"));
}

#[test]
fn g03_each_class_has_a_colour_and_a_shape_without_configuration() {
    let policy = Policy::genesys();
    for status in policy.statuses.iter().filter(|status| !status.is_secondary()) {
        assert_eq!((status.primary.color(), status.primary.glyph()), (status.color, status.glyph), "{}", status.id);
    }
    let others = [
        (Primary::Free, Color::Green, Glyph::Available),
        (Primary::Inactive, Color::Yellow, Glyph::Inactive),
        (Primary::Tentative, Color::Yellow, Glyph::Tentative),
        (Primary::Conference, Color::Red, Glyph::Conference),
    ];
    for (primary, color, glyph) in others {
        assert_eq!((primary.color(), primary.glyph()), (color, glyph));
    }
}
