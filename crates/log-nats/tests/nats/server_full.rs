//! The server has no room left.

use async_nats::jetstream::stream;
use log::{Log, LogError, Outcome, suite};

use crate::server::{Server, insist, numbered, places, stream_of_entries};

/// Fills a log up; the place of the last entry that it kept.
fn fill(log: &mut log_nats::Nats) -> u64 {
    for seq in 1..=100_000 {
        match log.append(&[numbered("person/2", seq)]) {
            Ok(outcomes) => assert!(matches!(outcomes[..], [Outcome::Kept(_)]), "{outcomes:?}"),
            Err(LogError::Full(place)) => {
                assert!(place.contains("HALO on nats://127.0.0.1:"), "{place}");
                return seq - 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    panic!("it is never full");
}

fn nothing_is_lost_and_room_is_enough(server: &Server) {
    let mut log = server.keeper();
    suite::write(&mut log, "person/1");
    let last = fill(&mut log);
    assert!(last > 20, "{last}");
    let refused = log.append(&[numbered("person/2", last + 1)]).unwrap_err();
    assert!(refused.to_string().contains("free some space"), "{refused}");
    suite::holds_what_was_written(&mut log, "person/1");
    assert_eq!(places(&log, "person/2"), (1..=last).collect::<Vec<_>>());
    log.remove(&"person/1".parse().unwrap()).unwrap();
    assert!(matches!(insist(&mut log, &numbered("person/2", last + 1)), Outcome::Kept(_)));
}

#[test]
fn a_stream_that_is_full_refuses_what_is_new_and_loses_nothing() {
    let Some(server) = Server::start() else { return };
    server.with_stream(stream::Config { max_bytes: 30_000, ..stream_of_entries() });
    nothing_is_lost_and_room_is_enough(&server);
}

#[test]
fn a_server_that_is_full_refuses_what_is_new_and_loses_nothing() {
    let Some(server) = Server::start_with("jetstream { store_dir: STORE, max_file_store: 30K }") else { return };
    nothing_is_lost_and_room_is_enough(&server);
}

#[test]
fn an_entry_that_is_too_large_for_the_server_is_refused_in_words() {
    let Some(server) = Server::start() else { return };
    let mut log = server.keeper();
    let fact = "x".repeat(2_000_000);
    let refused = log.append(&[suite::entry("person/1", 1, &[&fact])]).unwrap_err();
    assert!(refused.to_string().contains("max_payload"), "{refused}");
    assert!(matches!(log.append(&[numbered("person/1", 1)]).unwrap()[..], [Outcome::Kept(_)]));
}
