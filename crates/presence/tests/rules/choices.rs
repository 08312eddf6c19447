//! What a person chose is not destroyed by what comes later, and counts in the order in which it was chosen (C15, C21).

use crate::support::{Day, at};
use presence::{End, Message, Source, Undo, What};

#[test]
fn c15_another_end_leaves_what_was_chosen_under_it_as_it_was() {
    let mut day = Day::genesys();
    day.chooses("09:10", "busy").chooses_until("12:00", "meal", "12:30").sets_end("12:10", Some("13:10"));
    let meal = day.shows("12:59", "meal", Source::Manual);
    assert_eq!((meal.since, meal.reason.since, meal.until), (at("12:00"), at("12:00"), Some(at("13:10"))));
    assert_eq!(meal.returns_to, Some("busy".into()));
    let busy = day.shows("13:10", "busy", Source::Manual);
    assert_eq!((busy.since, busy.reason.since, busy.until, busy.returns_to), (at("13:10"), at("09:10"), None, None));
}

#[test]
fn c15_no_end_leaves_it_too_and_back_shows_it() {
    let mut day = Day::genesys();
    day.chooses("09:10", "busy").chooses_until("12:00", "meal", "12:30").sets_end("12:10", None);
    assert_eq!(day.shows("18:00", "meal", Source::Manual).until, None);
    day.then("18:01", What::WentBack);
    day.shows("18:01", "busy", Source::Manual);
}

#[test]
fn c15_a_timed_choice_without_anything_under_it_gives_way_to_the_default() {
    let mut day = Day::genesys();
    day.chooses_until("12:00", "meal", "12:30").sets_end("12:10", None).sets_end("12:20", Some("12:40"));
    day.shows("12:40", "available", Source::Default);
    assert!(matches!(day.now("12:40").undo, Some(Undo::Restore(_))));
    day.sets_end("12:50", Some("13:00"));
    day.shows("12:50", "available", Source::Default);
}

#[test]
fn c15_choosing_for_a_while_what_stands_there_already_gives_that_an_end() {
    let mut day = Day::genesys();
    day.chooses("09:10", "busy").chooses_until("12:00", "busy", "12:30");
    let busy = day.shows("12:10", "busy", Source::Manual);
    assert_eq!((busy.since, busy.until), (at("09:10"), Some(at("12:30"))));
    assert_eq!(busy.returns_to, Some("available".into()));
    day.shows("12:30", "available", Source::Default);
    let mut day = Day::genesys();
    day.chooses("09:10", "busy").chooses_until("12:00", "busy", "12:30").then("12:10", What::WentBack);
    day.shows("12:10", "available", Source::Default);
}

#[test]
fn c13_what_a_duration_ended_comes_back_over_what_lies_under_it() {
    let mut day = Day::genesys();
    day.chooses("09:10", "busy").chooses_until("12:00", "meal", "12:30").then("12:31", What::Undid);
    day.shows("18:00", "meal", Source::Manual);
    day.then("18:01", What::WentBack);
    day.shows("18:01", "busy", Source::Manual);
}

#[test]
fn c13_after_the_person_spoke_again_an_old_end_is_no_longer_offered() {
    let mut day = Day::genesys();
    day.chooses_until("12:00", "meal", "12:30").locks("12:40", "12:40");
    let dismiss = Undo::Dismiss { source: Source::Lock, shows: "available".into() };
    assert_eq!(day.now("12:40").undo, Some(dismiss), "the lock came after the end");
    day.unlocks("12:50");
    assert_eq!(day.now("12:50").undo, None, "once something else has covered it, the old end is gone");
    day.chooses_until("13:00", "meal", "13:10").then("13:20", What::MessageSet { text: Some("x".into()), until: None });
    assert!(matches!(day.now("13:20").undo, Some(Undo::Restore(_))), "a message is no change of the status");
}

#[test]
fn c13_an_end_that_uncovered_away_is_forgotten_at_the_return_also_to_what_was_chosen() {
    let mut day = Day::genesys();
    day.chooses("09:00", "available").chooses_until("12:00", "meal", "12:30").locks("12:05", "12:05");
    day.shows("12:40", "away", Source::Lock);
    assert!(matches!(day.now("12:40").undo, Some(Undo::Restore(_))), "the end is what the person saw change");
    day.unlocks("12:50");
    day.shows("12:50", "available", Source::Manual);
    assert_eq!(day.now("12:50").undo, None, "the return is the last change, and nothing takes that back");
}

#[test]
fn c13_undo_of_an_end_holds_from_then_on() {
    let mut day = Day::genesys();
    day.chooses_until("12:00", "meal", "12:30").then("12:31", What::Undid);
    assert_eq!(day.now("12:31").reason.since, at("12:31"));
}

#[test]
fn c05_whoever_says_that_they_are_back_ends_no_choice() {
    let mut day = Day::genesys();
    day.chooses_until("12:00", "meal", "12:30").locks("12:05", "12:05");
    day.shows("12:31", "away", Source::Lock);
    day.then("12:31", What::WentBack);
    day.shows("12:31", "available", Source::Default);
    let mut day = Day::genesys();
    day.chooses("10:00", "available").locks("10:10", "10:10");
    day.then("10:11", What::WentBack);
    day.shows("10:11", "available", Source::Manual);
}

#[test]
fn d12_back_is_offered_with_what_it_shows_and_only_where_it_changes_something() {
    let mut day = Day::genesys();
    let offered = |day: &Day| day.state.after_back(&day.policy).map(|status| status.to_string());
    assert_eq!(offered(&day), None);
    day.chooses("09:10", "available");
    assert_eq!(offered(&day), None, "Available is what shows without the choice, too");
    day.then("09:11", What::DefaultSet { status: Some("busy".into()) });
    assert_eq!(offered(&day).as_deref(), Some("busy"));
    day.chooses_until("12:00", "meal", "12:30");
    assert_eq!(offered(&day).as_deref(), Some("available"));
    day.chooses("13:00", "available").locks("13:10", "13:10");
    assert_eq!(offered(&day).as_deref(), Some("available"));
}

#[test]
fn d12_a_default_says_what_the_person_came_back_from() {
    let mut day = Day::genesys();
    assert_eq!(day.now("09:00").reason.after, None);
    day.chooses_until("12:00", "meal", "12:30");
    assert_eq!(day.now("12:29").reason.after, None);
    assert_eq!(day.now("12:30").reason.after, Some("meal".into()));
    day.locks("13:00", "13:00").unlocks("13:10");
    assert_eq!(day.now("13:10").reason.after, None, "they came back to their desk since");
    day.chooses("13:20", "busy").then("13:30", What::WentBack);
    assert_eq!(day.now("13:30").reason.after, Some("busy".into()));
    day.chooses("13:40", "available").then("13:50", What::WentBack);
    assert_eq!(day.now("13:50").reason.after, None, "nobody comes back from Available to Available");
    day.chooses("14:00", "busy").then("14:10", What::SignedOut).then("14:20", What::SignedIn);
    assert_eq!(day.now("14:20").reason.after, None);
}

#[test]
fn c21_the_last_choice_counts_whatever_arrives_last() {
    let mut day = Day::genesys();
    day.also_signs_in("09:05", "laptop");
    day.on("desk").chose("10:20", "10:30", "meeting", None);
    day.on("laptop").chose("10:10", "10:40", "busy", None);
    let meeting = day.shows("10:40", "meeting", Source::Manual);
    assert_eq!(meeting.reason.since, at("10:20"));
    day.then("10:50", What::WentBack);
    day.shows("10:50", "available", Source::Default);
}

#[test]
fn c21_a_late_standing_choice_goes_under_a_newer_timed_one() {
    let mut day = Day::genesys();
    day.on("desk").chose("10:20", "10:30", "meal", Some("11:00"));
    day.on("laptop").chose("10:10", "10:40", "busy", None);
    day.shows("10:40", "meal", Source::Manual);
    day.shows("11:00", "busy", Source::Manual);
}

#[test]
fn c21_a_late_timed_choice_is_dropped_by_a_newer_one_of_either_kind() {
    for until in [None, Some("11:30")] {
        let mut day = Day::genesys();
        day.on("desk").chose("10:20", "10:30", "meeting", until);
        day.on("laptop").chose("10:10", "10:40", "meal", Some("12:00"));
        day.shows("10:40", "meeting", Source::Manual);
        day.shows("11:40", if until.is_some() { "available" } else { "meeting" }, day.now("11:40").reason.source);
    }
}

#[test]
fn c21_a_newer_back_ends_a_late_choice() {
    for until in [None, Some("12:00")] {
        let mut day = Day::genesys();
        day.chooses("09:30", "training").told("10:20", "10:30", What::WentBack);
        day.on("laptop").chose("10:10", "10:40", "busy", until);
        day.shows("10:40", "available", Source::Default);
    }
}

#[test]
fn c21_a_newer_back_that_ended_a_timed_choice_ends_what_replaced_it_and_leaves_what_lay_under_it() {
    let mut day = Day::genesys();
    day.chooses_until("10:00", "meal", "12:00").then("10:20", What::WentBack);
    day.on("laptop").chose("10:10", "10:40", "busy", None);
    day.shows("10:40", "available", Source::Default);
    let mut day = Day::genesys();
    day.chooses_until("10:00", "meal", "12:00").then("10:20", What::WentBack);
    day.on("laptop").chose("09:50", "10:40", "busy", None);
    day.shows("10:40", "busy", Source::Manual);
}

#[test]
fn c21_a_late_back_ends_what_was_chosen_before_it_and_nothing_newer() {
    let mut day = Day::genesys();
    day.chooses("09:30", "busy").chose("10:20", "10:30", "meal", Some("11:00"));
    day.on("laptop").told("10:10", "10:40", What::WentBack);
    day.shows("10:40", "meal", Source::Manual);
    day.shows("11:00", "available", Source::Default);
    let mut day = Day::genesys();
    day.chooses("10:20", "busy").told("10:10", "10:40", What::WentBack);
    day.shows("10:40", "busy", Source::Manual);
}

#[test]
fn c21_a_late_end_is_not_given_to_a_newer_choice() {
    let until = Some(End { at: at("10:50"), fixed: false });
    for newer in [None, Some("12:00")] {
        let mut day = Day::genesys();
        day.chooses("09:30", "busy").chose("10:20", "10:30", "meeting", newer);
        day.told("10:10", "10:40", What::EndSet { until });
        assert_eq!(day.shows("10:55", "meeting", Source::Manual).until, newer.map(at));
    }
    // It is to one that is older.
    let mut day = Day::genesys();
    day.chooses_until("10:00", "meal", "12:00").told("10:10", "10:40", What::EndSet { until });
    day.shows("10:50", "available", Source::Default);
    day.chose("10:05", "10:55", "busy", Some("13:00"));
    day.shows("10:55", "available", Source::Default);
}

#[test]
fn c21_a_late_undo_takes_back_nothing_that_was_said_after_it() {
    let mut day = Day::genesys();
    day.chooses_until("12:00", "meal", "12:30").chooses("12:40", "busy").told("12:35", "12:50", What::Undid);
    day.shows("12:50", "busy", Source::Manual);
}

#[test]
fn c21_of_message_snooze_default_and_covers_the_last_word_counts() {
    let end = |clock: &str| Some(End { at: at(clock), fixed: false });
    let message = |text: &str| What::MessageSet { text: Some(text.into()), until: None };
    let mut day = Day::genesys();
    day.told("10:20", "10:30", message("new")).told("10:10", "10:40", message("old"));
    assert_eq!(day.now("10:40").message, Some(Message { text: "new".into(), until: None }));
    day.told("10:20", "10:30", What::Snoozed { until: end("12:00") });
    day.told("10:10", "10:40", What::Snoozed { until: end("13:00") });
    assert_eq!(day.now("10:40").snoozed_until, Some(at("12:00")));
    day.told("10:20", "10:30", What::DefaultSet { status: Some("busy".into()) });
    day.told("10:10", "10:40", What::DefaultSet { status: None });
    day.shows("10:40", "busy", Source::Default);
    assert_eq!(day.state.own_default(), Some(&"busy".into()));
    day.told("10:20", "10:30", What::CoversSet { statuses: Some(vec!["busy".into()]) });
    day.told("10:10", "10:40", What::CoversSet { statuses: None });
    assert_eq!(day.state.own_covers(), Some(&["busy".into()][..]));
}

#[test]
fn c21_what_ended_before_it_became_known_shows_never_and_is_not_offered_for_undo() {
    let mut day = Day::genesys();
    day.chooses("09:30", "busy").chose("10:00", "10:40", "meal", Some("10:30"));
    assert_eq!(day.shows("10:40", "busy", Source::Manual).undo, None);
    let until = Some(End { at: at("10:30"), fixed: false });
    day.told("10:00", "10:41", What::MessageSet { text: Some("gone".into()), until });
    day.told("10:00", "10:42", What::Snoozed { until });
    assert_eq!((day.now("10:42").message, day.now("10:42").snoozed_until), (None, None));
    let mut day = Day::contact_pro_like();
    day.chooses("09:30", "busy").chose("10:00", "10:40", "meal", Some("10:30"));
    day.shows("10:40", "available", Source::Default);
}

#[test]
fn c21_a_lock_that_came_after_a_choice_is_not_dismissed_by_it() {
    let mut day = Day::genesys();
    day.chooses("09:30", "available").locks("10:20", "10:20").on("laptop").chose("10:19", "10:22", "available", None);
    day.shows("10:22", "away", Source::Lock);
    day.chose("10:21", "10:23", "available", None);
    day.shows("10:23", "available", Source::Manual);
    day.shows("10:26", "away", Source::Lock);
}

#[test]
fn c21_the_order_of_what_was_said_moves_with_a_clock_that_is_set() {
    let mut day = Day::genesys();
    day.chooses("10:20", "meeting").then("10:21", What::MessageSet { text: Some("new".into()), until: None });
    day.told("11:30", "11:30", What::ClockStepped { by_ms: 3_600_000 });
    day.on("laptop").chose("11:10", "11:40", "busy", None).chose("11:10", "11:41", "meal", Some("13:00"));
    day.told("11:15", "11:42", What::MessageSet { text: Some("old".into()), until: None });
    assert_eq!(day.shows("11:42", "meeting", Source::Manual).message.unwrap().text, "new");
    day.chose("11:25", "11:43", "busy", None);
    day.shows("11:43", "busy", Source::Manual);
}

#[test]
fn c15_no_end_for_a_choice_without_one_leaves_it_the_standing_one() {
    let mut day = Day::genesys();
    day.chooses("09:30", "busy").sets_end("09:40", None).chooses_until("12:00", "meal", "12:30");
    day.shows("12:30", "busy", Source::Manual);
}

#[test]
fn c15_an_end_said_in_the_same_instant_as_the_choice_counts() {
    let mut day = Day::genesys();
    day.chooses("09:30", "busy").sets_end("09:30", Some("10:00"));
    assert_eq!(day.shows("09:30", "busy", Source::Manual).until, Some(at("10:00")));
}

#[test]
fn what_ends_in_the_instant_in_which_it_is_said_never_held() {
    let until = Some(End { at: at("10:00"), fixed: true });
    for said in [What::MessageSet { text: Some("gone".into()), until }, What::Snoozed { until }] {
        let mut day = Day::genesys();
        day.then("10:00", said);
        assert_eq!(day.state.next_change(), None);
        assert_eq!((day.now("10:00").message, day.now("10:00").snoozed_until), (None, None));
    }
}

#[test]
fn a_snooze_ends_by_itself() {
    let mut day = Day::genesys();
    day.then("10:00", What::Snoozed { until: Some(End { at: at("10:30"), fixed: false }) });
    assert_eq!(day.now("10:29:59").snoozed_until, Some(at("10:30")));
    assert_eq!(day.now("10:30").snoozed_until, None);
}

#[test]
fn c21_a_late_undo_takes_back_nothing_that_came_after_it() {
    let undone = |day: &mut Day, status: &str| {
        day.on("laptop").told("10:25", "10:50", What::Undid);
        assert_eq!(day.now("10:50").status.as_str(), status);
    };
    let mut day = Day::omnichannel();
    undone(day.chooses("10:30", "available").then("10:35", What::OfferMissed), "inactive");
    let mut day = Day::omnichannel();
    undone(day.then("10:35", What::OfferMissed), "inactive");
    let mut day = Day::omnichannel();
    undone(day.works("10:35", 3, 3), "do_not_disturb");
    let mut day = Day::genesys();
    undone(day.chooses_until("10:00", "meal", "10:30"), "available");
    let mut day = Day::genesys();
    undone(day.locks("10:40", "10:40"), "away");
    // What came before it, it does.
    let mut day = Day::omnichannel();
    undone(day.then("10:20", What::OfferMissed), "available");
    let mut day = Day::omnichannel();
    undone(day.works("10:25", 3, 3), "available");
    let mut day = Day::genesys();
    undone(day.chooses_until("10:00", "meal", "10:25"), "meal");
}

#[test]
fn c09_a_choice_ends_a_missed_offer_for_good_and_one_from_before_it_does_not() {
    let mut day = Day::omnichannel();
    day.then("10:00", What::OfferMissed).chooses("10:05", "busy").then("10:10", What::WentBack);
    assert_eq!(day.now("10:10").status.as_str(), "available");
    let mut day = Day::omnichannel();
    day.then("10:00", What::OfferMissed).chose("09:50", "10:05", "busy", None).then("10:10", What::WentBack);
    assert_eq!(day.now("10:10").status.as_str(), "inactive");
}

#[test]
fn c21_a_back_ends_what_was_chosen_between_the_choice_and_it() {
    // What it ended began at ten and ended at 10:20: both instants are somebody else's.
    for (chosen, shows) in [("10:00", "busy"), ("10:00:01", "available"), ("10:20", "busy")] {
        let mut day = Day::genesys();
        day.chooses_until("10:00", "meal", "12:00").then("10:20", What::WentBack);
        day.on("laptop").chose(chosen, "10:40", "busy", None);
        assert_eq!(day.now("10:40").status.as_str(), shows, "chosen at {chosen}");
    }
}

#[test]
fn c05_c21_a_late_undo_brings_back_nothing_that_a_newer_word_dismissed() {
    let mut day = Day::genesys();
    day.also_signs_in("09:05", "laptop").on("desk").then("10:28", What::Call { on: true });
    day.chooses("10:30", "available").on("laptop").then("10:31", What::Call { on: true });
    day.told("10:25", "10:32", What::Undid).then("10:40", What::Call { on: false });
    day.shows("10:40", "available", Source::Manual);
}
