//! Restarts: a crash changes nothing, a clean end signs out.

use e2e::{Desktop, Halo, SOON, wait_until};
use serde_json::Value;

use crate::support::{instant, seconds_since};

#[test]
fn f06_a_restart_changes_nothing() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    halo.set("busy");
    halo.expect(&["set", "meeting", "--for", "1h", "--message", "Room 4"]);
    halo.expect(&["snooze", "1h"]);
    halo.expect(&["pause", "1h"]);
    let (before, line, history) = (halo.status(), halo.line(), halo.history());
    for _ in 0..3 {
        halo.kill();
        halo.start_again();
        assert_eq!(halo.status(), before);
    }
    assert_eq!((halo.line(), halo.history()), (line, history));
}

#[test]
fn f06_a_restart_that_is_asked_for_signs_nobody_out() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    halo.expect(&["set", "meeting", "--for", "1h"]);
    let (before, history) = (halo.status(), halo.history());
    halo.expect(&["restart"]);
    assert_eq!((halo.status(), halo.history()), (before, history));
    assert!(halo.log().matches("runs; log of facts").count() == 2, "it was not started anew: {}", halo.log());
}

/// Puts a file in the place of another as package managers do: beside it first, then in one step.
fn replace(place: &std::path::Path, contents: &[u8]) {
    use std::os::unix::fs::PermissionsExt as _;
    let beside = place.with_extension("new");
    std::fs::write(&beside, contents).expect("a file");
    std::fs::set_permissions(&beside, std::fs::Permissions::from_mode(0o755)).expect("a program");
    std::fs::rename(beside, place).expect("its place");
}

#[test]
fn f06_an_update_under_a_running_halo_starts_it_anew_and_changes_nothing() {
    let desktop = Desktop::builder().start().unwrap();
    let program = desktop.home().join("installed/halo");
    std::fs::create_dir_all(program.parent().unwrap()).unwrap();
    let release = std::fs::read(e2e::halo_program()).unwrap();
    replace(&program, &release);
    let mut halo = Halo::not_started(&desktop).in_place_of(program.clone());
    halo.start_again();
    halo.expect(&["set", "meeting", "--for", "1h", "--message", "Room 4"]);
    let (before, history) = (halo.status(), halo.history());
    let starts = |halo: &Halo| halo.log().matches("runs; log of facts").count();

    // Half of a program is none to start.
    replace(&program, b"not a program");
    assert!(wait_until(2 * SOON, || halo.log().contains("no Halo that runs: this one goes on")), "{}", halo.log());
    assert_eq!(starts(&halo), 1);
    replace(&program, &release);
    assert!(wait_until(2 * SOON, || starts(&halo) == 2), "it was not started anew: {}", halo.log());
    assert!(wait_until(SOON, || halo.run(&["status"]).code == 0), "{}", halo.log());
    assert_eq!((halo.status(), halo.history()), (before.clone(), history.clone()));

    // Just taken away, it goes on as what it is.
    let elsewhere = program.with_file_name("halo-elsewhere");
    std::fs::copy(&program, &elsewhere).unwrap();
    std::fs::remove_file(&program).unwrap();
    let halo = halo.in_place_of(elsewhere);
    halo.expect(&["restart"]);
    assert!(wait_until(SOON, || starts(&halo) == 3), "it was not started anew: {}", halo.log());
    assert_eq!((halo.status(), halo.history()), (before, history));
}

#[test]
fn f06_a_halo_whose_program_was_removed_ends_as_by_a_quit() {
    let desktop = Desktop::builder().start().unwrap();
    let program = desktop.home().join("installed/halo");
    std::fs::create_dir_all(program.parent().unwrap()).unwrap();
    replace(&program, &std::fs::read(e2e::halo_program()).unwrap());
    let mut halo = Halo::not_started(&desktop).in_place_of(program.clone());
    halo.start_again();
    let elsewhere = program.with_file_name("halo-elsewhere");
    std::fs::copy(&program, &elsewhere).unwrap();
    std::fs::remove_file(&program).unwrap();
    // What installs another one may take this one away first.
    let halo = halo.in_place_of(elsewhere);
    let is_off = || halo.run(&["status"]).code == 3;
    assert!(!wait_until(SOON, is_off), "it ended at once: {}", halo.log());
    assert!(wait_until(4 * SOON, is_off), "it goes on: {}", halo.log());
    assert!(halo.log().contains("was removed: Halo ends"), "{}", halo.log());
}

#[test]
fn f06_a_halo_that_is_removed_and_installed_again_starts_anew() {
    let desktop = Desktop::builder().start().unwrap();
    let program = desktop.home().join("installed/halo");
    let folder = program.parent().unwrap();
    std::fs::create_dir_all(folder).unwrap();
    let release = std::fs::read(e2e::halo_program()).unwrap();
    replace(&program, &release);
    let mut halo = Halo::not_started(&desktop).in_place_of(program.clone());
    halo.start_again();
    halo.expect(&["set", "meeting"]);
    let before = halo.status();
    let starts = |halo: &Halo| halo.log().matches("runs; log of facts").count();
    for turn in 2..4 {
        std::fs::remove_dir_all(folder).unwrap();
        std::thread::sleep(std::time::Duration::from_secs(2));
        std::fs::create_dir_all(folder).unwrap();
        replace(&program, &release);
        assert!(wait_until(2 * SOON, || starts(&halo) == turn), "not started anew: {}", halo.log());
    }
    assert!(wait_until(SOON, || halo.run(&["status"]).code == 0), "{}", halo.log());
    assert_eq!(halo.status(), before);
}

#[test]
fn p08_a_timer_goes_on_through_a_crash() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    halo.set("meal --for 2s");
    let before = halo.status();
    halo.kill();
    halo.start_again();
    let after = halo.status();
    assert_eq!((&after["since"], &after["until"]), (&before["since"], &before["until"]));
    let ended = halo.until_status("available");
    assert_eq!(ended["since"], before["until"]);
}

#[test]
fn p08_a_timer_that_runs_out_while_the_program_is_dead_ended_on_time() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    halo.set("meal --for 1s");
    let before = halo.status();
    halo.kill();
    assert!(wait_until(SOON, || seconds_since(&before["until"]) > 0.3));
    halo.start_again();
    let after = halo.status();
    assert_eq!(after["status"], "available");
    assert_eq!(after["since"], before["until"], "it ended when it was to end, not when somebody looked");
    let meal = halo.history().into_iter().find(|interval| interval["status"] == "meal").unwrap();
    assert_eq!((&meal["start"], &meal["end"]), (&before["since"], &before["until"]));
}

#[test]
fn c10_a_clean_end_is_offline_and_the_next_start_a_sign_in() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    for end in [Halo::quit, Halo::log_out] {
        halo.set("meal --for 1h");
        let mut watch = halo.watch();
        end(&mut halo);
        watch.until("the last word", SOON, |told| told["status"] == "offline");
        halo.start_again();
        let status = halo.status();
        assert_eq!((&status["status"], &status["reason"]["source"]), (&"available".into(), &"default".into()));
        let history = halo.history();
        let [.., meal, offline, now] = &history[..] else { panic!("{history:?}") };
        assert_eq!([&meal["status"], &offline["status"], &now["status"]], ["meal", "offline", "available"]);
        assert_eq!(offline["source"], "signed_out");
        assert_eq!((&meal["end"], &offline["end"]), (&offline["start"], &now["start"]), "without a gap");
        assert!(instant(&offline["start"]) < instant(&offline["end"]));
        assert_eq!(now["end"], Value::Null);
    }
}

#[test]
fn c11_out_of_office_is_kept_while_its_end_lies_ahead() {
    let desktop = Desktop::builder().start().unwrap();
    let mut halo = Halo::start(&desktop);
    halo.set("out_of_office --for 1h");
    let before = halo.status();
    halo.quit();
    halo.start_again();
    let after = halo.status();
    assert_eq!((&after["status"], &after["until"]), (&before["status"], &before["until"]));

    // Without an end it is the default again, with an undo.
    halo.set("out_of_office");
    halo.quit();
    halo.start_again();
    assert_eq!(halo.status()["status"], "available");
    halo.expect(&["undo"]);
    assert_eq!(halo.status()["status"], "out_of_office");
}
