//! Passwords and accounts: guessing is slow, and what an administrator changes holds at once.

use e2e::{PASSWORD, TeamService};

use super::api::Api;

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
    assert_eq!((said.code, said.out.as_str()), (0, "ada has to sign in anew everywhere"), "{said:?}");
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
        (["user", "add", "ada"], PASSWORD, "there is somebody named “ada” already"),
        (["user", "add", "grace"], "short", "too short: use at least"),
        (["user", "add", "grace"], "", "too short: use at least"),
        (["user", "add", "two\nlines"], PASSWORD, "line"),
        (["user", "add", ""], PASSWORD, "name"),
        (["user", "password", "ada"], "short", "too short: use at least"),
        (["user", "password", "nobody"], PASSWORD, "there is nobody named “nobody”"),
        (["user", "remove", "nobody"], "", "nobody"),
    ] {
        let said = service.run_with(&arguments, input);
        assert!(said.code == 1 && said.err.contains(words) && said.out.is_empty(), "{arguments:?}: {said:?}");
    }
    assert!(ada.is_signed_in());
    assert_eq!(service.run_with(&["user", "list"], "").out, "ada\tada\tAgent\tteam");
    assert_eq!(ada.sign_in("ada", PASSWORD).status, 200);
}

#[test]
fn the_list_of_accounts_names_everybody_and_no_password() {
    let service = TeamService::start(&["ada"]);
    service.add("boss", &["--label", "Grace Hopper", "--role", "supervisor"]);
    let said = service.run_with(&["user", "list"], "");
    assert_eq!(said.out, "ada\tada\tAgent\tteam\nboss\tGrace Hopper\tSupervisor");
}
