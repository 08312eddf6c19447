//! A keyring that is away or locked while somebody is signed in: said in words, and gone by itself (D08, O08).

use std::time::Duration;

use e2e::{Desktop, Halo, KeyringPrompter, PASSWORD, SOON, TeamService, skip, wait_until};

use crate::support::{desk, resident, statuses};

/// Halo asks again at least so often.
const BY_ITSELF: Duration = Duration::from_secs(15);

#[track_caller]
fn connects_by_itself(halo: &Halo) -> serde_json::Value {
    halo.watch().until("connected", BY_ITSELF, |presence| presence["connection"] == "online")
}

/// Waits until the line of truth has these words.
#[track_caller]
fn until_said(halo: &Halo, words: &str) {
    let mut line = String::new();
    let said = wait_until(SOON, || {
        line = halo.line();
        line.contains(words)
    });
    assert!(said, "not said: “{words}”, but: {line}");
}

#[track_caller]
fn keyring_check(halo: &Halo) -> serde_json::Value {
    let checks = halo.json(&["doctor", "--json"]);
    checks.as_array().unwrap().iter().find(|check| check["part"] == "keyring").expect("a check").clone()
}

#[test]
fn d08_a_keyring_that_is_missing_at_the_start_is_said_and_found_once_it_comes() {
    let service = TeamService::start(&["ada"]);
    let (mut desktop, mut halo) = desk(&service, "ada");
    halo.log_out();
    desktop.stop_keyring();
    halo.start_again();
    until_said(&halo, "Your sign-in can’t be read: no keyring answers");
    assert_ne!(halo.status()["connection"], "online");
    assert_ne!(halo.status()["connection"], "signed_out", "there is nothing to sign in again for");
    let check = keyring_check(&halo);
    assert_eq!(check["state"], "failing", "{check}");

    // What is chosen meanwhile waits, through a crash as well.
    halo.set("busy --message Later");
    assert_eq!(halo.status()["asked"], "busy");
    halo.kill();
    halo.start_again();
    until_said(&halo, "no keyring answers");
    assert_eq!(halo.status()["asked"], "busy");

    let program = resident(&desktop);
    desktop.start_keyring().unwrap();
    connects_by_itself(&halo);
    let busy = halo.until_status("busy");
    assert_eq!((&busy["message"], busy.get("asked")), (&"Later".into(), None));
    assert_eq!(resident(&desktop), program, "it was not started anew");
    assert_eq!(keyring_check(&halo)["state"], "working");
    assert!(!halo.line().contains("keyring"), "{}", halo.line());
    assert_eq!(statuses(&halo).iter().filter(|status| *status == "busy").count(), 1);
}

#[test]
fn d08_a_keyring_whose_contents_are_away_at_the_start_ends_no_sign_in() {
    let service = TeamService::start(&["ada"]);
    let (mut desktop, mut halo) = desk(&service, "ada");
    halo.log_out();
    let [kept, aside] = ["keyrings", "aside"].map(|name| desktop.data_dir().join(name));
    let move_away = |desktop: &mut Desktop| {
        desktop.stop_keyring();
        std::fs::rename(&kept, &aside).unwrap();
        desktop.start_keyring().unwrap();
    };
    move_away(&mut desktop);
    halo.start_again();
    until_said(&halo, "The keyring has no sign-in for Halo yet; Halo keeps looking.");
    assert_eq!(halo.status()["connection"], "reconnecting");
    let check = keyring_check(&halo);
    assert_eq!(check["state"], "failing", "{check}");
    assert!(check["why"].as_str().unwrap().contains("does not hold the token"), "{check}");
    halo.set("busy --message Later");

    let program = resident(&desktop);
    desktop.stop_keyring();
    std::fs::remove_dir_all(&kept).unwrap();
    std::fs::rename(&aside, &kept).unwrap();
    desktop.start_keyring().unwrap();
    connects_by_itself(&halo);
    assert_eq!(halo.until_status("busy")["message"], "Later");
    assert_eq!(resident(&desktop), program, "it was not started anew");
    assert_eq!(keyring_check(&halo)["state"], "working");

    // A token that is lost for good: signing in again is not refused, and is the way out.
    halo.log_out();
    move_away(&mut desktop);
    halo.start_again();
    until_said(&halo, "Sign in again if it was lost.");
    halo.sign_in(&service, "ada");
}

#[test]
fn d08_where_there_is_no_keyring_yet_signing_in_has_the_desktop_help_to_make_one() {
    if !KeyringPrompter::is_installed() {
        return skip("no gcr-prompter is installed, with which GNOME's keyring asks for its password");
    }
    let service = TeamService::start(&["ada"]);
    let mut desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
    desktop.start_empty_keyring().unwrap();
    let _prompter = desktop.start_keyring_prompter().unwrap();
    let halo = Halo::start(&desktop);
    let said = std::thread::scope(|scope| {
        let signing_in = scope.spawn(|| halo.run_with(&["sign-in", &service.url(), "--name", "ada"], PASSWORD));
        assert!(wait_until(SOON, || desktop.type_new_keyring_password().is_ok()), "nobody is asked");
        signing_in.join().unwrap()
    });
    assert_eq!(said.code, 0, "{said:?}");
    halo.until_connected();
    assert_eq!(keyring_check(&halo)["state"], "working");
}

#[test]
fn d08_a_keyring_that_refuses_to_speak_is_not_called_missing() {
    let service = TeamService::start(&["ada"]);
    let desktop = Desktop::builder().session_bus(true).start().unwrap();
    let _keyring = desktop.start_refusing_keyring().unwrap();
    let halo = Halo::start(&desktop);
    let said = halo.run_with(&["sign-in", &service.url(), "--name", "ada"], PASSWORD);
    assert!(said.code == 1 && said.err.contains("a keyring answers, but refuses to speak with Halo"), "{said:?}");
    assert!(!said.err.contains("no keyring answers"), "{said:?}");
}

#[test]
fn d08_a_locked_keyring_is_said_as_locked_and_once_unlocked_it_connects() {
    if !KeyringPrompter::is_installed() {
        return skip("no gcr-prompter is installed, with which GNOME's keyring asks for its password");
    }
    let service = TeamService::start(&["ada"]);
    let desktop = Desktop::builder().display(true).keyring(true).start().unwrap();
    let mut halo = Halo::start(&desktop);
    halo.sign_in(&service, "ada");
    halo.log_out();
    desktop.lock_keyring().unwrap();
    // Nothing that could ask: GNOME's keyring tells this as if somebody had declined.
    halo.start_again();
    until_said(&halo, "The keyring is locked. Unlock it, and Halo connects by itself.");
    assert_ne!(halo.status()["connection"], "online");
    assert_eq!(keyring_check(&halo)["advice"], "unlock it: Halo then connects by itself");
    halo.set("meeting");
    assert_eq!(halo.status()["asked"], "meeting");

    // Somebody who can be asked: not by Halo again, which asked once.
    let _prompter = desktop.start_keyring_prompter().unwrap();
    std::thread::sleep(Duration::from_secs(6));
    assert!(!desktop.keyring_asks(), "asked again and again");
    assert!(halo.line().contains("The keyring is locked"), "{}", halo.line());

    // They unlock it for something else.
    let mut other = desktop.command("sh");
    other.args(["-c", "printf x | secret-tool store --label=other of another"]);
    let mut other = other.spawn().unwrap();
    assert!(wait_until(SOON, || desktop.keyring_asks()), "nobody is asked");
    let unlocked = wait_until(SOON, || {
        desktop.type_keyring_password().unwrap();
        wait_until(Duration::from_millis(500), || !matches!(other.try_wait(), Ok(None)))
    });
    assert!(unlocked, "the password does not unlock it");
    connects_by_itself(&halo);
    halo.until_status("meeting");
}

#[test]
fn d08_a_prompt_for_the_keyring_that_is_answered_late_connects_at_once() {
    if !KeyringPrompter::is_installed() {
        return skip("no gcr-prompter is installed, with which GNOME's keyring asks for its password");
    }
    let service = TeamService::start(&["ada"]);
    let desktop = Desktop::builder().display(true).keyring(true).start().unwrap();
    let _prompter = desktop.start_keyring_prompter().unwrap();
    let mut halo = Halo::start(&desktop);
    halo.sign_in(&service, "ada");
    halo.log_out();
    desktop.lock_keyring().unwrap();
    halo.start_again();
    assert!(wait_until(SOON, || desktop.keyring_asks()), "nobody is asked");
    // It answers while it waits for the person, and takes what they choose.
    assert_ne!(halo.status()["connection"], "online");
    halo.set("busy");
    assert_eq!(halo.status()["asked"], "busy");
    let connected = wait_until(SOON, || {
        desktop.type_keyring_password().unwrap();
        wait_until(Duration::from_millis(500), || halo.status()["connection"] == "online")
    });
    assert!(connected, "{}", halo.line());
    halo.until_status("busy");
}

#[test]
fn d08_a_sign_in_with_a_locked_keyring_is_refused_and_leaves_nothing_at_the_service() {
    let service = TeamService::start(&["ada"]);
    let desktop = Desktop::builder().keyring(true).start().unwrap();
    let halo = Halo::start(&desktop);
    halo.set("meeting");
    desktop.lock_keyring().unwrap();
    let said = halo.run_with(&["sign-in", &service.url(), "--name", "ada"], PASSWORD);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("Your sign-in can’t be saved:") && said.err.contains("keyring"), "{said:?}");
    assert!(said.err.ends_with("You can stay signed in until Halo ends. For that: add --this-run-only"), "{said:?}");
    let presence = halo.status();
    assert_eq!((&presence["status"], &presence["connection"]), (&"meeting".into(), &"embedded".into()));
    assert!(!desktop.data_dir().join("halo/account.toml").exists());
    let tokens = || {
        let database = rusqlite::Connection::open(service.file("data/halo.db")).unwrap();
        database.query_row("SELECT count(*) FROM tokens", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(tokens(), 0, "a sign-in that nobody holds");

    halo.sign_in_with(&service, "ada", &["--this-run-only"]);
    assert_eq!(tokens(), 1);
    let check = keyring_check(&halo);
    assert!(check["why"].as_str().unwrap().contains("for this run only"), "{check}");
}
