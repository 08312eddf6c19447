//! Tokens that end, and those that are renewed before they do.

use e2e::{Desktop, SOON, TeamService, wait_until};
use jiff::Timestamp;
use rusqlite::Connection;

use crate::support::{QUICK, desk, patient};

const DAY_MS: i64 = 24 * 3600 * 1000;

fn database(service: &TeamService) -> Connection {
    let database = Connection::open(service.file("data/halo.db")).unwrap();
    database.busy_timeout(SOON).unwrap();
    database
}

/// When the tokens end, in milliseconds from now, the first to end first.
fn ends(service: &TeamService) -> Vec<i64> {
    let database = database(service);
    let mut tokens = database.prepare("SELECT ends FROM tokens ORDER BY ends").unwrap();
    let now = Timestamp::now().as_millisecond();
    tokens.query_map([], |row| Ok(row.get::<_, i64>(0)? - now)).unwrap().map(Result::unwrap).collect()
}

/// Lets every token that ends later end so long from now.
fn let_end(service: &TeamService, from_now_ms: i64) {
    let at = Timestamp::now().as_millisecond() + from_now_ms;
    database(service).execute("UPDATE tokens SET ends = min(ends, ?1)", [at]).unwrap();
}

/// The token in the keyring.
fn token(desktop: &Desktop, service: &TeamService) -> String {
    let account = format!("ada@{}", service.url());
    desktop.run("secret-tool", &["lookup", "service", "Halo", "username", &account]).unwrap()
}

#[test]
fn a_token_that_has_ended_signs_out_in_words_and_a_new_sign_in_goes_on() {
    let service = TeamService::start_with(&["ada"], QUICK);
    let (desktop, halo) = desk(&service, "ada");
    halo.set("meeting");
    let old = token(&desktop, &service);
    let_end(&service, -1000);
    halo.until("signed out", |presence| presence["connection"] == "signed_out");
    assert!(halo.line().contains("Sign in again"), "{}", halo.line());
    assert!(halo.refused(&["set", "busy"]).contains("nothing was changed"));
    // It is no passing trouble: after a start it says the same.
    halo.expect(&["restart"]);
    halo.until("signed out", |presence| presence["connection"] == "signed_out");
    assert!(halo.refused(&["set", "busy"]).contains("nothing was changed"));

    halo.sign_in(&service, "ada");
    assert_ne!(token(&desktop, &service), old);
    halo.set("busy");
    halo.until_status("busy");
    assert!(!halo.line().contains("Sign in again"), "{}", halo.line());
}

#[test]
fn a_token_with_little_left_of_its_life_is_renewed_and_the_new_one_works() {
    let mut service = TeamService::start_with(&["ada"], &patient());
    let (desktop, halo) = desk(&service, "ada");
    let old = token(&desktop, &service);
    // More than half is left: nothing to do.
    let_end(&service, 20 * DAY_MS);
    service.stop();
    service.start_again();
    halo.until_connected();
    halo.set("meeting");
    assert_eq!((ends(&service).len(), token(&desktop, &service) == old), (1, true));

    let_end(&service, 10 * DAY_MS);
    service.stop();
    service.start_again();
    assert!(wait_until(SOON, || token(&desktop, &service) != old), "not renewed: {}", halo.log());
    let ends_of_both = ends(&service);
    // The old one goes on for five minutes, as the answer might have been lost.
    assert!(matches!(ends_of_both[..], [0..=300_000, new] if new > 29 * DAY_MS), "{ends_of_both:?}");
    assert_eq!(halo.status()["connection"], "online", "a renewal interrupts nothing");

    // Only the new one is left.
    database(&service)
        .execute("DELETE FROM tokens WHERE ends < ?1", [Timestamp::now().as_millisecond() + DAY_MS])
        .unwrap();
    service.stop();
    service.start_again();
    halo.until("reconnecting or connected", |presence| presence["connection"] != "signed_out");
    halo.until_connected();
    assert_eq!(halo.status()["status"], "meeting");
    assert_eq!(halo.json(&["devices", "--json"]).as_array().unwrap().len(), 1);
}
