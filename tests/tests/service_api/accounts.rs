//! Passwords and accounts: guessing is slow, and what an administrator changes holds at once.

use std::time::Duration;

use e2e::{PASSWORD, SOON, TeamService, wait_until};

use super::api::Api;
use super::device::Device;

#[test]
fn after_five_wrong_passwords_a_name_has_to_wait_and_others_do_not() {
    let service = TeamService::start(&["ada", "grace"]);
    let api = Api::of(&service);
    for _ in 0..5 {
        let detail = api.sign_in("ada", "a wrong password").problem(401);
        assert_eq!(detail, "the name or the password is wrong");
    }
    for password in ["a wrong password", PASSWORD] {
        let answer = api.sign_in("ada", password);
        let detail = answer.problem(429);
        let seconds: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=15).contains(&seconds), "{answer:?}");
        assert!(detail.contains(&format!("try again in {seconds} seconds")), "{detail}");
    }
    assert_eq!(api.sign_in("grace", PASSWORD).status, 200);
}

/// A service behind a proxy on the same machine.
fn behind_a_proxy(people: &[&str]) -> TeamService {
    let mut service = TeamService::start(people);
    service.stop();
    let mut command = service.command(&["serve"]);
    command.env("HALO_SERVICE_TRUSTED_PROXIES", "127.0.0.1");
    service.start_as(command);
    service
}

/// A sign-in that came through a proxy from an address.
#[track_caller]
fn sign_in_from(api: &Api, address: &str, name: &str, password: &str) -> u16 {
    let body = serde_json::json!({ "name": name, "password": password, "device": "a test" }).to_string();
    let headers = [("content-type", "application/json"), ("x-forwarded-for", address)];
    api.send("POST", "/v1/sign-in", &headers, &body).status
}

#[test]
fn nobody_is_locked_out_by_somebody_else_who_guesses() {
    let service = behind_a_proxy(&["ada"]);
    let api = Api::of(&service);
    for _ in 0..7 {
        sign_in_from(&api, "192.0.2.1", "ada", "a wrong password");
    }
    assert_eq!(sign_in_from(&api, "192.0.2.1", "ada", PASSWORD), 429);
    assert_eq!(sign_in_from(&api, "192.0.2.2", "ada", PASSWORD), 200);
    // What somebody says of where they are counts for nothing.
    assert_eq!(sign_in_from(&api, "192.0.2.9, 192.0.2.1", "ada", PASSWORD), 429);
}

#[test]
fn without_a_proxy_a_made_up_address_is_no_way_around() {
    let service = TeamService::start(&["ada"]);
    let api = Api::of(&service);
    for n in 0..5 {
        assert_eq!(sign_in_from(&api, &format!("192.0.2.{n}"), "ada", "a wrong password"), 401);
    }
    assert_eq!(sign_in_from(&api, "192.0.2.77", "ada", "a wrong password"), 429);
}

#[test]
fn many_guesses_at_once_are_no_more_than_five() {
    let service = TeamService::start(&["ada"]);
    let guess = || Api::of(&service).sign_in("ada", "a wrong password").status;
    let statuses: Vec<_> = std::thread::scope(|scope| {
        let guesses: Vec<_> = (0..20).map(|_| scope.spawn(guess)).collect();
        guesses.into_iter().map(|guess| guess.join().unwrap()).collect()
    });
    let wrong = statuses.iter().filter(|status| **status == 401).count();
    let refused = statuses.iter().filter(|status| **status == 429).count();
    assert_eq!((wrong, refused), (5, 15), "{statuses:?}");
}

#[test]
fn a_wrong_name_is_answered_as_a_wrong_password_is() {
    let service = TeamService::start(&["ada"]);
    let api = Api::of(&service);
    let (name, password) = (api.sign_in("nobody", PASSWORD), api.sign_in("ada", "a wrong password"));
    assert_eq!((name.problem(401), name.body), (password.problem(401), password.body));
}

#[test]
fn another_password_ends_every_sign_in_at_once() {
    let service = TeamService::start(&["ada", "grace"]);
    let (here, there) = (Api::signed_in(&service, "ada"), Api::signed_in(&service, "ada"));
    let other = Api::signed_in(&service, "grace");
    let said = service.run_with(&["user", "password", "ada"], "another long password");
    assert_eq!((said.code, said.out.as_str()), (0, "ada has to sign in again everywhere"), "{said:?}");
    assert_eq!((here.is_signed_in(), there.is_signed_in(), other.is_signed_in()), (false, false, true));
    here.sign_in("ada", PASSWORD).problem(401);
    assert_eq!(here.sign_in("ada", "another long password").status, 200);
}

#[test]
fn a_person_who_is_removed_is_gone_at_once() {
    let service = TeamService::start(&["ada", "grace"]);
    let (ada, grace) = (Api::signed_in(&service, "ada"), Api::signed_in(&service, "grace"));
    let _stream = ada.connect();
    ada.say("still here");
    assert_eq!(grace.put("/v1/people/ada/favourite").status, 204);
    let said = service.run_with(&["user", "remove", "ada"], "");
    assert_eq!(said.code, 0, "{said:?}");
    assert!(!ada.is_signed_in());
    ada.sign_in("ada", PASSWORD).problem(401);
    assert_eq!(grace.get("/v1/people").body, "[]");
    grace.get("/v1/people/ada").problem(404);
    // One of the same name later has nothing of hers.
    service.add("ada", &["--group", "team"]);
    let another = Api::signed_in(&service, "ada");
    assert_eq!(another.presence()["message"], serde_json::Value::Null);
    assert!(!another.get("/v1/me/history").body.contains("still here"));
    assert_eq!(grace.get("/v1/people/ada").json()["favourite"], false);
}

#[test]
fn mistakes_of_an_administrator_are_refused_in_words_and_change_nothing() {
    let service = TeamService::start(&["ada"]);
    let ada = Api::signed_in(&service, "ada");
    for (arguments, input, words) in [
        (["user", "add", "ada"], PASSWORD, "“user set ada” changes that account"),
        (["user", "set", "ada"], "", "say what to change: --role"),
        (["user", "add", "grace"], "short", "too short or too long: use 8 characters at least"),
        (["user", "add", "grace"], "", "too short or too long: use 8 characters at least"),
        (["user", "add", "two\nlines"], PASSWORD, "line"),
        (["user", "add", ""], PASSWORD, "name"),
        (["user", "password", "ada"], "short", "too short or too long: use 8 characters at least"),
        (["user", "password", "nobody"], PASSWORD, "no one is named “nobody”"),
        (["user", "remove", "nobody"], "", "nobody"),
    ] {
        let said = service.run_with(&arguments, input);
        assert!(said.code == 1 && said.err.contains(words) && said.out.is_empty(), "{arguments:?}: {said:?}");
    }
    assert!(ada.is_signed_in());
    assert_eq!(service.run_with(&["user", "list"], "").out, "ada\tada\tagent\tteam");
    assert_eq!(ada.sign_in("ada", PASSWORD).status, 200);
}

#[test]
fn the_list_of_accounts_names_everybody_and_no_password() {
    let service = TeamService::start(&["ada"]);
    service.add("boss", &["--label", "Grace Hopper", "--role", "supervisor"]);
    let said = service.run_with(&["user", "list"], "");
    assert_eq!(said.out, "ada\tada\tagent\tteam\nboss\tGrace Hopper\tsupervisor");
}

#[test]
fn what_an_administrator_changes_of_an_account_holds_at_once() {
    let service = TeamService::start(&[]);
    for (name, group) in [("ada", "sales"), ("grace", "sales"), ("linus", "support")] {
        service.add(name, &["--group", group]);
    }
    let (ada, grace, linus) =
        (Api::signed_in(&service, "ada"), Api::signed_in(&service, "grace"), Api::signed_in(&service, "linus"));
    assert_eq!(grace.put("/v1/people/ada/favourite").status, 204);
    let (own, watcher) = (Device::connect(&ada), Device::connect(&grace));
    let said = service.run_with(&["user", "set", "ada", "--group", "support", "--label", "Ada King"], "");
    assert_eq!((said.code, said.out.as_str()), (0, "ada\tAda King\tagent\tsupport"), "{said:?}");
    // Her own devices take a new snapshot; who may not see her any more forgets her.
    own.ends_within(Duration::from_secs(3));
    watcher.hears("that she is gone", |said| said["forget"] == "ada");
    grace.get("/v1/people/ada").problem(404);
    assert_eq!(linus.get("/v1/people/ada").json()["label"], "Ada King");
    let snapshot = Device::connect(&ada).hears("it", |said| said.get("snapshot").is_some());
    assert_eq!(snapshot["snapshot"]["person"]["group"], "support");

    assert_eq!(grace.get("/v1/people/linus").status, 404);
    assert_eq!(service.run_with(&["user", "set", "grace", "--role", "supervisor", "--no-group"], "").code, 0);
    assert_eq!(grace.get("/v1/people/linus").status, 200);
    let list = service.run_with(&["user", "list", "--json"], "").out;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!((&list[1]["role"], &list[1]["group"]), (&"supervisor".into(), &serde_json::Value::Null), "{list}");
    assert_eq!(service.run_with(&["user", "set", "nobody", "--no-group"], "").code, 1);
}

#[test]
fn a_label_or_a_group_that_would_change_how_others_read_is_refused() {
    let service = TeamService::start(&["ada"]);
    let refused = |arguments: &[&str], words: &str| {
        let said = service.run_with(arguments, PASSWORD);
        assert!(said.code == 1 && said.err.contains(words), "{arguments:?}: {said:?}");
    };
    let forged = "Grace\nboss\tBoss\tAvailable\u{1b}[31m";
    for words in [forged, "ecarG\u{202e}", ""] {
        refused(&["user", "add", "grace", "--label", words], "the label must be one line");
        refused(&["user", "set", "ada", "--label", words], "the label must be one line");
        refused(&["user", "set", "ada", "--group", words], "the group must be one line");
    }
    refused(&["user", "set", "ada", "--label", &"a".repeat(101)], "at most 100 are kept");
    assert!(!service.run_with(&["user", "list"], "").out.contains("grace"));
}

#[test]
fn whoever_follows_somebody_who_is_removed_is_told_and_nobody_else() {
    let service = TeamService::start(&["ada", "grace", "kay"]);
    let (grace, kay) = (Api::signed_in(&service, "grace"), Api::signed_in(&service, "kay"));
    assert_eq!(grace.put("/v1/people/ada/favourite").status, 204);
    let (follows, does_not) = (Device::connect(&grace), Device::connect(&kay));
    assert_eq!(service.run_with(&["user", "remove", "ada"], "").code, 0);
    follows.hears("that ada is gone", |said| said["forget"] == "ada");
    assert!(!does_not.said().iter().any(|said| said.to_string().contains("\"ada\"")), "{:?}", does_not.said());
}

#[test]
fn another_password_ends_the_session_of_a_device_that_is_not_there() {
    let policy = "connection.grace_seconds = 1\nconnection.lost_seconds = 2\nconnection.ping_seconds = 1\nconnection.suspect_seconds = 1";
    let service = TeamService::start_with(&["ada", "grace"], policy);
    let (dead, grace) = (Api::signed_in(&service, "ada"), Api::signed_in(&service, "grace"));
    drop(dead.connect());
    let seen = || grace.get("/v1/people/ada").json()["presence"].clone();
    assert!(wait_until(SOON, || seen()["status"] == "offline"), "{}", seen());
    let _listens = Device::connect(&grace);
    assert_eq!(service.run_with(&["user", "password", "ada"], "another password").code, 0);
    assert!(wait_until(SOON, || service.log().contains("a sign-in has ended")), "{}", service.log());
    let mut again = Api::of(&service);
    let signed_in = again.sign_in("ada", "another password").json();
    again.token = signed_in["token"].as_str().map(str::to_owned);
    let device = Device::connect(&again);
    let snapshot = device.hears("the snapshot", |said| said.get("snapshot").is_some());
    let sessions = snapshot["snapshot"]["state"]["sessions"].as_object().unwrap();
    assert_eq!(sessions.len(), 1, "{sessions:?}");
}
