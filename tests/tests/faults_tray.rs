//! Tray hosts that are missing, come, go and come again.

#![allow(clippy::unwrap_used, reason = "tests may stop at once")]

mod faults_support;

use std::time::Duration;

use e2e::{Desktop, wait_until};
use faults_support::{Halo, SOON, notifications, text, tray_item};

#[test]
fn d10_a_missing_tray_host_is_noticed_and_said_and_the_ring_shows_whenever_one_comes() {
    let mut desktop = Desktop::builder().notifications(true).start().unwrap();
    let halo = Halo::start(&desktop);
    // At first it is absent because the bus has not answered yet.
    let noticed = || text(&halo.doctor("tray").remove(0)["why"]).contains("no tray host");
    assert!(wait_until(SOON, noticed), "{:?}", halo.doctor("tray"));
    let check = halo.doctor("tray").remove(0);
    assert!(text(&check["advice"]).contains("add a tray to your panel"), "{check}");
    let mut said = Vec::new();
    let was_told = wait_until(SOON, || {
        said = notifications(&desktop);
        said.iter().any(|one| one.contains("no tray"))
    });
    assert!(was_told, "{said:#?}");
    assert!(said.iter().any(|one| one.contains("halo status")), "it says what serves instead: {said:#?}");

    for time in 1..=2 {
        desktop.start_tray_host().unwrap();
        halo.doctor_comes_to("tray", "working");
        let shown = wait_until(SOON, || tray_item(&desktop, &halo).is_some_and(|title| title.contains("Available")));
        assert!(shown, "no ring the {time}. time: {:?}", tray_item(&desktop, &halo));
        desktop.stop_tray_host();
        halo.doctor_comes_to("tray", "absent");
    }
    halo.does(&["set", "busy"]);
    desktop.start_tray_host().unwrap();
    let shown = wait_until(SOON, || tray_item(&desktop, &halo).is_some_and(|title| title.contains("Busy")));
    assert!(shown, "the ring shows what was chosen without it: {:?}", tray_item(&desktop, &halo));
    let told = notifications(&desktop).into_iter().filter(|one| one.contains("no tray")).count();
    assert_eq!(told, 1, "said once");
}

#[test]
fn d10_a_tray_host_that_is_there_is_no_news() {
    let desktop = Desktop::builder().notifications(true).tray_host(true).start().unwrap();
    let halo = Halo::start(&desktop);
    halo.doctor_comes_to("tray", "working");
    let beyond_its_patience = Duration::from_secs(12);
    assert!(!wait_until(beyond_its_patience, || !notifications(&desktop).is_empty()), "{:#?}", notifications(&desktop));
    halo.doctor_comes_to("tray", "working");
}
