//! How claims combine: rules C01 to C14, each by name.

use crate::support::{Day, at};
use presence::{Activity, By, DeskSignal, End, NothingToUndo, Source, What};

fn call_claim() -> What {
    What::ClaimBegan { source: Source::Call, status: "busy".into(), until: None, detail: None }
}

#[test]
fn c01_each_layer_covers_the_ones_below_it() {
    let mut day = Day::omnichannel();
    day.shows("09:00", "available", Source::Default);
    day.then("09:10", What::Capacity { used: 1, total: 3, sessions: 1, waiting: false });
    day.shows("09:10", "busy", Source::Capacity);
    day.chooses("09:20", "available");
    day.shows("09:20", "available", Source::Manual);
    day.then("09:30", call_claim());
    day.shows("09:30", "busy", Source::Call);
    day.then("09:40", What::ClaimEnded { id: 5 });
    day.locks("09:50", "09:50");
    day.shows("09:50", "away", Source::Lock);
    day.then("10:00", What::SignedOut);
    day.shows("10:00", "offline", Source::SignedOut);
}

#[test]
fn c01_on_the_desk_sleep_covers_lock_and_lock_covers_idle() {
    let mut day = Day::genesys();
    day.idles("10:05", "10:00");
    day.shows("10:05", "away", Source::Idle);
    day.locks("10:06", "10:00");
    day.shows("10:06", "away", Source::Lock);
    day.then("10:07", What::Desk { signal: DeskSignal::Sleep, on: true, last_input: None });
    let now = day.shows("10:07", "away", Source::Sleep);
    assert_eq!(now.since, at("10:00"), "the reason changed, the absence did not");
}

#[test]
fn c01_external_presence_counts_only_without_a_session() {
    let mut day = Day::genesys();
    let meeting = What::ClaimBegan { source: Source::External, status: "meeting".into(), until: None, detail: None };
    day.then("09:30", meeting);
    day.shows("09:30", "available", Source::Default);
    day.then("09:40", What::SignedOut);
    day.shows("09:40", "meeting", Source::External);
}

#[test]
fn c02_what_a_person_chose_stays_visible_through_a_lock() {
    for status in ["busy", "do_not_disturb", "meeting", "meal", "break", "training", "out_of_office", "away"] {
        let mut day = Day::genesys();
        day.chooses("09:10", status).locks("09:20", "09:20");
        day.shows("09:20", status, Source::Manual);
    }
}

#[test]
fn c02_available_is_covered_whether_chosen_or_by_default() {
    let mut day = Day::genesys();
    day.chooses("09:10", "available").locks("09:20", "09:20");
    day.shows("09:20", "away", Source::Lock);
}

#[test]
fn c02_busy_is_covered_only_when_it_comes_from_capacity() {
    let mut day = Day::omnichannel();
    day.then("09:10", What::Capacity { used: 1, total: 3, sessions: 1, waiting: false }).locks("09:20", "09:20");
    day.shows("09:20", "away", Source::Lock);
    let mut day = Day::omnichannel();
    day.chooses("09:10", "busy").locks("09:20", "09:20");
    day.shows("09:20", "busy", Source::Manual);
}

#[test]
fn c02_on_queue_idleness_warns_and_a_lock_sets_away() {
    let mut day = Day::genesys();
    day.chooses("09:10", "on_queue").idles("09:20", "09:15");
    day.shows("09:20", "on_queue", Source::Manual);
    day.locks("09:21", "09:15");
    day.shows("09:21", "away", Source::Lock);
    day.unlocks("09:30").moves("09:30");
    day.shows("09:30", "on_queue", Source::Manual);
}

fn covers(statuses: &[&str]) -> What {
    What::CoversSet { statuses: Some(statuses.iter().map(|id| (*id).into()).collect()) }
}

#[test]
fn g06_c02_a_person_narrows_what_leaving_the_desk_covers() {
    let mut day = Day::genesys();
    day.then("09:05", covers(&["on_queue"])).locks("09:10", "09:10");
    day.shows("09:10", "available", Source::Default);
    day.chooses("09:20", "on_queue").unlocks("09:21").locks("09:22", "09:22");
    day.shows("09:22", "away", Source::Lock);
}

#[test]
fn g19_c02_a_person_narrows_what_idleness_covers() {
    let mut day = Day::genesys();
    day.then("09:05", covers(&["on_queue"])).idles("09:15", "09:10");
    day.shows("09:15", "available", Source::Default);
    day.then("09:20", covers(&["available"]));
    let now = day.shows("09:20", "away", Source::Idle);
    assert_eq!(now.reason.since, at("09:10"), "the person has been gone since then, covered or not");
}

#[test]
fn c02_narrowing_takes_effect_at_once_and_is_taken_back_whole() {
    let mut day = Day::genesys();
    day.locks("09:10", "09:10").then("09:20", covers(&[]));
    day.shows("09:20", "available", Source::Default);
    day.then("09:30", What::CoversSet { statuses: None });
    day.shows("09:30", "away", Source::Lock);
}

#[test]
fn c02_a_person_widens_nothing() {
    let mut day = Day::genesys();
    day.then("09:05", covers(&["meeting", "on_queue", "busy"])).chooses("09:10", "meeting").locks("09:20", "09:20");
    day.shows("09:20", "meeting", Source::Manual);
    day.unlocks("09:30").chooses("09:40", "busy").locks("09:50", "09:50");
    day.shows("09:50", "busy", Source::Manual);
    day.unlocks("10:00").chooses("10:05", "on_queue").idles("10:15", "10:10");
    day.shows("10:15", "on_queue", Source::Manual);
}

#[test]
fn c02_narrowing_leaves_calls_and_plans_alone() {
    let mut day = Day::genesys();
    day.then("09:05", covers(&[])).then("09:10", call_claim());
    day.shows("09:10", "busy", Source::Call);
}

#[test]
fn c02_a_primary_status_in_the_list_stands_for_those_under_it() {
    let mut policy = presence::Policy::genesys();
    let mut secondary = policy.status(&"available".into()).unwrap().clone();
    secondary.id = "customer_calls".into();
    policy.statuses.push(secondary);
    let listed: Vec<_> = policy.desk_coverable().map(|status| status.id.to_string()).collect();
    assert_eq!(listed, ["available", "on_queue", "busy", "customer_calls"]);
    let mut day = Day::begins(policy);
    day.then("09:05", covers(&["available"])).chooses("09:10", "customer_calls").locks("09:20", "09:20");
    day.shows("09:20", "away", Source::Lock);
    day.unlocks("09:25").then("09:30", covers(&["customer_calls"])).locks("09:31", "09:31");
    day.shows("09:31", "away", Source::Lock);
    day.unlocks("09:35").chooses("09:40", "available").locks("09:50", "09:50");
    day.shows("09:50", "available", Source::Manual);
}

#[test]
fn f06_a_state_from_before_anyone_could_narrow_still_loads() {
    let mut day = Day::genesys();
    day.chooses("09:10", "available").locks("09:20", "09:20");
    let mut old = serde_json::to_value(&day.state).unwrap();
    assert!(old.as_object_mut().unwrap().remove("own_covers").is_some());
    assert_eq!(serde_json::from_value::<presence::State>(old).unwrap(), day.state);
}

#[test]
fn c03_a_timed_choice_stands_over_the_standing_one_and_what_lies_under_it_shows_after() {
    let mut day = Day::genesys();
    day.chooses("09:10", "busy").chooses_until("12:00", "meal", "12:30");
    let meal = day.shows("12:29", "meal", Source::Manual);
    assert_eq!((meal.until, meal.returns_to), (Some(at("12:30")), Some("busy".into())));
    day.shows("12:30", "busy", Source::Manual);
}

#[test]
fn c03_a_new_standing_choice_replaces_both() {
    let mut day = Day::genesys();
    day.chooses("09:10", "busy").chooses_until("12:00", "meal", "12:30").chooses("12:10", "training");
    day.shows("12:40", "training", Source::Manual);
    day.then("12:50", What::WentBack);
    day.shows("12:50", "available", Source::Default);
}

#[test]
fn c03_a_new_timed_choice_replaces_the_timed_one_only() {
    let mut day = Day::genesys();
    day.chooses("09:10", "busy").chooses_until("12:00", "meal", "12:30").chooses_until("12:10", "break", "12:20");
    day.shows("12:20", "busy", Source::Manual);
}

#[test]
fn g02_an_end_can_be_given_and_taken_away_without_a_new_beginning() {
    let mut day = Day::genesys();
    let until = Some(presence::End { at: at("12:30"), fixed: false });
    day.chooses("12:00", "meal").then("12:10", What::EndSet { until });
    let meal = day.shows("12:10", "meal", Source::Manual);
    assert_eq!((meal.since, meal.until, meal.returns_to), (at("12:00"), Some(at("12:30")), Some("available".into())));
    day.then("12:20", What::EndSet { until: None });
    assert_eq!(day.shows("13:00", "meal", Source::Manual).until, None);
}

#[test]
fn p06_after_a_timed_profile_the_default_returns_where_the_policy_says_so() {
    let mut day = Day::contact_pro_like();
    day.chooses("09:10", "busy").chooses_until("12:00", "meal", "12:30");
    day.shows("12:30", "available", Source::Default);
}

#[test]
fn c04_meal_ends_while_the_screen_is_locked() {
    let mut day = Day::genesys();
    day.chooses_until("12:00", "meal", "12:30").locks("12:05", "12:05");
    day.shows("12:29", "meal", Source::Manual);
    let away = day.shows("12:31", "away", Source::Lock);
    assert_eq!(away.since, at("12:30"));
    assert_eq!(away.reason.since, at("12:05"));
    assert_eq!(day.history("12:31"), ["available 09:00–12:00 default", "meal 12:00–12:30 manual", "away 12:30– lock"]);
}

#[test]
fn c05_a_choice_while_away_takes_effect_at_once_and_holds_until_the_next_lock() {
    let mut day = Day::genesys();
    day.locks("10:00", "10:00").chooses("10:10", "available");
    day.shows("10:10", "available", Source::Manual);
    day.unlocks("10:12").locks("10:13", "10:13");
    day.shows("10:13", "away", Source::Lock);
}

#[test]
fn c05_no_one_is_green_for_ever_idleness_passing_anew_after_the_choice_sets_away() {
    let mut day = Day::genesys();
    day.locks("10:00", "10:00").chooses("10:10", "available");
    day.shows("10:14:59", "available", Source::Manual);
    let away = day.shows("10:15", "away", Source::Lock);
    assert_eq!((away.since, away.reason.since), (at("10:10"), at("10:00")), "since the last choice on that device");
    day.moves("10:16").chooses("10:20", "available").unlocks("10:20").idles("10:25", "10:20");
    assert_eq!(day.shows("10:25", "away", Source::Idle).since, at("10:20"));
}

#[test]
fn c05_a_dismissed_call_stays_dismissed_until_the_next_one() {
    let mut day = Day::genesys();
    day.then("10:00", call_claim()).chooses("10:05", "available");
    day.shows("10:05", "available", Source::Manual);
    day.then("10:10", call_claim());
    day.shows("10:10", "busy", Source::Call);
}

#[test]
fn c06_desk_away_starts_with_the_last_input() {
    let mut day = Day::genesys();
    day.idles("10:05", "10:00");
    assert_eq!(day.now("10:05").since, at("10:00"));
    assert_eq!(day.history("10:05"), ["available 09:00–10:00 default", "away 10:00– idle"]);
}

#[test]
fn c06_desk_away_starts_no_earlier_than_what_it_covers() {
    let mut day = Day::genesys();
    day.chooses_until("09:30", "meal", "10:03").idles("10:05", "10:00");
    assert_eq!(day.shows("10:05", "away", Source::Idle).since, at("10:03"));
}

#[test]
fn c06_desk_away_starts_no_earlier_than_the_last_choice_on_that_device() {
    let mut day = Day::genesys();
    day.chooses("10:02", "available").idles("10:05", "10:00");
    day.shows("10:06:59", "available", Source::Manual);
    assert_eq!(day.shows("10:07", "away", Source::Idle).since, at("10:02"));
}

#[test]
fn c06_each_thing_that_a_person_does_on_a_device_counts_as_the_last_choice_there() {
    // What was chosen before is said anew, so that the start of the covered status is no other.
    for act in [What::EndSet { until: None }, What::WentBack, What::Undid] {
        let mut day = Day::genesys();
        day.chooses("09:30", "available").also_signs_in("09:31", "laptop").on("desk").then("10:02", act.clone());
        day.on("laptop").then("10:03", What::SignedOut).on("desk").idles("10:05", "10:01");
        assert_eq!(day.shows("10:07", "away", Source::Idle).since, at("10:03"), "{act:?}: the laptop was in use");
        let mut day = Day::genesys();
        day.chooses("09:30", "available").then("10:02", act.clone()).idles("10:05", "10:01");
        assert_ne!(day.now("10:06:59").status.as_str(), "away", "{act:?}");
        assert_eq!(day.shows("10:07", "away", Source::Idle).since, at("10:02"), "{act:?}");
    }
}

#[test]
fn c07_a_return_shows_what_lies_under_now_never_a_saved_copy() {
    let mut day = Day::genesys();
    day.chooses_until("10:00", "available", "10:30").locks("10:10", "10:10");
    day.also_signs_in("10:15", "phone").chooses("10:20", "training");
    day.on("desk").unlocks("10:40").moves("10:40");
    day.shows("10:40", "training", Source::Manual);
}

#[test]
fn c08_one_device_in_use_keeps_the_person_from_being_away() {
    let mut day = Day::genesys();
    day.also_signs_in("09:05", "laptop");
    day.on("desk").locks("10:00", "10:00");
    day.shows("10:00", "available", Source::Default);
    day.on("laptop").idles("10:25", "10:20");
    let away = day.shows("10:25", "away", Source::Idle);
    assert_eq!(away.since, at("10:20"), "since and reason come from the last one to leave");
    day.moves("10:40");
    day.shows("10:40", "available", Source::Default);
}

#[test]
fn c08_a_device_that_does_not_know_neither_holds_nor_breaks_away() {
    let mut day = Day::genesys();
    day.also_signs_in("09:05", "kiosk").then("09:05", What::Knows { idle: false, lock: false, idle_after: None });
    day.shows("09:06", "available", Source::Default);
    day.on("desk").locks("10:00", "10:00");
    day.shows("10:00", "away", Source::Lock);
}

#[test]
fn c08_all_unknown_makes_no_desk_claim() {
    let mut day = Day::genesys();
    day.then("09:05", What::Knows { idle: false, lock: false, idle_after: None });
    day.shows("15:00", "available", Source::Default);
}

#[test]
fn c09_do_not_disturb_by_hand_holds_while_capacity_goes_on_beneath() {
    let mut day = Day::omnichannel();
    day.chooses("09:10", "do_not_disturb")
        .then("09:20", What::Capacity { used: 1, total: 3, sessions: 1, waiting: false });
    day.shows("09:20", "do_not_disturb", Source::Manual);
    day.then("09:30", What::WentBack);
    day.shows("09:30", "busy", Source::Capacity);
}

#[test]
fn c09_a_chosen_available_yields_to_work_and_undo_brings_it_back() {
    let mut day = Day::omnichannel();
    day.chooses("09:10", "available").then("09:20", What::Capacity { used: 3, total: 3, sessions: 2, waiting: false });
    day.shows("09:20", "do_not_disturb", Source::Capacity);
    day.then("09:21", What::Undid);
    day.shows("09:21", "available", Source::Manual);
}

#[test]
fn c09_inactive_ends_at_reset_at_a_choice_or_at_recomputation() {
    for end in [
        What::WorkReset,
        What::Chose { status: "available".into(), until: None, by: By::Person },
        What::Capacity { used: 0, total: 3, sessions: 0, waiting: false },
    ] {
        let mut day = Day::omnichannel();
        day.then("09:10", What::OfferMissed);
        day.shows("09:10", "inactive", Source::Missed);
        day.then("09:20", end);
        assert_eq!(day.now("09:20").status.as_str(), "available");
    }
}

#[test]
fn c10_a_second_device_changes_nothing() {
    let mut day = Day::genesys();
    day.chooses("09:10", "busy").also_signs_in("09:20", "laptop");
    let busy = day.shows("09:20", "busy", Source::Manual);
    assert_eq!(busy.since, at("09:10"));
    day.then("09:30", What::SignedOut);
    day.shows("09:30", "busy", Source::Manual);
}

#[test]
fn c10_a_clean_quit_is_offline_and_the_next_start_is_a_sign_in() {
    let mut day = Day::genesys();
    day.chooses("09:10", "busy").then("17:00", What::SignedOut);
    day.shows("17:00", "offline", Source::SignedOut);
    day.then("18:00", What::SignedIn);
    day.shows("18:00", "available", Source::Default);
}

#[test]
fn c10_after_a_crash_of_the_machine_history_closes_at_what_can_be_proven() {
    let mut day = Day::genesys();
    day.chooses_until("12:00", "meal", "12:30");
    day.told("12:00", "14:00", What::Vanished).then("14:00", What::SignedIn);
    day.shows("14:00", "available", Source::Default);
    assert_eq!(
        day.history("14:00"),
        ["available 09:00–12:00 default", "unknown 12:00–14:00 signed_out", "available 14:00– default"]
    );
}

#[test]
fn c11_out_of_office_is_kept_over_a_sign_in_while_its_end_lies_ahead() {
    let mut day = Day::genesys();
    day.chooses_until("10:00", "out_of_office", "15:00").then("10:01", What::SignedOut);
    day.shows("10:01", "out_of_office_offline", Source::SignedOut);
    day.then("11:00", What::SignedIn);
    day.shows("11:00", "out_of_office", Source::Manual);
}

#[test]
fn c11_out_of_office_without_end_gives_way_to_the_default_with_undo() {
    let mut day = Day::genesys();
    day.chooses("10:00", "out_of_office").then("10:01", What::SignedOut).then("11:00", What::SignedIn);
    day.shows("11:00", "available", Source::Default);
    day.then("11:01", What::Undid);
    day.shows("11:01", "out_of_office", Source::Manual);
}

#[test]
fn g12_a_short_loss_of_connection_changes_nothing_and_a_long_one_gives_the_default() {
    let mut day = Day::genesys();
    day.chooses("09:10", "busy").then("10:00:00", What::ConnectionLost);
    day.shows("10:00:30", "offline", Source::Connection);
    day.then("10:00:59", What::ConnectionRestored);
    day.shows("10:00:59", "busy", Source::Manual);
    day.then("11:00:00", What::ConnectionLost).then("11:01:01", What::ConnectionRestored);
    day.shows("11:01:01", "available", Source::Default);
}

#[test]
fn c12_a_laptop_that_wakes_locked_is_not_available() {
    let mut day = Day::genesys();
    day.locks("10:00", "10:00").then("10:01", What::ConnectionLost).then("12:00", What::ConnectionRestored);
    day.shows("12:00", "away", Source::Lock);
}

#[test]
fn o08_after_a_long_loss_the_last_known_presence_returns_where_the_policy_says_so() {
    let mut day = Day::omnichannel();
    day.chooses("09:10", "do_not_disturb").then("10:00", What::ConnectionLost);
    day.then("11:00", What::ConnectionRestored).shows("11:00", "do_not_disturb", Source::Manual);
}

#[test]
fn c13_undo_dismisses_a_change_that_began() {
    let mut day = Day::genesys();
    day.locks("10:00", "10:00").then("10:05", What::Undid);
    day.shows("10:05", "available", Source::Default);
    day.unlocks("10:10").locks("10:20", "10:20");
    day.shows("10:20", "away", Source::Lock);
}

#[test]
fn c13_undo_brings_back_what_a_duration_ended_without_end() {
    let mut day = Day::genesys();
    day.chooses_until("12:00", "meal", "12:30").then("12:31", What::Undid);
    let meal = day.shows("18:00", "meal", Source::Manual);
    assert_eq!(meal.until, None);
}

#[test]
fn c13_undo_of_a_sign_out_brings_a_choice_back_with_what_is_left_of_its_time() {
    let mut day = Day::genesys();
    day.chooses_until("09:10", "busy", "09:40").then("09:15", What::SignedOut).then("09:20", What::SignedIn);
    day.then("09:25", What::Undid);
    let busy = day.shows("09:30", "busy", Source::Manual);
    assert!(busy.until.is_some());
    day.shows("09:45", "available", Source::Default);
}

#[test]
fn c13_undo_takes_back_the_change_that_the_person_saw() {
    let mut day = Day::genesys();
    day.chooses_until("12:00", "meal", "12:30").locks("12:05", "12:05").then("12:31", What::Undid);
    day.shows("12:31", "meal", Source::Manual);
}

#[test]
fn c13_after_a_choice_there_is_nothing_to_undo() {
    let mut day = Day::genesys();
    assert_eq!(day.state.undo_target(&day.policy), Err(NothingToUndo::NothingChanged));
    day.locks("10:00", "10:00").chooses("10:05", "busy");
    let own = NothingToUndo::YourOwn { status: "busy".into(), since: at("10:05") };
    assert_eq!(day.state.undo_target(&day.policy), Err(own));
}

#[test]
fn c14_the_message_has_its_own_end_and_outlives_the_status() {
    let mut day = Day::genesys();
    let until = Some(presence::End { at: at("16:00"), fixed: true });
    day.chooses("10:00", "busy").then("10:00", What::MessageSet { text: Some("At the desk".into()), until });
    day.chooses("11:00", "available");
    assert_eq!(day.now("15:59").message.unwrap().text, "At the desk");
    assert_eq!(day.now("16:00").message, None);
}

#[test]
fn d05_on_a_call_idleness_does_not_set_away_but_a_lock_does() {
    let mut day = Day::genesys();
    day.then("10:00", What::Activity(Activity { on_call: true, interactions: 0 })).idles("10:20", "10:15");
    day.shows("10:20", "available", Source::Default);
    day.locks("10:25", "10:15");
    day.shows("10:25", "away", Source::Lock);
}

#[test]
fn d05_the_end_of_a_call_is_not_the_start_of_idleness() {
    let mut day = Day::genesys();
    day.then("10:00", What::Activity(Activity { on_call: true, interactions: 0 })).idles("10:20", "10:15");
    day.then("10:30", What::Activity(Activity::default()));
    day.shows("10:30", "available", Source::Default);
    day.moves("10:30").idles("10:35", "10:30");
    day.shows("10:35", "away", Source::Idle);
}

#[test]
fn d07_a_clock_step_changes_no_duration_and_keeps_times_of_day() {
    let day_ms = 24 * 3600 * 1000;
    let mut day = Day::genesys();
    day.chooses_until("12:00", "meal", "12:30");
    let before = day.now("12:10");
    let fact = presence::Fact {
        seq: 99,
        at: at("12:10") + jiff::SignedDuration::from_hours(24),
        recorded: at("12:10") + jiff::SignedDuration::from_hours(24),
        device: presence::DeviceId::from("desk"),
        what: What::ClockStepped { by_ms: day_ms },
    };
    let closed = day.state.apply(&fact, &day.policy);
    assert_eq!(closed, []);
    let after = day.state.effective(&day.policy, fact.at);
    assert_eq!(after.status, before.status);
    assert_eq!(fact.at.duration_since(after.since), at("12:10").duration_since(before.since));
    assert_eq!(after.until.unwrap().duration_since(fact.at), before.until.unwrap().duration_since(at("12:10")));
    let back = presence::Fact {
        seq: 100,
        at: at("12:11"),
        recorded: at("12:11"),
        what: What::ClockStepped { by_ms: -day_ms },
        ..fact
    };
    day.state.apply(&back, &day.policy);
    assert_eq!(day.now("12:11").since, at("12:00"));
    assert_eq!(day.now("12:11").until, Some(at("12:30")));
}

#[test]
fn d13_a_pause_senses_nothing_until_it_ends() {
    let mut day = Day::genesys();
    let until = Some(presence::End { at: at("11:00"), fixed: false });
    day.then("10:00", What::Paused { until }).locks("10:10", "10:10");
    let paused = day.shows("10:10", "available", Source::Default);
    assert_eq!(paused.paused, Some(presence::Pause { until }));
    assert_eq!(day.now("11:00").paused, None);
}

#[test]
fn d13_sensing_goes_on_once_the_person_says_so() {
    let mut day = Day::genesys();
    day.locks("09:30", "09:29").then("10:00", What::Paused { until: None });
    day.shows("10:00", "available", Source::Default);
    assert_eq!(day.now("10:00").paused, Some(presence::Pause { until: None }));
    day.then("10:10", What::Resumed);
    assert_eq!(day.shows("10:10", "available", Source::Default).paused, None);
    day.locks("10:20", "10:19").shows("10:20", "away", Source::Lock);
}

#[test]
fn d12_on_a_call_the_locked_screen_says_what_comes_after_it() {
    let mut day = Day::genesys();
    day.then("10:00", What::Call { on: true });
    assert_eq!(day.shows("10:00", "busy", Source::Call).returns_to, Some("available".into()));
    day.locks("10:10", "10:10");
    let locked = day.now("10:10");
    let unlocked = day.unlocks("10:20").shows("10:20", "busy", Source::Call);
    assert_eq!((locked.status.as_str(), unlocked.returns_to), ("away", Some("available".into())));
    // A plan is not covered by a lock; what it covers is.
    let mut day = Day::genesys();
    let plan = What::ClaimBegan { source: Source::Calendar, status: "meeting".into(), until: None, detail: None };
    day.then("10:00", plan).locks("10:10", "10:10");
    assert_eq!(day.shows("10:10", "meeting", Source::Calendar).returns_to, Some("away".into()));
    day.unlocks("10:20");
    assert_eq!(day.shows("10:20", "meeting", Source::Calendar).returns_to, Some("available".into()));
}

#[test]
fn c12_a_loss_began_when_the_device_was_last_heard() {
    let mut day = Day::genesys();
    day.told("10:00", "10:00:45", What::ConnectionLost);
    assert_eq!(day.shows("10:00:45", "offline", Source::Connection).since, at("10:00"));
    assert_eq!(day.history("10:01"), ["available 09:00–10:00 default", "offline 10:00– connection"]);
}

#[test]
fn d05_input_in_the_second_in_which_a_call_ends_is_the_end_of_it() {
    // The idle time counts from the input there: it is one moment, told twice.
    for (input, away) in [("10:00:00", "10:05:00"), ("09:59:58", "10:05:01")] {
        let mut day = Day::genesys();
        day.then("09:50", What::Call { on: true }).then("10:00:01", What::Call { on: false });
        day.told(input, "10:05:00", What::Desk { signal: DeskSignal::Idle, on: true, last_input: Some(at(input)) });
        assert_eq!(day.state.next_change().unwrap_or(at("10:05:00")), at(away), "input at {input}");
    }
}

#[test]
fn d07_what_ended_before_a_clock_was_set_ended_by_the_clock_of_before() {
    let mut day = Day::genesys();
    day.chooses_until("12:00", "meal", "12:30");
    let tomorrow = at("12:40") + jiff::SignedDuration::from_hours(24);
    let what = What::ClockStepped { by_ms: 24 * 3600 * 1000 };
    let fact =
        presence::Fact { seq: 99, at: tomorrow, recorded: tomorrow, device: presence::DeviceId::from("desk"), what };
    let closed = day.state.apply(&fact, &day.policy);
    assert_eq!(closed.iter().map(|one| (one.start, one.end)).collect::<Vec<_>>(), [(at("12:00"), Some(at("12:30")))]);
}

#[test]
fn g01_c11_a_timed_status_that_a_sign_in_does_not_keep_is_gone_after_it() {
    let mut day = Day::genesys();
    day.chooses_until("12:00", "meal", "12:30").then("12:05", What::SignedOut).then("12:10", What::SignedIn);
    day.shows("12:10", "available", Source::Default);
}

#[test]
fn c21_what_was_told_when_it_was_over_already_leaves_the_past_as_it_was() {
    let mut day = Day::genesys();
    day.chooses("10:00", "busy").chooses_until("11:00", "meal", "13:00");
    let until = Some(End { at: at("11:30"), fixed: true });
    day.told("11:10", "12:00", What::Paused { until }).told("11:10", "12:00", What::EndSet { until });
    assert_eq!(
        day.history("12:30"),
        ["available 09:00–10:00 default", "busy 10:00–11:00 manual", "meal 11:00–12:00 manual", "busy 12:00– manual"]
    );
}
