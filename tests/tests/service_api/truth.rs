//! What shows is true, as a client of the service sees it: nothing hides a desk for ever (C16, C17), nothing that was
//! chosen is lost (C15, C18), and the past stays what it was (C22).

use std::fmt::Write as _;
use std::time::Duration;

use e2e::{SOON, TeamService, wait_until};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::api::Api;
use super::device::Device;

/// The idle time of the desks here, in seconds.
const IDLE_SECONDS: i64 = 3;

/// Longer than that: whoever shows no change by then shows none.
const LONGER: Duration = Duration::from_secs(5);

/// A computer at which somebody has just signed in, and which can tell idleness and locks.
fn desk(service: &TeamService, name: &str) -> (Api, Device) {
    let api = Api::signed_in(service, name);
    let device = Device::connect(&api);
    api.change(&[json!({ "change": "knows", "idle": true, "lock": true, "idle_after": IDLE_SECONDS })]);
    (api, device)
}

/// What a service of milliseconds tells of now.
fn now() -> Timestamp {
    Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap()
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn instant(value: &Value) -> Timestamp {
    value.as_str().unwrap_or_else(|| panic!("{value} is no time")).parse().unwrap()
}

/// Records a change that happened just now; when that was. It shows from the moment on at which the service knows it, a
/// little later.
#[track_caller]
fn does(api: &Api, mut change: Value) -> Timestamp {
    let at = now();
    change["at"] = at.to_string().into();
    let answer = api.post("/v1/me/changes", &json!({ "changes": [change] }));
    assert_eq!(answer.status, 200, "{answer:?}");
    at
}

#[track_caller]
fn chooses(api: &Api, status: &str, until: Option<Timestamp>) -> Timestamp {
    let until = until.map(|at| json!({ "at": at.to_string(), "fixed": false }));
    does(api, json!({ "change": "choose", "status": status, "until": until }))
}

#[track_caller]
fn signals(api: &Api, signal: &str, on: bool) -> Timestamp {
    let last_input = on.then(|| now().to_string());
    does(api, json!({ "change": "signal", "signal": signal, "on": on, "last_input": last_input }))
}

/// Waits until the person's own presence has this status.
#[track_caller]
fn until_status(api: &Api, status: &str) -> Value {
    let mut presence = Value::Null;
    let shown = wait_until(SOON, || {
        presence = api.presence();
        presence["status"] == status
    });
    assert!(shown, "{status} is not shown: {presence}");
    presence
}

#[track_caller]
fn stays(api: &Api, status: &str) {
    assert!(!wait_until(LONGER, || api.presence()["status"] != status), "{}", api.presence());
}

/// What another person sees.
#[track_caller]
fn seen(by: &Api, name: &str) -> Value {
    by.get(&format!("/v1/people/{name}")).json()["presence"].clone()
}

/// Statuses under the shipped ones: each its id, its primary status, and further lines.
const SECONDARY: &[(&str, &str, &str)] = &[
    ("vacation", "out_of_office", ""),
    ("customer_calls", "busy", ""),
    ("desk_work", "available", ""),
    ("ward_round", "busy", "selectable = false"),
    // A class that the catalogue has no entry for.
    ("board", "conference", "interruptions = \"meeting\""),
    ("lunch", "meal", ""),
];

/// A service with these statuses, and a policy that differs in these lines.
fn with_secondaries(people: &[&str], lines: &str) -> TeamService {
    let mut service = TeamService::start_with(people, &format!("desk.settle_seconds = 5\n{lines}"));
    service.stop();
    let mut policy = std::fs::read_to_string(service.file("policy.toml")).unwrap();
    for (id, primary, more) in SECONDARY {
        let looks = "color = \"red\"\nglyph = \"busy\"";
        let _ = write!(
            policy,
            "\n[[status]]\nid = \"{id}\"\nprimary = \"{primary}\"\n{looks}\nlabels = {{ en = \"{id}\" }}\n{more}\n"
        );
    }
    std::fs::write(service.file("policy.toml"), policy).unwrap();
    service.start_again();
    service
}

/// Changes the policy while the service is down.
#[track_caller]
fn change_policy(service: &TeamService, change: impl Fn(&str) -> String) {
    let file = service.file("policy.toml");
    let before = std::fs::read_to_string(&file).unwrap();
    let after = change(&before);
    assert_ne!(before, after);
    std::fs::write(file, after).unwrap();
}

#[test]
fn c15_a_timed_status_that_gets_another_end_keeps_what_was_chosen_under_it() {
    let service = TeamService::start(&["ada"]);
    let (ada, _device) = desk(&service, "ada");
    let busy = chooses(&ada, "busy", None);
    chooses(&ada, "meal", Some(now() + seconds(600)));
    let end = now() + seconds(2);
    does(&ada, json!({ "change": "set_end", "until": { "at": end.to_string(), "fixed": false } }));
    let meal = ada.presence();
    assert_eq!((&meal["status"], &meal["returns_to"], instant(&meal["until"])), (&"meal".into(), &"busy".into(), end));
    let after = until_status(&ada, "busy");
    assert_eq!((&after["reason"]["source"], &after["until"]), (&"manual".into(), &Value::Null));
    assert_eq!((instant(&after["since"]), instant(&after["reason"]["since"])), (end, busy));
}

#[test]
fn c15_a_timed_status_that_loses_its_end_keeps_what_was_chosen_under_it() {
    let service = TeamService::start(&["ada"]);
    let (ada, _device) = desk(&service, "ada");
    let busy = chooses(&ada, "busy", None);
    chooses(&ada, "meal", Some(now() + seconds(2)));
    does(&ada, json!({ "change": "set_end" }));
    assert_eq!(ada.presence()["until"], Value::Null);
    stays(&ada, "meal");
    does(&ada, json!({ "change": "back" }));
    let after = ada.presence();
    assert_eq!((&after["status"], instant(&after["reason"]["since"])), (&"busy".into(), busy));
}

#[test]
fn c16_whoever_does_nothing_after_an_interaction_is_away_one_idle_time_later() {
    let service = TeamService::start(&["ada"]);
    let (ada, _device) = desk(&service, "ada");
    does(&ada, json!({ "change": "activity", "on_call": false, "interactions": 1 }));
    signals(&ada, "idle", true);
    stays(&ada, "available");
    let end = does(&ada, json!({ "change": "activity", "on_call": false, "interactions": 0 }));
    assert_eq!(ada.presence()["status"], "available");
    let away = until_status(&ada, "away");
    assert!(now() >= end + seconds(IDLE_SECONDS), "too early: {away}");
    assert_eq!((&away["reason"]["source"], instant(&away["since"])), (&"idle".into(), end));
}

#[test]
fn c16_whoever_does_nothing_after_a_call_is_away_one_idle_time_later() {
    let service = TeamService::start(&["ada"]);
    let (ada, _device) = desk(&service, "ada");
    does(&ada, json!({ "change": "call", "on": true }));
    signals(&ada, "idle", true);
    stays(&ada, "busy");
    let end = does(&ada, json!({ "change": "call", "on": false }));
    let after = ada.presence();
    assert_eq!(after["status"], "available");
    let away = until_status(&ada, "away");
    assert!(now() >= end + seconds(IDLE_SECONDS), "too early: {away}");
    assert_eq!((&away["reason"]["source"], &away["since"]), (&"idle".into(), &after["since"]));
}

#[test]
fn c17_a_choice_by_a_client_that_is_no_desk_hides_a_locked_one_for_one_idle_time_only() {
    let service = TeamService::start(&["ada"]);
    let (office, _device) = desk(&service, "ada");
    signals(&office, "lock", true);
    assert_eq!(office.presence()["status"], "away");
    let client = Api::signed_in(&service, "ada");
    let chosen = chooses(&client, "available", None);
    let green = client.presence();
    assert_eq!((&green["status"], &green["reason"]["source"]), (&"available".into(), &"manual".into()));
    let away = until_status(&client, "away");
    assert!(now() >= chosen + seconds(IDLE_SECONDS), "too early: {away}");
    assert_eq!((&away["reason"]["source"], &away["returns_to"]), (&"lock".into(), &"available".into()));
    assert_eq!(away["since"], green["since"]);
    signals(&office, "lock", false);
    assert_eq!(office.presence()["status"], "available");
}

#[test]
fn c17_a_desk_in_use_stays_green_and_one_that_was_quit_keeps_no_locked_one_green() {
    let service = TeamService::start(&["ada"]);
    let (office, _device) = desk(&service, "ada");
    signals(&office, "lock", true);
    let (home, _other_device) = desk(&service, "ada");
    chooses(&home, "available", None);
    stays(&home, "available");
    let quit = does(&home, json!({ "change": "quit" }));
    let away = until_status(&office, "away");
    assert_eq!((&away["reason"]["source"], instant(&away["since"])), (&"lock".into(), quit));
}

#[test]
fn c18_g11_c11_a_secondary_out_of_office_outlasts_a_sign_out_as_its_primary_does() {
    let service = with_secondaries(&["ada", "grace"], "");
    let grace = Api::signed_in(&service, "grace");
    let (ada, device) = desk(&service, "ada");
    let end = now() + seconds(3600);
    chooses(&ada, "vacation", Some(end));
    assert_eq!(seen(&grace, "ada")["status"], "out_of_office");
    let quit = does(&ada, json!({ "change": "quit" }));
    let quit = quit..=now();
    drop(device);
    let gone = seen(&grace, "ada");
    assert_eq!((&gone["status"], &gone["color"]), (&"out_of_office_offline".into(), &"gray".into()));
    assert!(quit.contains(&instant(&gone["since"])), "{gone} {quit:?}");

    let _again = Device::connect(&ada);
    let back = ada.presence();
    assert_eq!((&back["status"], &back["reason"]["source"]), (&"vacation".into(), &"manual".into()));
    assert_eq!(instant(&back["until"]), end);
    let shown = seen(&grace, "ada");
    assert_eq!((&shown["status"], &shown["color"]), (&"out_of_office".into(), &"pink".into()));
}

#[test]
fn c18_g11_c11_a_secondary_out_of_office_whose_end_has_passed_is_not_kept() {
    let service = with_secondaries(&["ada", "grace"], "");
    let grace = Api::signed_in(&service, "grace");
    let (ada, device) = desk(&service, "ada");
    chooses(&ada, "vacation", Some(now() + seconds(2)));
    does(&ada, json!({ "change": "quit" }));
    drop(device);
    assert_eq!(seen(&grace, "ada")["status"], "out_of_office_offline");
    assert!(wait_until(SOON, || seen(&grace, "ada")["status"] == "offline"), "{}", seen(&grace, "ada"));
    let _again = Device::connect(&ada);
    assert_eq!(ada.presence()["status"], "available");
}

#[test]
fn c18_one_that_the_policy_names_itself_is_shown_as_that_says() {
    let own = "signed_out.shown_as = { out_of_office = \"out_of_office_offline\", vacation = \"offline\" }";
    let mut service = with_secondaries(&["ada", "grace"], "");
    service.stop();
    change_policy(&service, |policy| {
        let line = policy.lines().find(|line| line.starts_with("shown_as")).unwrap();
        policy.replace(line, own.trim_start_matches("signed_out."))
    });
    service.start_again();
    let grace = Api::signed_in(&service, "grace");
    let (ada, _device) = desk(&service, "ada");
    chooses(&ada, "vacation", None);
    does(&ada, json!({ "change": "quit" }));
    assert_eq!(seen(&grace, "ada")["status"], "offline");
}

#[test]
fn c18_a_lock_covers_a_secondary_status_as_it_does_the_primary_one() {
    let service = with_secondaries(&["ada"], "");
    let (ada, _device) = desk(&service, "ada");
    for (status, shown) in [("desk_work", "away"), ("customer_calls", "customer_calls")] {
        chooses(&ada, status, None);
        signals(&ada, "lock", true);
        assert_eq!(ada.presence()["status"], shown, "{}", ada.presence());
        signals(&ada, "lock", false);
        assert_eq!(ada.presence()["status"], status);
    }
}

/// What a follower was told of somebody.
fn told(device: &Device, name: &str) -> Vec<Value> {
    let people = device.said().into_iter().filter_map(|said| said.get("person").cloned());
    people.filter(|person| person["name"] == name).collect()
}

#[test]
fn g14_others_learn_neither_of_a_secondary_status_nor_that_it_changed() {
    let service = with_secondaries(&["ada", "grace"], "");
    let grace = Api::signed_in(&service, "grace");
    assert_eq!(grace.put("/v1/people/ada/favourite").status, 204);
    let follower = Device::connect(&grace);
    let (ada, _device) = desk(&service, "ada");
    chooses(&ada, "busy", None);
    let busy = instant(&ada.presence()["since"]);
    follower.hears("Busy", |said| said["person"]["presence"]["status"] == "busy");
    let before = told(&follower, "ada").len();
    for status in ["customer_calls", "busy", "customer_calls"] {
        chooses(&ada, status, None);
        assert_eq!(ada.presence()["status"], status);
        for path in ["/v1/people", "/v1/people/ada", "/v1/people?search=ada"] {
            let answer = grace.get(path);
            assert!(answer.status == 200 && !answer.body.contains("customer_calls"), "{path}: {answer:?}");
            assert!(answer.body.contains(r#""status":"busy""#), "{path}: {answer:?}");
        }
        assert_eq!(instant(&seen(&grace, "ada")["since"]), busy, "{status}");
    }
    // What follows is told, so what came before would have been, too.
    chooses(&ada, "meeting", None);
    follower.hears("Meeting", |said| said["person"]["presence"]["status"] == "meeting");
    let told = told(&follower, "ada");
    assert_eq!(told.len(), before + 1, "{told:?}");
    let said: Vec<_> = follower.said().into_iter().filter(|said| said.get("snapshot").is_none()).collect();
    assert!(!json!(said).to_string().contains("customer_calls"), "{said:?}");
}

#[test]
fn g14_nor_of_one_that_only_the_system_sets_or_whose_primary_has_no_entry() {
    let service = with_secondaries(&["ada", "grace"], "");
    let grace = Api::signed_in(&service, "grace");
    assert_eq!(grace.put("/v1/people/ada/favourite").status, 204);
    let follower = Device::connect(&grace);
    let (ada, _device) = desk(&service, "ada");
    does(&ada, json!({ "change": "claim", "source": "calendar", "status": "ward_round" }));
    assert_eq!(ada.presence()["status"], "ward_round");
    let shown = seen(&grace, "ada");
    assert_eq!((&shown["status"], &shown["color"]), (&"busy".into(), &"red".into()));
    follower.hears("Busy", |said| said["person"]["presence"]["status"] == "busy");
    chooses(&ada, "board", None);
    assert_eq!(ada.presence()["status"], "board");
    assert_eq!(seen(&grace, "ada")["status"], "conference");
    follower.hears("Conference", |said| said["person"]["presence"]["status"] == "conference");
    let people = json!(told(&follower, "ada")).to_string() + &grace.get("/v1/people").body;
    assert!(!people.contains("ward_round") && !people.contains("board"), "{people}");
}

#[test]
fn c22_a_status_that_the_policy_no_longer_has_stays_in_the_history_with_its_primary() {
    let mut service = with_secondaries(&["ada"], "");
    let (ada, device) = desk(&service, "ada");
    chooses(&ada, "lunch", None);
    let began = instant(&ada.presence()["since"]);
    chooses(&ada, "busy", None);
    drop(device);
    service.stop();
    change_policy(&service, |policy| policy[..policy.find("\n[[status]]\nid = \"lunch\"").unwrap()].to_owned());
    let lunch = |ada: &Api| {
        let history = ada.get("/v1/me/history").json();
        let found = history.as_array().unwrap().iter().find(|one| instant(&one["start"]) == began).cloned();
        found.unwrap_or_else(|| panic!("nothing began at {began}: {history}"))
    };
    for _ in 0..2 {
        service.start_again();
        let stretch = lunch(&ada);
        assert_eq!((&stretch["status"], &stretch["primary"]), (&"lunch".into(), &"meal".into()));
        // Another fact is judged by the policy of now, and leaves that one alone.
        chooses(&ada, "meeting", None);
        assert_eq!((lunch(&ada), ada.presence()["status"].clone()), (stretch, "meeting".into()));
        service.stop();
    }
    service.start_again();
    let gone = json!({ "change": "choose", "status": "lunch", "at": now().to_string() });
    let refused = ada.post("/v1/me/changes", &json!({ "changes": [gone] })).problem(422);
    assert!(refused.contains("no status “lunch”"), "{refused}");
}

#[test]
fn c22_what_ended_while_the_service_was_down_ended_by_the_policy_of_then() {
    let mut service = with_secondaries(&["ada"], "choices.after_timed = \"previous\"");
    let (ada, _device) = desk(&service, "ada");
    chooses(&ada, "busy", None);
    let end = now() + seconds(2);
    chooses(&ada, "meal", Some(end));
    service.stop();
    change_policy(&service, |policy| policy.replace("after_timed = \"previous\"", "after_timed = \"default\""));
    assert!(wait_until(SOON, || now() > end + seconds(1)));
    service.start_again();
    let history = ada.get("/v1/me/history").json();
    let after = history.as_array().unwrap().iter().find(|one| instant(&one["start"]) == end);
    assert_eq!(after.map(|one| &one["status"]), Some(&"busy".into()), "{history}");
}

#[test]
fn c10_g11_a_device_that_died_keeps_nothing_alive_over_a_quit() {
    let policy = "connection.grace_seconds = 2\nconnection.lost_seconds = 2\nconnection.ping_seconds = 1\nconnection.suspect_seconds = 1";
    let service = TeamService::start_with(&["ada", "grace"], policy);
    let (laptop, ada, grace) =
        (Api::signed_in(&service, "ada"), Api::signed_in(&service, "ada"), Api::signed_in(&service, "grace"));
    let died = Device::connect(&laptop);
    let desk = Device::connect(&ada);
    drop(died);
    std::thread::sleep(std::time::Duration::from_secs(4));
    chooses(&ada, "out_of_office", None);
    ada.change(&[json!({ "change": "quit" })]);
    drop(desk);
    assert_eq!(seen(&grace, "ada")["status"], "out_of_office_offline");
    // The next start is a sign-in (G01).
    let _desk = Device::connect(&ada);
    until_status(&ada, "available");
    chooses(&ada, "do_not_disturb", None);
    ada.change(&[json!({ "change": "quit" })]);
    let _again = Device::connect(&ada);
    until_status(&ada, "available");
}
