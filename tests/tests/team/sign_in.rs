//! Signing in and out: the token is in the keyring and nowhere else.

use e2e::{Desktop, Halo, PASSWORD, TeamService};

fn desktop() -> Desktop {
    Desktop::builder().keyring(true).start().unwrap()
}

#[test]
fn g01_signing_in_makes_the_person_available_on_the_service() {
    let service = TeamService::start(&["ada"]);
    let desktop = desktop();
    let halo = Halo::start(&desktop);
    halo.set("meeting");
    halo.sign_in(&service, "ada");
    let presence = halo.status();
    assert_eq!((&presence["status"], &presence["connection"]), (&"available".into(), &"online".into()));
    halo.set("busy");
    assert_eq!(halo.status()["status"], "busy");
}

#[test]
fn a_wrong_password_is_refused_in_words_and_changes_nothing() {
    let service = TeamService::start(&["ada"]);
    let desktop = desktop();
    let halo = Halo::start(&desktop);
    halo.set("meeting");
    let said = halo.run_with(&["sign-in", &service.url(), "--name", "ada"], "wrong password");
    assert_eq!((said.code, said.err.as_str()), (1, "halo: the name or the password is wrong"));
    let presence = halo.status();
    assert_eq!((&presence["status"], &presence["connection"]), (&"meeting".into(), &"embedded".into()));
}

#[test]
fn an_address_that_would_send_the_password_in_the_clear_is_refused() {
    let desktop = desktop();
    let halo = Halo::start(&desktop);
    let said = halo.run_with(&["sign-in", "http://presence.example", "--name", "ada"], PASSWORD);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("in the clear"), "{said:?}");
}

#[test]
fn d08_the_token_survives_a_restart_in_the_keyring_and_a_sign_out_deletes_it_everywhere() {
    let service = TeamService::start(&["ada"]);
    let desktop = desktop();
    let mut halo = Halo::start(&desktop);
    halo.sign_in(&service, "ada");
    assert!(keyring(&desktop).contains("ada@"), "{}", keyring(&desktop));
    halo.log_out();
    halo.start_again();
    halo.until_connected();
    assert_eq!(halo.json(&["devices", "--json"]).as_array().unwrap().len(), 1);
    halo.expect(&["sign-out"]);
    assert_eq!(halo.status()["connection"], "embedded");
    assert!(!keyring(&desktop).contains("ada@"), "{}", keyring(&desktop));
    assert!(!desktop.data_dir().join("halo/account.toml").exists());
    assert!(!desktop.data_dir().join("halo/outbox.db").exists());
}

#[test]
fn d08_without_a_keyring_the_person_may_stay_signed_in_for_this_run_only() {
    let service = TeamService::start(&["ada"]);
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    let said = halo.run_with(&["sign-in", &service.url(), "--name", "ada"], PASSWORD);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("--this-run-only"), "{said:?}");
    assert_eq!(halo.status()["connection"], "embedded");
    halo.sign_in_with(&service, "ada", &["--this-run-only"]);
    halo.set("meeting");
    // Started anew without ending: the sign-in goes from one program to the next.
    halo.expect(&["restart"]);
    halo.until_connected();
    assert_eq!(halo.status()["status"], "meeting");
    halo.quit();
    halo.start_again();
    assert_eq!(halo.status()["connection"], "embedded");
}

/// Every entry of the login keyring that is Halo's, without what it holds.
fn keyring(desktop: &Desktop) -> String {
    let found = desktop.command("secret-tool").args(["search", "--all", "service", "Halo"]).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&found.stderr) + text(&found.stdout).as_str()
}

/// What the window calls the person, and their initials.
#[track_caller]
fn named(desktop: &Desktop) -> [String; 2] {
    use std::io::{BufRead as _, BufReader, Write as _};
    let mut socket = std::os::unix::net::UnixStream::connect(desktop.runtime_dir().join("halo/socket")).unwrap();
    socket.write_all(b"{\"halo\":1,\"request\":\"window\"}\n").unwrap();
    let mut line = String::new();
    BufReader::new(socket).read_line(&mut line).unwrap();
    let view: serde_json::Value = serde_json::from_str(&line).unwrap();
    ["person", "initials"].map(|key| view["window"][key].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_person_has_one_name_which_is_their_teams() {
    let service = TeamService::start(&[]);
    service.add("hanna", &["--group", "team", "--label", "Hanna Virtanen"]);
    let desktop = Desktop::builder().keyring(true).start().unwrap();
    let halo = Halo::start(&desktop);
    halo.expect(&["config", "name", "Nobody Else"]);
    assert_eq!(named(&desktop), ["Nobody Else", "NE"]);
    halo.sign_in(&service, "hanna");
    assert_eq!(named(&desktop), ["Hanna Virtanen", "HV"]);
}
