//! No one is green for ever: what of the desk counts again after a call, and after the person's word (C16, C17, D05).

use crate::support::{Day, at};
use presence::{Activity, Source, What};

fn knows(idle: bool, lock: bool) -> What {
    What::Knows { idle, lock, idle_after: None }
}

#[test]
fn c16_whoever_does_nothing_after_a_call_is_away_one_idle_time_later() {
    let mut day = Day::genesys();
    day.then("10:02", What::Call { on: true }).idles("10:05", "10:00").then("10:30", What::Call { on: false });
    day.shows("10:29", "available", Source::Default);
    let away = day.shows("10:35", "away", Source::Idle);
    assert_eq!((away.since, away.reason.since), (at("10:30"), at("10:00")));
    day.shows("10:34:59", "available", Source::Default);
    let history = ["available 09:00–10:02 default", "busy 10:02–10:30 call", "away 10:30– idle"].map(str::to_owned);
    assert_eq!(day.history("10:40"), history);
}

#[test]
fn c16_input_after_a_call_ends_what_began_before() {
    let mut day = Day::genesys();
    day.then("10:02", What::Call { on: true }).idles("10:05", "10:00").then("10:30", What::Call { on: false });
    day.moves("10:31");
    day.shows("12:00", "available", Source::Default);
}

#[test]
fn c16_idleness_that_is_told_soon_after_a_call_counts_from_its_end() {
    let mut day = Day::genesys();
    day.then("10:02", What::Call { on: true }).then("10:04", What::Call { on: false }).idles("10:05", "10:00");
    day.shows("10:05", "available", Source::Default);
    assert_eq!(day.shows("10:09", "away", Source::Idle).since, at("10:04"));
}

#[test]
fn c16_the_end_of_an_interaction_counts_as_the_end_of_a_call_does() {
    let mut day = Day::genesys();
    let handles = |interactions| What::Activity(Activity { on_call: false, interactions });
    day.then("10:02", handles(1)).idles("10:05", "10:00");
    day.shows("10:20", "available", Source::Default);
    day.then("10:30", handles(0));
    day.shows("10:34", "available", Source::Default);
    assert_eq!(day.shows("10:35", "away", Source::Idle).since, at("10:30"));
}

#[test]
fn d05_a_running_interaction_keeps_idleness_away_but_no_lock() {
    let mut day = Day::genesys();
    day.then("10:02", What::Activity(Activity { on_call: false, interactions: 2 })).idles("10:05", "10:00");
    day.shows("10:20", "available", Source::Default);
    day.locks("10:25", "10:00");
    day.shows("10:25", "away", Source::Lock);
}

#[test]
fn c16_each_device_says_how_long_its_idle_time_is() {
    let mut day = Day::genesys();
    day.then("09:30", What::Knows { idle: true, lock: true, idle_after: Some(600) });
    day.then("10:02", What::Call { on: true }).idles("10:10", "10:00").then("10:30", What::Call { on: false });
    day.shows("10:39:59", "available", Source::Default);
    day.shows("10:40", "away", Source::Idle);
}

#[test]
fn c17_a_choice_elsewhere_hides_a_locked_desk_for_one_idle_time_only() {
    let mut day = Day::genesys();
    day.locks("10:00", "09:59").also_signs_in("10:08", "home").chooses("10:10", "available");
    day.shows("10:19", "available", Source::Manual);
    day.then("10:20", What::SignedOut);
    let away = day.shows("10:26", "away", Source::Lock);
    assert_eq!(
        (away.since, away.returns_to),
        (at("10:20"), Some("available".into())),
        "somebody was at home till then"
    );
}

#[test]
fn c17_no_device_that_vanished_was_lost_or_knows_nothing_keeps_a_locked_desk_green() {
    for ends in
        [What::SignedOut, What::Vanished, What::ConnectionLost, knows(false, false), What::Paused { until: None }]
    {
        let mut day = Day::genesys();
        day.locks("10:00", "09:59").also_signs_in("10:08", "home").chooses("10:10", "available");
        day.then("10:12", ends.clone());
        day.shows("10:14:59", "available", Source::Manual);
        assert_eq!(day.shows("10:15", "away", Source::Lock).since, at("10:12"), "{ends:?}");
    }
    let mut day = Day::genesys();
    day.locks("10:00", "09:59").on("token").chooses("10:10", "available");
    day.shows("10:14:59", "available", Source::Manual);
    assert_eq!(day.shows("10:15", "away", Source::Lock).since, at("10:10"), "C06: the start of what is covered");
}

#[test]
fn c17_a_supervisors_choice_proves_nobodys_presence() {
    let mut day = Day::genesys();
    day.chooses("09:30", "meal").locks("10:00", "09:59").supervisor_chooses("10:10", "available");
    let available = day.shows("10:10", "available", Source::Supervisor);
    assert_eq!(available.reason.detail.as_deref(), Some("Sue: needed at the desk"));
    day.shows("10:15", "away", Source::Lock);
    let own = presence::NothingToUndo::NothingChanged;
    assert_eq!(Day::genesys().supervisor_chooses("10:10", "busy").state.undo_target(&day.policy), Err(own));
}

#[test]
fn c17_an_undo_holds_for_one_idle_time_as_well() {
    let mut day = Day::genesys();
    day.locks("10:00", "09:59").then("10:10", What::Undid);
    day.shows("10:14:59", "available", Source::Default);
    day.shows("10:15", "away", Source::Lock);
}

#[test]
fn c17_whoever_comes_back_to_the_locked_desk_is_not_away_after_the_idle_time() {
    let mut day = Day::genesys();
    day.locks("10:00", "09:59").on("token").chooses("10:10", "available");
    day.on("desk").unlocks("10:12");
    day.shows("12:00", "available", Source::Manual);
}

#[test]
fn c17_a_desk_in_use_elsewhere_stays_green_whatever_was_dismissed() {
    let mut day = Day::genesys();
    day.locks("10:00", "09:59").also_signs_in("10:08", "home").chooses("10:10", "available");
    day.shows("16:00", "available", Source::Manual);
    day.idles("16:05", "16:00");
    assert_eq!(day.shows("16:05", "away", Source::Idle).since, at("16:00"));
}

#[test]
fn c08_a_device_during_whose_call_nobody_is_idle_is_not_left() {
    let mut day = Day::genesys();
    day.locks("10:00", "09:59").also_signs_in("10:01", "home").then("10:02", What::Call { on: true });
    day.idles("10:07", "10:02");
    day.shows("10:08", "busy", Source::Call);
    day.on("home").then("10:20", What::Call { on: false });
    day.shows("10:24:59", "available", Source::Default);
    day.shows("10:25", "away", Source::Idle);
}

#[test]
fn c08_a_locked_device_is_left_even_during_a_call_on_it() {
    let mut day = Day::genesys();
    day.then("10:00", What::Call { on: true }).locks("10:05", "10:05").also_signs_in("10:06", "home");
    day.locks("10:10", "10:10");
    day.shows("10:10", "away", Source::Lock);
}

#[test]
fn d04_a_device_that_knows_only_a_lock_holds_and_breaks_away() {
    let mut day = Day::genesys();
    day.locks("10:00", "09:59").also_signs_in("10:01", "kiosk").then("10:01", knows(false, true));
    day.shows("10:02", "available", Source::Default);
    day.locks("10:10", "10:10");
    day.shows("10:10", "away", Source::Lock);
    let mut day = Day::genesys();
    day.locks("10:00", "09:59").also_signs_in("10:01", "reader").then("10:01", knows(true, false));
    day.shows("10:02", "available", Source::Default);
}

#[test]
fn c12_whoever_quits_beside_a_device_that_was_lost_was_there_until_then() {
    let mut day = Day::genesys();
    day.also_signs_in("09:10", "laptop").then("09:20", What::ConnectionLost);
    day.on("desk").chooses("10:00", "busy").then("11:00", What::SignedOut);
    let gone = day.shows("11:00", "offline", Source::SignedOut);
    assert_eq!(gone.since, at("11:00"));
    // Nor is it too long ago for a choice to be kept, if the laptop comes back soon (G12).
    day.on("laptop").then("11:01", What::ConnectionRestored);
    day.shows("11:01", "busy", Source::Manual);
    let history = day.history("11:02");
    assert!(history.iter().any(|line| line.contains("10:00") && line.contains("busy")), "{history:#?}");
}

#[test]
fn c10_a_device_that_died_long_ago_keeps_no_choice_over_a_quit_and_a_start() {
    let mut day = Day::genesys();
    day.also_signs_in("09:10", "laptop").then("09:20", What::ConnectionLost);
    day.on("desk").chooses("10:00", "do_not_disturb").then("11:00", What::SignedOut);
    day.then("11:00", What::SignedIn);
    day.shows("11:00", "available", Source::Default);
}

#[test]
fn c10_a_reboot_beside_a_device_that_died_is_a_sign_in_too() {
    let mut day = Day::genesys();
    day.also_signs_in("09:10", "laptop").then("09:20", What::ConnectionLost);
    day.on("desk").chooses("10:00", "do_not_disturb").told("10:00", "10:01", What::Vanished);
    day.then("10:01", What::SignedIn);
    day.shows("10:01", "available", Source::Default);
}

#[test]
fn g11_out_of_office_shows_after_a_quit_though_another_device_died_before() {
    let mut day = Day::genesys();
    day.also_signs_in("09:10", "laptop").then("09:20", What::ConnectionLost);
    day.on("desk").chooses("10:00", "out_of_office").then("11:00", What::SignedOut);
    day.shows("11:00", "out_of_office_offline", Source::SignedOut);
    // Noticed late that the laptop had died: it is the same.
    let mut day = Day::genesys();
    day.also_signs_in("09:10", "laptop");
    day.on("desk").chooses("10:00", "out_of_office").then("11:00", What::SignedOut);
    day.on("laptop").told("10:59", "11:02", What::ConnectionLost);
    let out = day.shows("11:02", "out_of_office_offline", Source::SignedOut);
    assert_eq!(out.since, at("11:00"));
}

#[test]
fn g12_a_new_device_begins_anew_where_the_only_other_one_was_lost_for_too_long() {
    let mut day = Day::genesys();
    day.chooses("09:10", "do_not_disturb").then("09:20", What::ConnectionLost);
    day.also_signs_in("09:30", "laptop");
    day.shows("09:30", "available", Source::Default);
    // Within the grace, nothing has changed.
    let mut day = Day::genesys();
    day.chooses("09:10", "do_not_disturb").told("09:20", "09:20", What::ConnectionLost);
    day.then("09:20", What::ConnectionRestored).then("09:21", What::ConnectionLost);
    day.also_signs_in("09:21", "laptop");
    day.shows("09:21", "do_not_disturb", Source::Manual);
}

#[test]
fn c10_a_device_that_dies_takes_what_it_told_of_work_with_it() {
    let busy = What::Activity(Activity { on_call: true, interactions: 2 });
    for ends in [What::ConnectionLost, What::Vanished, What::SignedOut] {
        let mut day = Day::genesys();
        day.idles("09:10", "09:05").also_signs_in("09:20", "laptop").then("09:21", busy.clone());
        assert!(day.now("09:21").activity.on_call);
        day.then("09:40", ends.clone());
        assert_eq!(day.now("09:40").activity, Activity::default(), "{ends:?}");
        day.shows("09:45", "away", Source::Idle);
    }
    // What a switchboard told, which is no device of the person's, holds until it says otherwise.
    let mut day = Day::genesys();
    day.on("switchboard").then("09:10", busy).on("desk").then("09:20", What::ConnectionLost);
    assert_eq!(day.now("09:20").activity, Activity { on_call: true, interactions: 2 });
    day.then("09:30", What::SignedOut);
    assert_eq!(day.now("09:30").activity, Activity::default());
}

#[test]
fn g09_what_several_devices_tell_adds_up() {
    let mut day = Day::genesys();
    day.then("09:10", What::Activity(Activity { on_call: false, interactions: 2 }));
    day.also_signs_in("09:11", "laptop").then("09:12", What::Activity(Activity { on_call: true, interactions: 1 }));
    assert_eq!(day.now("09:12").activity, Activity { on_call: true, interactions: 3 });
    day.then("09:13", What::Activity(Activity::default()));
    assert_eq!(day.now("09:13").activity, Activity { on_call: false, interactions: 2 });
}

#[test]
fn d07_a_clock_that_is_set_changes_neither_how_long_a_word_holds_nor_when_a_call_ended() {
    for (begins, away) in [("locked", Source::Lock), ("idle", Source::Idle)] {
        let mut day = Day::genesys();
        if begins == "locked" {
            day.locks("10:00", "09:59").then("10:10", What::Undid);
        } else {
            day.then("10:00", What::Call { on: true }).idles("10:05", "10:00").then("10:10", What::Call { on: false });
        }
        day.told("11:12", "11:12", What::ClockStepped { by_ms: 3_600_000 });
        day.shows("11:14:59", "available", Source::Default);
        day.shows("11:15", "away", away);
    }
}

#[test]
fn c06_c08_a_device_that_was_left_and_then_signs_out_says_nothing_of_the_other_one() {
    let mut day = Day::genesys();
    day.also_signs_in("09:30", "laptop").on("desk").locks("10:00", "09:59").then("10:12", What::SignedOut);
    day.on("laptop").idles("10:15", "10:10");
    assert_eq!(day.shows("10:15", "away", Source::Idle).since, at("10:10"));
    // One that was in use does.
    let mut day = Day::genesys();
    day.also_signs_in("09:30", "laptop").on("desk").then("10:12", What::SignedOut);
    day.on("laptop").idles("10:15", "10:10");
    assert_eq!(day.shows("10:15", "away", Source::Idle).since, at("10:12"));
}

#[test]
fn c12_others_saw_nobody_there_while_the_connection_was_lost_whatever_comes_back() {
    let mut day = Day::genesys();
    day.told("10:00", "10:00:45", What::ConnectionLost).locks("10:19", "09:58").then("10:20", What::ConnectionRestored);
    let history = ["available 09:00–10:00 default", "offline 10:00–10:20 connection", "away 10:20– lock"];
    assert_eq!(day.history("10:30"), history);
}

#[test]
fn c13_what_a_duration_ended_is_offered_until_something_else_begins_by_itself() {
    let mut day = Day::genesys();
    day.chooses_until("12:00", "meal", "12:30");
    let offered = |day: &mut Day, clock: &str| day.now(clock).undo;
    assert!(offered(&mut day, "12:35").is_some());
    day.locks("12:40", "12:39").unlocks("12:50");
    day.shows("12:50", "available", Source::Default);
    assert_eq!(offered(&mut day, "12:50"), None);
}

#[test]
fn c05_back_from_away_shows_what_lies_under_it_and_is_offered_only_then() {
    let mut day = Day::genesys();
    assert_eq!(day.state.after_back(&day.policy), None);
    day.locks("10:00", "10:00");
    assert_eq!(day.state.after_back(&day.policy), Some("available".into()));
    day.unlocks("10:10").chooses("10:20", "busy");
    assert_eq!(day.state.after_back(&day.policy), Some("available".into()));
    day.chooses("10:30", "available");
    assert_eq!(day.state.after_back(&day.policy), None, "nothing would change");
}
