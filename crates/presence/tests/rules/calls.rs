//! Calls that devices tell of: what they cover, what dismisses them, and whose word counts.

use crate::support::{Day, at};
use presence::{Source, Undo, What};

fn call(on: bool) -> What {
    What::Call { on }
}

#[test]
fn c02_a_call_shows_what_the_policy_says_for_as_long_as_it_lasts() {
    let mut day = Day::genesys();
    day.told("10:00", "10:00:02", call(true));
    let busy = day.shows("10:00:02", "busy", Source::Call);
    assert_eq!((busy.reason.since, busy.returns_to), (at("10:00"), Some("available".into())));
    assert!(busy.activity.on_call);
    day.told("10:30", "10:30:02", call(false));
    assert!(!day.shows("10:30:02", "available", Source::Default).activity.on_call);
    let shown = ["available 09:00–10:00 default", "busy 10:00–10:30 call", "available 10:30– default"];
    assert_eq!(day.history("10:31"), shown);
}

#[test]
fn c02_what_a_person_chose_stays_visible_on_a_call_which_stands_beside_it() {
    let mut day = Day::genesys();
    for status in ["do_not_disturb", "meeting", "meal", "on_queue"] {
        day.then("10:00", call(true)).chooses("10:05", status).then("10:06", call(false)).then("10:10", call(true));
        assert!(day.shows("10:10", status, Source::Manual).activity.on_call);
        day.then("10:15", call(false));
    }
}

#[test]
fn c02_without_a_status_in_the_policy_a_call_only_stands_beside_it() {
    let mut day = Day::omnichannel();
    day.then("10:00", call(true)).idles("10:20", "10:15");
    assert!(day.shows("10:20", "available", Source::Default).activity.on_call);
}

#[test]
fn c01_a_plan_and_a_call_are_one_layer_and_the_later_one_shows() {
    let plan = || What::ClaimBegan { source: Source::Calendar, status: "meeting".into(), until: None, detail: None };
    let mut day = Day::genesys();
    day.then("10:00", plan()).then("10:05", call(true));
    day.shows("10:05", "busy", Source::Call);
    day.then("10:10", call(false));
    day.shows("10:10", "meeting", Source::Calendar);
    day.then("10:15", call(true)).then("10:20", plan());
    day.shows("10:20", "meeting", Source::Calendar);
}

#[test]
fn c05_a_choice_dismisses_a_call_until_the_next_one() {
    let mut day = Day::genesys();
    day.then("10:00", call(true)).chooses("10:05", "available");
    assert!(day.shows("10:05", "available", Source::Manual).activity.on_call, "the call itself goes on");
    day.then("10:10", call(false)).then("10:20", call(true));
    day.shows("10:20", "busy", Source::Call);
}

#[test]
fn c13_one_undo_takes_a_call_back() {
    let mut day = Day::genesys();
    day.then("10:00", call(true));
    let dismissed = Undo::Dismiss { source: Source::Call, shows: "available".into() };
    assert_eq!(day.now("10:00").undo, Some(dismissed));
    day.then("10:05", What::Undid);
    day.shows("10:05", "available", Source::Default);
}

#[test]
fn c08_on_a_call_if_any_live_device_says_so() {
    let mut day = Day::genesys();
    day.also_signs_in("09:05", "laptop");
    day.on("desk").then("10:00", call(true));
    day.on("laptop").then("10:05", call(true));
    assert_eq!(day.shows("10:05", "busy", Source::Call).reason.since, at("10:00"));
    day.on("desk").then("10:10", call(false));
    assert_eq!(day.shows("10:10", "busy", Source::Call).since, at("10:00"), "one call after the other is one stretch");
    day.on("laptop").then("10:20", call(false));
    day.shows("10:20", "available", Source::Default);
}

#[test]
fn c10_a_device_that_dies_takes_its_call_with_it() {
    let mut day = Day::genesys();
    day.also_signs_in("09:05", "laptop").then("10:00", call(true)).then("10:10", What::ConnectionLost);
    assert!(!day.shows("10:10", "available", Source::Default).activity.on_call);
    day.then("10:11", What::ConnectionRestored);
    day.shows("10:11", "busy", Source::Call);
    day.then("10:20", What::Vanished);
    day.shows("10:20", "available", Source::Default);
    day.then("10:30", What::SignedIn).then("10:31", call(true)).then("10:40", What::SignedOut);
    day.shows("10:40", "available", Source::Default);
}

#[test]
fn d05_on_a_call_idleness_does_not_set_away_but_a_lock_does() {
    let mut day = Day::genesys();
    day.then("10:00", call(true)).idles("10:20", "10:15");
    day.shows("10:20", "busy", Source::Call);
    day.locks("10:25", "10:15");
    let away = day.shows("10:25", "away", Source::Lock);
    assert_eq!(away.returns_to, Some("busy".into()));
    assert!(away.activity.on_call);
}

#[test]
fn d05_a_dismissed_call_still_keeps_idleness_from_setting_away() {
    let mut day = Day::genesys();
    day.then("10:00", call(true)).chooses("10:05", "available").idles("10:20", "10:15");
    day.shows("10:20", "available", Source::Manual);
}

#[test]
fn d05_the_end_of_a_call_is_not_the_start_of_idleness() {
    let mut day = Day::genesys();
    day.then("10:00", call(true)).idles("10:20", "10:15").then("10:30", call(false));
    day.shows("10:30", "available", Source::Default);
    day.moves("10:30").idles("10:35", "10:30");
    day.shows("10:35", "away", Source::Idle);
}

#[test]
fn d13_a_pause_ends_the_call() {
    let mut day = Day::genesys();
    day.then("10:00", call(true)).then("10:05", What::Paused { until: None });
    assert!(!day.shows("10:05", "available", Source::Default).activity.on_call);
    day.then("10:10", What::Resumed);
    day.shows("10:10", "available", Source::Default);
}

#[test]
fn f06_a_state_from_before_devices_told_of_calls_still_loads() {
    let mut day = Day::genesys();
    day.locks("09:20", "09:20");
    let mut old = serde_json::to_value(&day.state).unwrap();
    assert!(old["sessions"]["desk"].as_object_mut().unwrap().remove("call").is_some());
    assert_eq!(serde_json::from_value::<presence::State>(old).unwrap(), day.state);
}
