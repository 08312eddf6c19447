//! What a state says of itself, and what a state, a policy or a fact of before means today.

use crate::support::{Day, at};
use presence::{DeviceId, End, Policy, Source, Span, State, StatusId, What, effective};

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

#[test]
fn a_status_says_its_name_its_kind_and_how_long_it_lasts() {
    let policy = Policy::from_toml(
        &include_str!("../../policies/genesys.toml")
            .replace("labels = { en = \"Meal\"", "labels = { sv = \"Måltid\", en = \"Meal\""),
    )
    .unwrap();
    let [meal, meeting, busy] = ["meal", "meeting", "busy"].map(|id| policy.status(&id.into()).unwrap());
    assert_eq!((meal.label("sv"), meal.label("fi"), meal.label("en")), ("Måltid", "Meal", "Meal"));
    assert_eq!(meal.usual_end(at("12:00")), Some(End { at: at("12:30"), fixed: false }));
    assert_eq!(busy.usual_end(at("12:00")), None);
    assert!(!busy.is_secondary() && !meeting.is_secondary());
    let day = Day::with_secondaries();
    assert!(day.policy.status(&"customer_calls".into()).unwrap().is_secondary());
}

#[test]
fn what_may_be_chosen_is_so_unless_a_policy_says_otherwise() {
    let extra = "\n[[status]]\nid = \"focus\"\nprimary = \"busy\"\ncolor = \"red\"\nglyph = \"busy\"\nlabels = { en = \"Focus\" }\n";
    let policy = Policy::from_toml(&format!("{}{extra}", include_str!("../../policies/genesys.toml"))).unwrap();
    assert!(policy.selectable().any(|status| status.id == "focus".into()));
}

#[test]
fn a_span_has_what_ended_after_its_start_and_began_before_its_end() {
    let mut day = Day::genesys();
    day.chooses("10:00", "busy").chooses("11:00", "meeting");
    let recorded: Vec<_> = day.closed.iter().cloned().chain(day.state.current_interval()).collect();
    let in_span = |span: Span| recorded.iter().filter(|one| span.covers(one)).count();
    assert_eq!(in_span(Span::default()), 3);
    assert_eq!(in_span(Span::since(at("10:00"))), 2, "what ended just then is not in it");
    assert_eq!(in_span(Span { until: Some(at("11:00")), ..Span::since(at("09:30")) }), 2);
}

#[test]
fn d13_words_that_stood_beside_the_present_status_can_be_forgotten() {
    let mut day = Day::genesys();
    let says = |text: Option<&str>| What::MessageSet { text: text.map(str::to_owned), until: None };
    day.then("10:00", says(Some("at the dentist"))).then("10:10", says(None));
    let message = |day: &Day| day.state.current_interval().unwrap().message;
    assert_eq!(message(&day).as_deref(), Some("at the dentist"));
    day.state.forget_past();
    assert_eq!(message(&day), None);
    day.then("10:20", says(Some("back"))).state.forget_past();
    assert_eq!(message(&day).as_deref(), Some("back"));
}

#[test]
fn d12_whoever_never_signed_in_is_offline_since_that_was_first_known() {
    let mut day = Day::genesys();
    let mut state = State::default();
    let fact = presence::Fact {
        seq: 1,
        at: at("09:00"),
        recorded: at("09:00"),
        device: DeviceId::from("desk"),
        what: What::PolicyTaken { digest: "abc".into() },
    };
    state.apply(&fact, &day.policy);
    for clock in ["09:10", "09:20"] {
        state.advance(&day.policy, at(clock));
        let now = state.effective(&day.policy, at(clock));
        assert_eq!((now.since, now.reason.since, now.reason.source), (at("09:00"), at("09:00"), Source::SignedOut));
    }
    day.then("10:00", What::SignedOut);
    assert_eq!(day.shows("10:30", "offline", Source::SignedOut).reason.since, at("10:00"));
}
