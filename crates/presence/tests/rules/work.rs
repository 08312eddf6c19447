//! Presence from work in hand, by worked examples (C19, C20, O02–O12).

use crate::support::{Day, at};
use presence::{Policy, Source, Undo, What};

fn sessions(used: u32, sessions: u32, waiting: bool) -> What {
    What::Capacity { used, total: 20, sessions, waiting }
}

#[test]
fn o02_o10_o11_presence_follows_capacity() {
    let mut day = Day::omnichannel();
    day.works("09:10", 1, 4);
    assert_eq!(day.shows("09:10", "busy", Source::Capacity).since, at("09:10"));
    day.works("09:20", 4, 4);
    let full = day.shows("09:20", "do_not_disturb", Source::Capacity);
    assert_eq!((full.since, full.reason.detail.as_deref()), (at("09:20"), Some("4 of 4 in use")));
    day.works("09:30", 3, 4);
    day.shows("09:30", "busy", Source::Capacity);
    day.works("09:40", 0, 4);
    let free = day.shows("09:40", "available", Source::Capacity);
    assert_eq!((free.until, free.returns_to), (None, None));
    day.works("09:50", 1, 0);
    day.shows("09:50", "busy", Source::Capacity);
    day.works("10:00", 0, 0);
    day.shows("10:00", "available", Source::Capacity);
}

#[test]
fn o03_ten_sessions_and_a_new_item_are_full_and_ten_alone_are_not() {
    let mut day = Day::omnichannel();
    day.then("09:05", sessions(9, 9, false)).then("09:10", sessions(10, 10, false));
    assert_eq!(day.shows("09:10", "busy", Source::Capacity).since, at("09:05"));
    day.then("09:30", sessions(10, 10, true));
    assert_eq!(day.shows("09:30", "do_not_disturb", Source::Capacity).since, at("09:30"));
    day.then("09:35", sessions(10, 10, false));
    day.shows("09:35", "do_not_disturb", Source::Capacity);
    day.then("09:40", sessions(9, 9, false));
    assert_eq!(day.shows("09:40", "busy", Source::Capacity).since, at("09:40"));
    day.then("09:50", sessions(10, 10, false));
    day.shows("09:50", "busy", Source::Capacity);
    day.then("09:55", sessions(9, 9, true));
    day.shows("09:55", "busy", Source::Capacity);
}

#[test]
fn c19_o04_a_missed_offer_shows_over_a_chosen_available_and_undo_brings_that_back() {
    let mut day = Day::omnichannel();
    day.works("09:05", 1, 4).chooses("09:10", "available");
    day.shows("09:10", "available", Source::Manual);
    day.then("09:20", What::OfferMissed);
    let inactive = day.shows("09:20", "inactive", Source::Missed);
    assert_eq!(inactive.since, at("09:20"));
    assert!(matches!(inactive.undo, Some(Undo::Restore(choice)) if choice.status.as_str() == "available"));
    let mut undone = Day::omnichannel();
    undone.chooses("09:10", "available").then("09:20", What::OfferMissed).then("09:21", What::Undid);
    undone.shows("09:21", "available", Source::Manual);
    day.then("09:25", What::WorkReset);
    assert_eq!(day.shows("09:25", "busy", Source::Capacity).since, at("09:25"));
}

#[test]
fn c19_o05_a_rejected_offer_shows_over_a_chosen_busy() {
    let mut day = Day::omnichannel();
    day.chooses("09:10", "busy").then("09:20", What::OfferRejected);
    day.shows("09:20", "do_not_disturb", Source::Rejected);
}

#[test]
fn c19_o06_o07_what_holds_holds_against_a_missed_offer_too() {
    for holds in ["away", "do_not_disturb"] {
        let mut day = Day::omnichannel();
        day.chooses("09:10", holds).then("09:20", What::OfferMissed).works("09:30", 4, 4);
        day.shows("09:30", holds, Source::Manual);
    }
}

#[test]
fn o04_a_missed_offer_that_the_organisation_does_not_count_changes_nothing() {
    let mut day = Day::omnichannel();
    let work = day.policy.work.as_mut().unwrap();
    (work.missed, work.rejected) = (None, None);
    day.chooses("09:10", "available").then("09:20", What::OfferMissed).then("09:21", What::OfferRejected);
    day.shows("09:21", "available", Source::Manual);
    let mut day = Day::genesys();
    day.works("09:10", 1, 2).then("09:20", What::OfferMissed);
    day.shows("09:20", "available", Source::Default);
}

#[test]
fn c20_only_the_topmost_choice_yields_to_work() {
    let mut day = Day::omnichannel();
    day.chooses("09:05", "away").chooses_until("09:10", "busy", "12:00").works("09:20", 0, 4);
    let away = day.shows("09:20", "away", Source::Manual);
    assert_eq!((away.since, away.reason.since, away.until, away.returns_to), (at("09:20"), at("09:05"), None, None));
    day.then("09:21", What::Undid);
    day.shows("09:21", "busy", Source::Manual);
    day.then("09:22", What::WentBack);
    day.shows("09:22", "away", Source::Manual);
}

#[test]
fn c20_what_lies_under_one_that_holds_does_not_yield() {
    let mut day = Day::omnichannel();
    day.chooses("09:05", "busy").chooses_until("09:10", "do_not_disturb", "12:00").works("09:20", 0, 4);
    day.shows("09:20", "do_not_disturb", Source::Manual);
    day.shows("12:00", "busy", Source::Manual);
    day.works("12:10", 0, 4);
    day.shows("12:10", "available", Source::Capacity);
}

#[test]
fn c09_undo_takes_back_what_work_set() {
    let mut day = Day::omnichannel();
    day.works("09:10", 4, 4);
    let full = Undo::Dismiss { source: Source::Capacity, shows: "available".into() };
    assert_eq!(day.now("09:10").undo, Some(full));
    day.then("09:11", What::Undid);
    day.shows("09:11", "available", Source::Default);
    day.works("09:20", 1, 4).then("09:30", What::OfferMissed);
    let missed = Undo::Dismiss { source: Source::Missed, shows: "busy".into() };
    assert_eq!(day.now("09:30").undo, Some(missed));
    day.then("09:31", What::Undid);
    day.shows("09:31", "busy", Source::Capacity);
}

#[test]
fn o09_without_work_a_sign_in_gives_the_default_not_what_capacity_said_before() {
    let mut day = Day::omnichannel();
    day.then("09:01", What::DefaultSet { status: Some("busy".into()) }).works("09:05", 1, 4).works("16:00", 0, 4);
    assert_eq!(day.shows("16:00", "available", Source::Capacity).since, at("16:00"));
    day.then("17:00", What::SignedOut).then("18:00", What::SignedIn);
    assert_eq!(day.shows("18:00", "busy", Source::Default).since, at("18:00"));
    day.works("18:10", 1, 4);
    let busy = day.shows("18:10", "busy", Source::Capacity);
    assert_eq!((busy.since, busy.reason.since), (at("18:00"), at("18:10")));
}

#[test]
fn o09_a_missed_offer_of_before_does_not_outlast_a_sign_out() {
    let mut day = Day::omnichannel();
    day.then("16:50", What::OfferMissed).then("17:00", What::SignedOut).then("18:00", What::SignedIn);
    assert_eq!(day.shows("18:00", "available", Source::Default).since, at("18:00"));
}

#[test]
fn o09_with_work_a_sign_in_gives_what_capacity_says() {
    let mut day = Day::omnichannel();
    day.works("09:05", 2, 4).then("17:00", What::SignedOut).then("18:00", What::SignedIn);
    day.shows("18:00", "busy", Source::Capacity);
}

#[test]
fn o06_o09_c18_a_default_of_away_or_of_one_under_it_is_left_alone() {
    let mut policy = Policy::from_toml(include_str!("policies/omnichannel.toml")).unwrap();
    let mut errand = policy.status(&"away".into()).unwrap().clone();
    errand.id = "errand".into();
    policy.statuses.push(errand);
    for default in ["away", "errand"] {
        let mut day = Day::begins(policy.clone());
        day.then("09:01", What::DefaultSet { status: Some(default.into()) }).then("17:00", What::SignedOut);
        day.works("17:50", 2, 4).then("18:00", What::SignedIn);
        assert_eq!(day.shows("18:00", default, Source::Default).since, at("18:00"));
        day.works("18:10", 4, 4);
        day.shows("18:10", default, Source::Default);
        day.chooses("18:20", default).works("18:30", 1, 4);
        day.shows("18:30", default, Source::Manual);
    }
}

#[test]
fn o08_a_connection_that_was_lost_for_long_leaves_work_as_it_was_where_the_policy_says_so() {
    let mut day = Day::omnichannel();
    day.works("09:05", 0, 4).then("10:00", What::ConnectionLost).then("11:00", What::ConnectionRestored);
    day.shows("11:00", "available", Source::Capacity);
}
