//! What a state says of itself, and what a state, a policy or a fact of before means today.

use crate::support::{Day, at};
use presence::{DeviceId, Policy, Source, State, StatusId, What, effective};

#[test]
fn a_state_says_what_it_was_told() {
    let mut day = Day::genesys();
    assert_eq!(State::default().seq(), 0);
    let claim = What::ClaimBegan { source: Source::Calendar, status: "meeting".into(), until: None, detail: None };
    day.then("10:00", claim.clone()).then("10:01", claim).then("10:02", What::PolicyTaken { digest: "abc".into() });
    assert_eq!((day.state.seq(), day.state.claim_count(), day.state.policy()), (5, 2, Some("abc")));
    day.then("10:03", What::ClaimEnded { id: 3 });
    assert_eq!(day.state.claim_count(), 1);
    let desk = DeviceId::from("desk");
    assert_eq!(desk.as_str(), "desk");
    assert_eq!(day.state.session(&desk).unwrap().since, at("09:00"));
    assert_eq!(day.state.session(&DeviceId::from("laptop")), None);
    assert_eq!(day.state.sessions().map(|(device, _)| device.as_str()).collect::<Vec<_>>(), ["desk"]);
}

#[test]
fn what_was_recorded_later_is_no_part_of_an_answer() {
    let mut day = Day::genesys();
    day.chooses("10:00", "busy").told("10:20", "10:30", What::WentBack);
    let status = |clock: &str| effective(&day.facts, &day.policy, at(clock)).status;
    assert_eq!(
        ["09:59", "10:00", "10:29", "10:30"].map(status),
        ["available", "busy", "busy", "available"].map(StatusId::from)
    );
}

#[test]
fn f06_a_session_from_before_a_device_had_its_own_idle_time_has_five_minutes() {
    let mut day = Day::genesys();
    day.locks("09:30", "09:30").chooses("09:40", "available");
    let mut old = serde_json::to_value(&day.state).unwrap();
    assert!(old["sessions"]["desk"].as_object_mut().unwrap().remove("idle_after").is_some());
    let state: State = serde_json::from_value(old).unwrap();
    assert_eq!(state.next_change(), Some(at("09:45")));
}

#[test]
fn a_policy_that_says_nothing_of_pings_has_the_usual_ones() {
    let text = include_str!("../../policies/genesys.toml");
    let said = ["ping_seconds", "lost_seconds", "suspect_seconds", "settle_seconds"];
    let without: Vec<_> = text.lines().filter(|line| !said.iter().any(|key| line.starts_with(key))).collect();
    let policy = Policy::from_toml(&without.join("\n")).unwrap();
    let connection = &policy.connection;
    assert_eq!((connection.ping_seconds, connection.lost_seconds, connection.suspect_seconds), (20, 45, 10));
    assert_eq!(policy.desk.settle_seconds, 5);
}

#[test]
fn only_what_a_person_may_choose_is_selectable() {
    let policy = Policy::genesys();
    let ids: Vec<_> = policy.selectable().map(|status| status.id.as_str()).collect();
    assert!(ids.contains(&"available") && ids.contains(&"meal") && !ids.contains(&"offline"), "{ids:?}");
}

#[test]
fn a_choice_is_the_person_s_or_a_supervisor_s() {
    let mut day = Day::genesys();
    day.chooses("10:00", "busy");
    assert!(day.state.choice().unwrap().by.is_person());
    day.supervisor_chooses("10:10", "available");
    assert!(!day.state.choice().unwrap().by.is_person());
}
