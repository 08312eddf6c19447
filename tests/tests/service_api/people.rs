//! Other people, each as far as one may see them.

use e2e::{SOON, TeamService, wait_until};
use serde_json::{Value, json};

use super::api::Api;

/// Ada and Grace in one group, Linus in another, and a supervisor.
fn two_groups() -> TeamService {
    let service = TeamService::start(&[]);
    for (name, group) in [("ada", "sales"), ("grace", "sales"), ("linus", "support")] {
        service.add(name, &["--group", group]);
    }
    service.add("boss", &["--role", "supervisor"]);
    service
}

fn names(people: &Value) -> Vec<&str> {
    people.as_array().unwrap().iter().map(|person| person["name"].as_str().unwrap()).collect()
}

#[test]
fn g16_f07_an_agent_sees_their_own_group_only() {
    let service = two_groups();
    let ada = Api::signed_in(&service, "ada");
    assert_eq!(names(&ada.get("/v1/people").json()), ["grace"]);
    assert_eq!(names(&ada.get("/v1/people?search=linus").json()), [""; 0]);
    assert_eq!(ada.get("/v1/people/grace").status, 200);
    for method in ["PUT", "DELETE"] {
        for what in ["favourite", "tell-when-free"] {
            let hidden = ada.send(method, &format!("/v1/people/linus/{what}"), &[], "").problem(404);
            let nobody = ada.send(method, &format!("/v1/people/nobody/{what}"), &[], "").problem(404);
            // One who may not be seen is told apart from nobody by nothing.
            assert_eq!(hidden.replace("linus", "nobody"), nobody);
        }
    }
    let hidden = ada.get("/v1/people/linus").problem(404);
    assert_eq!(hidden.replace("linus", "nobody"), ada.get("/v1/people/nobody").problem(404));
}

#[test]
fn g16_f07_a_supervisor_sees_everybody() {
    let service = two_groups();
    let boss = Api::signed_in(&service, "boss");
    let people = boss.get("/v1/people").json();
    let mut names = names(&people);
    names.sort_unstable();
    assert_eq!(names, ["ada", "grace", "linus"]);
    assert_eq!(boss.get("/v1/people/linus").json()["group"], "support");
}

#[test]
fn g16_one_persons_favourites_are_no_others() {
    let service = two_groups();
    let (ada, boss) = (Api::signed_in(&service, "ada"), Api::signed_in(&service, "boss"));
    assert_eq!(ada.put("/v1/people/grace/favourite").status, 204);
    assert_eq!(ada.put("/v1/people/grace/tell-when-free").status, 204);
    let marks = |api: &Api| {
        let grace = api.get("/v1/people/grace").json();
        (grace["favourite"].as_bool().unwrap(), grace["tell_when_free"].as_bool().unwrap())
    };
    assert_eq!((marks(&ada), marks(&boss)), ((true, true), (false, false)));
    assert_eq!(boss.delete("/v1/people/grace/favourite").status, 204);
    assert_eq!(ada.delete("/v1/people/grace/tell-when-free").status, 204);
    assert_eq!((marks(&ada), marks(&boss)), ((true, false), (false, false)));
}

#[test]
fn g14_others_see_the_primary_status_only() {
    let mut service = two_groups();
    service.stop();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/presence/policies/genesys.toml");
    let mut policy = std::fs::read_to_string(shipped).unwrap();
    policy.push_str(
        "\n[[status]]\nid = \"therapy\"\nprimary = \"busy\"\ncolor = \"red\"\nglyph = \"busy\"\nlabels = { en = \"Therapy\" }\n",
    );
    std::fs::write(service.file("policy.toml"), policy).unwrap();
    let config = format!("policy = {:?}\n", service.file("policy.toml"));
    std::fs::write(service.file("halo-service.toml"), config).unwrap();
    service.start_again();

    let ada = Api::signed_in(&service, "ada");
    let _stream = ada.connect();
    ada.change(&[json!({ "change": "choose", "status": "therapy" })]);
    let own = ada.presence();
    assert_eq!((&own["status"], &own["primary"]), (&"therapy".into(), &"busy".into()));
    for other in ["grace", "boss"] {
        let other = Api::signed_in(&service, other);
        for path in ["/v1/people", "/v1/people/ada", "/v1/people?search=ada"] {
            let answer = other.get(path);
            assert!(answer.body.contains(r#""status":"busy""#), "{path}: {answer:?}");
            assert!(!answer.body.contains("herapy"), "{path}: {answer:?}");
        }
    }
}

#[test]
fn c10_a_call_ends_with_the_lease_of_the_device_that_told_of_it() {
    let quick = "connection.ping_seconds = 1
        connection.lost_seconds = 3
        connection.suspect_seconds = 1";
    let service = TeamService::start_with(&["ada", "grace"], quick);
    let grace = Api::signed_in(&service, "grace");
    let [desk, laptop] = [(); 2].map(|()| Api::signed_in(&service, "ada"));
    let streams = [desk.connect(), laptop.connect()];
    let seen = || grace.get("/v1/people/ada").json()["presence"].clone();
    let seen_on_call = |on_call: bool| wait_until(SOON, || seen()["activity"]["on_call"] == on_call);
    laptop.change(&[json!({ "change": "call", "on": true })]);
    desk.change(&[json!({ "change": "activity", "on_call": true, "interactions": 2 })]);
    assert!(seen_on_call(true) && seen()["activity"]["interactions"] == 2, "{}", seen());
    let [on_desk, on_laptop] = streams;
    drop(on_desk);
    assert!(wait_until(SOON, || seen()["activity"]["interactions"] == 0), "{}", seen());
    assert!(seen_on_call(true), "the other device is on the call still: {}", seen());
    // Nothing reads what the service says to it any more, so it answers no ping: it died without a word.
    std::mem::forget(on_laptop);
    assert!(seen_on_call(false), "{}", seen());
    assert_eq!(seen()["status"], "offline");
}
