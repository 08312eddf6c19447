//! How the service starts and ends: alone, politely, and without losing what it acknowledged.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use e2e::{SOON, TeamService, wait_until};
use rustix::process::{Pid, Signal, kill_process};

use super::api::Api;

/// A program that is ended with the test.
pub struct Ended(pub Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a program that is to end by itself, soon; its exit code and what it said.
fn ends(command: &mut Command) -> (Option<i32>, String) {
    let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = Ended(started.unwrap());
    let ended = wait_until(Duration::from_secs(10), || !matches!(child.0.try_wait(), Ok(None)));
    assert!(ended, "it goes on");
    let mut said = String::new();
    std::io::Read::read_to_string(child.0.stderr.as_mut().unwrap(), &mut said).unwrap();
    (child.0.wait().unwrap().code(), said)
}

#[test]
fn a_second_service_on_the_same_data_is_refused_in_words() {
    let service = TeamService::start(&["ada"]);
    let (code, said) = ends(service.command(&["serve"]).env("HALO_SERVICE_LISTEN", "127.0.0.1:0"));
    assert!(code == Some(1) && said.contains("runs on") && said.contains("end it first"), "{code:?} {said}");
    assert!(Api::signed_in(&service, "ada").is_signed_in());
}

#[test]
fn an_address_that_is_taken_is_refused_in_words() {
    let service = TeamService::start(&["ada"]);
    let (code, said) = ends(service.command(&["serve"]).env("HALO_SERVICE_DATA", service.file("other")));
    assert!(code == Some(1) && said.contains("is another program there?"), "{code:?} {said}");
}

#[test]
fn an_address_that_others_reach_is_refused_without_tls() {
    let mut service = TeamService::start(&["ada"]);
    service.stop();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:7443"] {
        let (code, said) = ends(service.command(&["serve"]).env("HALO_SERVICE_LISTEN", address));
        assert!(code == Some(1) && said.contains("set tls_certificate and tls_key"), "{code:?} {said}");
    }
}

#[test]
fn a_configuration_that_is_not_in_order_is_refused_in_words() {
    let mut service = TeamService::start(&["ada"]);
    service.stop();
    let config = service.file("halo-service.toml");
    for (text, words) in [
        ("listen = ", "has an error"),
        ("lisen = '127.0.0.1:1'", "lisen"),
        ("token_days = 0", "token_days is 1 to 365"),
        ("token_days = 70000", "token_days"),
        ("tls_key = 'key.pem'", "TLS needs both"),
        ("policy = '/no/such/policy.toml'", "/no/such/policy.toml can't be read"),
    ] {
        std::fs::write(&config, text).unwrap();
        let (code, said) = ends(&mut service.command(&["serve"]));
        assert!(code == Some(1) && said.contains(words), "{text}: {code:?} {said}");
    }
}

#[test]
fn asked_to_end_it_ends_within_five_seconds_with_connections_open() {
    let mut service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    service.stop();
    let mut command = service.command(&["serve"]);
    let mut running = Ended(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    assert!(wait_until(Duration::from_secs(10), || TcpStream::connect(("127.0.0.1", service.port())).is_ok()));
    let _stream = api.connect();
    let _idle = TcpStream::connect(("127.0.0.1", service.port())).unwrap();
    api.say("the last words");
    let began = Instant::now();
    let id = Pid::from_raw(i32::try_from(running.0.id()).unwrap()).unwrap();
    kill_process(id, Signal::TERM).unwrap();
    assert!(wait_until(Duration::from_secs(10), || !matches!(running.0.try_wait(), Ok(None))));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
    service.start_again();
    assert_eq!(api.presence()["message"], "the last words");
}

#[test]
fn a_power_cut_loses_nothing_that_was_acknowledged() {
    let mut service = TeamService::start(&["ada"]);
    let api = Api::signed_in(&service, "ada");
    for round in 0..3 {
        let mut version = 0;
        for n in 0..20 {
            version = api.say(&format!("round {round}, {n}"));
        }
        service.kill();
        service.start_again();
        let presence = api.presence();
        assert_eq!(presence["message"], format!("round {round}, 19"));
        assert_eq!(presence["version"], version);
    }
}

#[test]
fn c23_a_broken_policy_leaves_the_last_good_one_in_force_and_keeps_no_command_from_its_work() {
    let mut service = TeamService::start_with(&["ada", "eve"], "desk.idle_seconds = 77");
    service.stop();
    let file = service.file("policy.toml");
    for broken in [Some("[connection]\nping_seconds = \"x\"\n"), None] {
        match broken {
            Some(text) => std::fs::write(&file, text).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        service.start_again();
        let ada = Api::signed_in(&service, "ada");
        assert_eq!(ada.get("/v1/policy").json()["desk"]["idle_seconds"], 77);
        assert!(service.log().contains("policy.toml"), "{}", service.log());
        service.stop();
    }
    let removed = service.run_with(&["user", "remove", "eve"], "");
    assert_eq!(removed.code, 0, "{removed:?}");
}

#[test]
fn a_log_that_is_removed_under_the_service_is_written_anew_and_nothing_is_lost() {
    let mut service = TeamService::start(&["ada"]);
    let ada = Api::signed_in(&service, "ada");
    ada.say("before");
    for name in ["data/halo.db", "data/halo.db-wal", "data/halo.db-shm"] {
        std::fs::remove_file(service.file(name)).unwrap();
    }
    ada.say("meanwhile");
    let log = service.file("data/halo.db");
    assert!(wait_until(SOON, || log.metadata().is_ok_and(|found| found.len() > 0)), "{}", service.log());
    assert!(wait_until(SOON, || service.log().contains("written anew")), "{}", service.log());
    ada.say("after");
    service.kill();
    service.start_again();
    assert_eq!(ada.presence()["message"], "after");
    let listed = service.run_with(&["user", "list"], "");
    assert!(listed.out.contains("ada"), "{listed:?}");
}

#[test]
fn a_log_that_another_one_takes_the_place_of_ends_the_service_in_words() {
    let mut service = TeamService::start(&["ada"]);
    let ada = Api::signed_in(&service, "ada");
    ada.say("what was kept");
    let other = service.file("other.db");
    std::fs::write(&other, "not a log").unwrap();
    std::fs::rename(other, service.file("data/halo.db")).unwrap();
    assert_eq!(service.ends_by_itself(), Some(1));
    let log = service.log();
    assert!(log.contains("has taken the place of") && log.contains("halo.db.kept-1"), "{log}");
}

#[test]
fn whichever_file_is_put_back_after_a_replacement_is_served_whole() {
    let mut service = TeamService::start(&["ada"]);
    let ada = Api::signed_in(&service, "ada");
    ada.say("in the backup");
    let backup = service.file("backup.db");
    assert_eq!(service.run_with(&["backup", backup.to_str().unwrap()], "").code, 0);
    ada.say("what was kept");
    std::fs::rename(&backup, service.file("data/halo.db")).unwrap();
    assert_eq!(service.ends_by_itself(), Some(1));
    // Theirs, as it is.
    service.start_again();
    assert_eq!(ada.presence()["message"], "in the backup");
    service.stop();
    // Ours, as the service said.
    std::fs::rename(service.file("data/halo.db.kept-1"), service.file("data/halo.db")).unwrap();
    service.start_again();
    assert_eq!(ada.presence()["message"], "what was kept");
}

#[test]
fn what_belongs_to_the_log_may_be_removed_and_nothing_is_lost() {
    let mut service = TeamService::start(&["ada"]);
    let ada = Api::signed_in(&service, "ada");
    ada.say("before");
    for names in [&["data/halo.db-wal", "data/halo.db-shm"][..], &["data/halo.db-wal"], &["data/halo.db-shm"]] {
        for name in names {
            std::fs::remove_file(service.file(name)).unwrap();
        }
        ada.say("after");
        let added = service.run_with(&["user", "list"], "");
        assert!(added.out.contains("ada"), "{added:?}");
    }
    service.kill();
    service.start_again();
    assert_eq!(ada.presence()["message"], "after");
}

#[test]
fn a_log_that_was_cut_off_is_refused_in_words_and_no_command_makes_an_empty_one() {
    let mut service = TeamService::start(&["ada"]);
    let ada = Api::signed_in(&service, "ada");
    ada.say("before");
    std::fs::remove_file(service.file("data/halo.db")).unwrap();
    for _ in 0..20 {
        let listed = service.run_with(&["user", "list"], "");
        assert!(listed.out.contains("ada") || listed.err.contains("writes it anew in a moment"), "{listed:?}");
    }
    ada.say("still there");
    service.stop();
    std::fs::write(service.file("data/halo.db"), "").unwrap();
    let (code, words) = ends(service.command(&["serve"]).stdin(Stdio::null()));
    assert!(code == Some(1) && words.contains("restore a backup"), "{words}");
}

#[test]
fn bad_input_what_a_command_says_is_done_stays_so_though_half_of_the_log_was_removed() {
    let service = TeamService::start(&["ada"]);
    for (number, gone) in ["-shm", "-wal", "-shm", "-wal"].into_iter().enumerate() {
        std::fs::remove_file(service.file(format!("data/halo.db{gone}"))).unwrap();
        let name = format!("bob{number}");
        let mut added = service.run_with(&["user", "add", &name], "correct horse battery");
        assert!(added.code == 0 || added.err.contains("writes it anew in a moment"), "{added:?}");
        let patience = Instant::now();
        while added.code != 0 && patience.elapsed() < Duration::from_secs(10) {
            added = service.run_with(&["user", "add", &name], "correct horse battery");
        }
        assert_eq!(added.code, 0, "{added:?}");
        // The service looks after its log about once a second.
        std::thread::sleep(Duration::from_millis(2500));
        let listed = service.run_with(&["user", "list"], "");
        assert!(listed.out.contains(&name), "after {gone} was removed: {listed:?}");
    }
}

#[test]
fn bad_input_a_log_that_was_emptied_is_not_backed_up_and_keeps_what_lies_beside_it() {
    let service = TeamService::start(&["ada"]);
    std::fs::write(service.file("data/halo.db"), "").unwrap();
    let backup = service.file("backup");
    let written = service.run_with(&["backup", &backup.to_string_lossy()], "");
    assert!(written.code != 0 && written.err.contains("no backup was written"), "{written:?}");
    assert!(!backup.exists());
}
