//! One program a person, however often it is started.

use e2e::{Desktop, Halo};

#[test]
fn d11_a_second_start_says_that_it_runs_and_is_no_failure() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::start(&desktop);
    halo.set("busy");
    let before = halo.status();
    let run = halo.expect(&["run"]);
    assert!(run.contains("Halo is running already."), "{run}");
    let start = halo.expect(&[]);
    assert!(start.starts_with("Busy since "), "there is no window, so it says how things stand: {start}");
    assert_eq!(halo.status(), before, "nothing changed by it");
}

#[test]
fn d11_starting_without_a_command_starts_it_in_the_background() {
    let desktop = Desktop::builder().start().unwrap();
    let halo = Halo::not_started(&desktop);
    let said = halo.expect(&[]);
    assert!(said.starts_with("Available since "), "{said}");
    assert_eq!(halo.status()["status"], "available");
    halo.expect(&["quit"]);
    assert_eq!(halo.run(&["status"]).code, 3, "quit returns when it has ended");
}
