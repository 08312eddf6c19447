//! What every keeper promises, and what is longer than one page.

use log::suite;
use log::{Log, Position};

use crate::server::{Server, numbered, places};

#[test]
fn a_log_on_jetstream_is_a_log() {
    let Some(server) = Server::start() else { return };
    suite::whole(&mut server.keeper());
}

#[test]
fn a_long_log_is_read_from_any_place() {
    let Some(server) = Server::start() else { return };
    let mut log = server.keeper();
    for from in (1..=2500).step_by(500) {
        // Between two others, so that places and positions differ.
        let batch: Vec<_> =
            (from..from + 500).flat_map(|n| ["a/1", "a/2", "b/1"].map(|name| numbered(name, n))).collect();
        log.append(&batch).unwrap();
    }
    assert_eq!(places(&log, "a/2"), (1..=2500).collect::<Vec<_>>());
    let subject = "a/2".parse().unwrap();
    for after in [0, 1, 2, 777, 1249, 1250, 2498, 2499, 2500, 9999] {
        let read = log.read(&subject, after, 3).unwrap();
        let wanted: Vec<_> = (after + 1..=2500).take(3).collect();
        assert_eq!(read.iter().map(|stored| stored.entry.seq).collect::<Vec<_>>(), wanted, "after {after}");
    }
    assert_eq!(log.follow(Position(0), usize::MAX).unwrap().len(), 7500);
    assert_eq!(log.follow(Position(7498), 1000).unwrap().len(), 2);
}

#[test]
fn a_batch_is_kept_in_the_order_in_which_it_was_given() {
    let Some(server) = Server::start() else { return };
    let mut log = server.keeper();
    let batch: Vec<_> = [("a/1", 1), ("b/1", 1), ("a/1", 2), ("a/1", 3), ("b/1", 2), ("c/1", 1)]
        .map(|(name, seq)| numbered(name, seq))
        .into();
    log.append(&batch).unwrap();
    let followed = log.follow(Position(0), 100).unwrap();
    assert_eq!(followed.into_iter().map(|stored| stored.entry).collect::<Vec<_>>(), batch);
}

#[test]
fn a_follower_that_never_reads_leaves_nothing_behind_on_the_server() {
    let Some(server) = Server::start() else { return };
    let (mut log, follower) = (server.keeper(), server.keeper());
    log.append(&[numbered("a/1", 1), numbered("b/1", 1)]).unwrap();
    assert_eq!(follower.follow(Position(0), 1).unwrap().len(), 1);
    let batch: Vec<_> = (2..=3000).map(|n| numbered("a/1", n)).collect();
    log.append(&batch).unwrap();
    let stream = server.ask(async |context| context.get_stream("HALO").await).unwrap();
    assert_eq!(stream.cached_info().state.consumer_count, 0);
    assert_eq!(follower.follow(Position(1), 5000).unwrap().len(), 3000);
}
