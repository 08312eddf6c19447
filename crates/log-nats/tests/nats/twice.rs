//! Entries that come twice, out of order, or from a newer program.

use std::thread;
use std::time::Duration;

use async_nats::jetstream::stream;
use log::suite::{self, entry};
use log::{Entry, Log, Outcome};

use crate::server::{Server, numbered, places, stream_of_entries};

#[test]
fn a_key_is_known_when_the_broker_has_long_forgotten_it() {
    let Some(server) = Server::start() else { return };
    // The shortest window for duplicates that the server takes.
    let window = Duration::from_millis(100);
    server.with_stream(stream::Config { duplicate_window: window, ..stream_of_entries() });
    let mut log = server.keeper();
    suite::write(&mut log, "person/1");
    thread::sleep(3 * window);
    suite::holds_what_was_written(&mut log, "person/1");
    suite::holds_what_was_written(&mut server.keeper(), "person/1");
}

#[test]
fn entries_that_come_out_of_order_or_twice_wait_for_nobody() {
    let Some(server) = Server::start() else { return };
    let mut log = server.keeper();
    let batch = [numbered("a/1", 2), numbered("b/1", 1), numbered("a/1", 1), numbered("b/1", 1), numbered("a/1", 2)];
    let outcomes = log.append(&batch).unwrap();
    assert_eq!((&outcomes[0], &outcomes[3]), (&Outcome::Conflict(0), &Outcome::Before(1)));
    assert!([1, 2, 4].iter().all(|n| matches!(outcomes[*n], Outcome::Kept(_))), "{outcomes:?}");
    assert_eq!((places(&log, "a/1"), places(&log, "b/1")), (vec![1, 2], vec![1]));
}

#[test]
fn an_entry_of_an_unknown_version_outlives_the_server() {
    let Some(mut server) = Server::start() else { return };
    let newer = Entry { version: Entry::VERSION + 7, ..entry("a/1", 2, &["{\"what\":\"levitated\"}", "\u{1f642}\r"]) };
    server.keeper().append(std::slice::from_ref(&newer)).unwrap();
    server.kill();
    server.run();
    assert_eq!(server.keeper().read(&newer.subject, 0, 9).unwrap()[0].entry, newer);
}
