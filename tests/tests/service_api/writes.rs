//! Writes: each counts once, however often it arrives.

use e2e::TeamService;
use serde_json::{Value, json};

use super::api::{Answer, Api, changes_of};

#[track_caller]
fn keyed(api: &Api, path: &str, key: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    api.send("POST", path, &headers, &body.to_string())
}

#[test]
fn the_same_write_twice_counts_once() {
    let service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    let body = changes_of(&[json!({ "change": "message", "text": "Room 4" })]);
    let first = keyed(&api, "/v1/me/changes", "one", &body).json();
    api.say("Room 5");
    let state = (api.presence()["version"].clone(), api.get("/v1/me/history").body);
    let second = keyed(&api, "/v1/me/changes", "one", &body);
    assert_eq!((second.status, second.json()), (200, first));
    assert_eq!((api.presence()["version"].clone(), api.get("/v1/me/history").body), state);
    assert_eq!(api.presence()["message"], "Room 5");
}

#[test]
fn the_same_notification_twice_is_kept_once() {
    let service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    let notice = json!({ "kind": "call", "urgent": true, "text": "Call me", "from": "Grace" });
    let body = json!({ "held_as": "missed_call", "notice": notice });
    for _ in 0..2 {
        assert_eq!(keyed(&api, "/v1/me/held", "one", &body).status, 200);
    }
    assert_eq!(api.get("/v1/me/held").json().as_array().unwrap().len(), 1);
}

#[test]
fn a_key_is_not_taken_for_another_notification() {
    let service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    let body =
        |text| json!({ "held_as": "held", "notice": { "kind": "chat", "urgent": false, "text": text, "from": null } });
    assert_eq!(keyed(&api, "/v1/me/held", "one", &body("first")).status, 200);
    assert_eq!(keyed(&api, "/v1/me/held", "one", &body("first")).status, 200);
    keyed(&api, "/v1/me/held", "one", &body("second")).problem(422);
    let change = changes_of(&[json!({ "change": "message", "text": "Room 4" })]);
    assert_eq!(keyed(&api, "/v1/me/changes", "two", &change).status, 200);
    keyed(&api, "/v1/me/held", "two", &body("third")).problem(422);
    let held = api.get("/v1/me/held").json();
    assert_eq!((held.as_array().unwrap().len(), &held[0]["text"]), (1, &"first".into()));
    let long = json!({ "held_as": "held", "notice": { "kind": "chat", "urgent": false, "text": "x", "from": "f".repeat(201) } });
    assert!(api.post("/v1/me/held", &long).problem(422).contains("at most 200"));
}

#[test]
fn a_key_is_not_taken_for_another_write() {
    let service = TeamService::start(&["ada", "grace"]);
    let api = Api::signed_in(&service, "ada");
    let body = |text| changes_of(&[json!({ "change": "message", "text": text })]);
    assert_eq!(keyed(&api, "/v1/me/changes", "one", &body("Room 4")).status, 200);
    let detail = keyed(&api, "/v1/me/changes", "one", &body("Room 5")).problem(422);
    assert!(detail.contains("use a key of its own"), "{detail}");
    assert_eq!(api.presence()["message"], "Room 4");
    // Keys are each person's own.
    let other = Api::signed_in(&service, "grace");
    assert_eq!(keyed(&other, "/v1/me/changes", "one", &body("Room 5")).status, 200);
    for key in ["", &"k".repeat(101)] {
        keyed(&api, "/v1/me/changes", key, &body("Room 6")).problem(422);
    }
    assert_eq!(api.presence()["message"], "Room 4");
}

#[test]
fn the_same_write_after_a_restart_still_counts_once() {
    let mut service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    let body = changes_of(&[json!({ "change": "message", "text": "Room 4" })]);
    let first = keyed(&api, "/v1/me/changes", "one", &body).json();
    service.kill();
    service.start_again();
    assert_eq!(keyed(&api, "/v1/me/changes", "one", &body).json(), first);
    assert_eq!(api.presence()["version"], first["version"]);
}

#[test]
fn so_many_claims_hold_and_no_more() {
    let service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    let claim = json!({ "change": "claim", "source": "calendar", "status": "busy" });
    api.change(&vec![claim.clone(); 50]);
    let detail = api.post("/v1/me/changes", &changes_of(std::slice::from_ref(&claim))).problem(422);
    assert!(detail.contains("end one before the next"), "{detail}");
}
