//! The program's own log: what people write or are written never goes in.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod faults_support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use e2e::{Desktop, halo_program, wait_until};
use faults_support::{Halo, SOON, log};

#[test]
fn d13_the_log_holds_no_message_and_no_name_however_much_it_tells() {
    for level in ["info", "trace"] {
        let mut desktop = Desktop::builder().display(true).session_bus(true).start().unwrap();
        let mut halo = Halo::start_by(&desktop, desktop.command(halo_program()).arg("run").env("HALO_LOG", level));
        halo.does(&["message", "secretword"]);
        halo.does(&["set", "busy", "--message", "secretword"]);
        halo.does(&["config", "name", "Roberta"]);
        // Held, then failed to be shown, then shown, then told in a digest.
        halo.does(&["notify", "--kind", "chat", "--from", "Bobbington", "secretword"]);
        halo.does(&["set", "available"]);
        halo.does(&["notify", "--kind", "chat", "--from", "Bobbington", "secretword"]);
        desktop.start_notifications().unwrap();
        assert!(wait_until(SOON, || halo.held().iter().all(|item| item["told"] == true)));
        assert_eq!(halo.does(&["notify", "--kind", "call", "--from", "Bobbington", "secretword"]), "shown");
        desktop.stop_notifications();
        halo.quit();
        let log = log(&desktop);
        assert!(log.contains("Halo ended"), "{log}");
        for private in ["secretword", "Bobbington", "Roberta"] {
            let line = log.lines().find(|line| line.contains(private));
            assert_eq!(line, None, "at level {level}");
        }
        assert!(!halo.complaints().contains("secretword"));
    }
}

#[test]
fn only_the_person_can_read_the_log() {
    let desktop = Desktop::builder().start().unwrap();
    let _halo = Halo::start(&desktop);
    let folder = desktop.state_dir().join("halo");
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.clone()), 0o700);
    assert_eq!(mode(folder.join("halo.log")), 0o600);
}

#[test]
fn without_a_place_for_its_log_it_runs_and_the_doctor_says_so() {
    let desktop = Desktop::builder().start().unwrap();
    faults_support::write(&desktop.state_dir().join("halo"), "in the way");
    let halo = Halo::start(&desktop);
    halo.does(&["set", "busy"]);
    let check = halo.doctor("program log").remove(0);
    assert_eq!(check["state"], "absent", "{check}");
}
