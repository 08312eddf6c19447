//! Plans of a calendar: their end, what they say, and what shows after them.

use crate::support::{Day, at};
use presence::{Source, What};

fn meeting_until(until: &str) -> What {
    let detail = Some("Design review".to_owned());
    What::ClaimBegan { source: Source::Calendar, status: "meeting".into(), until: Some(at(until)), detail }
}

#[test]
fn c04_d12_a_plan_says_why_and_until_when_and_ends_by_itself() {
    let mut day = Day::genesys();
    day.then("10:00", meeting_until("11:00"));
    let meeting = day.shows("10:30", "meeting", Source::Calendar);
    assert_eq!((meeting.until, meeting.returns_to), (Some(at("11:00")), Some("available".into())));
    assert_eq!((meeting.reason.since, meeting.reason.detail.as_deref()), (at("10:00"), Some("Design review")));
    day.shows("10:59:59", "meeting", Source::Calendar);
    let after = day.shows("11:00", "available", Source::Default);
    assert_eq!((after.since, after.until, after.reason.detail), (at("11:00"), None, None));
    let history = ["available 09:00–10:00 default", "meeting 10:00–11:00 calendar", "available 11:00– default"];
    assert_eq!(day.history("11:30"), history);
}

#[test]
fn c04_a_plan_ends_while_the_person_is_away_and_says_so_before() {
    let mut day = Day::genesys();
    day.then("10:00", meeting_until("11:00")).locks("10:10", "10:09");
    let meeting = day.shows("10:30", "meeting", Source::Calendar);
    assert_eq!(meeting.returns_to, Some("away".into()), "the screen is locked");
    day.shows("11:00", "away", Source::Lock);
    let back = day.unlocks("11:20").shows("11:20", "available", Source::Default);
    assert_eq!(back.returns_to, None);
}

#[test]
fn c02_a_plan_leaves_a_choice_alone_and_shows_for_what_is_left_of_it() {
    let mut day = Day::genesys();
    day.chooses_until("09:50", "busy", "10:20").then("10:00", meeting_until("11:00"));
    let busy = day.shows("10:10", "busy", Source::Manual);
    assert_eq!(busy.returns_to, Some("meeting".into()));
    let meeting = day.shows("10:20", "meeting", Source::Calendar);
    assert_eq!((meeting.since, meeting.reason.since), (at("10:20"), at("10:00")));
}

#[test]
fn a_plan_whose_end_has_passed_when_it_becomes_known_shows_nothing() {
    let mut day = Day::genesys();
    day.then("11:00", meeting_until("11:00"));
    day.shows("11:00", "available", Source::Default);
    assert_eq!(day.state.next_change(), None);
}

#[test]
fn what_shows_again_after_a_lost_connection_is_said_while_it_lasts() {
    let mut day = Day::genesys();
    day.chooses("09:30", "busy").then("10:00", What::ConnectionLost);
    let lost = day.shows("10:00:30", "offline", Source::Connection);
    assert_eq!(lost.returns_to, Some("busy".into()));
}

#[test]
fn g12_a_loss_of_exactly_the_grace_is_a_short_one() {
    for (back, status) in [("10:01:00", "busy"), ("10:01:01", "available")] {
        let mut day = Day::genesys();
        day.chooses("09:30", "busy").then("10:00", What::ConnectionLost).then(back, What::ConnectionRestored);
        assert_eq!(day.now(back).status.as_str(), status, "back at {back}");
    }
}

#[test]
fn d12_c02_a_plan_over_what_the_person_lets_nothing_cover_returns_to_that() {
    let mut day = Day::genesys();
    day.then("09:30", What::CoversSet { statuses: Some(vec!["busy".into()]) });
    let plan = What::ClaimBegan { source: Source::Calendar, status: "meeting".into(), until: None, detail: None };
    day.then("10:00", plan).locks("10:10", "10:10");
    assert_eq!(day.shows("10:10", "meeting", Source::Calendar).returns_to, Some("available".into()));
}
