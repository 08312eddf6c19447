//! Input that is wrong: refused in words that say what to do, and nothing is changed.

use e2e::TeamService;
use serde_json::{Value, json};

use super::api::{Answer, Api, changes_of};

const JSON: (&str, &str) = ("content-type", "application/json");

/// Asks for what can't be, and sees that nothing of it was done.
#[track_caller]
fn refused(api: &Api, ask: impl FnOnce(&Api) -> Answer, status: u16, words: &str) {
    let before = api.presence();
    let detail = ask(api).problem(status);
    assert!(detail.contains(words), "{detail}");
    let after = api.presence();
    assert_eq!((&after["version"], &after["message"]), (&before["version"], &before["message"]));
}

#[track_caller]
fn refused_change(api: &Api, change: Value, words: &str) {
    // The first of the two is in order, and is not recorded without the other.
    let body = changes_of(&[json!({ "change": "message", "text": "of two" }), change]);
    refused(api, |api| api.post("/v1/me/changes", &body), 422, words);
}

fn ada() -> (TeamService, Api) {
    let service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    api.say("as it was");
    (service, api)
}

#[test]
fn changes_that_cannot_be_are_refused_in_words() {
    let (_service, api) = ada();
    refused_change(&api, json!({ "change": "choose", "status": "sleeping" }), "use an id of the policy's catalogue");
    refused_change(&api, json!({ "change": "choose", "status": "on_queue" }), "choose one of");
    refused_change(&api, json!({ "change": "message", "text": "m".repeat(501) }), "at most 500");
    refused_change(&api, json!({ "change": "message", "text": "two\nlines" }), "one line");
    refused_change(&api, json!({ "change": "dance" }), "dance");
    refused_change(&api, json!({ "change": "choose" }), "status");
    refused_change(&api, json!({ "change": "claim", "source": "manual", "status": "busy" }), "call, calendar");
    let (from, to) = ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z");
    let correction = json!({ "change": "correct", "from": from, "to": to, "status": "busy", "reason": "so" });
    refused_change(&api, correction, "`from` before `to`");
    refused(&api, |api| api.post("/v1/me/changes", &json!({ "changes": [] })), 422, "1 to 100");
    let many: Vec<_> = (0..101).map(|_| json!({ "change": "back" })).collect();
    refused(&api, |api| api.post("/v1/me/changes", &changes_of(&many)), 422, "1 to 100");
    let undated = json!({ "changes": [{ "change": "back" }] });
    refused(&api, |api| api.post("/v1/me/changes", &undated), 422, "at");
    let unknown = json!({ "changes": [], "more": 1 });
    refused(&api, |api| api.post("/v1/me/changes", &unknown), 422, "more");
}

#[test]
fn bodies_that_cannot_be_read_are_refused_in_words() {
    let (_service, api) = ada();
    for path in ["/v1/me/changes", "/v1/me/held", "/v1/me/held/told", "/v1/sign-in"] {
        refused(&api, |api| api.send("POST", path, &[JSON], "{\"chan"), 400, "JSON");
        refused(&api, |api| api.send("POST", path, &[JSON], ""), 400, "JSON");
        refused(&api, |api| api.send("POST", path, &[JSON], "[]"), 422, "");
        refused(&api, |api| api.send("POST", path, &[("content-type", "text/plain")], "{}"), 415, "application/json");
        refused(&api, |api| api.send("POST", path, &[], "{}"), 415, "application/json");
        let large = format!("\"{}\"", "x".repeat(256 * 1024));
        refused(&api, |api| api.send("POST", path, &[JSON], &large), 413, "256 KiB");
    }
}

#[test]
fn what_stands_behind_the_question_mark_is_checked() {
    let (_service, api) = ada();
    for (path, words) in [
        ("/v1/me/history?limit=0", "limit is 1 to 1000"),
        ("/v1/me/history?limit=1001", "limit is 1 to 1000"),
        ("/v1/me/history?limit=-1", "limit"),
        ("/v1/me/history?since=yesterday", "since"),
        ("/v1/me/history?sinse=2026-01-01T00:00:00Z", "sinse"),
        ("/v1/people?name=ada", "name"),
    ] {
        refused(&api, |api| api.get(path), 422, words);
    }
    let long = format!("/v1/people?search={}", "s".repeat(101));
    refused(&api, |api| api.get(&long), 422, "at most 100");
    refused(&api, |api| api.delete("/v1/me/held"), 422, "up_to");
    refused(&api, |api| api.delete("/v1/me/held?up_to=18446744073709551615"), 422, "at most");
}

#[test]
fn paths_and_methods_that_are_not_there_are_answered_in_words() {
    let (_service, api) = ada();
    for path in ["/", "/v1", "/v1/me/", "/v2/me", "/v1/people/ada/dance", "/../etc/passwd", "/v1/me/presence/%00"] {
        refused(&api, |api| api.get(path), 404, "/openapi.json");
    }
    for (method, path) in [("PUT", "/v1/me"), ("DELETE", "/v1/people/ada"), ("TRACE", "/v1/me"), ("DANCE", "/v1/me")] {
        refused(&api, |api| api.send(method, path, &[], ""), 405, "/openapi.json");
    }
    refused(&api, |api| api.get("/v1/people/%FF"), 400, "UTF-8");
    refused(&api, |api| api.delete("/v1/me/devices/%FF"), 400, "UTF-8");
    refused(&api, |api| api.put("/v1/people/%FF/favourite"), 400, "UTF-8");
    refused(&api, |api| api.get("/v1/people/%00"), 404, "no one is named");
    refused(&api, |api| api.get("/v1/me/stream"), 400, "");
}

#[test]
fn a_sign_in_that_is_no_sign_in_is_refused_in_words() {
    let (_service, api) = ada();
    let long = "n".repeat(101);
    for (name, password, device, words) in [
        ("", "correct horse battery", "a", "the name has 1 to 100"),
        ("   ", "correct horse battery", "a", "the name has 1 to 100"),
        (&long, "correct horse battery", "a", "the name has 1 to 100"),
        ("ada\nking", "correct horse battery", "a", "in one line"),
        ("ada", "", "a", "the password has 1 to 1000"),
        ("ada", &"p".repeat(1001), "a", "the password has 1 to 1000"),
        ("ada", "correct horse battery", "", "the device has 1 to 100"),
        ("ada", "correct horse battery", &long, "the device has 1 to 100"),
        ("ada", "correct horse battery", "two\nlines", "in one line"),
    ] {
        let body = json!({ "name": name, "password": password, "device": device });
        refused(&api, |api| api.post("/v1/sign-in", &body), 422, words);
    }
    assert_eq!(api.get("/v1/me/devices").json().as_array().unwrap().len(), 1);
}
