//! What others do to the server: streams that can't hold a log, that vanish, and messages that nobody of us wrote.

use async_nats::jetstream::stream;
use log::{Log, LogError, Position};
use log_nats::Nats;

use crate::server::{LONG, Server, numbered, places, stream_of_entries};

#[test]
fn a_stream_that_would_lose_entries_is_refused_in_words() {
    let Some(server) = Server::start() else { return };
    server.with_stream(stream::Config { max_messages_per_subject: 10, ..stream_of_entries() });
    let refused = Nats::open(server.options(LONG)).map(drop).unwrap_err();
    assert!(refused.to_string().contains("its stream HALO drops what is old"), "{refused}");
}

#[test]
fn a_stream_that_vanishes_is_not_begun_anew_behind_everybodys_back() {
    let Some(mut server) = Server::start() else { return };
    let mut log = server.keeper();
    log.append(&[numbered("a/1", 1)]).unwrap();
    server.ask(async |context| context.delete_stream("HALO").await.map(drop)).unwrap();
    server.kill();
    server.run();
    let refused = log.append(&[numbered("a/1", 2)]).unwrap_err();
    assert!(matches!(refused, LogError::Other { .. }), "{refused}");
    assert!(refused.to_string().contains("restore a backup"), "{refused}");
}

#[test]
fn a_message_of_somebody_else_is_named_and_can_be_removed() {
    let Some(server) = Server::start() else { return };
    let mut log = server.keeper();
    log.append(&[numbered("a/1", 1)]).unwrap();
    server.ask(async |context| {
        let sent = context.publish("halo.entry.a.2", "hello".into()).await.unwrap();
        sent.await.unwrap();
    });
    let refused = log.follow(Position(0), 10).unwrap_err().to_string();
    assert!(refused.contains("message 2 (halo.entry.a.2) was not written by Halo"), "{refused}");
    assert_eq!(places(&log, "a/1"), [1]);
    server.ask(async |context| {
        let stream = context.get_stream("HALO").await.unwrap();
        stream.delete_message(2).await.unwrap();
    });
    assert_eq!(log.follow(Position(0), 10).unwrap().len(), 1);
}
