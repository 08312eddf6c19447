//! Who is let in: nobody without a token, and nobody to what is another's.

use e2e::TeamService;
use serde_json::{Value, json};

use super::api::{Answer, Api};

/// Each call of the description that needs a token: its method, and its path with names in it.
fn guarded() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json")).unwrap();
    let description: Value = serde_json::from_str(&text).unwrap();
    let mut calls = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, call) in methods.as_object().unwrap() {
            // `security: [{}]` lets everybody in.
            if call["security"] != json!([{}]) {
                let path = path.replace("{id}", "this").replace("{name}", "grace");
                calls.push((method.to_uppercase(), path));
            }
        }
    }
    assert!(calls.len() >= 20, "{calls:?}");
    calls
}

/// Asks for everything that needs a token.
fn ask_everything(api: &Api, check: impl Fn(&Answer, &str)) {
    for (method, path) in guarded() {
        let answer = api.send(&method, &path, &[("content-type", "application/json")], "{}");
        check(&answer, &format!("{method} {path}"));
    }
}

#[track_caller]
fn refused_everywhere(api: &Api, kind: &str) {
    ask_everything(api, |answer, call| {
        assert_eq!(answer.status, 401, "{call}: {answer:?}");
        answer.problem(401);
        assert_eq!(answer.json()["type"], format!("/problems/{kind}"), "{call}");
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{call}");
    });
}

#[test]
fn no_call_is_answered_without_a_token() {
    let service = TeamService::start(&["ada"]);
    refused_everywhere(&Api::of(&service), "no-token");
    let answer = Api::of(&service).send("GET", "/v1/me", &[("authorization", "Basic YWRhOmFkYQ==")], "");
    answer.problem(401);
}

#[test]
fn no_call_is_answered_to_a_token_that_was_made_up() {
    let service = TeamService::start(&["ada"]);
    let mut api = Api::of(&service);
    for token in ["x", "' OR 1=1 --", "WYf8-oMLkUq9eoh4zl-Vb_xqahjBSxcnYIDQnFhI6rc"] {
        api.token = Some(token.to_owned());
        refused_everywhere(&api, "token-ended");
    }
}

#[test]
fn no_call_is_answered_to_a_device_that_was_signed_out() {
    let service = TeamService::start(&["ada"]);
    let (here, there) = (Api::signed_in(&service, "ada"), Api::signed_in(&service, "ada"));
    assert_eq!(here.delete(&format!("/v1/me/devices/{}", there.device)).status, 204);
    refused_everywhere(&there, "token-ended");
    assert!(here.is_signed_in());
    assert_eq!(here.delete("/v1/me/devices/this").status, 204);
    refused_everywhere(&here, "token-ended");
}

#[test]
fn no_call_is_answered_to_a_token_that_ran_out() {
    let service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    assert!(api.is_signed_in());
    let log = rusqlite::Connection::open(service.file("data/halo.db")).unwrap();
    log.execute("UPDATE tokens SET ends = ?1", [jiff::Timestamp::now().as_millisecond()]).unwrap();
    refused_everywhere(&api, "token-ended");
    assert!(Api::signed_in(&service, "ada").is_signed_in());
}

#[test]
fn a_renewed_token_takes_the_place_of_the_one_before() {
    let service = TeamService::start(&["ada"]);
    let mut api = Api::signed_in(&service, "ada");
    let renewed = api.post("/v1/token", &json!({})).json();
    // The one before goes on for a few minutes: an answer may be lost on its way.
    assert!(api.is_signed_in());
    let before = api.token.replace(renewed["token"].as_str().unwrap().to_owned());
    assert!(api.is_signed_in());
    assert_ne!(before, api.token);
    assert_eq!(api.get("/v1/me").json()["expires_at"], renewed["expires_at"]);
    assert_eq!(api.get("/v1/me/devices").json().as_array().unwrap().len(), 1);
}

#[test]
fn nothing_of_one_person_is_reachable_by_another() {
    let service = TeamService::start(&[]);
    service.add("ada", &["--group", "team"]);
    service.add("grace", &["--group", "others"]);
    service.add("boss", &["--role", "supervisor"]);
    let (ada, grace, boss) =
        (Api::signed_in(&service, "ada"), Api::signed_in(&service, "grace"), Api::signed_in(&service, "boss"));
    let _stream = ada.connect();
    ada.say("ada's own words");
    let notice = json!({ "kind": "chat", "urgent": false, "text": "ada's own mail", "from": null });
    assert_eq!(ada.post("/v1/me/held", &json!({ "held_as": "held", "notice": notice })).status, 200);

    for other in [&grace, &boss] {
        let detail = other.delete(&format!("/v1/me/devices/{}", ada.device)).problem(404);
        assert!(detail.contains("list of your devices"), "{detail}");
        for path in ["/v1/me", "/v1/me/presence", "/v1/me/history", "/v1/me/held", "/v1/me/devices"] {
            let answer = other.get(path);
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
            // As a word: the numbers of devices are written with letters, too.
            let hers =
                answer.body.split(|c: char| !c.is_alphanumeric()).any(|word| word == "ada" || word == ada.device);
            assert!(!hers, "{path}: {answer:?}");
        }
        // Numbers of things held are those of the whole service: only one's own are meant.
        assert_eq!(other.post("/v1/me/held/told", &json!({ "up_to": 1000 })).status, 200);
        assert_eq!(other.delete("/v1/me/held?up_to=1000").status, 204);
        assert_eq!(other.delete("/v1/me/history").status, 204);
    }
    let held = ada.get("/v1/me/held").json();
    assert_eq!((&held[0]["text"], &held[0]["told"]), (&"ada's own mail".into(), &false.into()));
    assert_eq!(ada.presence()["message"], "ada's own words");
    assert!(ada.get("/v1/me/history").body.contains("ada's own words"));
    assert!(ada.is_signed_in());
}

#[test]
fn health_and_the_description_are_answered_to_everybody() {
    let service = TeamService::start(&["ada"]);
    let api = Api::of(&service);
    assert_eq!((api.get("/health/live").body.as_str(), api.get("/health/ready").body.as_str()), ("live\n", "ready\n"));
    let described = api.get("/openapi.json").json();
    assert_eq!(described["openapi"], "3.1.0");
}

#[test]
fn metrics_count_and_name_nobody() {
    let service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    api.say("some secret words");
    assert_eq!(api.get("/v1/people/ada").status, 404);
    assert_eq!(api.get("/v1/people?search=ada").status, 200);
    assert_eq!(api.sign_in("ada", "a wrong password").status, 401);
    assert_eq!(api.send("ADA", "/v1/me", &[], "").status, 405);
    // On a listener of their own, which no proxy shows to the world.
    Api::of(&service).get("/metrics").problem(404);
    let answer = Api::at(&service.metrics_url(), reqwest::Client::builder()).get("/metrics");
    assert!(answer.header("content-type").starts_with("application/openmetrics-text"), "{answer:?}");
    let text = answer.body;
    // The message, and before it the policy that is in force.
    assert!(text.contains("halo_facts_total 2\n") && text.contains("halo_refused_sign_ins_total 1\n"), "{text}");
    assert!(text.contains(r#"route="/v1/people/{name}",method="GET",status="404""#), "{text}");
    assert!(text.ends_with("# EOF\n"), "{text}");
    for word in ["ada", "ADA", "secret", &api.device] {
        assert!(!text.contains(word), "{word}: {text}");
    }
}
